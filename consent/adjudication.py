"""From one event and one receiver to a question for the rules, and from the rules' decision to an answer.

Pure. The question is kept, sealed, with the delivery, so that the same question can be asked again whenever anything
that the answer rests on has changed.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, Self, TypeVar

from consent.citizen import is_shield, unshielded
from consent.decisions import Decision, Ground, Reason, Samtykkegrundlag
from consent.declarations import Declaration, Unreadable, lapses_at
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
    """What may go, on what ground, and what may not, and why. Nothing permitted is a refusal.

    `until` is the first instant (aware) at which the clock alone may take something of it away; None where it cannot.
    """

    permitted: Mapping[str, Ground]
    withheld: Mapping[str, Reason]
    sag: str | None
    formaal: str | None
    alarm: bool = False
    until: datetime | None = None

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
    """All that an answer rests on: the citizen's declarations, the register of bases, the parties' kinds, the time.

    Among the declarations may be the block that address protection is (`consent.citizen.shield`).
    """

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
        answers = [_without_case(_under(question, "", "", premises))]
    answer = next((answer for answer in answers if not answer.refused), answers[0])
    return replace(answer, until=_until(answer, question, premises))


def _until(answer: Answer, question: Question, premises: Premises) -> datetime | None:
    """The clock matters in three ways: a ground ends, what was given for later begins, a signer may sign no longer.

    News of a declaration goes to whom it names even when it has lapsed, so there no ground ends. A signer's end matters
    whether or not a ground rests on it: a block that was lifted under that signature stands again.
    """
    if answer.refused:
        return None
    grounds = {
        (ground.samtykke_id, ground.version)
        for ground in answer.permitted.values()
        if isinstance(ground, Samtykkegrundlag) and question.mode is not Mode.NAMED
    }
    readable = [one for one in premises.consents if isinstance(one, Declaration)]
    ends = [_end(one) for one in readable if (one.samtykke_id, one.version) in grounds]
    begins = [one.afgivet for one in readable if one.afgivet > premises.now]
    signers = [end for one in readable if (end := one.underskriver.til) is not None and end > premises.now]
    return min([*ends, *begins, *signers], default=None)


def _end(declaration: Declaration) -> datetime:
    lapses = lapses_at(declaration)
    return min(lapses, declaration.tilbagekaldt) if declaration.tilbagekaldt else lapses


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
    rules: _Rules = partial(decide, bases=premises.bases, parties=premises.parties, now=premises.now)
    if question.mode is Mode.NAMED:
        told_of = _declaration(question, premises)
        rules = partial(_named, told_of, parties=premises.parties, now=premises.now)
    return _answer(_on_paper(_decide(rules, request, premises), premises), question, sag, formaal)


_Said = TypeVar("_Said")
_Rules = Callable[[Request, Sequence[Declaration | Unreadable]], Decision]
"""The rules for one request and the declarations that count."""


def _named(
    told_of: Declaration | None,
    request: Request,
    consents: Sequence[Declaration | Unreadable],
    *,
    parties: Mapping[str, str],
    now: datetime,
) -> Decision:
    return decide_named(request, told_of, consents, parties, now)


def _decide(rules: _Rules, request: Request, premises: Premises) -> Decision:
    """Ask the rules; of a protected address apart, so that the block on it says nothing about anything else."""
    decision = rules(request, unshielded(premises.consents))
    address = Oplysningstype.STAMDATA.value
    if address not in request.oplysningstyper or not any(map(is_shield, premises.consents)):
        return decision
    shielded = rules(replace(request, oplysningstyper=(address,)), premises.consents)
    return replace(
        decision,
        permitted={**_without(address, decision.permitted), **shielded.permitted},
        withheld={**_without(address, decision.withheld), **shielded.withheld},
        alarm=decision.alarm or shielded.alarm,
    )


def _without(category: str, answers: Mapping[str, _Said]) -> dict[str, _Said]:
    return {one: said for one, said in answers.items() if one != category}


def _on_paper(decision: Decision, premises: Premises) -> Decision:
    """Mark the grounds that were signed on paper: wherever one is relied on, that is said."""
    readable = (one for one in premises.consents if isinstance(one, Declaration))
    paper = {(one.samtykke_id, one.version) for one in readable if one.underskriver.papir}
    if not paper:
        return decision
    return replace(decision, permitted={one: _marked(ground, paper) for one, ground in decision.permitted.items()})


def _marked(ground: Ground, paper: AbstractSet[tuple[str, int]]) -> Ground:
    if isinstance(ground, Samtykkegrundlag) and (ground.samtykke_id, ground.version) in paper:
        return replace(ground, papir=True)
    return ground


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
