"""The routing table: who should get an event, and the question that is put for each of them."""

from typing import Any
from uuid import NAMESPACE_OID, uuid5

import pytest

from consent.adjudication import Mode
from consent.citizen import CitizenFile, Sagspart
from consent.declarations import Declaration, read_declaration
from gateway.routing import UNKNOWN, questions, recipients
from schemas.addressing import To
from schemas.errors import SchemaError
from schemas.events import Event, Haendelse, event_from, event_types
from schemas.parties import Partregister

Json = dict[str, Any]

REGISTER = Partregister.read(
    {
        "version": 1,
        "parter": [
            {"id": "jobcenter", "kind": "forvaltning", "navn": "Jobcentret"},
            {"id": "social", "kind": "forvaltning", "navn": "Socialforvaltningen"},
            {"id": "familie", "kind": "forvaltning", "navn": "Børn og familie"},
            {"id": "rusmiddel", "kind": "forvaltning", "navn": "Rusmiddelcentret", "afsloerer": ["misbrug"]},
            {"id": "laegehuset", "kind": "praktiserende_laege", "navn": "Lægehuset"},
        ],
    }
)
SAG = {"sag": "sag-1", "formaal": "forloeb"}
ABSENCE: Json = {"tilbud": {"id": "t1"}, "fra": "2026-03-02", "art": "udeblevet", "registreret": "2026-03-02T08:00:00Z"}
LETTER: Json = {"kategori": "x", "aktivitet": "ny", "meddelelse": "m-1", "beskeder": [{"tekst": "Hej"}]}
PLAN: Json = {"plan_id": "p-1", "planversion": 1, "opdateret": "2026-03-02"}
REQUEST: Json = {
    "oplysningstyper": ["helbred"],
    "blanket": "LÆ 135",
    "lovgrundlag": "samtykke",
    "anmodet": "2026-03-02",
}
NEWS: Json = {"samtykke_id": "s-1", "samtykkeversion": 1, "afgivet": "2026-03-02T08:00:00Z"}
CONTACT: Json = {"rolle": "mentor", "kontaktperson": "Mie", "gaelder_fra": "2026-03-02"}

SENT: dict[str, Json] = {
    "korrespondance.modtaget": LETTER,
    "indsatsplan.opdateret": PLAN,
    "fravaer.registreret": ABSENCE,
    "laegeattest.anmodet": REQUEST,
    "kontaktperson.tildelt": CONTACT,
    "samtykke.afgivet": NEWS,
    "samtykke.tilbagekaldt": {**NEWS, "afgivet": None, "tilbagekaldt": NEWS["afgivet"]},
}


def made(name: str, fields: Json, source: str = "jobcenter", **data: Any) -> Event:
    """Return an event in sag-1, changed by `data`; None takes a field away."""
    whole = {"borger": {"cpr": "2509479989"}, **SAG, **fields, **data}
    return event_from(
        {
            "id": str(uuid5(NAMESPACE_OID, source)),
            "source": source,
            "type": f"dk.tvaers.{name}.v1",
            "time": "2026-03-02T08:15:00Z",
            "data": {field: value for field, value in whole.items() if value is not None},
        }
    )


def declared(samtykke_id: str, *parter: str, version: int = 1, sag: str = "sag-1") -> Declaration:
    """Return a declaration that names some parties in a case."""
    read = read_declaration(
        {
            "samtykke_id": samtykke_id,
            "version": version,
            "borger": "borger-1",
            "sag": sag,
            "formaal": "forloeb",
            "punkter": [{"punkt": 1, "parter": list(parter), "oplysningstyper": ["plan"]}],
            "spaerringer": [],
            "afgivet": "2026-02-01T12:00:00Z",
            "gyldig_til": None,
            "tilbagekaldt": None,
            "underskrift": "gyldig",
            "underskriver": {"relation": "borger", "bekraeftet": True},
        }
    )
    assert isinstance(read, Declaration)
    return read


def file(*known: Declaration | Sagspart) -> CitizenFile:
    """Return the file of a citizen."""
    declarations = tuple(one for one in known if isinstance(one, Declaration))
    return CitizenFile("borger-1", declarations, tuple(one for one in known if isinstance(one, Sagspart)))


def part(party: str, rolle: str = "primaer_tovholder", sag: str = "sag-1") -> Sagspart:
    """Return a party's part in a case."""
    return Sagspart((sag, "forloeb"), party, rolle)


def routed(event: Event, *known: Declaration | Sagspart) -> tuple[str, ...]:
    """Return who should get the event."""
    return recipients(event, file(*known), REGISTER)


