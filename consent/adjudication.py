"""From one event and one receiver to a question for the rules, and from the rules' decision to an answer.

Pure. The question is kept, sealed, with the delivery, so that the same question can be asked again whenever anything
that the answer rests on has changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from consent.decisions import Decision, Ground, Reason
from consent.declarations import Declaration, Unreadable
from consent.rules import Basis, Request, decide, decide_named
from schemas.categories import Oplysningstype


class Mode(StrEnum):
    """How a question is put to the rules."""

    ORDINARY = "ordinary"
    ASKED = "asked"
    """A request may go when the answer could come: sender and receiver exchanged, all that is asked for permitted."""
    NAMED = "named"
    """News of a declaration goes to whoever that declaration names."""


@dataclass(frozen=True, slots=True)
class Question:
    """May these categories of this citizen go from one party to another?

    `cases` holds the (sag, formaal) pairs under which it may be decided, in order of case id: the event's own, or what
    the case index knows. `core` are the categories without which the event does not go.
    """

    mode: Mode
    borger: str
    fra: str
    til: str
    cases: tuple[tuple[str, str], ...]
    oplysningstyper: tuple[str, ...]
    core: tuple[str, ...]
    hjemler: tuple[Any, ...] = ()
    samtykke: tuple[str, int] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the question as JSON values, to be sealed."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read what `as_json` wrote."""
        return cls(
            mode=Mode(value["mode"]),
            borger=value["borger"],
            fra=value["fra"],
            til=value["til"],
            cases=tuple((sag, formaal) for sag, formaal in value["cases"]),
            oplysningstyper=tuple(value["oplysningstyper"]),
            core=tuple(value["core"]),
            hjemler=tuple(value["hjemler"]),
            samtykke=(value["samtykke"][0], value["samtykke"][1]) if value["samtykke"] else None,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What may go, on what ground, and what may not, and why. Nothing permitted is a refusal."""

    permitted: Mapping[str, Ground]
    withheld: Mapping[str, Reason]
    sag: str | None
    formaal: str | None
    alarm: bool = False

    @property
    def refused(self) -> bool:
        """Whether nothing goes."""
        return not self.permitted

    @property
    def types(self) -> frozenset[Oplysningstype]:
        """The permitted categories, for redaction."""
        return frozenset(Oplysningstype(one) for one in self.permitted)


@dataclass(frozen=True, slots=True)
class Premises:
    """All that an answer rests on: the citizen's declarations, the register of bases, the parties' kinds, the time."""

    consents: Sequence[Declaration | Unreadable]
    bases: Sequence[Basis]
    parties: Mapping[str, str]
    now: datetime


def adjudicate(question: Question, premises: Premises) -> Answer:
    """Answer one question by the rules (DOMAIN sections 6 and 7).

    Several cases are decided in order and the first that permits anything is used. With no case at all, what would
    have rested on a consent is withheld as `anden_sag`. A withheld core category withholds everything.
    """
    answers = [_under(question, sag, formaal, premises) for sag, formaal in question.cases]
    if not answers:
        return _without_case(_under(question, "", "", premises))
    return next((answer for answer in answers if not answer.refused), answers[0])


def _under(question: Question, sag: str, formaal: str, premises: Premises) -> Answer:
    asked = question.mode is Mode.ASKED
    request = Request(
        borger=question.borger,
        sag=sag,
        formaal=formaal,
        fra=question.til if asked else question.fra,
        til=question.fra if asked else question.til,
        oplysningstyper=question.oplysningstyper,
        hjemler=question.hjemler,
    )
    if question.mode is Mode.NAMED:
        decision = decide_named(
            request, _declaration(question, premises), premises.consents, premises.parties, premises.now
        )
    else:
        decision = decide(request, premises.consents, premises.bases, premises.parties, premises.now)
    return _answer(decision, question, sag, formaal)


def _declaration(question: Question, premises: Premises) -> Declaration | None:
    readable = (one for one in premises.consents if isinstance(one, Declaration))
    return next((one for one in readable if (one.samtykke_id, one.version) == question.samtykke), None)


def _answer(decision: Decision, question: Question, sag: str, formaal: str) -> Answer:
    whole = Answer(decision.permitted, decision.withheld, sag or None, formaal or None, decision.alarm)
    missing = [decision.withheld[one] for one in question.core if one in decision.withheld]
    if question.mode is Mode.ASKED and decision.withheld:
        missing = list(decision.withheld.values())
    if not missing:
        return whole
    return replace(whole, permitted={}, withheld={**dict.fromkeys(decision.permitted, missing[0]), **decision.withheld})


_RESTS_ON_A_CASE = frozenset(
    {
        Reason.UNDERSKRIFT_UGYLDIG,
        Reason.TILBAGEKALDT,
        Reason.IKKE_TRAADT_I_KRAFT,
        Reason.UDLOEBET,
        Reason.ANDEN_SAG,
        Reason.ANDET_FORMAAL,
        Reason.INTET_SAMTYKKE,
    }
)


def _without_case(answer: Answer) -> Answer:
    """Rename the reasons that speak of consents: without a case no consent was even looked for."""
    renamed = {
        one: Reason.ANDEN_SAG if reason in _RESTS_ON_A_CASE else reason for one, reason in answer.withheld.items()
    }
    return replace(answer, withheld=renamed)
