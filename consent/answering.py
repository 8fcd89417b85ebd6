"""The answer to a question under the registers of its time: the one way there, for the crossing and for every recheck.

Pure. What the register of bases adds to the rules is done here, before and after them (docs/adr/0009): a row that is
not approved or not in force is not among the bases, and one that yields to blocks lacks what the citizen has blocked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from consent.adjudication import Answer, Mode, Premises, Question, adjudicate
from consent.bases import Hjemmelregister
from consent.citizen import as_of, unshielded
from consent.decisions import Basis, Hjemmelsgrundlag, Reason, Request
from consent.declarations import Declaration, Unreadable
from consent.rules import decide

INTET_AT_SENDE = "intet_at_sende"
"""The remark of an entry whose answer permitted something of which no field of the event could be sent."""

_SILENCING = frozenset({Reason.SPAERRET, Reason.LAESEFEJL, Reason.FEJL_I_AFGOERELSE})
"""What a yielding basis yields to: a block, and not being able to tell whether there is one."""


def answer(
    question: Question,
    consents: Sequence[Declaration | Unreadable],
    register: Hjemmelregister,
    kinds: Mapping[str, str],
    now: datetime,
) -> Answer:
    """Answer a question; `until` counts the day on which a basis that it rests on comes to its end, too."""
    found = adjudicate(question, premises(question, consents, register, kinds, now))
    paragraphs = {ground.paragraf for ground in found.permitted.values() if isinstance(ground, Hjemmelsgrundlag)}
    if not paragraphs:
        return found
    ends = [found.until, *(row.ends for row in register.holding(now) if row.paragraf in paragraphs)]
    return replace(found, until=min([end for end in ends if end is not None], default=None))


def premises(
    question: Question,
    consents: Sequence[Declaration | Unreadable],
    register: Hjemmelregister,
    kinds: Mapping[str, str],
    now: datetime,
) -> Premises:
    """Return what the answer rests on; without a claim no basis matters, and none is looked at."""
    bases = _bases(question, consents, register, kinds, now) if question.hjemler else ()
    return Premises(as_of(consents, now), bases, kinds, now)


def blocked(
    question: Question, consents: Sequence[Declaration | Unreadable], kinds: Mapping[str, str], now: datetime
) -> frozenset[str]:
    """Return the categories asked for that a block of the citizen keeps from the receiver, or may keep from it.

    Address protection is no such block: it beats every consent, and no legal basis (DOMAIN section 3).
    """
    asked = question.mode is Mode.ASKED
    request = Request(
        borger=question.borger,
        sag="",
        formaal="",
        fra=question.til if asked else question.fra,
        til=question.fra if asked else question.til,
        oplysningstyper=question.oplysningstyper,
    )
    # Without claims the rules come to the blocks, which depend on receiver and category alone.
    unclaimed = decide(request, unshielded(as_of(consents, now)), (), kinds, now)
    return frozenset(category for category, reason in unclaimed.withheld.items() if reason in _SILENCING)


def _bases(
    question: Question,
    consents: Sequence[Declaration | Unreadable],
    register: Hjemmelregister,
    kinds: Mapping[str, str],
    now: datetime,
) -> tuple[Basis, ...]:
    rows = register.holding(now)
    yields = any(row.viger_for_spaerring for row in rows)
    lost = blocked(question, consents, kinds, now) if yields else frozenset[str]()
    return tuple(row.basis(lost if row.viger_for_spaerring else ()) for row in rows)
