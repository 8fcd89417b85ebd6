"""Who should get an event, as its type says, and the questions that follow from it. Pure."""

import re

from consent.adjudication import Mode, Question
from consent.citizen import Case, CitizenFile
from gateway.news import declaration_told_of
from schemas.addressing import To
from schemas.categories import Oplysningstype
from schemas.events import Event
from schemas.parties import UNKNOWN, Partregister
from schemas.redaction import present

_OUTSIDE = re.compile(r"sor:[0-9]{11,18}|gln:[0-9]{12,13}|ydernummer:[0-9]{1,6}")
"""How a connector names a receiver that the register does not know."""


def recipients(event: Event, file: CitizenFile, register: Partregister) -> tuple[str, ...]:
    """Return who should get the event, each once and in order; its sender is never among them."""
    named = set(event.data.modtagere) if event.data.to is not To.NAMED else set()
    found = named or _by_type(event, file)
    # What a sender writes as a name could be personal, and the log is not: an unknown one is called just that.
    known = {one if one in register.by_id or _OUTSIDE.fullmatch(one) else UNKNOWN for one in found}
    return tuple(sorted(known - {event.source}))


def questions(event: Event, file: CitizenFile, register: Partregister) -> list[Question]:
    """Return one question per recipient; what the sender's mere name gives away joins the core."""
    sender = register.by_id.get(event.source)
    reveals = sender.afsloerer if sender else frozenset[Oplysningstype]()
    mode = _mode(event)
    asked = event.data.declared() if mode is Mode.ASKED else present(event)
    claim = event.data.hjemmel
    return [
        Question(
            mode=mode,
            borger=file.borger_id,
            fra=event.source,
            til=til,
            cases=_cases(event, file, til),
            oplysningstyper=tuple(sorted(asked | reveals)),
            core=tuple(sorted(event.data.core() | reveals)),
            hjemler=(claim.model_dump(),) if claim else (),
            samtykke=declaration_told_of(event),
        )
        for til in recipients(event, file, register)
    ]


def _mode(event: Event) -> Mode:
    if event.data.to is To.NAMED:
        return Mode.NAMED
    return Mode.ASKED if event.data.asks else Mode.ORDINARY


def _by_type(event: Event, file: CitizenFile) -> set[str]:
    to, sag = event.data.to, event.data.sag
    if to is To.NAMED:
        told = declaration_told_of(event)
        declaration = file.declaration(*told) if told else None
        return set(declaration.parties) if declaration else set()
    if to is To.KEYWORKERS:
        return set(file.keyworkers_in(sag))
    return set(file.parties_in(sag)) if sag is not None and to is To.CASE else set()


def _cases(event: Event, file: CitizenFile, til: str) -> tuple[Case, ...]:
    """Return the event's own case and purpose; where it lacks one of them, the receiver's cases that fit the other."""
    sag, formaal = event.data.sag, event.data.formaal
    if sag is not None and formaal is not None:
        return ((sag, formaal),)
    known = file.cases_of(til)
    return tuple(one for one in known if sag in (None, one[0]) and formaal in (None, one[1]))
