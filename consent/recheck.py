"""Recompute a decision of the log from what is stored, and compare. Pure.

The entry gives the instant and the versions; the question lies with the delivery; declarations and registers are those
that were known then. The rules answer again (`consent.answering`), and the answer must be the one that was recorded.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from consent.adjudication import Answer, Question
from consent.answering import INTET_AT_SENDE, answer
from consent.bases import Hjemmelregister
from consent.decisions import POLICY_VERSION, Reason
from consent.declarations import Declaration, Unreadable


class Outcome(StrEnum):
    """What came of it."""

    SAMME = "samme"
    FORSKELLIG = "forskellig"
    UMULIG = "umulig"


class Why(StrEnum):
    """Why a decision could not be recomputed, or what was found changed."""

    SLETTET = "slettet"
    """The citizen is erased: neither question nor declarations open any more."""
    INTET_SPOERGSMAAL = "intet_spoergsmaal"
    """No delivery holds the question."""
    UKENDT_POLITIK = "ukendt_politik"
    """Decided under rules that this release does not have."""
    UKENDT_REGISTER = "ukendt_register"
    """Decided under a version of a register that was not kept."""
    ANDET_SPOERGSMAAL = "andet_spoergsmaal"
    """The stored question is not of the entry's citizen and parties, or it or the entry does not open with its key."""
    ANDET_SAMTYKKE = "andet_samtykke"
    """A stored declaration is not the one that was recorded, or does not open with its key."""
    ANDET_SVAR = "andet_svar"
    """The rules answer otherwise than was recorded."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision as its entry has it. `register` is "<party>.<bases>"; the grounds are in the form of the log."""

    nummer: int
    tid: datetime
    politik: str
    register: str
    fra: str
    til: str
    tilladt: Mapping[str, Mapping[str, Any]]
    tilbageholdt: Mapping[str, str]
    borger: str
    sag: str | None
    formaal: str | None
    bemaerkning: str | None


@dataclass(frozen=True, slots=True)
class KnownVersion:
    """One stored version of a declaration.

    `nummer` is the entry that recorded it, None where the log knows of none; `bekraeftet` since when its signer is
    confirmed, and `tidligere` when else that was so (from, until); `uroert` whether its document is the one that was
    recorded; `ophaevet` the entry that lifted it, if it is a block that was.
    """

    erklaering: Declaration | Unreadable
    nummer: int | None
    bekraeftet: datetime | None
    uroert: bool
    tidligere: tuple[tuple[datetime, datetime], ...] = ()
    ophaevet: int | None = None


@dataclass(frozen=True, slots=True)
class Registers:
    """The registers of the decision's versions."""

    kinds: Mapping[str, str]
    names: Mapping[str, str]
    bases: Hjemmelregister


@dataclass(frozen=True, slots=True)
class Rested:
    """What a decision rested on, as it is stored now; a `Why` in the place of what cannot be had."""

    question: Question | Why
    versions: Sequence[KnownVersion]
    registers: Registers | None


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of rechecking one entry. `forskelle` names categories and codes, nothing personal."""

    nummer: int
    outcome: Outcome
    hvorfor: Why | None = None
    forskelle: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the finding as JSON values."""
        return {
            "nummer": self.nummer,
            "udfald": self.outcome.value,
            "hvorfor": self.hvorfor.value if self.hvorfor else None,
            "forskelle": list(self.forskelle),
        }


def recheck(recorded: Recorded, rested: Rested) -> Finding:
    """Decide again and compare."""
    question, registers = rested.question, rested.registers
    if isinstance(question, Why):
        outcome = Outcome.FORSKELLIG if question is Why.ANDET_SPOERGSMAAL else Outcome.UMULIG
        return Finding(recorded.nummer, outcome, question)
    if recorded.politik != POLICY_VERSION:
        return Finding(recorded.nummer, Outcome.UMULIG, Why.UKENDT_POLITIK)
    if registers is None:
        return Finding(recorded.nummer, Outcome.UMULIG, Why.UKENDT_REGISTER)
    why, differences = _compared(recorded, question, rested.versions, registers)
    return Finding(recorded.nummer, Outcome.FORSKELLIG if why else Outcome.SAMME, why, differences)


def _compared(
    recorded: Recorded, question: Question, versions: Sequence[KnownVersion], registers: Registers
) -> tuple[Why | None, tuple[str, ...]]:
    if (question.borger, question.fra, question.til) != (recorded.borger, recorded.fra, recorded.til):
        return Why.ANDET_SPOERGSMAAL, ()
    consents = as_known(versions, recorded.nummer, recorded.tid)
    again = answer(question, consents, registers.bases, registers.kinds, recorded.tid)
    differences = _differences(recorded, again)
    if not all(one.uroert for one in _there(versions, recorded.nummer)):
        return Why.ANDET_SAMTYKKE, differences
    return (Why.ANDET_SVAR if differences else None), differences


def as_known(versions: Iterable[KnownVersion], nummer: int, tid: datetime) -> tuple[Declaration | Unreadable, ...]:
    """Return the declarations as a decision under entry `nummer` at `tid` knew them."""
    return tuple(_at(one, tid) for one in _there(versions, nummer))


def _there(versions: Iterable[KnownVersion], nummer: int) -> list[KnownVersion]:
    known = (one for one in versions if one.nummer is not None and one.nummer < nummer)
    return [one for one in known if one.ophaevet is None or one.ophaevet >= nummer]


def _at(one: KnownVersion, tid: datetime) -> Declaration | Unreadable:
    """Undo a confirmation that came later; a withdrawal that came later has its own instant, which the rules read."""
    found = one.erklaering
    if isinstance(found, Unreadable):
        return found
    signer = found.underskriver
    confirmed = signer.bekraeftet and one.bekraeftet is not None and one.bekraeftet <= tid
    earlier = next((til for fra, til in one.tidligere if fra <= tid < til), None)
    signer = replace(signer, bekraeftet=confirmed) if earlier is None else replace(signer, bekraeftet=True, til=earlier)
    return replace(found, underskriver=signer)


def _differences(recorded: Recorded, again: Answer) -> tuple[str, ...]:
    then = _said({one: dict(ground) for one, ground in recorded.tilladt.items()}, recorded.tilbageholdt)
    now = _said({one: ground.as_json() for one, ground in again.permitted.items()}, again.withheld)
    if recorded.bemaerkning == INTET_AT_SENDE:
        # What was permitted is recorded as not covered, since no field of the event, which is gone, lay inside it.
        now |= dict.fromkeys(again.permitted, Reason.OPLYSNINGSTYPE_IKKE_OMFATTET.value)
    found = [
        f"{one}: {then.get(one, 'intet')} -> {now.get(one, 'intet')}"
        for one in sorted(then.keys() | now.keys())
        if then.get(one) != now.get(one)
    ]
    if (recorded.sag, recorded.formaal) != (again.sag, again.formaal):
        found.append("sag, formaal")
    return tuple(found)


def _said(permitted: Mapping[str, Mapping[str, Any]], withheld: Mapping[str, str]) -> dict[str, str]:
    grounds = {one: " ".join(str(ground[name]) for name in sorted(ground)) for one, ground in permitted.items()}
    return grounds | {one: str(code) for one, code in withheld.items()}