def kinds() -> dict[str, type[Haendelse]]:
    """Return the event types of the shared language by name."""
    return {kind.navn: kind for kind in event_types().values() if kind.__module__.startswith("schemas.")}


class TestTable:
    def test_requests_are_decided_by_their_answer(self) -> None:
        """Whatever asks for information says so, and declares which categories it asks for as its core."""
        asking = {name for name, kind in kinds().items() if kind.asks}
        assert {name for name in kinds() if name.endswith(".anmodet")} == asking
        assert all(kinds()[name].kerne_erklaeret for name in asking)

    def test_news_of_a_declaration_goes_to_those_it_names(self) -> None:
        """And to nobody else, whoever its sender would like to have it."""
        named = {name for name, kind in kinds().items() if kind.to is To.NAMED}
        assert named == {name for name in kinds() if name.startswith("samtykke.")}


class TestRecipients:
    def test_addressees_each_once_and_in_order(self) -> None:
        """Who is named twice gets the event once."""
        event = made("korrespondance.modtaget", LETTER, modtagere=["social", "familie", "social"])
        assert routed(event) == ("familie", "social")

    @pytest.mark.parametrize("name", SENT)
    def test_the_sender_is_never_among_them(self, name: str) -> None:
        """Whatever the route finds, nobody is sent their own event."""
        known = declared("s-1", "jobcenter", "social"), part("jobcenter"), part("social")
        named = ["jobcenter", "social"] if kinds()[name].to is To.ADDRESSEES else []
        assert routed(made(name, SENT[name], modtagere=named), *known) == ("social",)
        assert routed(made(name, SENT[name], modtagere=["jobcenter"]), *known) in {(), ("social",)}

    @pytest.mark.parametrize(
        "outside", ["sor:" + "1" * 11, "sor:" + "1" * 18, "gln:" + "5" * 13, "gln:" + "5" * 12, "ydernummer:099001"]
    )
    def test_a_numbered_receiver_outside_the_register_keeps_its_number(self, outside: str) -> None:
        """The number of an organisation is no person's, so a refusal can say whom it was about."""
        assert routed(made("korrespondance.modtaget", LETTER, modtagere=[outside])) == (outside,)

    @pytest.mark.parametrize(
        "name",
        ["Ane Eksempel", "2509479989", "sor:1", "sor:2509479989", "gln:Ane", "sor:" + "1" * 11 + " Ane", "Social"],
    )
    def test_any_other_name_becomes_unknown(self, name: str) -> None:
        """What a sender writes there could be personal: it is refused under one name, once."""
        event = made("korrespondance.modtaget", LETTER, modtagere=[name, "endnu en", "social"])
        assert routed(event) == ("social", UNKNOWN)

    def test_no_party_can_be_called_unknown(self) -> None:
        """The name that stands for nobody is nobody's: a party of that id would get what was meant for others."""
        assert UNKNOWN not in REGISTER.by_id
        with pytest.raises(SchemaError):
            Partregister.read({"version": 1, "parter": [{"id": UNKNOWN, "kind": "privat", "navn": "Ukendt A/S"}]})

    def test_a_letter_without_an_address_goes_nowhere(self) -> None:
        """Neither letters nor requests are passed to a case's parties unasked."""
        known = declared("s-1", "jobcenter", "social"), part("familie")
        assert routed(made("korrespondance.modtaget", LETTER), *known) == ()
        assert routed(made("laegeattest.anmodet", REQUEST), *known) == ()

    def test_a_plan_goes_to_the_parties_of_its_case(self) -> None:
        """Those that a declaration names in the case and those who were given a part in it, and nobody of another."""
        known = (
            declared("s-1", "jobcenter", "social"),
            declared("s-2", "laegehuset", sag="sag-2"),
            part("familie", "mentor"),
            part("rusmiddel", sag="sag-2"),
        )
        assert routed(made("indsatsplan.opdateret", PLAN), *known) == ("familie", "social")

    def test_absence_goes_to_the_keyworkers_of_its_case(self) -> None:
        """To both tovholdere and to no other party of the case."""
        known = (
            declared("s-1", "jobcenter", "laegehuset"),
            part("social"),
            part("familie", "sekundaer_tovholder"),
            part("laegehuset", "mentor"),
            part("rusmiddel", sag="sag-2"),
        )
        assert routed(made("fravaer.registreret", ABSENCE), *known) == ("familie", "social")

    def test_named_receivers_stand_in_place_of_the_route(self) -> None:
        """A sender who says who should get it has said who should not."""
        event = made("indsatsplan.opdateret", PLAN, modtagere=["familie"])
        assert routed(event, declared("s-1", "jobcenter", "social")) == ("familie",)

    def test_news_of_a_declaration_goes_to_those_it_names_alone(self) -> None:
        """The version told of decides; a sender cannot add receivers to it."""
        event = made("samtykke.afgivet", NEWS, modtagere=["familie"])
        known = (
            declared("s-1", "jobcenter", "social"),
            declared("s-1", "laegehuset", version=2),
            declared("s-2", "familie"),
        )
        assert routed(event, *known) == ("social",)
        assert routed(made("samtykke.afgivet", NEWS, samtykkeversion=3), *known) == ()


