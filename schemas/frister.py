"""Deadlines: which ones an event opens, which events answer them, and when they have passed. Pure.

Events are read by name and by their JSON content. A deadline is counted from the day on which something took place, as
the event itself says, and an answer counts if its own day is in time: when either was told of does not matter.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from schemas.arbejdsdage import add_working_days, day_of, end_of_day
from schemas.categories import Oplysningstype
from schemas.events import Borger, Event
from schemas.fields import Branch, Label
from schemas.fristtabel import Enhed, Frist, Fristtabel, Raekker
from schemas.haendelser.frist import Forbehold


@dataclass(frozen=True, slots=True)
class OpenDeadline:
    """A deadline that runs for one citizen. An answer counts from `foerste_dag` to `sidste_dag`, both included.

    `ventet` is None where no event is expected. `oplysningstyper` are the categories of all that it was read from:
    whoever may not know those may not know that it exists.
    """

    frist: str
    fra_haendelse: str
    fra_type: str
    ventet: str | None
    source: str
    tid: datetime
    borger: Borger
    sag: str | None
    formaal: str | None
    noegle: str | None
    forbehold: Forbehold | None
    oplysningstyper: tuple[Oplysningstype, ...]
    foerste_dag: date
    sidste_dag: date


@dataclass(frozen=True, slots=True)
class Answer:
    """What an event says that matters to deadlines: what it is, of whom, in which case, about what, on which day."""

    navn: str
    art: str | None
    tid: datetime
    cpr: str
    sag: str | None
    noegle: str | None
    dag: date


def opened_by(event: Event, table: Fristtabel) -> list[OpenDeadline]:
    """Return the deadlines that an event opens, less those that end beyond the calendar."""
    seen = _read(event, table)
    if seen is None:
        return []
    rows = [row for row in table.frister if _is(row.fra, seen.navn, seen.art)]
    return [deadline for row in rows for deadline in _open(row, event, seen, table)]


def closed_by(event: Event, table: Fristtabel) -> Answer | None:
    """Return what an event answers deadlines with, or None where none of the table waits for it."""
    seen = _read(event, table)
    if seen is None or not any(row.til and _is(row.til, seen.navn, seen.art) for row in table.frister):
        return None
    return seen


def answers(answer: Answer, deadline: OpenDeadline) -> bool:
    """Return whether an answer came in time for a deadline: the event expected, of the same citizen, in the same case.

    One that names no case, or not what it is about, is taken to be of the other's. Where an event answers its own kind
    (the next version of a plan) it must be the later of the two.
    """
    return (
        deadline.ventet is not None
        and _is(deadline.ventet, answer.navn, answer.art)
        and answer.cpr == deadline.borger.cpr
        and (answer.sag == deadline.sag or None in {answer.sag, deadline.sag})
        and (answer.noegle == deadline.noegle or None in {answer.noegle, deadline.noegle})
        and deadline.foerste_dag <= answer.dag <= deadline.sidste_dag
        and (deadline.fra_type != deadline.ventet or answer.tid > deadline.tid)
    )


def due(deadline: OpenDeadline) -> datetime:
    """Return the instant (UTC) from which the deadline has passed: the end of its last day in Denmark."""
    return end_of_day(deadline.sidste_dag)


def _read(event: Event, table: Fristtabel) -> Answer | None:
    """Return what an event says; None where its day lies beyond the calendar."""
    data, content = event.data, event.content()
    fields = table.fields_of(data.navn)
    dag, art, noegle = (content.get(name) if name else None for name in (fields.dag, fields.art, fields.noegle))
    try:
        day = _day(dag) if isinstance(dag, str) else day_of(event.time)
    except OverflowError:
        return None
    return Answer(data.navn, art, event.time, data.borger.cpr, data.sag, noegle, day)


def _open(row: Frist, event: Event, seen: Answer, table: Fristtabel) -> Iterator[OpenDeadline]:
    data, fields = event.data, table.fields_of(seen.navn)
    read_from = [name for name in (fields.dag, fields.art, fields.noegle if row.samme else None) if name]
    known = data.core().union(*(_needed(event, data.labels, name) for name in read_from))
    starts = _rows(row.raekker, event, seen.dag) if row.raekker else {(seen.dag, frozenset[Oplysningstype]())}
    for day, area in sorted(starts, key=lambda start: (start[0], sorted(start[1]))):
        try:
            first = _after(seen.dag, row.tidligst, row.enhed) if row.tidligst else seen.dag
            last = _after(day, row.antal, row.enhed)
            end_of_day(last)
        except OverflowError:
            continue
        yield OpenDeadline(
            frist=row.frist,
            fra_haendelse=event.id,
            fra_type=row.fra,
            ventet=row.til,
            source=event.source,
            tid=event.time,
            borger=data.borger,
            sag=data.sag,
            formaal=data.formaal,
            noegle=seen.noegle if row.samme else None,
            forbehold=row.forbehold,
            oplysningstyper=tuple(sorted(known | area)),
            foerste_dag=first,
            sidste_dag=last,
        )


def _rows(rows: Raekker, event: Event, told: date) -> set[tuple[date, frozenset[Oplysningstype]]]:
    """Return the dates that await a follow-up, each with the categories of its row.

    Whoever wrote the event on the day `told` has looked at dates before it.
    """
    found, content = set(), event.content()
    for name, below in event.data.labels.fields.items():
        if isinstance(below, Branch) and rows.dato in below.fields:
            area = _needed(event, below, rows.dato)
            waiting = [row[rows.dato] for row in content.get(name, ()) if rows.dato in row and rows.fulgt_op not in row]
            found |= {(day, area) for day in map(_day, waiting) if day >= told}
    return found


def _needed(event: Event, branch: Branch, name: str) -> frozenset[Oplysningstype]:
    leaf = branch.fields.get(name)
    return leaf.needed(event.data.declared()) if isinstance(leaf, Label) else frozenset()


def _is(led: str, navn: str, art: str | None) -> bool:
    return led in {navn, f"{navn}({art})"}


def _day(written: str) -> date:
    """Return the day in Denmark that a date or an instant of the JSON content falls on."""
    return date.fromisoformat(written) if "T" not in written else day_of(datetime.fromisoformat(written))


def _after(day: date, n: int, enhed: Enhed) -> date:
    """Return the day `n` units after `day`; a month ends on its last day where it has no such date.

    Raises:
        OverflowError: the calendar ends before.
    """
    if enhed == "arbejdsdage":
        return add_working_days(day, n)
    if enhed == "maaneder":
        years, month = divmod(day.month - 1 + n, 12)
        year = day.year + years
        if year > date.max.year:
            raise OverflowError("the calendar ends before")
        return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
    return day + timedelta(days=n * 7 if enhed == "uger" else n)
