"""What the consent service keeps: refused documents, sealed columns, the case index, and what does not open."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Connection, select, update

from consent import store
from consent.citizen import Sagspart
from consent.database import metadata
from consent.declarations import Unreadable
from consent.disclosures.errors import KeyStoreError
from consent.document import write_document
from consent.errors import ConsentRefused
from consent.rules import Reason
from consent.sealing import open_box
from ops.sample.pki import SamplePki

if TYPE_CHECKING:
    from tests.consent.conftest import Office

CPR = "2509479989"
NAMES = {"jobcenter": "Jobcentret", "social": "Socialforvaltningen"}
STRANGER = SamplePki.create()
REFUSED: dict[str, Callable[["Office"], bytes]] = {
    "ikke_xml": lambda _office: b"samtykke",
    "ingen_underskrift": lambda office: write_document(office.scope(), NAMES, "Sagsbehandler"),
    "certifikat_ikke_betroet": lambda office: office.sign(office.scope(), authority=STRANGER),
    "indhold_aendret": lambda office: office.sign(office.scope()).replace(b">plan<", b">misbrug<"),
    "samtykke_id": lambda office: office.sign(office.scope(samtykke_id="Ane Eksempels samtykke")),
    "andet_navn": lambda office: office.sign(office.scope(), names={**NAMES, "social": "Sundhedsplejen"}),
}
PART = Sagspart(("sag-hemmelig-2", "bolig"), "familie", "primaer_tovholder")


def everything(connection: Connection) -> str:
    """Return every value of every table as text."""
    return repr([tuple(row) for table in metadata.sorted_tables for row in connection.execute(select(table))])


def spoil(office: "Office", table: Any, where: Any = True) -> None:
    """Change the sealed column of some rows."""
    office.do(lambda one: one.execute(update(table).where(where).values(box=b"\0" * 40)))


@pytest.fixture
def office(make_office: Callable[[str], "Office"], sqlite_url: str) -> "Office":
    """Return a service on SQLite."""
    return make_office(sqlite_url)


class TestRefusedDocuments:
    @pytest.mark.parametrize("code", REFUSED)
    def test_a_refused_document_is_kept_and_never_a_version(self, office: "Office", code: str) -> None:
        """It is answered with a reason, kept sealed as it came, put on record, and makes no citizen and no version."""
        office.confirm()
        document = REFUSED[code](office)
        refused = office.register(document)
        assert isinstance(refused, ConsentRefused)
        assert refused.code == code
        assert office.stored() == []
        [row] = office.do(lambda one: one.execute(select(store.afvist_dokument)).all())
        key = office.keys.find(row.key_id)
        assert key is not None
        assert open_box(key, row.box, f"afvist_dokument:{row.modtaget}") == document
        entry = office.entries()[-1]
        assert (row.grund, entry["tilstand"], entry["bemaerkning"]) == (code, "afvist", code)
        assert "borger" not in entry

    def test_a_party_that_the_register_does_not_know_may_have_any_name(self, office: "Office") -> None:
        """Unknown parties in a declaration match nothing, so they do not stop the rest of it."""
        office.confirm()
        point = {"punkt": 1, "parter": ["jobcenter", "social", "nedlagt"], "oplysningstyper": ["plan"]}
        office.register(office.sign(office.scope(punkter=[point]), names={**NAMES, "nedlagt": "Nedlagt kontor"}))
        assert set(office.decide().permitted) == {"plan"}


class TestUnopened:
    def test_a_box_that_does_not_open_refuses_everything(self, office: "Office") -> None:
        """A changed box is an unreadable declaration of its citizen, and the readable ones permit nothing beside it."""
        office.confirm()
        office.register(office.scope(1))
        office.register(office.scope(2))
        spoil(office, store.samtykke, store.samtykke.c.samtykke_id == office.scope(2)["samtykke_id"])
        assert {type(one) for one in office.file().consents} >= {Unreadable}
        assert office.decide().withheld == {"plan": Reason.LAESEFEJL}

    def test_registering_again_what_does_not_open_is_refused(self, office: "Office") -> None:
        """Nobody can tell whether it is the same declaration, so its version is taken: an answer, not a fault."""
        office.register(office.scope())
        spoil(office, store.samtykke)
        refused = office.register(office.scope())
        assert isinstance(refused, ConsentRefused)
        assert refused.code == "version_optaget"

    def test_a_declaration_whose_key_is_destroyed_is_forgotten(self, office: "Office") -> None:
        """Erasing a citizen holds at the next decision, also in a process that has read the declaration before."""
        borger_id = office.confirm()
        office.register(office.scope())
        assert set(office.decide().permitted) == {"plan"}
        office.keys.destroy(borger_id)
        assert office.decide().withheld == {"plan": Reason.LAESEFEJL}

    def test_a_key_store_that_failed_once_is_asked_again(
        self, office: "Office", monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What could not be opened for a moment opens again when the moment is over, without a restart."""
        office.confirm()
        office.register(office.scope())

        def busy(_key_id: str) -> Any:
            raise KeyStoreError("the key store failed (OperationalError)")

        with monkeypatch.context() as patch:
            patch.setattr(office.keys, "find", busy)
            with suppress(KeyStoreError):
                office.file()
        assert set(office.decide().permitted) == {"plan"}

    def test_a_part_that_does_not_open_hinders_no_withdrawal(self, office: "Office") -> None:
        """A spoiled row of the case index names no case, and the citizen can still withdraw and block."""
        borger_id = office.citizen()
        office.register(office.scope())
        office.do(lambda one: office.service.note_part(one, borger_id, PART))
        spoil(office, store.sagspart)
        assert office.withdraw(office.scope()["samtykke_id"]) == borger_id
        assert PART.case not in office.file().cases_of("familie")