class TestQuestions:
    def test_one_question_for_each_receiver(self) -> None:
        """Each asks whether what the event holds may go there, under the event's own case, resting on its core."""
        row = {"delmaal": "a", "indsats": "b", "ansvarlige": ["c"], "status": "bevilget"}
        event = made("indsatsplan.opdateret", PLAN, helbred=[row], modtagere=["social", "familie"])
        first, second = questions(event, file(), REGISTER)
        assert (first.til, second.til) == ("familie", "social")
        assert (first.borger, first.fra, first.mode) == ("borger-1", "jobcenter", Mode.ORDINARY)
        assert first.cases == (("sag-1", "forloeb"),)
        assert (first.oplysningstyper, first.core, first.hjemler) == (("helbred", "plan"), ("plan",), ())

    def test_what_the_senders_name_reveals_joins_the_core(self) -> None:
        """A plan from the substance-use centre says misbrug, whatever stands in it."""
        event = made("indsatsplan.opdateret", PLAN, source="rusmiddel", modtagere=["social"])
        [asked] = questions(event, file(), REGISTER)
        assert (asked.oplysningstyper, asked.core) == (("misbrug", "plan"), ("misbrug", "plan"))

    def test_a_request_asks_for_what_it_asks_for(self) -> None:
        """All that is asked for is core, and nothing else is asked about."""
        event = made("laegeattest.anmodet", REQUEST, modtagere=["laegehuset"], bruger={"id": "a", "rolle": "b"})
        [asked] = questions(event, file(), REGISTER)
        assert (asked.mode, asked.oplysningstyper, asked.core) == (Mode.ASKED, ("helbred",), ("helbred",))

    def test_news_asks_about_the_declaration_it_tells_of(self) -> None:
        """The rules are told which version it is about."""
        [asked] = questions(made("samtykke.afgivet", NEWS), file(declared("s-1", "jobcenter", "social")), REGISTER)
        assert (asked.mode, asked.samtykke) == (Mode.NAMED, ("s-1", 1))

    def test_a_claim_goes_with_every_question(self) -> None:
        """The sender's paragraph, reason and responsible person are put to the rules as they stand."""
        claim = {"paragraf": "§ 1", "begrundelse": "akut", "ansvarlig": "leder"}
        event = made("korrespondance.modtaget", LETTER, hjemmel=claim, modtagere=["social", "familie"])
        assert [one.hjemler for one in questions(event, file(), REGISTER)] == [(claim,), (claim,)]

    @pytest.mark.parametrize(
        ("own", "found"),
        [
            ({"sag": None, "formaal": None}, (("sag-1", "forloeb"), ("sag-2", "forloeb"))),
            ({"sag": "sag-2", "formaal": None}, (("sag-2", "forloeb"),)),
            ({"sag": None, "formaal": "forloeb"}, (("sag-1", "forloeb"), ("sag-2", "forloeb"))),
            ({"sag": None, "formaal": "andet"}, ()),
            ({"sag": "sag-9", "formaal": None}, ()),
            ({"sag": "sag-9", "formaal": "andet"}, (("sag-9", "andet"),)),
        ],
    )
    def test_a_missing_case_comes_from_the_receivers_cases(self, own: Json, found: tuple[tuple[str, str], ...]) -> None:
        """What the event says of case and purpose stands; what it lacks comes from cases the receiver takes part in."""
        event = made("korrespondance.modtaget", LETTER, modtagere=["social"], **own)
        known = declared("s-1", "social", sag="sag-2"), part("social"), part("familie", sag="sag-3")
        [asked] = questions(event, file(*known), REGISTER)
        assert asked.cases == found

    def test_absence_without_a_case_reaches_the_keyworkers(self) -> None:
        """An attendance row that names no case gets it from the case index, where the keyworkers are known."""
        event = made("fravaer.registreret", ABSENCE, sag=None, formaal=None)
        asked = questions(event, file(part("social"), part("familie", "mentor")), REGISTER)
        assert [(one.til, one.cases) for one in asked] == [("social", (("sag-1", "forloeb"),))]
