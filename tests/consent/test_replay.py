"""A replay makes a restored database refuse what the newer one refused, and nothing that it did not."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from consent import journal
from consent.disclosures.recorder import Recorder
from consent.errors import ConsentRefused
from consent.journal import JournalError
from consent.replay import Replay
from consent.service import Registered

if TYPE_CHECKING:
    from tests.consent.conftest import Office

CPR, SIGNER = "2509479989", "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def office(make_office: Callable[[str], "Office"], tmp_path: Path) -> "Office":
    """Return the office whose newest database will be lost."""
    return make_office(f"sqlite:///{tmp_path}/newest.db")


@pytest.fixture
def restored(office: "Office", make_office: Callable[[str], "Office"], tmp_path: Path) -> Callable[[], "Office"]:
    """Take a copy of the database whenever it is called first; the second call gives the office on that copy, replayed.

    So a test reads: what was before, `restored()`, what came after and is lost, `restored()`.
    """
    path = tmp_path / "copy.db"

    def restore() -> "Office":
        if not path.exists():
            with closing(sqlite3.connect(tmp_path / "newest.db")) as source, closing(sqlite3.connect(path)) as copy:
                source.backup(copy)
            return office
        again = make_office(f"sqlite:///{path}")
        told = office.do(lambda one: journal.after(one, again.do(journal.head)[0], 1000))
        again.do(lambda one: journal.append(one, [post.fact for post in told], applied=False))
        replay(again)
        return again

    return restore


def replay(office: "Office") -> None:
    """Replay what waits."""
    work = Replay(office.keys, Recorder(office.keys))
    posts = office.do(journal.waiting)
    work.destroy_keys(posts)
    office.do(lambda one: work.apply(one, posts))


def narrowed(office: "Office", **changes: object) -> Registered | ConsentRefused:
    """Sign a second version of declaration 1."""
    later = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT12:00:00Z")
    return office.register(office.scope(version=2, afgivet=later, **changes))


class TestReplay:
    def test_a_withdrawal_holds_again(self, office: "Office", restored: Callable[[], "Office"]):
        """From the instant at which the citizen withdrew."""
        office.confirm()
        office.register(office.scope())
        restored()
        office.withdraw(office.scope()["samtykke_id"])
        again = restored()
        assert again.decide().permitted == {}
        assert [one.tilbagekaldt for one in again.stored()] == [one.tilbagekaldt for one in office.stored()]

    def test_a_document_from_before_its_withdrawal_is_not_taken_again(
        self, office: "Office", restored: Callable[[], "Office"]
    ):
        """Declared and withdrawn after the copy: the copy knows neither, but the journal knows the withdrawal."""
        office.confirm()
        restored()
        document = office.sign(office.scope())
        office.register(document)
        office.withdraw(office.scope()["samtykke_id"])
        again = restored()
        refused = again.register(document)
        assert isinstance(refused, ConsentRefused)
        assert refused.code == "givet_foer_tilbagekaldelsen"

    def test_a_block_of_a_citizen_whom_the_copy_does_not_know(self, office: "Office", restored: Callable[[], "Office"]):
        """It is found by the citizen's number again, and goes before a consent."""
        restored()
        blocked = office.block(["social"], ["*"])
        again = restored()
        again.confirm()
        again.register(again.scope())
        assert {one.value for one in again.decide().withheld.values()} == {"spaerret"}
        assert again.block(["social"], ["*"]).declaration.samtykke_id == blocked.declaration.samtykke_id

    def test_a_lifted_block_is_lifted(self, office: "Office", restored: Callable[[], "Office"]):
        """The citizen's word counts both ways."""
        office.confirm()
        office.register(office.scope())
        blocked = office.block(["social"], ["*"]).declaration.samtykke_id
        restored()
        office.do(lambda one: office.service.lift(one, CPR, blocked, "journal 7", "registrar"))
        assert set(restored().decide().permitted) == {"plan"}

    def test_a_narrower_version_keeps_the_wider_one_from_counting(
        self, office: "Office", restored: Callable[[], "Office"]
    ):
        """Nothing rests on the older one; the newer one does its work when its document is handed in again."""
        office.confirm()
        wide = [{"punkt": 1, "parter": ["jobcenter", "social"], "oplysningstyper": ["plan", "helbred"]}]
        office.register(office.scope(punkter=wide))
        restored()
        later = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT12:00:00Z")
        document = office.sign(office.scope(version=2, afgivet=later))
        office.register(document)
        again = restored()
        assert again.decide("plan", "helbred").permitted == {}
        assert isinstance(again.register(document), Registered)
        assert set(again.decide("plan", "helbred").permitted) == {"plan"}

    def test_the_blocks_of_a_missing_document_hold(self, office: "Office", restored: Callable[[], "Office"]):
        """As a block of their own, which the document's own does not disturb."""
        office.confirm()
        office.register(office.scope())
        restored()
        narrowed(office, spaerringer=[{"til": ["social"], "oplysningstyper": ["plan"]}])
        again = restored()
        again.register(again.scope(2))
        assert {one.value for one in again.decide().withheld.values()} == {"spaerret"}

    def test_a_rejected_signer_confirms_nothing(self, office: "Office", restored: Callable[[], "Office"]):
        """Though the copy still has the record."""
        office.confirm()
        office.register(office.scope())
        restored()
        office.do(lambda one: office.service.reject_signer(one, SIGNER, CPR, reference="journal 7", by="registrar"))
        assert restored().decide().permitted == {}

    def test_a_protected_address_is_protected(self, office: "Office", restored: Callable[[], "Office"]):
        """Also of a citizen whom the copy does not know."""
        restored()
        borger_id = office.citizen()
        office.do(lambda one: office.service.protect_address(one, borger_id, "registrar"))
        assert restored().file().adressebeskyttet

    def test_an_erasure_stays_one(self, office: "Office", restored: Callable[[], "Office"]):
        """The keys are destroyed again, and what was journalled under them holds nothing up."""
        office.confirm()
        office.register(office.scope())
        borger_id = office.citizen()
        restored()
        office.block(["social"], ["*"])
        office.do(lambda one: journal.note_erasure(one, borger_id, "2026-03-02T10:00:00.000000Z"))
        office.keys.destroy(borger_id)
        again = restored()
        assert again.citizen() != borger_id
        assert again.decide().permitted == {}

    def test_once_more_changes_nothing(self, office: "Office", restored: Callable[[], "Office"]):
        """A replay that was interrupted is begun again."""
        office.confirm()
        office.register(office.scope())
        restored()
        office.block(["social"], ["plan"])
        office.withdraw(office.scope()["samtykke_id"])
        again = restored()
        before = again.stored()
        replay(again)
        assert again.stored() == before

    def test_what_does_not_open_stops_it(self, office: "Office", restored: Callable[[], "Office"]):
        """With another key store nobody knows what was blocked, so nothing may go on."""
        borger_id = office.citizen()
        restored()
        office.block(["social"], ["*"])
        office.keys.destroy(borger_id)
        with pytest.raises(JournalError, match="entry 1 of the journal does not open"):
            restored()
