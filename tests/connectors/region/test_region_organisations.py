"""Whom a MedCom message is from and for."""

from collections.abc import Callable
from typing import Any

import pytest

from connectors.contract import Hint, Malformed, read_safely
from connectors.region import CONNECTOR
from schemas.parties import Partregister

Json = dict[str, Any]
Write = Callable[[Json], bytes]
Pick = Callable[[Json, str], Json]

SOR = "urn:oid:1.2.208.176.1.1"
GLN = "https://www.gs1.org/gln"
GLN_DK_CORE = "http://www.gs1.org/gln"
YDERNUMMER = "urn:oid:1.2.208.176.1.4"
SENDER = Malformed("the sender is not the authenticated party", "MessageHeader.sender")


def _receivers(native: bytes, hint: Hint) -> tuple[str, ...]:
    found = read_safely(CONNECTOR, native, hint)
    assert isinstance(found, list), found
    return found[0].data.modtagere


def _address(letter: Json, pick: Pick, endpoint: str | None, *numbers: tuple[str, str]) -> None:
    """Send the letter to this endpoint and to an organisation with these numbers."""
    (destination,) = pick(letter, "MessageHeader")["destination"]
    destination["endpoint"] = endpoint
    receiver = next(one["resource"] for one in letter["entry"] if one["resource"]["id"] == "modtager")
    receiver["identifier"] = [{"system": system, "value": value} for system, value in numbers]


@pytest.mark.parametrize(
    ("endpoint", "numbers", "party"),
    [
        ("https://sor2.sum.dsdn.dk/#id=111111000016002", [], "social"),
        (None, [(SOR, "111111000016002")], "social"),
        (None, [(GLN, "5790000000029")], "social"),
        (None, [(GLN_DK_CORE, "5790000000029")], "social"),
        (None, [(YDERNUMMER, "099001")], "laege-099001"),
        (None, [(YDERNUMMER, "99001")], "laege-099001"),
        ("http://example.org/unknown", [(GLN, "5790000000074")], "laege-099001"),
        (None, [(SOR, "333333000016001"), (GLN, "5790000000074")], "laege-099001"),
        (None, [(SOR, "111111000016002"), (GLN, "5790000000999")], "social"),
        (None, [(SOR, "999999000016009")], "sor:999999000016009"),
        (None, [(GLN, "5790000000999")], "gln:5790000000999"),
        (None, [(YDERNUMMER, "099009")], "ydernummer:099009"),
        ("https://sor2.sum.dsdn.dk/#id=999999000016009", [(GLN, "5790000000029")], "sor:999999000016009"),
        ("https://sor2.sum.dsdn.dk/#id=222222000016002", [(SOR, "111111000016002")], "sor:222222000016002"),
    ],
)
def test_a_receiver_is_found_by_its_numbers(
    letter: Json,
    as_json: Write,
    pick: Pick,
    register: Partregister,
    endpoint: str | None,
    numbers: list[tuple[str, str]],
    party: str,
) -> None:
    """SOR decides, GLN and ydernummer help where no SOR contradicts, and who is unknown or in doubt is no party."""
    _address(letter, pick, endpoint, *numbers)
    found = _receivers(as_json(letter), Hint("psykiatrien", register))
    assert found == (party,)
    assert (found[0] in register.by_id) is (":" not in party)


@pytest.mark.parametrize("numbers", [[], [(SOR, "2509479989")], [(GLN, "2509479989")], [("urn:other", "1" * 13)]])
def test_a_receiver_without_a_number_is_refused(
    letter: Json, as_json: Write, pick: Pick, hint: Hint, numbers: list[tuple[str, str]]
) -> None:
    """No number, and what is as short as a CPR number, names nobody."""
    _address(letter, pick, None, *numbers)
    found = read_safely(CONNECTOR, as_json(letter), hint)
    assert found == Malformed(
        "no SOR number, GLN or ydernummer says who the receiver is", "MessageHeader.destination.0"
    )


def test_a_letter_to_nobody_is_refused(letter: Json, as_json: Write, pick: Pick, hint: Hint) -> None:
    """A letter without destination has no receiver."""
    pick(letter, "MessageHeader")["destination"] = []
    found = read_safely(CONNECTOR, as_json(letter), hint)
    assert isinstance(found, Malformed)
    assert found.where == "MessageHeader.destination"


def test_two_numbers_of_one_kind_are_nobody(letter: Json, as_json: Write, pick: Pick, hint: Hint) -> None:
    """An organisation with two SOR numbers could be either."""
    _address(letter, pick, None, (SOR, "111111000016002"), (SOR, "222222000016002"))
    found = read_safely(CONNECTOR, as_json(letter), hint)
    assert found == Malformed("two different numbers of one kind", "Organization.identifier")


def test_a_copy_is_a_receiver_of_its_own(letter: Json, as_json: Write, as_xml: Write, pick: Pick, hint: Hint) -> None:
    """Every destination is a receiver, carbon copies too, and each once."""
    destinations = pick(letter, "MessageHeader")["destination"]
    use = {**destinations[0]["extension"][0], "valueCoding": {"code": "cc"}}
    destinations.append({"extension": [use], "endpoint": "https://sor2.sum.dsdn.dk/#id=999999000016009"})
    destinations.append(destinations[0])
    assert _receivers(as_json(letter), hint) == ("social", "sor:999999000016009")
    assert _receivers(as_xml(letter), hint) == ("social", "sor:999999000016009")


@pytest.mark.parametrize("source", ["social", "laege-099001", "boligforening", "nobody"])
def test_a_sender_who_is_somebody_else_is_refused(
    letter: Json, as_json: Write, register: Partregister, source: str
) -> None:
    """Who authenticated as another party, as one without numbers or as none is not the sender."""
    assert read_safely(CONNECTOR, as_json(letter), Hint(source, register)) == SENDER


def test_a_shared_gln_does_not_make_a_sender(letter: Json, as_json: Write, pick: Pick, hint: Hint) -> None:
    """An organisation with the party's GLN and another SOR number is another department."""
    pick(letter, "Organization")["identifier"][1]["value"] = "222222000016009"
    assert read_safely(CONNECTOR, as_json(letter), hint) == SENDER


def test_a_file_is_translated_without_knowing_anybody(letter: Json, as_json: Write) -> None:
    """With a register of no parties nobody has authenticated, and the receivers go by number."""
    nobody = Hint("translate", Partregister(version=1, parter=()))
    assert _receivers(as_json(letter), nobody) == ("sor:111111000016002",)
