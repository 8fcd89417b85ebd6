"""Acknowledgements: casework to whoever waits for an answer, health where they say what was sent to whom."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from schemas.categories import Oplysningstype as Type
from schemas.errors import SchemaError
from schemas.events import Event, event_from
from schemas.redaction import redact

ALL = frozenset(Type)


def receipt(**changes: Any) -> Event:
    """Return the example of an acknowledgement, with other data in it; None takes a field away."""
    document = json.loads(files("schemas").joinpath("eksempler/kvittering.modtaget.v1.json").read_bytes())
    data = {name: value for name, value in (document["data"] | changes).items() if value is not None}
    return event_from(document | {"data": data})


@pytest.mark.parametrize(
    ("outcome", "by"),
    [("modtaget", "modtager"), ("afvist_midlertidigt", "modtager"), ("afvist", "modtager"), ("afvist", "vans")],
    ids=["ok CTL03", "transient-error", "fatal-error CTL02", "CTL01"],
)
def test_every_kind_of_acknowledgement_can_be_told(outcome: str, by: str):
    """FHIR's three outcomes and the three CTL letters are told apart by outcome and by who says so."""
    content = receipt(udfald=outcome, kvitteret_af=by).content()
    assert (content["udfald"], content["kvitteret_af"]) == (outcome, by)


def test_medcoms_error_codes_are_reasons(real: Path):
    """Every code that an acknowledgement may carry is one that the event may."""
    system = real / "medcom-fhir" / "terminology" / "CodeSystem-medcom-acknowledgement-error-codes.json"
    codes = [concept["code"] for concept in json.loads(system.read_bytes())["concept"]]
    content = receipt(aarsager=[{"kode": code} for code in codes]).content()
    assert [one["kode"] for one in content["aarsager"]] == codes


def test_that_a_message_arrived_is_casework():
    """For what, with what outcome and why goes with casework; what kind of letter and between whom is health too."""
    copy = redact(receipt(), frozenset({Type.SAGSFORLOEB}))
    assert copy is not None
    content = copy.content()
    assert {"vedroerer", "vedroerer_art", "udfald", "kvitteret_af", "aarsager", "breve"} <= content.keys()
    assert content["breve"][0].keys() == {"brev", "aarsager"}
    assert not {"oprindelig_afsender", "oprindelig_modtager"} & content.keys()
    more = redact(receipt(), frozenset({Type.SAGSFORLOEB, Type.HELBRED}))
    assert more is not None
    assert {"oprindelig_afsender", "oprindelig_modtager"} <= more.content().keys()


def test_the_words_of_a_refusal_may_say_anything():
    """A refusal quotes what it refuses, so its words need all that free text does."""
    almost = redact(receipt(), ALL - {Type.BOERN})
    assert almost is not None
    assert all("tekst" not in reason for reason in almost.content()["aarsager"])
    whole = redact(receipt(), ALL)
    assert whole is not None
    assert all("tekst" in reason for reason in whole.content()["aarsager"])


def test_without_casework_there_is_no_acknowledgement():
    """That something was sent is casework."""
    assert redact(receipt(), ALL - {Type.SAGSFORLOEB}) is None


def test_a_reason_is_no_sentence():
    """A code with spaces in it is words, and those need more than casework."""
    with pytest.raises(SchemaError):
        receipt(aarsager=[{"kode": "modtageren findes ikke"}])
