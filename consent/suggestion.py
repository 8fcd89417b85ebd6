"""What the citizen could sign to allow what was withheld: derived from the rules, never a list of its own. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consent.adjudication import Mode, Premises, Question
from consent.citizen import is_shield, unshielded
from consent.decisions import Reason, Request
from consent.declarations import NAVNGIVET, Declaration
from consent.rules import COVERED, decide
from schemas.categories import Oplysningstype

_INCURABLE = frozenset({Reason.UKENDT_PART, Reason.UKENDT_OPLYSNINGSTYPE, Reason.LAESEFEJL, Reason.FEJL_I_AFGOERELSE})
"""What no signature mends."""


@dataclass(frozen=True, slots=True)
class Forslag:
    """One point, for one case, and the parties and categories that it has to name.

    `sag` and `formaal` are None where no case of the receiver's is known. `spaerringer` are the ids of the citizen's
    declarations of which a new version without the block must be signed first.
    """

    punkt: int | str
    fra: str
    til: str
    oplysningstyper: tuple[str, ...]
    sag: str | None
    formaal: str | None
    spaerringer: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the suggestion as JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}


def direction(question: Question) -> tuple[str, str]:
    """Return who would give whom the information: for a request it is the answer that counts."""
    return (question.til, question.fra) if question.mode is Mode.ASKED else (question.fra, question.til)


def could_sign(question: Question, withheld: Mapping[str, Reason], premises: Premises) -> Forslag | None:
    """Return what would allow all of `withheld` that a signature can; None where none can.

    News of a declaration is not helped by signing another: it goes to those whom that one names. Nor is a protected
    address by any.
    """
    protected = {Oplysningstype.STAMDATA.value} if any(map(is_shield, premises.consents)) else set[str]()
    curable = tuple(one for one, reason in withheld.items() if reason not in _INCURABLE and one not in protected)
    if question.mode is Mode.NAMED or not curable:
        return None
    fra, til = direction(question)
    sag, formaal = question.cases[0] if question.cases else (None, None)
    asked = Request(question.borger, sag or "", formaal or "", fra, til, curable, question.hjemler)
    missing = decide(asked, unshielded(premises.consents), premises.bases, premises.parties, premises.now).withheld
    # What a core category, or a field that lies in several, took with it needs no signature of its own.
    needed = tuple(category for category in curable if category in missing) or curable
    return Forslag(
        punkt=_point(premises.parties.get(fra, ""), premises.parties.get(til, "")),
        fra=fra,
        til=til,
        oplysningstyper=needed,
        sag=sag,
        formaal=formaal,
        spaerringer=_in_the_way(asked, needed, premises),
    )


def _point(fra: str, til: str) -> int | str:
    """Return the form's own point that speaks of these kinds, or the one that names its parties."""
    return next((punkt for punkt, pairs in COVERED.items() if (fra, til) in pairs), NAVNGIVET)


def _in_the_way(asked: Request, needed: tuple[str, ...], premises: Premises) -> tuple[str, ...]:
    """Return the declarations whose blocks stand against it: each is put to the rules with nothing beside it."""
    request = Request(asked.borger, "", "", asked.fra, asked.til, needed)
    own = [one for one in unshielded(premises.consents) if isinstance(one, Declaration) and one.borger == asked.borger]
    found = []
    for samtykke_id in sorted({one.samtykke_id for one in own if one.spaerringer}):
        versions = [one for one in own if one.samtykke_id == samtykke_id]
        alone = decide(request, versions, (), premises.parties, premises.now)
        if Reason.SPAERRET in alone.withheld.values():
            found.append(samtykke_id)
    return tuple(found)
