"""A client of a running Tværs: over HTTP with the tokens of its data folder, and over NATS as a party."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import nats
import nats.errors
from nats.aio.client import Client as NatsClient
from nats.aio.msg import Msg
from tenacity import AsyncRetrying, retry_if_exception_type, retry_if_result, stop_after_delay, wait_exponential

from gateway.bus.client import connect
from gateway.bus.errors import BusError
from gateway.errors import GatewayRefused
from gateway.tokens import role

ADDRESS_FILE = "address.json"
"""In the data folder: where the running process answers, so that commands find it."""

PATIENCE_SECONDS = 30.0
"""How long a call waits for a process that is starting or that somebody killed."""

POLL_SECONDS = 0.02

QUIET_SECONDS = 0.2
"""When nothing has come for so long, nothing waits."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a running process answers."""

    http: str
    nats: str

    def write(self, data: Path) -> None:
        """Tell the commands."""
        path = data / ADDRESS_FILE
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps({"http": self.http, "nats": self.nats}), "utf-8")
        draft.replace(path)

    @classmethod
    def read(cls, data: Path) -> "Address":
        """Find the running process.

        Raises:
            GatewayRefused: nothing has ever run on this data folder.
        """
        try:
            return cls(**json.loads((data / ADDRESS_FILE).read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            raise GatewayRefused(
                503, "koerer_ikke", "nothing runs on this data folder; start it with `tvaers run`"
            ) from None


class TvaersClient:
    """Calls with retries while the process is away; a refusal is raised at once.

    The address is read anew at every try: a process that was restarted may answer elsewhere.
    """

    def __init__(self, data: Path, patience: float = PATIENCE_SECONDS) -> None:
        self._data = data
        self._patience = patience
        self._http = httpx2.AsyncClient(timeout=30.0, trust_env=False)

    async def close(self) -> None:
        """Close the HTTP connections."""
        await self._http.aclose()

    async def call(self, who: str, method: str, path: str, **request: Any) -> httpx2.Response:
        """Call as the party or role `who`.

        Raises:
            GatewayRefused: what the process answered, or that none answers.
        """
        response = await self._persist(who, method, path, request)
        if response.is_success:
            return response
        try:
            body = response.json()
        except ValueError:
            body = {}
        raise GatewayRefused(
            response.status_code,
            body.get("title", "fejl"),
            body.get("detail", response.reason_phrase),
            body.get("where", ""),
        )

    async def _persist(self, who: str, method: str, path: str, request: dict[str, Any]) -> httpx2.Response:
        """Call until somebody answers who can do the work, or patience is at its end."""
        persistent = AsyncRetrying(
            retry=retry_if_exception_type(httpx2.TransportError) | retry_if_result(_away),
            wait=wait_exponential(multiplier=0.05, max=0.5),
            stop=stop_after_delay(self._patience),
            reraise=True,
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        )
        try:
            response: httpx2.Response = await persistent(self._once, who, method, path, request)
        except httpx2.TransportError:
            raise GatewayRefused(503, "koerer_ikke", "nothing answers; see whether `tvaers run` runs") from None
        except OSError:
            raise GatewayRefused(401, "intet_token", "this data folder has no token of that name") from None
        return response

    async def _once(self, who: str, method: str, path: str, request: dict[str, Any]) -> httpx2.Response:
        token = (self._data / "tokens" / who).read_text("ascii").strip()
        headers = {"Authorization": f"Bearer {token}", **request.get("headers", {})}
        return await self._http.request(method, Address.read(self._data).http + path, **{**request, "headers": headers})

    async def send(self, party: str, connector: str, body: bytes, content_type: str) -> int:
        """Hand in a native message; return the HTTP status, whatever it is."""
        try:
            response = await self.call(
                party, "POST", f"/v1/intake/{connector}", content=body, headers={"Content-Type": content_type}
            )
        except GatewayRefused as refused:
            if refused.status == httpx2.codes.SERVICE_UNAVAILABLE:
                raise
            return refused.status
        return response.status_code

    async def confirm_signer(self, uuid: str, cpr: str, relation: str, kilde: str, reference: str) -> None:
        """Record who signs for whom."""
        body = {"uuid": uuid, "cpr": cpr, "relation": relation, "kilde": kilde, "reference": reference}
        await self._change("/underskrivere", json=body)

    async def register(self, document: bytes) -> None:
        """Register a signed samtykke document."""
        await self._change("", content=document, headers={"Content-Type": "application/xml"})

    async def withdraw(self, samtykke_id: str) -> None:
        """Withdraw a declaration."""
        await self._change("/tilbagekald", json={"samtykke_id": samtykke_id})

    async def block(self, cpr: str, til: Sequence[str], oplysningstyper: Sequence[str]) -> None:
        """Record a block."""
        await self._change(
            "/spaerringer", json={"cpr": cpr, "til": list(til), "oplysningstyper": list(oplysningstyper)}
        )

    async def _change(self, path: str, **request: Any) -> None:
        """Change a citizen's file as the registrar, once however often it is tried."""
        headers = {**request.pop("headers", {}), "Idempotency-Key": str(uuid4())}
        await self.call(role("registrar"), "POST", f"/v1/samtykker{path}", headers=headers, **request)

    async def state(self) -> dict[str, Any]:
        """Return the figures of operations."""
        state: dict[str, Any] = (await self.call(role("drift"), "GET", "/v1/drift/tilstand")).json()
        return state

    async def decisions(self) -> list[dict[str, Any]]:
        """Return the open part of every decision."""
        found: list[dict[str, Any]] = (await self.call(role("dpo"), "GET", "/v1/drift/afgoerelser")).json()
        return found

    async def settled(self) -> None:
        """Wait until all that was accepted has crossed and is in the tree.

        Raises:
            GatewayRefused: something still waits after `PATIENCE_SECONDS`.
        """
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while any((await self.state())["venter"].values()):  # noqa: ASYNC110 - another process settles
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            raise GatewayRefused(504, "venter", "not everything has crossed yet; see `tvaers doctor`") from None

    async def fetch(self, party: str) -> list[tuple[str, bytes]]:
        """Fetch and acknowledge everything that waits for `party`: delivery id and body of each."""
        found: list[tuple[str, bytes]] = []
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type((BusError, nats.errors.Error, OSError)),
            wait=wait_exponential(multiplier=0.05, max=0.5),
            stop=stop_after_delay(self._patience),
            reraise=True,
        ):
            with attempt:
                async with self.as_party(party) as nc:
                    async for message in waiting(nc, "DELIVERY", party):
                        found.append(((message.headers or {}).get("Nats-Msg-Id", ""), message.data))
                        await message.ack_sync()
        return found

    @asynccontextmanager
    async def as_party(self, party: str) -> AsyncIterator[NatsClient]:
        """Connect to the bus with a party's own credentials.

        Raises:
            BusError: no connection.
        """
        seed = self._data / "bus" / "keys" / f"{party}.nk"
        connection = await connect(Address.read(self._data).nats, party, seed, patience=5.0)
        try:
            yield connection.nc
        finally:
            await connection.close()


async def waiting(nc: NatsClient, stream: str, durable: str) -> AsyncIterator[Msg]:
    """Yield what waits on a party's own consumer, until nothing does."""
    subscription = await nc.jetstream().pull_subscribe_bind(durable, stream, inbox_prefix=f"_INBOX_{durable}.".encode())
    try:
        while True:
            for message in await subscription.fetch(100, timeout=QUIET_SECONDS):
                yield message
    except (nats.errors.TimeoutError, TimeoutError):
        return
    finally:
        # What the server still says to a subscription that nobody reads would hold up closing the connection.
        await subscription.unsubscribe()


def _away(response: httpx2.Response) -> bool:
    return response.status_code == httpx2.codes.SERVICE_UNAVAILABLE
