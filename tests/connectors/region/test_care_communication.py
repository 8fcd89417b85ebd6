"""What of a CareCommunication stands in the event."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from connectors.contract import Hint, Malformed, read_safely
from connectors.region import CONNECTOR
from connectors.region.care_communication import ACTIVITIES
from connectors.region.categories import CATEGORIES
from schemas.categories import FRITEKST, Oplysningstype
from schemas.events import Bruger, Event, Hjemmel
from schemas.haendelser.korrespondance import KorrespondanceModtaget
from schemas.ids import event_id

Json = dict[str, Any]
Write = Callable[[Json], bytes]
Pick = Callable[[Json, str], Json]


def _event(native: bytes, hint: Hint) -> Event:
    found = read_safely(CONNECTOR, native, hint)
    assert isinstance(found, list), found
    assert len(found) == 1
    return found[0]


def _letter(native: bytes, hint: Hint) -> KorrespondanceModtaget:
    data = _event(native, hint).data
    assert isinstance(data, KorrespondanceModtaget)
    return data


def _refused(native: bytes, hint: Hint) -> Malformed:
    found = read_safely(CONNECTOR, native, hint)
    assert isinstance(found, Malformed), found
    return found


def test_a_letter_becomes_one_event(letter: Json, as_json: Write, hint: Hint) -> None:
    """Citizen, category, subject, thread and receiver of the letter are those of the event."""
    event = _event(as_json(letter), hint)
    data = event.data
    assert isinstance(data, KorrespondanceModtaget)
    assert event.type == "dk.tvaers.korrespondance.modtaget.v1"
    assert event.source == "psykiatrien"
    assert (data.borger.cpr, data.borger.navn) == ("2509479989", "Ane Test Prøvesen")
    assert (data.kategori, data.emne) == ("psychiatry-social-disability", "Samarbejde om støtte")
    assert data.traad == "urn:uuid:11111111-0000-4000-8000-000000000001"
    assert data.modtagere == ("social",)
    assert data.aktivitet == "ny"
    assert data.vedroerer is None


def test_a_step_tells_who_wrote_it_where_and_when(letter: Json, as_json: Write, hint: Hint) -> None:
    """Author, position, organisation, telephone and time come out of the payload's extensions."""
    (step,) = _letter(as_json(letter), hint).beskeder
    assert step.model_dump(exclude_none=True) == {
        "id": "urn:uuid:a1",
        "tidspunkt": datetime.fromisoformat("2024-06-01T13:55:00+02:00"),
        "organisation": "Psykiatrisk ambulatorium",
        "forfatter": "Mette Fiktiv",
        "rolle": "sygeplejerske",
        "telefon": "12345678",
        "tekst": "Kan vi mødes?\nHilsen Mette",
    }


def test_xml_and_json_are_the_same_letter(letter: Json, as_json: Write, as_xml: Write, hint: Hint) -> None:
    """Both syntaxes of one letter give equal events, line breaks included."""
    assert _event(as_xml(letter), hint) == _event(as_json(letter), hint)


def test_forwarded_history_comes_along(forwarded: Json, as_json: Write, as_xml: Write, hint: Hint) -> None:
    """Every step of a forwarded conversation is in the event, newest first and otherwise as received."""
    data = _letter(as_json(forwarded), hint)
    assert [step.id for step in data.beskeder] == [f"urn:uuid:a{number}" for number in (3, 4, 1, 2)]
    assert data.aktivitet == "videresendt"
    assert data.vedroerer == "6b0f7a11-2a5c-4a57-9d7e-0f6a1c3d5e00"
    assert _letter(as_xml(forwarded), hint) == data


def test_an_attachment_keeps_its_bytes(forwarded: Json, as_json: Write, hint: Hint) -> None:
    """An attachment comes with title, type and base64 bytes; a link with its address and an unknown type."""
    bilag = {step.id: step.bilag for step in _letter(as_json(forwarded), hint).beskeder if step.bilag}
    held, linked = bilag["urn:uuid:a2"], bilag["urn:uuid:a4"]
    assert (held.titel, held.indholdstype, held.indhold) == ("Plan", "application/pdf", "JVBERi0xLjcKtbW1")
    assert (linked.indholdstype, linked.adresse) == ("application/octet-stream", "https://example.org/plan")


