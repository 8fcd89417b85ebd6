"""News of a declaration: what is told of it is what the declaration says, whatever the sender wrote. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from consent.citizen import CitizenFile
from consent.declarations import NAVNGIVET, Declaration, Punkt, lapses_at
from schemas.events import Event
from schemas.haendelser.samtykke import (
    SamtykkeAendret,
    Samtykkenyt,
    Samtykkeomfang,
    SamtykkePunkt,
    SamtykkeTilbagekaldt,
    SamtykkeUdloebet,
)
from schemas.parties import Partregister


def declaration_told_of(event: Event) -> tuple[str, int] | None:
    """Return id and version of the declaration that an event brings news of, or None where it brings none."""
    if isinstance(event.data, Samtykkenyt):
        return event.data.samtykke_id, event.data.samtykkeversion
    return None


def truthful(event: Event, file: CitizenFile, now: datetime) -> Event | None:
    """Return the event with its content taken from the stored declaration; other events as they are.

    None where there is nothing to tell: no such declaration of this citizen, a sender that it does not name, or news of
    a change, a withdrawal or a lapse that has not happened at `now`.
    """
    told = declaration_told_of(event)
    if told is None:
        return event
    declaration = file.declaration(*told)
    if declaration is None or event.source not in declaration.parties:
        return None
    if isinstance(event.data, SamtykkeAendret) and not _replaces(declaration, file):
        return None
    content = _content(event.data, declaration, now)
    return event.model_copy(update={"data": event.data.model_copy(update=content)}) if content else None


def discreet(event: Event, til: str, register: Partregister) -> Event | None:
    """Return the news without the parties whose mere name tells `til` more than a point permits; others as they are.

    A point of which that leaves nobody on one side would tell that somebody stood there, and stays away; None where
    that was all there is to tell.
    """
    if not isinstance(event.data, Samtykkeomfang):
        return event
    told = ((one, _discreet(one, til, register)) for one in event.data.punkter)
    points = tuple(left for one, left in told if bool(one.fra) == bool(left.fra) and bool(one.til) == bool(left.til))
    if event.data.punkter and not points:
        return None
    return event.model_copy(update={"data": event.data.model_copy(update={"punkter": points})})


def _discreet(point: SamtykkePunkt, til: str, register: Partregister) -> SamtykkePunkt:
    def named(parties: tuple[str, ...]) -> tuple[str, ...]:
        reveals = {one: register.by_id[one].afsloerer for one in parties if one in register.by_id}
        covered = set(point.oplysningstyper)
        return tuple(one for one in parties if one == til or reveals.get(one, frozenset()) <= covered)

    return point.model_copy(update={side: named(getattr(point, side)) for side in ("parter", "fra", "til")})


def _content(news: object, declaration: Declaration, now: datetime) -> Mapping[str, Any]:
    """Return what the declaration itself says of this; nothing where it says no such thing."""
    if isinstance(news, Samtykkeomfang):
        points = tuple(_point(one) for one in declaration.punkter)
        return {"afgivet": declaration.afgivet, "gyldig_til": declaration.gyldig_til, "punkter": points}
    ended, lapsed = declaration.tilbagekaldt, lapses_at(declaration)
    if isinstance(news, SamtykkeTilbagekaldt) and ended is not None:
        return {"tilbagekaldt": ended}
    # What was withdrawn first had nothing left that could lapse.
    if isinstance(news, SamtykkeUdloebet) and lapsed <= now and (ended is None or lapsed <= ended):
        return {"udloebet": lapsed}
    return {}


def _replaces(declaration: Declaration, file: CitizenFile) -> bool:
    return any(
        one.samtykke_id == declaration.samtykke_id and one.version < declaration.version for one in file.declarations
    )


def _point(punkt: Punkt) -> SamtykkePunkt:
    between = {"fra": punkt.fra, "til": punkt.til} if punkt.punkt == NAVNGIVET else {"parter": punkt.fra}
    return SamtykkePunkt.model_validate({"punkt": punkt.punkt, "oplysningstyper": punkt.oplysningstyper, **between})
