"""The consent service: who a number belongs to, what is registered, and how that changes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from consent import store
from consent.database import instant, parse_instant
from consent.declarations import Underskriver
from consent.errors import ConsentRefused
from consent.rules import Reason
from consent.service import Registered

if TYPE_CHECKING:
    from tests.consent.conftest import Office

CPR, OTHER_CPR, ERSTATNING = "2509479989", "0201919990", "2509471AB3"


def _now() -> str:
    """Return this second, as a document says it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class ConsentServiceContract:
    """What the service promises on every database."""

    def test_a_number_is_one_citizen_for_ever(self, office: "Office") -> None:
        """The same number leads to the same id, another number to another, and no id tells the number."""
        first, other, replacement = (office.citizen(number) for number in (CPR, OTHER_CPR, ERSTATNING))
        assert len({first, other, replacement}) == 3
        assert [office.citizen(number) for number in (CPR, OTHER_CPR, ERSTATNING)] == [first, other, replacement]
        assert CPR not in first

    def test_looking_a_number_up_makes_nobody(self, office: "Office") -> None:
        """A number that the bus has never seen stays unknown when it is only looked up."""
        assert office.do(lambda one: office.service.known_citizen(one, CPR)) is None
        assert office.do(lambda one: office.service.known_citizen(one, CPR)) is None
        borger_id = office.citizen()
        assert office.do(lambda one: office.service.known_citizen(one, CPR)) == borger_id

    def test_a_confirmed_signature_makes_a_consent(self, office: "Office") -> None:
        """A verified document of a confirmed signer is a version that permits, under the citizen's internal id."""
        borger_id = office.confirm()
        registered = office.register(office.scope())
        assert isinstance(registered, Registered)
        assert registered.new
        assert (registered.declaration.borger, registered.declaration.signed) == (borger_id, True)
        assert office.file().declarations == (registered.declaration,)
        assert set(office.decide("plan", "helbred").permitted) == {"plan"}

    def test_a_signer_whom_nobody_confirmed_permits_nothing(self, office: "Office") -> None:
        """A signature proves that a person signed, not that the person is the citizen."""
        office.register(office.scope())
        assert office.decide().withheld == {"plan": Reason.UNDERSKRIFT_UGYLDIG}

    def test_confirming_a_signer_turns_on_what_was_signed_before(self, office: "Office") -> None:
        """Declarations given before the record was made count from then on, in the relation confirmed."""
        office.register(office.scope())
        office.confirm(relation="vaerge")
        [declaration] = office.file().declarations
        assert replace(declaration.underskriver, til=None) == Underskriver("vaerge", bekraeftet=True)
        assert set(office.decide().permitted) == {"plan"}

    def test_a_signer_is_confirmed_for_one_citizen_alone(self, office: "Office") -> None:
        """Who may sign for one citizen may not sign for the next, and another signer not for this one."""
        office.register(office.scope(1, borger=OTHER_CPR))
        office.confirm()
        office.register(office.scope(3, borger=OTHER_CPR))
        office.register(office.sign(office.scope(2), uuid="99999999-2222-4333-8444-555555555555"))
        assert office.decide(number=OTHER_CPR).withheld == {"plan": Reason.UNDERSKRIFT_UGYLDIG}
        assert office.decide().withheld == {"plan": Reason.UNDERSKRIFT_UGYLDIG}

    def test_confirming_twice_is_one_and_an_unknown_relation_none(self, office: "Office") -> None:
        """The last relation stands; a relation that the form does not know is refused and not recorded."""
        office.confirm(relation="fuldmagt")
        office.confirm(relation="borger")
        with pytest.raises(ConsentRefused) as caught:
            office.confirm(relation="nabo")
        assert caught.value.code == "ukendt_relation"
        office.register(office.scope())
        assert [one.underskriver.relation for one in office.file().declarations] == ["borger"]
        assert office.states() == ["underskriver_bekraeftet"] * 2 + ["registreret"]

    def test_the_same_version_twice_is_one(self, office: "Office") -> None:
        """Registered again, from the same document or signed anew, it is the version that was there."""
        document = office.sign(office.scope())
        answers = [office.register(document), office.register(document), office.register(office.scope())]
        assert [one.new for one in answers if isinstance(one, Registered)] == [True, False, False]
        assert len(office.stored()) == len(office.states()) == 1

    def test_a_version_with_other_content_is_refused(self, office: "Office") -> None:
        """What was signed under a number stands; a change is a higher version, which replaces it."""
        office.confirm()
        office.register(office.scope())
        wider = [{"punkt": 1, "parter": ["jobcenter", "social"], "oplysningstyper": ["helbred"]}]
        refused = office.register(office.scope(punkter=wider))
        assert isinstance(refused, ConsentRefused)
        assert refused.code == "version_optaget"
        assert set(office.decide("plan", "helbred").permitted) == {"plan"}
        office.register(office.scope(punkter=wider, version=2))
        assert set(office.decide("plan", "helbred").permitted) == {"helbred"}

    def test_another_citizens_id_is_refused(self, office: "Office") -> None:
        """A samtykke_id belongs to the citizen who used it first, whatever the version."""
        office.confirm()
        office.confirm(OTHER_CPR)
        office.register(office.scope())
        refused = office.register(office.scope(version=2, borger=OTHER_CPR))
        assert isinstance(refused, ConsentRefused)
        assert refused.code == "anden_borgers_id"
        assert office.file(OTHER_CPR).consents == ()
        assert set(office.decide().permitted) == {"plan"}

    def test_withdrawing_ends_every_version(self, office: "Office") -> None:
        """After the withdrawal no version permits anything, and the answer says whose declaration it was."""
        borger_id = office.confirm()
        for version in (1, 2):
            office.register(office.scope(version=version))
        assert office.withdraw(office.scope()["samtykke_id"]) == borger_id
        assert all(one.tilbagekaldt is not None for one in office.file().declarations)
        assert office.decide().withheld == {"plan": Reason.TILBAGEKALDT}

    def test_withdrawing_twice_keeps_the_first_instant(self, office: "Office") -> None:
        """The first withdrawal is what counts, and the only one on record."""
        office.register(office.scope())
        office.withdraw(office.scope()["samtykke_id"])
        [first] = office.stored()
        office.withdraw(office.scope()["samtykke_id"])
        assert office.stored() == [first]
        office.register(office.scope(version=2, afgivet=_now()))
        office.withdraw(office.scope()["samtykke_id"])
        older, newer = office.stored()
        assert older == first
        assert newer.tilbagekaldt is not None
        assert office.states() == ["registreret", "tilbagekaldt"] * 2

    def test_an_unknown_declaration_cannot_be_withdrawn(self, office: "Office") -> None:
        """Nobody is told that something ended which was never there."""
        with pytest.raises(ConsentRefused) as caught:
            office.withdraw(office.scope()["samtykke_id"])
        assert caught.value.code == "ukendt_samtykke"
        assert office.states() == []

    def test_what_is_signed_after_a_withdrawal_stands(self, office: "Office") -> None:
        """A citizen who changes their mind again signs a higher version, which the withdrawal does not touch."""
        office.confirm()
        office.register(office.scope())
        office.withdraw(office.scope()["samtykke_id"])
        office.register(office.scope(version=2, afgivet=_now()))
        assert set(office.decide().permitted) == {"plan"}

    def test_a_block_stands_at_once_and_unsigned(self, office: "Office") -> None:
        """A wish for silence needs no signature: it beats a consent from the instant it is recorded."""
        office.confirm()
        office.register(office.scope())
        assert office.block(["social"], ["plan"]).new
        assert office.decide().withheld == {"plan": Reason.SPAERRET}

    def test_the_same_block_twice_is_one(self, office: "Office") -> None:
        """Order and repetition make no other block; another scope or another citizen does."""
        first = office.block(["social", "uu"], ["plan"])
        again = office.block(["uu", "social", "uu"], ["plan"])
        assert (again.declaration, again.new) == (first.declaration, False)
        assert office.block(["social"], ["plan"]).new
        assert office.block(["social", "uu"], ["plan"], OTHER_CPR).new
        assert len(office.stored()) == len(office.states()) == 3

    def test_a_block_survives_its_withdrawal_and_is_lifted_by_a_signature(self, office: "Office") -> None:
        """Only a signed higher version of the block's own declaration lets the information go again."""
        office.confirm()
        office.register(office.scope())
        block = office.block(["social"], ["plan"]).declaration
        office.withdraw(block.samtykke_id)
        assert office.decide().withheld == {"plan": Reason.SPAERRET}
        office.register(office.scope(samtykke_id=block.samtykke_id, version=2, afgivet=_now()))
        assert set(office.decide().permitted) == {"plan"}

    def test_what_was_unblocked_can_be_blocked_again(self, office: "Office") -> None:
        """A citizen who lifted a block and wants it back gets silence again, not the block that no longer stands."""
        office.confirm()
        office.register(office.scope())
        block = office.block(["social"], ["plan"]).declaration
        office.register(office.scope(samtykke_id=block.samtykke_id, version=2))
        office.block(["social"], ["plan"])
        assert office.decide().withheld == {"plan": Reason.SPAERRET}

    def test_blocking_again_takes_no_consent_away(self, office: "Office") -> None:
        """The declaration that lifted a block may also consent; the new block stands beside it, not in its place."""
        office.confirm()
        block = office.block(["social"], ["plan"]).declaration
        wider = [{"punkt": 1, "parter": ["jobcenter", "social"], "oplysningstyper": ["plan", "helbred"]}]
        office.register(office.scope(samtykke_id=block.samtykke_id, version=2, punkter=wider))
        assert set(office.decide("plan", "helbred").permitted) == {"plan", "helbred"}
        office.block(["social"], ["plan"])
        assert set(office.decide("plan", "helbred").permitted) == {"helbred"}

    def test_now_is_never_earlier_than_what_was_recorded(self, office: "Office") -> None:
        """A host clock that goes back does not go behind a citizen's newest instant, and others are not held by it."""
        ahead = datetime.now(UTC) + timedelta(hours=2)
        borger_id, other = office.citizen(), office.citizen(OTHER_CPR)
        mine = store.borger.c.borger_id == borger_id
        office.do(lambda one: one.execute(update(store.borger).where(mine).values(senest=instant(ahead))))
        assert office.do(lambda one: office.service.now(one, [other, borger_id])) == ahead
        assert office.do(lambda one: office.service.now(one, [other])) < ahead
        office.register(office.scope())
        office.withdraw(office.scope()["samtykke_id"])
        [row] = office.stored()
        assert row.tilbagekaldt is not None
        assert parse_instant(row.tilbagekaldt) >= ahead

    def test_every_change_is_on_record(self, office: "Office") -> None:
        """Each operation leaves one entry: what, when, by whom, about whom, under which rules and register."""
        borger_id = office.confirm()
        office.register(office.scope())
        office.block(["social"], ["helbred"])
        office.withdraw(office.scope()["samtykke_id"])
        entries = office.entries()
        assert [one["tilstand"] for one in entries] == [
            "underskriver_bekraeftet",
            "registreret",
            "registreret",
            "tilbagekaldt",
        ]
        assert {(one["art"], one["borger"], one["politik"], one["register"]) for one in entries} == {
            ("samtykke", borger_id, "1", "1.1")
        }
        assert entries[1]["tilladt"] == {"samtykke": {"samtykke_id": office.scope()["samtykke_id"], "version": 1}}
        assert {one["bemaerkning"] for one in entries} == {"registrar"}
        assert entries[1]["samtykkedokument"]
        assert sorted(one["tid"] for one in entries) == [one["tid"] for one in entries]


class TestSqlite(ConsentServiceContract):
    @pytest.fixture
    def office(self, make_office: Callable[[str], "Office"], sqlite_url: str) -> "Office":
        """Return a service on SQLite."""
        return make_office(sqlite_url)


class TestPostgres(ConsentServiceContract):
    @pytest.fixture
    def office(self, postgres_url: str, make_office: Callable[[str], "Office"]) -> "Office":
        """Return a service on PostgreSQL."""
        return make_office(postgres_url)