def test_white_space_in_base64_is_not_content(forwarded: Json, as_json: Write, pick: Pick, hint: Hint) -> None:
    """FHIR lets base64 be broken into lines; the event has it in one piece."""
    attachment = pick(forwarded, "Communication")["payload"][1]["contentAttachment"]
    attachment["data"] = "JVBERi0x\r\n LjcKtbW1\n"
    bilag = _letter(as_json(forwarded), hint).beskeder[3].bilag
    assert bilag is not None
    assert bilag.indhold == "JVBERi0xLjcKtbW1"


def test_the_event_is_the_letter_not_the_sending(letter: Json, as_json: Write, hint: Hint) -> None:
    """Sent again under a new Bundle.id and Bundle.timestamp, the letter is the same event."""
    first = _event(as_json(letter), hint)
    letter |= {"id": "b2", "timestamp": "2024-06-02T08:00:00+02:00"}
    assert _event(as_json(letter), hint) == first
    assert first.id == event_id("psykiatrien", "6b0f7a11-2a5c-4a57-9d7e-0f6a1c3d5e01", 0, key=b"")
    assert first.time == datetime.fromisoformat("2024-06-01T13:55:00+02:00")
    assert CONNECTOR.volatile == ("Bundle.id", "Bundle.timestamp")


@pytest.mark.parametrize(("code", "aktivitet"), ACTIVITIES.items())
def test_the_activity_is_the_current_provenance(
    forwarded: Json, as_json: Write, pick: Pick, hint: Hint, code: str, aktivitet: str
) -> None:
    """What is done now is told by the Provenance of this header, whatever was done before it."""
    forwarded["entry"][-1]["resource"]["activity"]["coding"][0]["code"] = code
    assert pick(forwarded, "Provenance")["id"] == "foer"
    pick(forwarded, "Provenance")["activity"] = {"coding": [{"system": "urn:other", "code": "admit-inpatient"}]}
    assert _letter(as_json(forwarded), hint).aktivitet == aktivitet


def test_an_unknown_activity_is_refused(letter: Json, as_json: Write, pick: Pick, hint: Hint) -> None:
    """An activity that is no correspondence's has no place in the event."""
    pick(letter, "Provenance")["activity"]["coding"][0]["code"] = "admit-inpatient"
    assert _refused(as_json(letter), hint) == Malformed("the code is not in MedCom's list", "Provenance.activity")


def test_a_retraction_holds_its_reason_and_what_it_takes_back(
    letter: Json, as_json: Write, pick: Pick, hint: Hint
) -> None:
    """A retraction with two communications gives one event with the steps of both and the union of their categories."""
    reason = {**pick(letter, "Communication"), "id": "tilbage", "status": "entered-in-error"}
    reason["category"] = [{"coding": [dict(pick(letter, "Communication")["category"][0]["coding"][0], code="decease")]}]
    reason["payload"] = [{"contentString": "Forkert CPR-nummer"}]
    letter["entry"].append({"resource": reason})
    pick(letter, "MessageHeader")["focus"].insert(0, {"reference": "Communication/tilbage"})
    provenance = pick(letter, "Provenance")
    provenance["activity"]["coding"][0]["code"] = "retract-message"
    provenance["entity"].append({"role": "removal", "what": {"reference": "MessageHeader/brev-1"}})
    data = _letter(as_json(letter), hint)
    assert (data.aktivitet, data.vedroerer, data.kategori) == ("trukket_tilbage", "brev-1", "decease")
    assert {step.tekst for step in data.beskeder} == {"Forkert CPR-nummer", "Kan vi mødes?\nHilsen Mette"}
    assert Oplysningstype.STAMDATA in data.oplysningstyper


def test_an_answer_to_an_older_format_names_its_letter(letter: Json, as_json: Write, pick: Pick, hint: Hint) -> None:
    """Where no MessageHeader is named, an identifier that is no payload's is the earlier letter."""
    entities = pick(letter, "Provenance")["entity"]
    entities[0]["role"] = "revision"
    assert _letter(as_json(letter), hint).vedroerer is None
    entities.append({"role": "revision", "what": {"identifier": {"value": "5790000000029#brev17"}}})
    assert _letter(as_json(letter), hint).vedroerer == "5790000000029#brev17"


def test_a_letter_may_hold_everything_its_text_may(letter: Json, as_json: Write, hint: Hint) -> None:
    """Where the sender declares nothing, the category's own types come on top of those of free text."""
    declared = frozenset(_letter(as_json(letter), hint).oplysningstyper)
    assert declared == FRITEKST | CATEGORIES["psychiatry-social-disability"]


