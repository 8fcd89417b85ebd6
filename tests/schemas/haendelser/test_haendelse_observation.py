"""Observations in the home: results are health, remarks and pictures what the report declares, digits as written."""

import json
from importlib.resources import files
from typing import Any

import pytest

from schemas.categories import FRITEKST
from schemas.categories import Oplysningstype as Type
from schemas.errors import SchemaError
from schemas.events import Event, event_from, read_event
from schemas.haendelser.observation import ObservationModtaget
from schemas.parties import Partsart
from schemas.redaction import redact

RESULT = {"kode": "NPU01349", "kodesystem": "npu", "status": "endelig", "tal": "0.10", "maaleenhed": "10^9/L"}


def report(**changes: Any) -> Event:
    """Return the example of a report, with other data in it."""
    document = json.loads(files("schemas").joinpath("eksempler/observation.modtaget.v1.json").read_bytes())
    return event_from(document | {"data": document["data"] | changes})


@pytest.mark.parametrize("number", ["0.10", "26", "-1.5", "10.1"])
def test_a_result_keeps_its_digits(number: str):
    """To a laboratory 0.10 says more than 0.1."""
    data = read_event(report(maalinger=[RESULT | {"tal": number}]).as_json()).data
    assert isinstance(data, ObservationModtaget)
    assert data.maalinger[0].tal == number


@pytest.mark.parametrize("number", ["1,5", "1e3", "NaN", "", "1."])
def test_what_is_no_decimal_number_is_refused(number: str):
    """Words go where words go."""
    with pytest.raises(SchemaError):
        report(maalinger=[RESULT | {"tal": number}])


def test_results_go_with_health_and_remarks_with_what_is_declared():
    """A number is health; a remark to it can say anything, and so can a picture."""
    copy = redact(report(oplysningstyper=[]), frozenset({Type.HELBRED}))
    assert copy is not None
    content = copy.content()
    assert content["maalinger"][0].keys() == {
        *("kode", "kodesystem", "betegnelse", "status", "tidspunkt"),
        *("sammenligning", "tal", "maaleenhed", "tekst", "fortolkning"),
    }
    assert not {"konklusion", "medier", "udfoert_af", "rekvirent"} & content.keys()
    whole = redact(report(oplysningstyper=[]), FRITEKST)
    assert whole is not None
    assert {"konklusion", "medier", "udfoert_af", "rekvirent"} <= whole.content().keys()


def test_a_refusal_to_share_goes_with_the_report():
    """That the citizen does not want the answer shared further is told to whoever reads any of it."""
    copy = redact(report(begraenset=True), frozenset({Type.HELBRED}))
    assert copy is not None
    assert copy.content()["begraenset"] is True


def test_the_municipality_sends_it():
    """The acute team is the municipality's."""
    assert ObservationModtaget.senders == {Partsart.FORVALTNING}
