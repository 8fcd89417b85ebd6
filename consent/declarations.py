"""Read a samtykke declaration (DOMAIN section 5), whatever shape the value has, and say when it lapses.

A declaration is either read whole or not at all: half a consent permits nothing, and a refusal must be able to say why.
"""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import MINYEAR, UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

NAVNGIVET: Final = "navngivet"
"""The point that names its senders and receivers apart; the form's own four points have numbers."""

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
RELATIONER = frozenset({"borger", "vaerge", "foraeldremyndighed", "fuldmagt"})
UNDERSKRIFTER = frozenset({"gyldig", "ugyldig"})

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|\+([01]\d|2[0-3]):[0-5]\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_NUMBERED_KEYS = frozenset({"punkt", "parter", "oplysningstyper"})
_NAMED_KEYS = frozenset({"punkt", "fra", "til", "oplysningstyper"})
_BLOCK_KEYS = frozenset({"til", "oplysningstyper"})
_SIGNER_KEYS = frozenset({"relation", "bekraeftet"})
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Punkt:
    """One point: who may send, who may receive, and what. Points 1 to 4 let each named party do both."""

    punkt: int | Literal["navngivet"]
    fra: tuple[str, ...]
    til: tuple[str, ...]
    oplysningstyper: tuple[str, ...]

    @property
    def parter(self) -> frozenset[str]:
        """Everyone whom the point names, in whichever role."""
        return frozenset(self.fra + self.til)


@dataclass(frozen=True, slots=True)
class Spaerring:
    """One block: receivers (ids, kinds or `*`) and the categories (or `*`) that must not reach them."""

    til: tuple[str, ...]
    oplysningstyper: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Underskriver:
    """Who signed, and whether the service has confirmed that the signer may; the service alone knows the rest.

    `til` is the instant (aware) at which that confirmation ends, None where it does not; `papir` says that the
    signature is on paper, and that what was verified is an employee's attestation of it.
    """

    relation: str
    bekraeftet: bool
    til: datetime | None = None
    papir: bool = False