def test_the_sender_may_declare_less(letter: Json, as_json: Write, hint: Hint) -> None:
    """What the sender declares beside the message holds over its category."""
    less = replace(hint, oplysningstyper=(Oplysningstype.FREMMOEDE,))
    assert _letter(as_json(letter), less).oplysningstyper == (Oplysningstype.FREMMOEDE,)


def test_what_medcom_has_no_field_for_comes_from_the_hint(letter: Json, as_json: Write, hint: Hint) -> None:
    """Case, purpose, basis and employee are the hint's, and are absent without it."""
    told = replace(
        hint,
        sag="S-1",
        formaal="koordinering",
        hjemmel=Hjemmel(paragraf="SUL § 41"),
        bruger=Bruger(id="m1", rolle="læge"),
        modtagere=("laege-099001",),
    )
    data = _letter(as_json(letter), told)
    assert (data.sag, data.formaal, data.hjemmel, data.bruger) == (told.sag, told.formaal, told.hjemmel, told.bruger)
    assert data.modtagere == ("social",)
    plain = _letter(as_json(letter), hint)
    assert (plain.sag, plain.formaal, plain.hjemmel, plain.bruger) == (None, None, None, None)


@pytest.mark.parametrize(
    ("system", "number"),
    [
        ("urn:oid:1.2.208.176.1.6.1.1", "0703921VJ4"),
        ("urn:oid:1.2.208.176.1.6.1.3", "1206550VK9"),
        ("urn:oid:1.2.208.176.1.6.1.3.177", "1206550VK9"),
    ],
)
def test_a_replacement_number_is_a_citizen(
    letter: Json, as_json: Write, pick: Pick, hint: Hint, system: str, number: str
) -> None:
    """National and regional replacement numbers stand in for a CPR number."""
    pick(letter, "Patient")["identifier"] = [{"system": system, "value": number}]
    assert _letter(as_json(letter), hint).borger.cpr == number


def test_a_cpr_number_goes_before_a_replacement(letter: Json, as_json: Write, pick: Pick, hint: Hint) -> None:
    """A citizen with both numbers is known by the CPR number."""
    replacement = {"system": "urn:oid:1.2.208.176.1.6.1.1", "value": "0703921VJ4"}
    pick(letter, "Patient")["identifier"].insert(0, replacement)
    assert _letter(as_json(letter), hint).borger.cpr == "2509479989"


@pytest.mark.parametrize(
    "identifiers",
    [
        [],
        [{"system": "urn:oid:1.2.208.176.1.6.1.30", "value": "2509479989"}],
        [{"value": "2509479989"}],
        [{"system": "urn:oid:1.2.208.176.1.2", "value": "3213479989"}],
        [{"system": "urn:oid:1.2.208.176.1.2", "value": one} for one in ("2509479989", "0201919990")],
    ],
)
def test_who_is_not_identified_is_nobody(
    letter: Json, as_json: Write, pick: Pick, hint: Hint, identifiers: list[Json]
) -> None:
    """No number, a number of another system, an impossible date and two different numbers are all refused."""
    pick(letter, "Patient")["identifier"] = identifiers
    assert _refused(as_json(letter), hint).where == "Patient.identifier"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"category": [{"coding": [{"system": "urn:other", "code": "decease"}]}]}, "Communication.category"),
        ({"category": []}, "Communication.category"),
        ({"priority": "asap"}, "Communication.priority"),
        ({"payload": []}, "Communication.payload"),
        ({"payload": [{"extension": []}]}, "Communication.payload.0"),
        ({"payload": [{"contentString": "a", "contentAttachment": {}}]}, "Communication.payload.0"),
        ({"payload": [{"contentAttachment": {"title": "a"}}]}, "Communication.payload.0.contentAttachment"),
        ({"subject": {"reference": "Organization/afsender"}}, "Communication.subject"),
        ({"subject": {"reference": "Patient/en-anden"}}, "Communication.subject"),
        ({"modifierExtension": [{"url": "urn:not", "valueBoolean": True}]}, "Communication"),
    ],
)
def test_a_communication_keeps_medcoms_rules(
    letter: Json, as_json: Write, pick: Pick, hint: Hint, change: Json, where: str
) -> None:
    """Category, priority, payloads, subject and modifiers are as the profile wants them, or the letter is refused."""
    pick(letter, "Communication").update(change)
    assert _refused(as_json(letter), hint).where == where


