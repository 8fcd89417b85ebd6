"""A consent service on a database of its own, with citizens who sign."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection, select

from consent import store
from consent.citizen import CitizenFile
from consent.database import Database, host_time, metadata
from consent.disclosures import store as log_store
from consent.disclosures.entries import unseal
from consent.disclosures.keys import KeyStore
from consent.disclosures.recorder import Recorder
from consent.document import write_document
from consent.errors import ConsentRefused
from consent.rules import Decision, Request, decide
from consent.service import ConsentService, Registered
from consent.signatures import Trust
from ops.sample.pki import SamplePki

CPR = "2509479989"
SIGNER = "11111111-2222-4333-8444-555555555555"
NAMES = {"jobcenter": "Jobcentret", "social": "Socialforvaltningen"}
KINDS = dict.fromkeys(NAMES, "forvaltning")
Result = TypeVar("Result")


@dataclass
class Office:
    """A municipality's consent service, driven one transaction at a time."""

    database: Database
    keys: KeyStore
    service: ConsentService
    pki: SamplePki

    @staticmethod
    def scope(number: int = 1, **changes: Any) -> dict[str, Any]:
        """Return what a citizen signs: declaration `number`, which lets the two departments share `plan`."""
        value = {
            "samtykke_id": f"urn:uuid:00000000-0000-4000-8000-{number:012}",
            "version": 1,
            "borger": CPR,
            "sag": "sag-hemmelig-1",
            "formaal": "rehabilitering",
            "punkter": [{"punkt": 1, "parter": list(NAMES), "oplysningstyper": ["plan"]}],
            "spaerringer": [],
            "afgivet": (datetime.now(UTC) - timedelta(days=3)).strftime("%Y-%m-%dT12:00:00Z"),
            "gyldig_til": None,
        }
        return {**value, **changes}

    def sign(
        self,
        value: Mapping[str, Any],
        names: Mapping[str, str] = NAMES,
        authority: SamplePki | None = None,
        uuid: str = SIGNER,
    ) -> bytes:
        """Return the declaration as the citizen signs it now."""
        now, pki = datetime.now(UTC), authority or self.pki
        credential = pki.issue(uuid, "Ane Eksempel", now - timedelta(hours=1), now + timedelta(hours=1))
        return pki.sign(write_document(value, names, "Sagsbehandler"), credential)

    def do(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in one transaction."""
        with self.database.write() as connection:
            return work(connection)

    def register(self, document: bytes | Mapping[str, Any]) -> Registered | ConsentRefused:
        """Register a signed document, or a declaration that the citizen signs at once."""
        signed = document if isinstance(document, bytes) else self.sign(document)
        trust = Trust((self.pki.certificate,))
        return self.do(lambda one: self.service.register(one, signed, trust, NAMES, "registrar"))

    def confirm(self, number: str = CPR, relation: str = "borger", signer: str = SIGNER) -> str:
        """Confirm the signer for a citizen."""
        values = {"relation": relation, "source": "MitID", "reference": "sag 7", "by": "registrar"}
        return self.do(lambda one: self.service.confirm_signer(one, signer, number, **values))

    def block(self, til: list[str], oplysningstyper: list[str], number: str = CPR) -> Registered:
        """Record a block."""
        return self.do(lambda one: self.service.block(one, number, til, oplysningstyper, "registrar"))

    def withdraw(self, samtykke_id: str) -> str:
        """Withdraw a declaration."""
        return self.do(lambda one: self.service.withdraw(one, samtykke_id, "registrar"))

    def citizen(self, number: str = CPR) -> str:
        """Return the id of a number."""
        return self.do(lambda one: self.service.citizen(one, number))

    def file(self, number: str = CPR) -> CitizenFile:
        """Return what is known of a citizen."""
        borger_id = self.citizen(number)
        return self.do(lambda one: self.service.files(one, [borger_id]))[borger_id]

    def decide(self, *oplysningstyper: str, number: str = CPR) -> Decision:
        """Ask the rules now whether something may go from jobcenter to social in the declarations' case."""
        file, now = self.file(number), self.do(host_time)
        asked = Request(
            borger=file.borger_id,
            sag="sag-hemmelig-1",
            formaal="rehabilitering",
            fra="jobcenter",
            til="social",
            oplysningstyper=oplysningstyper or ("plan",),
        )
        return decide(asked, file.consents, (), KINDS, now)

    def stored(self) -> list[store.StoredSamtykke]:
        """Return every stored version of every declaration."""
        query = select(*store._SAMTYKKE_COLUMNS).order_by(store.samtykke.c.samtykke_id, store.samtykke.c.version)
        return self.do(lambda one: [store.StoredSamtykke(*row) for row in one.execute(query)])

    def entries(self) -> list[dict[str, Any]]:
        """Return the entries of the log, oldest first, opened: leaf and sealed fields together."""
        found = self.do(lambda one: log_store.search(one, log_store.Search(limit=1000)))
        opened = []
        for row in reversed(found):
            key = self.keys.find(row.key_id)
            assert key is not None
            opened.append({**json.loads(row.leaf), **unseal(row.leaf, row.box, key)})
        return opened

    def states(self) -> list[str]:
        """Return what the log says has happened, oldest first."""
        return [one["tilstand"] for one in self.entries()]


@pytest.fixture(scope="session")
def pki() -> SamplePki:
    """Return one throw-away PKI for all tests."""
    return SamplePki.create()


@pytest.fixture
def make_office(tmp_path: Path, pki: SamplePki) -> Iterator[Callable[[str], Office]]:
    """Return a function that makes a consent service on the database at a URL."""
    opened: list[Office] = []

    def make(url: str) -> Office:
        database, keys = Database(url), KeyStore(tmp_path / "noegler.db")
        metadata.create_all(database.engine)
        opened.append(Office(database, keys, ConsentService(keys, Recorder(keys), "1.1"), pki))
        return opened[-1]

    yield make
    for office in opened:
        office.database.close()
        office.keys.close()
