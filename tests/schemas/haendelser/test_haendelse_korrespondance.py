"""Correspondence: it goes whole or not at all, whether it came as CareCommunication or as DIS91."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from schemas.categories import FRITEKST
from schemas.categories import Oplysningstype as Type
from schemas.errors import SchemaError
from schemas.events import Event, event_from
from schemas.redaction import redact

ALL = frozenset(Type)


def letter(**changes: Any) -> Event:
    """Return the example of a message, with other data in it; None takes a field away."""
    document = json.loads(files("schemas").joinpath("eksempler/korrespondance.modtaget.v1.json").read_bytes())
    data = {name: value for name, value in (document["data"] | changes).items() if value is not None}
    return event_from(document | {"data": data})


def test_undeclared_it_may_hold_anything():
    """Nobody has read it for us, so it needs what free text may hold and casework."""
    silent = letter(oplysningstyper=[], borgers_adresse=None, bruger=None)
    for missing in FRITEKST | {Type.SAGSFORLOEB}:
        assert redact(silent, ALL - {missing}) is None
    copy = redact(silent, FRITEKST | {Type.SAGSFORLOEB})
    assert copy is not None
    assert copy.content().keys() == silent.content().keys() - {"adressebeskyttet", "hjemmel", "modtagere"}


def test_what_the_sender_declares_is_enough_for_all_but_the_address():
    """The conversation, its people and its files go together; where the citizen lives needs its own permission."""
    told = letter(oplysningstyper=["helbred"], bruger=None)
    copy = redact(told, frozenset({Type.HELBRED}))
    assert copy is not None
    bus_only = {"adressebeskyttet", "hjemmel", "modtagere"}
    assert told.content().keys() - copy.content().keys() == {"borgers_adresse"} | bus_only
    more = redact(told, frozenset({Type.HELBRED, Type.STAMDATA}))
    assert more is not None
    assert "borgers_adresse" in more.content()


def test_a_retraction_says_what_went_wrong(real: Path):
    """Each of MedCom's three reasons means that somebody got what was not meant for them, and has a word here."""
    reasons = {"incorrect-cpr": "forkert_cpr", "incorrect-receiver": "forkert_modtager"}
    reasons["incorrect-attachment"] = "forkert_bilag"
    system = real / "medcom-fhir" / "terminology" / "CodeSystem-medcom-messaging-cancellation-reason.json"
    assert {concept["code"] for concept in json.loads(system.read_bytes())["concept"]} == set(reasons)
    for word in reasons.values():
        assert letter(aktivitet="trukket_tilbage", fejl=word).content()["fejl"] == word


def test_a_step_says_something():
    """A step with neither words nor a file would look like a withheld one."""
    with pytest.raises(SchemaError):
        letter(beskeder=[{"forfatter": "Lis Opdigtet"}])


def test_a_file_is_bytes():
    """What is not base64 is no attachment."""
    with pytest.raises(SchemaError):
        letter(beskeder=[{"bilag": {"indholdstype": "application/pdf", "indhold": "ikke base64!"}}])
