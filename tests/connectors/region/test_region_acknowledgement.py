"""MedCom's acknowledgement: who gets it, what it says, and that it is the same every time."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from connectors.contract import Hint, Malformed, NotExpressible, read_safely
from connectors.region import CONNECTOR
from connectors.region.acknowledgement import ErrorCode, Outcome, acknowledge, error_code
from connectors.region.message import read_message

Json = dict[str, Any]
Write = Callable[[Json], bytes]
Pick = Callable[[Json, str], Json]

AT = datetime.fromisoformat("2024-06-01T14:00:05+02:00")


def _written(original: bytes, outcome: Outcome, *codes: ErrorCode) -> Json:
    found = acknowledge(original, outcome, *codes, at=AT)
    assert isinstance(found, bytes), found
    bundle: Json = json.loads(found)
    return bundle


def _resources(bundle: Json, kind: str) -> list[Json]:
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def test_it_names_the_letter_and_goes_back(letter: Json, as_json: Write) -> None:
    """An acknowledgement answers the letter's header id and goes from its receiver to its sender."""
    bundle = _written(as_json(letter), Outcome.OK)
    head = bundle["entry"][0]["resource"]
    assert head["eventCoding"]["code"] == "acknowledgement-message"
    assert head["response"] == {"identifier": "6b0f7a11-2a5c-4a57-9d7e-0f6a1c3d5e01", "code": "ok"}
    assert head["destination"][0]["endpoint"] == "https://sor2.sum.dsdn.dk/#id=222222000016002"
    assert head["source"]["endpoint"] == "https://sor2.sum.dsdn.dk/#id=111111000016002"
    names = {f"Organization/{one['id']}": one["name"] for one in _resources(bundle, "Organization")}
    assert names[head["sender"]["reference"]] == "Socialafdelingen"
    assert names[head["destination"][0]["receiver"]["reference"]] == "Psykiatrisk ambulatorium"


def test_it_has_exactly_two_provenances(letter: Json, as_json: Write) -> None:
    """One tells what was done with the letter, the other that it is acknowledged."""
    bundle = _written(as_json(letter), Outcome.OK)
    told = [
        (one["target"][0]["reference"], one["activity"]["coding"][0]["code"], one["occurredDateTime"])
        for one in _resources(bundle, "Provenance")
    ]
    own = bundle["entry"][0]["resource"]["id"]
    assert told == [
        ("MessageHeader/6b0f7a11-2a5c-4a57-9d7e-0f6a1c3d5e01", "new-message", "2024-06-01T13:55:00+02:00"),
        (f"MessageHeader/{own}", "acknowledgement", "2024-06-01T14:00:05+02:00"),
    ]


@pytest.mark.parametrize("outcome", [Outcome.TRANSIENT_ERROR, Outcome.FATAL_ERROR])
def test_an_error_says_which(letter: Json, as_json: Write, outcome: Outcome) -> None:
    """Every outcome but ok points at an OperationOutcome with MedCom's codes."""
    bundle = _written(as_json(letter), outcome, *ErrorCode)
    (details,) = _resources(bundle, "OperationOutcome")
    response = bundle["entry"][0]["resource"]["response"]
    assert (response["code"], response["details"]["reference"]) == (outcome, f"OperationOutcome/{details['id']}")
    assert [issue["details"]["coding"][0]["code"] for issue in details["issue"]] == list(ErrorCode)


def test_an_error_without_code_and_an_ok_with_one_are_not_written(letter: Json, as_json: Write) -> None:
    """MedCom asks for the codes of an error, and an ok has nothing to say."""
    assert isinstance(acknowledge(as_json(letter), Outcome.FATAL_ERROR, at=AT), NotExpressible)
    assert isinstance(acknowledge(as_json(letter), Outcome.OK, ErrorCode.DAMAGED, at=AT), NotExpressible)


def test_a_duplicate_gets_the_same(letter: Json, as_json: Write, as_xml: Write) -> None:
    """The letter sent again, in another bundle or syntax, or already read, gets the same acknowledgement."""
    first = acknowledge(as_json(letter), Outcome.OK, at=AT)
    letter |= {"id": "b2", "timestamp": "2024-06-01T14:30:00+02:00"}
    assert acknowledge(as_xml(letter), Outcome.OK, at=AT) == first
    assert acknowledge(read_message(as_json(letter)), Outcome.OK, at=AT) == first


