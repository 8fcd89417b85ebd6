"""The case index: who takes part in which of the citizen's cases, from declarations and from kontaktperson.tildelt."""

from typing import Any

from consent.citizen import CitizenFile, Sagspart
from consent.declarations import Declaration, Unreadable, read_declaration

BORGER = "borger-1"


def declared(samtykke_id: str, sag: str, *parter: str, **fields: Any) -> Declaration:
    """Return a declaration that names some parties in one case, changed by `fields`."""
    value = {
        "samtykke_id": samtykke_id,
        "version": 1,
        "borger": BORGER,
        "sag": sag,
        "formaal": "forloeb",
        "punkter": [{"punkt": 1, "parter": list(parter), "oplysningstyper": ["plan"]}],
        "spaerringer": [],
        "afgivet": "2026-02-01T12:00:00Z",
        "gyldig_til": None,
        "tilbagekaldt": None,
        "underskrift": "gyldig",
        "underskriver": {"relation": "borger", "bekraeftet": True},
        **fields,
    }
    read = read_declaration(value)
    assert isinstance(read, Declaration)
    return read


def file(*known: Declaration | Unreadable | Sagspart) -> CitizenFile:
    """Return the citizen's file with these declarations and parts in it."""
    return CitizenFile(
        BORGER,
        tuple(one for one in known if not isinstance(one, Sagspart)),
        tuple(one for one in known if isinstance(one, Sagspart)),
    )


def part(sag: str, party: str, rolle: str = "primaer_tovholder", formaal: str = "forloeb") -> Sagspart:
    """Return a party's part in a case."""
    return Sagspart((sag, formaal), party, rolle)


class TestCases:
    def test_declarations_and_parts_tell_of_cases(self) -> None:
        """A party takes part in the cases of the declarations that name it and of the parts it was given, each once."""
        known = file(declared("s-1", "sag-1", "social"), part("sag-2", "social"), part("sag-1", "social"))
        assert known.cases_of("social") == (("sag-1", "forloeb"), ("sag-2", "forloeb"))

    def test_cases_come_in_order_of_their_id(self) -> None:
        """Whatever the order in which they became known, and by purpose within one case."""
        known = file(
            part("sag-3", "social"), declared("s-1", "sag-2", "social"), part("sag-2", "social", formaal="andet")
        )
        assert known.cases_of("social") == (("sag-2", "andet"), ("sag-2", "forloeb"), ("sag-3", "forloeb"))

    def test_a_party_that_nobody_named_has_no_case(self) -> None:
        """A case is known of a party only where something named it; a block against it does not."""
        block = [{"til": ["familie"], "oplysningstyper": ["plan"]}]
        known = file(declared("s-1", "sag-1", "social", spaerringer=block), part("sag-2", "jobcenter"))
        assert known.cases_of("familie") == ()

    def test_both_sides_of_a_named_point_take_part(self) -> None:
        """A point that names senders and receivers apart names them all as parties of the case."""
        point = {"punkt": "navngivet", "fra": ["social"], "til": ["bolig"], "oplysningstyper": ["plan"]}
        known = file(declared("s-1", "sag-1", punkter=[point]))
        assert known.parties_in("sag-1") == {"social", "bolig"}
        assert known.cases_of("bolig") == known.cases_of("social") == (("sag-1", "forloeb"),)

    def test_a_declaration_that_no_longer_holds_still_tells_of_its_case(self) -> None:
        """The index knows cases, not permissions: whether anything may go is for the rules."""
        known = file(declared("s-1", "sag-1", "social", tilbagekaldt="2026-03-01T00:00:00Z", underskrift="ugyldig"))
        assert known.cases_of("social") == (("sag-1", "forloeb"),)


class TestParties:
    def test_the_parties_of_a_case_are_those_of_that_case_alone(self) -> None:
        """Another case of the same citizen adds nobody."""
        known = file(
            declared("s-1", "sag-1", "jobcenter", "social"),
            declared("s-2", "sag-2", "laege"),
            part("sag-1", "familie", "mentor"),
            part("sag-2", "bolig"),
        )
        assert known.parties_in("sag-1") == {"jobcenter", "social", "familie"}
        assert known.parties_in("sag-9") == frozenset()

    def test_keyworkers_are_the_two_tovholdere_of_the_case(self) -> None:
        """Absence is told to the primary and the secondary keyworker, and to no other role and no other case."""
        known = file(
            part("sag-1", "jobcenter", "primaer_tovholder"),
            part("sag-1", "social", "sekundaer_tovholder"),
            part("sag-1", "familie", "mentor"),
            part("sag-2", "bolig", "primaer_tovholder"),
            declared("s-1", "sag-1", "laege"),
        )
        assert known.keyworkers_in("sag-1") == {"jobcenter", "social"}


class TestDeclarations:
    def test_one_version_is_found_by_id_and_version(self) -> None:
        """Neither another version nor another id will do."""
        first, second = declared("s-1", "sag-1", "social"), declared("s-1", "sag-1", "social", version=2)
        known = file(first, second)
        assert known.declaration("s-1", 2) == second
        assert known.declaration("s-1", 3) is None
        assert known.declaration("s-2", 1) is None

    def test_what_cannot_be_read_is_no_declaration(self) -> None:
        """An unreadable one stays among the consents, where it refuses, and names no party and no case."""
        known = file(Unreadable("does not open", BORGER), declared("s-1", "sag-1", "social"))
        assert len(known.consents) == 2
        assert [one.samtykke_id for one in known.declarations] == ["s-1"]
