"""MedCom's own published messages."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.contract import Hint, Malformed, read_safely
from connectors.region import CONNECTOR
from connectors.region.acknowledgement import ErrorCode, Outcome, acknowledge
from connectors.region.categories import CATEGORIES
from connectors.region.write_care_communication import write
from schemas.events import Event, read_event
from schemas.haendelser.korrespondance import KorrespondanceModtaget
from schemas.parties import Partregister

NOBODY = Hint("translate", Partregister(version=1, parter=()))


def _events(folder: Path, syntax: str) -> dict[str, list[Event] | Malformed]:
    found = {path.stem: read_safely(CONNECTOR, path.read_bytes(), NOBODY) for path in folder.glob(f"*.{syntax}")}
    assert found
    return found


def test_every_care_communication_is_read(real: Path) -> None:
    """Each gives one event, the same from JSON as from XML, that stands up to its own schema."""
    folder = real / "medcom-fhir" / "carecommunication"
    found = _events(folder, "json")
    assert found == _events(folder, "xml")
    for events in found.values():
        assert isinstance(events, list), events
        (event,) = events
        assert read_event(event.as_json()) == event


def test_nothing_of_a_care_communication_is_left_out(real: Path) -> None:
    """There is a step for every payload, and every text and attachment is in one."""
    folder = real / "medcom-fhir" / "carecommunication"
    for name, events in _events(folder, "json").items():
        bundle = json.loads((folder / f"{name}.json").read_bytes())
        payloads = [one for entry in bundle["entry"] for one in entry["resource"].get("payload", [])]
        assert isinstance(events, list)
        data = events[0].data
        assert isinstance(data, KorrespondanceModtaget)
        assert len(data.beskeder) == len(payloads)
        assert {step.tekst for step in data.beskeder if step.tekst} == {
            one["contentString"] for one in payloads if "contentString" in one
        }
        assert {step.bilag.indhold for step in data.beskeder if step.bilag} == {
            one["contentAttachment"]["data"] for one in payloads if "contentAttachment" in one
        }


def test_every_care_communication_is_written_again(real: Path) -> None:
    """Between parties of the register each is written and read with the same conversation."""
    numbers = (("fra", "222222000016002", "5790000000067"), ("til", "111111000016002", "5790000000029"))
    parties = [
        {"id": one, "kind": "sundhedsvaesen", "navn": one, "identifikatorer": {"sor": sor, "gln": gln}}
        for one, sor, gln in numbers
    ]
    register = Partregister.read({"version": 1, "parter": parties})
    for events in _events(real / "medcom-fhir" / "carecommunication", "json").values():
        assert isinstance(events, list)
        event = events[0].model_copy(update={"source": "fra"})
        native = write(event, register, til="til")
        assert isinstance(native, bytes), native
        again = read_safely(CONNECTOR, native, Hint("fra", register))
        assert isinstance(again, list), again
        before, after = event.data, again[0].data
        assert isinstance(before, KorrespondanceModtaget)
        assert isinstance(after, KorrespondanceModtaget)
        assert (after.beskeder, after.kategori, after.emne) == (before.beskeder, before.kategori, before.emne)


@pytest.mark.parametrize("folder", ["hospitalnotification", "acknowledgement"])
@pytest.mark.parametrize("syntax", ["json", "xml"])
def test_other_messages_are_refused_by_event(real: Path, folder: str, syntax: str) -> None:
    """Messages of other events are malformed at their event, and nowhere else."""
    for found in _events(real / "medcom-fhir" / folder, syntax).values():
        assert isinstance(found, Malformed)
        assert found.where == "MessageHeader.eventCoding"


def test_every_message_can_be_acknowledged(real: Path) -> None:
    """Every published message, of whatever event, says enough to be answered."""
    at = datetime(2024, 6, 1, 12, tzinfo=UTC)
    for path in (real / "medcom-fhir").glob("*/Bundle-*"):
        answer = acknowledge(path.read_bytes(), Outcome.FATAL_ERROR, ErrorCode.TYPE_NOT_RECEIVED, at=at)
        assert isinstance(answer, bytes), path.name


def _codes(real: Path, name: str) -> set[str]:
    system = json.loads((real / "medcom-fhir" / "terminology" / f"CodeSystem-medcom-{name}.json").read_bytes())
    return {concept["code"] for concept in system["concept"]}


def test_our_tables_are_medcoms(real: Path) -> None:
    """The categories and error codes are MedCom's code systems, all of each."""
    assert set(CATEGORIES) == _codes(real, "careCommunication-categoryCodes")
    assert set(ErrorCode) == _codes(real, "acknowledgement-error-codes")