def test_another_answer_is_another_message(letter: Json, as_json: Write) -> None:
    """Accepted after it was refused for now, a letter gets an acknowledgement of its own."""
    accepted = _written(as_json(letter), Outcome.OK)
    refused = _written(as_json(letter), Outcome.TRANSIENT_ERROR, ErrorCode.OUT_OF_OPERATION)
    assert accepted["entry"][0]["resource"]["id"] != refused["entry"][0]["resource"]["id"]
    assert accepted["id"] != refused["id"]


def test_a_malformed_letter_gets_its_answer(letter: Json, as_json: Write, pick: Pick, hint: Hint) -> None:
    """What is wrong further in does not keep the sender from being told."""
    pick(letter, "Patient")["identifier"] = []
    del pick(letter, "Provenance")["target"]
    assert isinstance(read_safely(CONNECTOR, as_json(letter), hint), Malformed)
    bundle = _written(as_json(letter), Outcome.FATAL_ERROR, ErrorCode.WRONG_DATATYPE)
    assert bundle["entry"][0]["resource"]["response"]["code"] == "fatal-error"
    assert len(_resources(bundle, "Provenance")) == 2


def test_nothing_personal_is_acknowledged(letter: Json, as_json: Write) -> None:
    """An acknowledgement holds nothing of the citizen, the employees or the text."""
    written = acknowledge(as_json(letter), Outcome.FATAL_ERROR, ErrorCode.DAMAGED, at=AT)
    assert isinstance(written, bytes)
    for word in ("2509479989", "Prøvesen", "Fiktiv", "mødes", "Samarbejde"):
        assert word.encode() not in written


@pytest.mark.parametrize("gone", ["MessageHeader", "Organization"])
def test_a_letter_without_address_has_no_answer(letter: Json, as_json: Write, gone: str) -> None:
    """Where header or organisations cannot be read there is nobody to answer."""
    letter["entry"] = [one for one in letter["entry"] if one["resource"]["resourceType"] != gone]
    assert isinstance(acknowledge(as_json(letter), Outcome.OK, at=AT), NotExpressible)


@pytest.mark.parametrize("native", [b"", b"{", b"<a/>", b'{"resourceType": "Bundle"}'])
def test_what_is_no_message_has_no_answer(native: bytes) -> None:
    """Bytes that are no message say nothing about whom to answer."""
    assert isinstance(acknowledge(native, Outcome.FATAL_ERROR, ErrorCode.DAMAGED, at=AT), NotExpressible)


def test_a_copy_is_not_who_answers(letter: Json, as_json: Write, pick: Pick) -> None:
    """The primary receiver acknowledges, and a message to copies alone has nobody to do it."""
    destinations = pick(letter, "MessageHeader")["destination"]
    use = {**destinations[0]["extension"][0], "valueCoding": {"code": "cc"}}
    destinations.insert(0, {"extension": [use], "receiver": {"reference": "Organization/afsender"}})
    head = _written(as_json(letter), Outcome.OK)["entry"][0]["resource"]
    assert head["source"]["endpoint"] == "https://sor2.sum.dsdn.dk/#id=111111000016002"
    del destinations[1]
    assert isinstance(acknowledge(as_json(letter), Outcome.OK, at=AT), NotExpressible)


@pytest.mark.parametrize(
    ("kind", "change", "code"),
    [
        ("Communication", {"category": []}, ErrorCode.VALUE_UNKNOWN),
        ("MessageHeader", {"destination": []}, ErrorCode.RECEIVER_MISSING),
        ("Patient", {"identifier": []}, ErrorCode.WRONG_DATATYPE),
    ],
)
def test_what_is_wrong_has_a_code(
    letter: Json, as_json: Write, pick: Pick, hint: Hint, kind: str, change: Json, code: ErrorCode
) -> None:
    """Each way of being malformed is one of MedCom's codes."""
    pick(letter, kind).update(change)
    found = read_safely(CONNECTOR, as_json(letter), hint)
    assert isinstance(found, Malformed)
    assert error_code(found) is code


def test_an_event_not_read_yet_is_not_received(letter: Json, as_json: Write, pick: Pick, hint: Hint) -> None:
    """A message of another event is one that this receiver cannot receive."""
    pick(letter, "MessageHeader")["eventCoding"]["code"] = "hospital-notification-message"
    found = read_safely(CONNECTOR, as_json(letter), hint)
    assert isinstance(found, Malformed)
    assert error_code(found) is ErrorCode.TYPE_NOT_RECEIVED