class ConsentRecordsContract:
    """What the service promises of its records on every database."""

    def test_no_table_tells_what_was_declared(self, office: "Office") -> None:
        """CPR number, case, purpose and points stand in no column that is not sealed, nor in a refusal's text."""
        office.confirm()
        office.register(office.scope())
        refused = office.register(office.scope(punkter=[]))
        office.block(["social"], ["misbrug"])
        borger_id = office.citizen()
        office.do(lambda one: office.service.note_part(one, borger_id, PART))
        written = office.do(everything) + str(refused)
        for secret in (CPR, "hemmelig", "rehabilitering", "bolig", "misbrug", "oplysningstyper", "Ane Eksempel"):
            assert secret not in written

    def test_what_fails_leaves_nothing(self, office: "Office") -> None:
        """A transaction that fails after the registration keeps neither declaration nor entry."""
        document = office.sign(office.scope())

        def work(connection: Connection) -> None:
            office.service.register(connection, document, [office.pki.certificate], NAMES, "registrar")
            raise RuntimeError

        with pytest.raises(RuntimeError):
            office.do(work)
        assert (office.stored(), office.entries()) == ([], [])
        assert office.do(lambda one: office.service.known_citizen(one, CPR)) is None

    def test_a_change_waits_for_the_decision_in_hand(self, office: "Office") -> None:
        """A withdrawal does not slip in between what a decision reads and its commit."""
        office.register(office.scope())
        borger_id = office.citizen()
        read, decided = Event(), Event()

        def decide(connection: Connection) -> None:
            office.service.files(connection, [borger_id])
            read.set()
            decided.wait(10)

        with ThreadPoolExecutor() as threads:
            deciding = threads.submit(office.do, decide)
            read.wait(10)
            withdrawing = threads.submit(office.withdraw, office.scope()["samtykke_id"])
            assert wait([withdrawing], timeout=0.2).not_done
            decided.set()
            assert withdrawing.result(10) == borger_id
            deciding.result(10)

    def test_the_case_index_remembers_each_part_once(self, office: "Office") -> None:
        """A party's role in a case is known once however often it is told, and each role apart."""
        borger_id = office.citizen()
        mentor = Sagspart(PART.case, PART.part, "mentor")
        for part in (PART, PART, mentor):
            office.do(partial(office.service.note_part, borger_id=borger_id, part=part))
        known = office.file()
        assert sorted(known.parts, key=lambda one: one.rolle) == [mentor, PART]
        assert known.cases_of("familie") == (PART.case,)
        assert office.file("0201919990").parts == ()

    def test_a_box_moved_to_another_version_does_not_open(self, office: "Office") -> None:
        """Who writes into the database cannot let an older scope stand as the newer version."""
        office.confirm()
        office.register(office.scope())
        office.register(office.scope(version=2, punkter=[]))
        older = store.samtykke.c.version == 1
        box = office.do(lambda one: one.execute(select(store.samtykke.c.box).where(older)).scalar_one())
        office.do(lambda one: one.execute(update(store.samtykke).where(~older).values(box=box)))
        assert office.decide().withheld == {"plan": Reason.LAESEFEJL}


class TestRecordsSqlite(ConsentRecordsContract):
    """On SQLite."""


class TestRecordsPostgres(ConsentRecordsContract):
    @pytest.fixture
    def office(self, postgres_url: str, make_office: Callable[[str], "Office"]) -> "Office":
        """Return a service on PostgreSQL."""
        return make_office(postgres_url)