@dataclass(frozen=True, slots=True)
class Declaration:
    """One version of one samtykke, as the rules see it. Instants are aware; equal values are the same declaration."""

    samtykke_id: str
    version: int
    borger: str
    sag: str
    formaal: str
    punkter: tuple[Punkt, ...]
    spaerringer: tuple[Spaerring, ...]
    afgivet: datetime
    gyldig_til: date | None
    tilbagekaldt: datetime | None
    underskrift: str
    underskriver: Underskriver

    @property
    def parties(self) -> frozenset[str]:
        """Everyone whom some point of it names."""
        return frozenset[str]().union(*(punkt.parter for punkt in self.punkter))

    @property
    def signed(self) -> bool:
        """Whether the signature verified and its signer is confirmed."""
        return self.underskrift == "gyldig" and self.underskriver.bekraeftet


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A value that is no declaration. `reason` names the field, never its content.

    `borger` is whose it plainly is; None where nobody can tell, and then it may be anyone's.
    """

    reason: str
    borger: str | None


class _Wrong(Exception):  # noqa: N818 - carries a reason from a field to `read_declaration` and never leaves this module
    """A field is not of the form."""


def read_declaration(value: object) -> Declaration | Unreadable:
    """Read one declaration from a JSON value of any shape. Never raises for a JSON value."""
    try:
        return _declaration(value)
    except _Wrong as wrong:
        return Unreadable(str(wrong), _owner(value))


def read_instant(value: object) -> datetime | None:
    """Return the instant that `YYYY-MM-DDThh:mm:ss[.f]` with `Z` or `+hh:mm` states, or None if it states none.

    Digits beyond the microsecond are cut off, so a withdrawal is never read later than it was.
    """
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        return None
    try:
        return in_utc(datetime.fromisoformat(value))
    except ValueError:
        return None


def in_utc(instant: datetime) -> datetime:
    """Return the same instant, comparable with any other at once.

    In UTC, or, within a day of either end of the calendar where UTC has no such date, with its own fixed offset. Two
    datetimes of one ZoneInfo compare by the clock on the wall, which is wrong in the hour that comes twice, and two of
    different zones compare ten times as slowly.

    Raises:
        ValueError: the datetime has no time zone, so it is no instant.
    """
    offset = instant.utcoffset()
    if offset is None:
        raise ValueError("a datetime without a time zone is no instant")
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        return instant.replace(tzinfo=timezone(offset))


def lapses_at(declaration: Declaration) -> datetime:
    """Return the instant (in UTC) at which the declaration has lapsed: one year after it was given, or at its own end.

    Both ends are read off the clock in Copenhagen (DOMAIN section 6, after sundhedsloven § 44 stk. 2). An end outside
    the calendar is the calendar's own, and a declaration given before the calendar begins in UTC has lapsed always.
    """
    return _lapse(declaration.afgivet, declaration.gyldig_til)


@lru_cache(maxsize=16_384)  # every decision asks for it, and the time zone arithmetic costs more than the decision
def _lapse(afgivet: datetime, gyldig_til: date | None) -> datetime:
    anniversary = _anniversary(afgivet)
    return anniversary if gyldig_til is None else min(anniversary, day_ends(gyldig_til))


def _anniversary(afgivet: datetime) -> datetime:
    try:
        local = afgivet.astimezone(COPENHAGEN)
        day = 28 if (local.month, local.day) == (2, 29) else local.day
        return local.replace(year=local.year + 1, day=day, fold=0).astimezone(UTC)
    except (OverflowError, ValueError):
        return _EARLIEST if afgivet.year == MINYEAR else _LATEST


def day_ends(day: date) -> datetime:
    """Return the instant (in UTC) at which a day has ended in Copenhagen."""
    try:
        after = day + timedelta(days=1)
    except OverflowError:
        return _LATEST
    return datetime(after.year, after.month, after.day, tzinfo=COPENHAGEN).astimezone(UTC)


def _owner(value: object) -> str | None:
    borger = value.get("borger") if isinstance(value, dict) else None
    return borger if isinstance(borger, str) and borger else None


def _declaration(value: object) -> Declaration:
    fields = _object(value, _DECLARATION_KEYS, "the declaration")
    signer = _object(fields["underskriver"], _SIGNER_KEYS, "underskriver")
    return Declaration(
        samtykke_id=_text(fields["samtykke_id"], "samtykke_id"),
        version=_version(fields["version"]),
        borger=_text(fields["borger"], "borger"),
        sag=_text(fields["sag"], "sag"),
        formaal=_text(fields["formaal"], "formaal"),
        punkter=tuple(_punkt(each, f"punkter[{at}]") for at, each in enumerate(_list(fields["punkter"], "punkter"))),
        spaerringer=tuple(
            _spaerring(each, f"spaerringer[{at}]")
            for at, each in enumerate(_list(fields["spaerringer"], "spaerringer"))
        ),
        afgivet=_instant(fields["afgivet"], "afgivet"),
        gyldig_til=None if fields["gyldig_til"] is None else _day(fields["gyldig_til"], "gyldig_til"),
        tilbagekaldt=None if fields["tilbagekaldt"] is None else _instant(fields["tilbagekaldt"], "tilbagekaldt"),
        underskrift=_one_of(UNDERSKRIFTER, fields["underskrift"], "underskrift"),
        underskriver=Underskriver(
            _one_of(RELATIONER, signer["relation"], "underskriver.relation"),
            _flag(signer["bekraeftet"], "underskriver.bekraeftet"),
        ),
    )


_DECLARATION_KEYS = frozenset(Declaration.__dataclass_fields__)


def _punkt(value: object, where: str) -> Punkt:
    if isinstance(value, dict) and value.get("punkt") == NAVNGIVET:
        fields = _object(value, _NAMED_KEYS, where)
        fra, til = _texts(fields["fra"], f"{where}.fra"), _texts(fields["til"], f"{where}.til")
        return Punkt(NAVNGIVET, fra, til, _texts(fields["oplysningstyper"], f"{where}.oplysningstyper"))
    fields = _object(value, _NUMBERED_KEYS, where)
    number = fields["punkt"]
    # bool is an int in Python, and true is not point 1
    if type(number) is not int or number not in {1, 2, 3, 4}:
        raise _Wrong(f"{where}.punkt is not 1, 2, 3, 4 or {NAVNGIVET}")
    parter = _texts(fields["parter"], f"{where}.parter")
    return Punkt(number, parter, parter, _texts(fields["oplysningstyper"], f"{where}.oplysningstyper"))


def _spaerring(value: object, where: str) -> Spaerring:
    fields = _object(value, _BLOCK_KEYS, where)
    block = Spaerring(
        _texts(fields["til"], f"{where}.til"), _texts(fields["oplysningstyper"], f"{where}.oplysningstyper")
    )
    if not block.til or not block.oplysningstyper:
        raise _Wrong(f"{where} names nobody or nothing")
    return block


def _object(value: object, keys: AbstractSet[str], where: str) -> dict[str, object]:
    if not isinstance(value, dict) or value.keys() != keys:
        raise _Wrong(f"{where} is not an object of exactly {', '.join(sorted(keys))}")
    return value


def _list(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        raise _Wrong(f"{where} is not a list")
    return value


def _texts(value: object, where: str) -> tuple[str, ...]:
    return tuple(_text(each, f"an element of {where}") for each in _list(value, where))


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise _Wrong(f"{where} is not a non-empty string")
    return value


def _version(value: object) -> int:
    if type(value) is not int or value < 1:
        raise _Wrong("version is not an integer from 1")
    return value


def _instant(value: object, where: str) -> datetime:
    instant = read_instant(value)
    if instant is None:
        raise _Wrong(f"{where} is not an instant with a time zone")
    return instant


def _day(value: object, where: str) -> date:
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise _Wrong(f"{where} is not a date")


def _one_of(choices: AbstractSet[str], value: object, where: str) -> str:
    if not isinstance(value, str) or value not in choices:
        raise _Wrong(f"{where} is not one of {', '.join(sorted(choices))}")
    return value


def _flag(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise _Wrong(f"{where} is not true or false")
    return value