def test_the_category_other_needs_a_topic(letter: Json, as_json: Write, pick: Pick, hint: Hint) -> None:
    """With the category `other` nothing but the topic says what the letter is about."""
    communication = pick(letter, "Communication")
    communication["category"][0]["coding"][0]["code"] = "other"
    assert _letter(as_json(letter), hint).kategori == "other"
    del communication["topic"]
    assert _refused(as_json(letter), hint).where == "Communication.topic"


def test_a_referral_may_have_a_priority(letter: Json, as_json: Write, pick: Pick, hint: Hint) -> None:
    """Regarding a referral, the priority stands in the event."""
    communication = pick(letter, "Communication")
    communication["category"][0]["coding"][0]["code"] = "regarding-referral"
    communication["priority"] = "asap"
    assert _letter(as_json(letter), hint).prioritet == "asap"


def test_bytes_that_are_not_base64_are_refused(forwarded: Json, as_json: Write, pick: Pick, hint: Hint) -> None:
    """An attachment whose bytes cannot be read is no attachment."""
    pick(forwarded, "Communication")["payload"][1]["contentAttachment"]["data"] = "not base64!"
    assert _refused(as_json(forwarded), hint).where == "indhold"


def test_only_one_provenance_is_of_this_letter(letter: Json, as_json: Write, pick: Pick, hint: Hint) -> None:
    """Without a Provenance of its own, or with two, nobody can say what the letter is."""
    letter["entry"].append({"resource": {**pick(letter, "Provenance"), "id": "igen"}})
    assert _refused(as_json(letter), hint).where == "Provenance.target"
    letter["entry"] = letter["entry"][:-2]
    assert _refused(as_json(letter), hint).where == "Provenance.target"


@pytest.mark.parametrize("time", [None, "2024-06-01", "2024-06-01T13:55:00", "1717242900"])
def test_the_time_of_sending_is_a_point_in_time(
    letter: Json, as_json: Write, pick: Pick, hint: Hint, time: str | None
) -> None:
    """A date alone, a time without offset and a count of seconds are not when a letter was sent."""
    pick(letter, "Provenance")["occurredDateTime"] = time
    assert _refused(as_json(letter), hint).where == "Provenance.occurredDateTime"


def test_an_author_may_be_a_person_or_a_team(letter: Json, as_json: Write, pick: Pick, hint: Hint) -> None:
    """A Practitioner or CareTeam as author has a name and no position; a position may be in words."""
    author = pick(letter, "Communication")["payload"][0]["extension"][2]["valueReference"]
    letter["entry"].append({"resource": {"resourceType": "CareTeam", "id": "hold", "name": "Team Nord"}})
    author["reference"] = "CareTeam/hold"
    assert _letter(as_json(letter), hint).beskeder[0].forfatter == "Team Nord"
    author["reference"] = "Practitioner/person"
    assert _letter(as_json(letter), hint).beskeder[0].forfatter == "Mette Fiktiv"
    author["reference"] = "PractitionerRole/rolle"
    pick(letter, "PractitionerRole")["code"] = [{"text": "koordinator"}]
    assert _letter(as_json(letter), hint).beskeder[0].rolle == "koordinator"


def test_a_nameless_organisation_is_known_by_its_number(letter: Json, as_json: Write, pick: Pick, hint: Hint) -> None:
    """MedCom lets an organisation go without a name; then a step is written at its number."""
    del pick(letter, "Organization")["name"]
    assert _letter(as_json(letter), hint).beskeder[0].organisation == "gln:5790000000067"


@pytest.mark.parametrize("code", ["hospital-notification-message", "acknowledgement-message", "empty-message"])
def test_other_events_are_not_read_yet(letter: Json, as_json: Write, pick: Pick, hint: Hint, code: str) -> None:
    """MedCom's other events are refused by name."""
    pick(letter, "MessageHeader")["eventCoding"]["code"] = code
    assert _refused(as_json(letter), hint) == Malformed(f"event {code} is not read yet", "MessageHeader.eventCoding")


def test_an_unknown_event_is_not_repeated(letter: Json, as_json: Write, pick: Pick, hint: Hint) -> None:
    """An event that MedCom does not have is refused without saying what stood there."""
    pick(letter, "MessageHeader")["eventCoding"]["code"] = "2509479989"
    assert _refused(as_json(letter), hint).reason == "the code is not in MedCom's list"
