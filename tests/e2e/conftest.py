"""A whole running Tværs for each test: its own broker, database, keys and citizens."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from consent.disclosures import store
from consent.document import write_document
from gateway import deliveries
from gateway.client import TvaersClient, waiting
from gateway.deliveries import Delivery
from gateway.process import Tvaers
from gateway.serving import serving
from gateway.settings import Settings, read_settings
from ops.sample.pki import SamplePki

CPR = "2509479989"
CVR = "25313763"
SIGNER_UUID = "11111111-2222-4333-8444-555555555555"
ALL_TYPES = ["plan", "helbred", "sagsforloeb", "fremmoede", "kontaktpersoner"]
ROW = {"delmaal": "Mærke-delmål", "indsats": "Mærke-indsats", "ansvarlige": ["Borger"], "status": "bevilget"}


@dataclass
class Town:
    """A municipality with one citizen, driven as its users would."""

    tvaers: Tvaers
    client: TvaersClient
    pki: SamplePki
    settings: Settings
    seen: dict[str, list[tuple[str, bytes]]] = field(default_factory=dict)

    async def consent(
        self,
        *,
        parter: Sequence[str] = ("jobcenter", "social"),
        oplysningstyper: Sequence[str] = ALL_TYPES,
        spaerringer: Sequence[dict[str, Any]] = (),
        **changes: Any,
    ) -> str:
        """Sign and register a declaration of point 1; return its id."""
        value = {
            "samtykke_id": f"urn:uuid:{uuid4()}",
            "version": 1,
            "borger": CPR,
            "sag": "sag-1",
            "formaal": "rehabilitering",
            "punkter": [{"punkt": 1, "parter": list(parter), "oplysningstyper": list(oplysningstyper)}],
            "spaerringer": list(spaerringer),
            "afgivet": (datetime.now(UTC) - timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "gyldig_til": None,
            **changes,
        }
        await self.client.confirm_signer(SIGNER_UUID, value["borger"], "borger", "test", "test")
        await self.client.register(self.sign(value))
        return str(value["samtykke_id"])

    def sign(self, value: dict[str, Any]) -> bytes:
        """Sign a declaration as the citizen."""
        names = {part.id: part.navn for part in self.tvaers.records.register.parter}
        now = datetime.now(UTC)
        credential = self.pki.issue(SIGNER_UUID, "Testborger", now - timedelta(hours=1), now + timedelta(hours=1))
        return self.pki.sign(write_document(value, names, "Sagsbehandler"), credential)

    async def plan(self, native_id: str | None = None, *, party: str = "jobcenter", **fields: Any) -> int:
        """Hand in a plan in the shared language; return the HTTP status."""
        return await self.send("indsatsplan.opdateret", native_id, party=party, **{**PLAN, **fields})

    async def send(self, name: str, native_id: str | None = None, *, party: str = "jobcenter", **data: Any) -> int:
        """Hand in an event in the shared language; return the HTTP status."""
        event = {
            "id": native_id or str(uuid4()),
            "type": f"dk.tvaers.{name}.v1",
            "time": "2026-11-21T09:00:00Z",
            "data": {"borger": {"cpr": CPR, "navn": "Mærke-navn"}, "sag": "sag-1", "formaal": "rehabilitering", **data},
        }
        return await self.client.send(party, "faelles", json.dumps(event).encode(), "application/json")

    async def settled(self) -> None:
        """Wait until everything accepted has crossed."""
        await self.client.settled()

    async def fetch(self, party: str) -> list[dict[str, Any]]:
        """Fetch as a party and return the events, remembering the bytes and delivery ids."""
        found = await self.client.fetch(party)
        self.seen.setdefault(party, []).extend(found)
        return [json.loads(body) for _, body in found]

    async def receipts(self, party: str) -> list[dict[str, Any]]:
        """Fetch a party's receipts."""
        async with self.client.as_party(party) as nc:
            found = []
            async for message in waiting(nc, "RECEIPTS", party):
                found.append(json.loads(message.data))
                await message.ack_sync()
            return found

    async def rows(self) -> list[Delivery]:
        """Return every delivery."""
        return await self.tvaers.records.database.run(
            lambda connection: deliveries._select(connection, deliveries.delivery.c.forsoeg >= 1)
        )

    async def states(self) -> dict[str, str]:
        """Return the state of the latest attempt per recipient, where each recipient has one event."""
        return {row.til: row.state.value for row in sorted(await self.rows(), key=lambda row: row.forsoeg)}

    async def entries(self, art: str = "afgoerelse") -> list[dict[str, Any]]:
        """Return the leaves of the log of one kind, oldest first."""
        found = await self.tvaers.records.database.run(
            lambda connection: store.search(connection, store.Search(art=art, limit=1000))
        )
        return [json.loads(one.leaf) for one in reversed(found)]


PLAN = {
    "modtagere": ["social"],
    "plan_id": "plan-1",
    "planversion": 1,
    "opdateret": "2026-11-20",
    "helbred": [ROW],
}


@pytest.fixture(scope="session")
def pki() -> SamplePki:
    """Return one throw-away PKI for all tests."""
    return SamplePki.create()


@pytest.fixture
def database() -> str:
    """Return the database to run on; empty is the embedded default. A module may say otherwise."""
    return ""


@pytest.fixture
def settings(tmp_path: Path, pki: SamplePki, database: str) -> Settings:
    """Return settings of a fresh data folder that trusts the tests' PKI."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "ankre.pem").write_bytes(pki.anchors_pem)
    return read_settings(data=data).model_copy(update={"port": 0, "database": database, "cvr": CVR})


@pytest.fixture
def run(pki: SamplePki) -> Callable[[Settings], AbstractAsyncContextManager[Town]]:
    """Return a way to run a whole Tværs on a data folder, as often as a test needs: one run ends before the next."""

    @asynccontextmanager
    async def running(settings: Settings) -> AsyncIterator[Town]:
        async with AsyncExitStack() as stack:
            tvaers, _address = await stack.enter_async_context(serving(settings))
            client = TvaersClient(settings.data, patience=5.0)
            stack.push_async_callback(client.close)
            yield Town(tvaers, client, pki, settings)

    return running


@pytest.fixture
async def town(settings: Settings, run: Callable[[Settings], AbstractAsyncContextManager[Town]]) -> AsyncIterator[Town]:
    """Run a whole Tværs for one test."""
    async with run(settings) as running:
        yield running
