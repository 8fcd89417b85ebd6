"""Tasks and journal notes: words under no heading, which go or stay whole."""

import json
from importlib.resources import files
from typing import Any

import pytest

from schemas.addressing import To
from schemas.categories import FRITEKST
from schemas.categories import Oplysningstype as Type
from schemas.errors import SchemaError
from schemas.events import Event, event_from
from schemas.haendelser.journal import JournalnotatOprettet, OpgaveOprettet
from schemas.redaction import redact

KINDS = (OpgaveOprettet, JournalnotatOprettet)


def example(kind: Any, **changes: Any) -> Event:
    """Return the example of an event class, with other data in it."""
    document = json.loads(files("schemas").joinpath(f"eksempler/{kind.navn}.v1.json").read_bytes())
    return event_from(document | {"data": document["data"] | changes})


@pytest.mark.parametrize("kind", KINDS)
def test_undeclared_words_need_everything_that_free_text_may_hold(kind):
    """Nobody has read them for us, so the least that is missing keeps all of it back, the title too."""
    event = example(kind, oplysningstyper=[])
    assert redact(event, FRITEKST | {Type.SAGSFORLOEB}) is not None
    for one in FRITEKST | {Type.SAGSFORLOEB}:
        assert redact(event, frozenset(Type) - {one}) is None


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_sender_declares_is_all_that_is_needed(kind):
    """A note on the rent needs housing and economy, and then goes whole."""
    event = example(kind, oplysningstyper=["bolig", "oekonomi"])
    copy = redact(event, {Type.SAGSFORLOEB, Type.BOLIG, Type.OEKONOMI})
    assert copy is not None
    assert copy.content().keys() == event.content().keys() - {"adressebeskyttet", "hjemmel", "modtagere"}
    assert redact(event, {Type.SAGSFORLOEB, Type.BOLIG}) is None


@pytest.mark.parametrize("kind", KINDS)
def test_it_goes_to_nobody_that_it_does_not_name(kind):
    """A journal is not sent around; a task has somebody to do it."""
    assert kind.to is To.ADDRESSEES


def test_a_task_has_somebody_to_do_it():
    """A task for nobody would be done by nobody."""
    with pytest.raises(SchemaError) as caught:
        example(OpgaveOprettet, ansvarlige=[])
    assert caught.value.where == "data.ansvarlige"


def test_a_deadline_without_offset_is_nobodys_time():
    """Momentum writes local time; whoever sends it on says which."""
    with pytest.raises(SchemaError):
        example(OpgaveOprettet, frist="2026-03-20T12:00:00")


@pytest.mark.parametrize(("kle", "good"), [("27.39.12", True), ("27.39.12 G01", True), ("27.39", False)])
def test_a_note_stands_on_a_kle_subject(kle: str, good: bool):
    """With a handling facet or without one."""
    if good:
        assert example(JournalnotatOprettet, kle=kle)
    else:
        with pytest.raises(SchemaError):
            example(JournalnotatOprettet, kle=kle)
