"""May this cross? The rules of DOMAIN section 6: pure, total, and refusing whatever they do not know.

The steps, of which the first that applies answers, for each requested category:

    0  an empty request, an unreadable `now`        ukendt_oplysningstype for `*`; fejl_i_afgoerelse for all
    1  an unknown party or category                 ukendt_part, ukendt_oplysningstype
    2  sender and receiver are one party            permitted: samme_part
    3  a stated legal basis                         permitted: hjemmel
    4  a declaration that cannot be read            laesefejl
    5  a block                                      spaerret
    6  the consents                                 permitted: samtykke
    7  otherwise                                    the reason that came furthest in step 6
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from consent.decisions import (
    Answer,
    Basis,
    Decision,
    Ground,
    Hjemmelsgrundlag,
    Reason,
    Request,
    SammePart,
    Samtykkegrundlag,
)
from consent.declarations import (
    NAVNGIVET,
    Declaration,
    Punkt,
    Spaerring,
    Unreadable,
    in_utc,
    lapses_at,
    read_declaration,
)
from schemas.categories import Oplysningstype
from schemas.parties import Partsart

__all__ = [
    "Answer",
    "Basis",
    "Decision",
    "Ground",
    "Hjemmelsgrundlag",
    "Reason",
    "Request",
    "SammePart",
    "Samtykkegrundlag",
    "decide",
    "decide_named",
]

WILDCARD: Final = "*"
"""Everyone or everything in a block; nobody and nothing anywhere else."""

UNNAMED_CLAIM: Final = "?"
"""Stands for the paragraph of a claim that names none."""

_CATEGORIES: frozenset[str] = frozenset(Oplysningstype)
_KINDS: frozenset[str] = frozenset(Partsart)
_CLAIM_KEYS = frozenset({"paragraf", "begrundelse", "ansvarlig"})

Kinds = tuple[str, str]
"""The kind of the sender and the kind of the receiver."""


def _both_ways(one: Partsart, other: Partsart) -> frozenset[Kinds]:
    return frozenset({(one, other), (other, one)})


COVERED: Mapping[int | str, frozenset[Kinds]] = {
    1: _both_ways(Partsart.FORVALTNING, Partsart.FORVALTNING) | _both_ways(Partsart.FORVALTNING, Partsart.UU),
    2: _both_ways(Partsart.FORVALTNING, Partsart.REGION_SUNDHEDSFAGLIG),
    3: frozenset(
        {
            (Partsart.SUNDHEDSVAESEN, Partsart.REGION_SUNDHEDSFAGLIG),
            (Partsart.PRAKTISERENDE_LAEGE, Partsart.REGION_SUNDHEDSFAGLIG),
        }
    ),
    4: _both_ways(Partsart.FORVALTNING, Partsart.PRAKTISERENDE_LAEGE),
    NAVNGIVET: frozenset((fra, til) for fra in Partsart for til in Partsart),
}
"""Which pairs of sender and receiver each point of the form speaks of."""

_Step = Callable[[str], Answer | None]
"""One step for one request: what it answers for a category, or None where it does not apply."""


def decide(
    request: Request,
    consents: Sequence[object],
    bases: Sequence[Basis],
    parties: Mapping[str, str],
    now: datetime | object,
) -> Decision:
    """Decide each requested category. Never raises, whatever the arguments hold: a fault refuses all and alarms.

    `consents` are declarations of any citizen, as raw JSON values or as `Declaration` and `Unreadable` values, mixed as
    the caller likes; reading is most of the cost, so a caller that decides often keeps them read. `parties` maps the id
    of each party to its kind. `now` is an aware datetime.
    """

    def settle(asked: Collection[str], instant: datetime) -> Decision:
        kinds = _kinds(request, parties)
        own = _own(request.borger, consents)
        claimed, failed = _claims(request, asked, bases, kinds)
        steps: tuple[_Step, ...] = (
            _unknown(request, kinds),
            _same_party(request),
            claimed.get,
            _unreadable(readable=own is not None),
            _blocked(request, kinds, own or (), instant),
            _consented(request, kinds, own or (), instant),
        )
        return _decision(asked, steps, failed)

    return _total(request, now, settle)


def decide_named(
    request: Request,
    declaration: object,
    consents: Sequence[object],
    parties: Mapping[str, str],
    now: datetime | object,
) -> Decision:
    """Decide whether news of `declaration` itself (samtykke.afgivet and its kin) may reach the receiver.

    Steps 0, 1, 2, 4 and 5 are those of `decide`; then the receiver must be named by a point of the declaration, whose
    signature is valid and signer confirmed. A category beside the news' own, as what the sender's mere name gives away,
    must be listed by a point that covers sender and receiver. Whether the declaration still holds does not matter: its
    withdrawal must reach those who were told of it. Its own blocks count even where `consents` lack it. Never raises,
    as `decide`.
    """

    def settle(asked: Collection[str], instant: datetime) -> Decision:
        kinds = _kinds(request, parties)
        own = _own(request.borger, consents)
        named = _read(declaration)
        ours = [named] if isinstance(named, Declaration) and named.borger == request.borger else []
        steps: tuple[_Step, ...] = (
            _unknown(request, kinds),
            _same_party(request),
            _unreadable(readable=own is not None and isinstance(named, Declaration)),
            _blocked(request, kinds, [*(own or ()), *ours], instant),
            _told(request, kinds, named),
        )
        return _decision(asked, steps, ())

    return _total(request, now, settle)


def _total(request: Request, now: object, settle: Callable[[Collection[str], datetime], Decision]) -> Decision:
    try:
        asked = _asked(request.oplysningstyper)
        if not asked:
            return Decision({}, {WILDCARD: Reason.UKENDT_OPLYSNINGSTYPE})
        return settle(asked, _instant(now))
    except Exception:  # noqa: BLE001 - what the rules cannot settle is refused, whatever went wrong in them
        values = getattr(request, "oplysningstyper", None)
        named = [each for each in values if isinstance(each, str)] if isinstance(values, tuple | list) else []
        return Decision({}, dict.fromkeys(named or [WILDCARD], Reason.FEJL_I_AFGOERELSE), alarm=True)


def _asked(values: object) -> Collection[str]:
    if not isinstance(values, tuple | list) or not all(isinstance(each, str) for each in values):
        raise TypeError("the categories asked for are not strings")
    return dict.fromkeys(values)


def _instant(now: object) -> datetime:
    if not isinstance(now, datetime):
        raise TypeError("now is not a datetime")
    return in_utc(now)


def _kinds(request: Request, parties: Mapping[str, str]) -> Kinds:
    return parties.get(request.fra, ""), parties.get(request.til, "")


def _decision(asked: Collection[str], steps: Sequence[_Step], failed: tuple[str, ...]) -> Decision:
    permitted: dict[str, Ground] = {}
    withheld: dict[str, Reason] = {}
    for category in asked:
        answer = next(answer for step in steps if (answer := step(category)) is not None)
        if isinstance(answer, Reason):
            withheld[category] = answer
        else:
            permitted[category] = answer
    return Decision(permitted, withheld, failed)


# 1: the unknown is refused


def _unknown(request: Request, kinds: Kinds) -> _Step:
    known = kinds[0] in _KINDS and kinds[1] in _KINDS and WILDCARD not in {request.fra, request.til}

    def step(category: str) -> Answer | None:
        if not known:
            return Reason.UKENDT_PART
        return None if category in _CATEGORIES else Reason.UKENDT_OPLYSNINGSTYPE

    return step


# 2: within one party nothing crosses


def _same_party(request: Request) -> _Step:
    answer = SammePart() if request.fra == request.til else None
    return lambda _category: answer


# 3: a stated legal basis, before anything that the citizen has declared


def _claims(
    request: Request, asked: Collection[str], bases: Sequence[Basis], kinds: Kinds
) -> tuple[dict[str, Ground], tuple[str, ...]]:
    """Return the asked categories that a claim holds for, and the paragraphs of the claims that hold for none."""
    held: dict[str, Ground] = {}
    failed = []
    for claim in request.hjemler:
        covered = _covered(claim, bases, kinds).intersection(asked)
        if not covered:
            failed.append(_paragraf(claim))
        for category in covered:
            held.setdefault(category, Hjemmelsgrundlag(_paragraf(claim)))
    return held, tuple(failed)


def _covered(claim: object, bases: Sequence[Basis], kinds: Kinds) -> frozenset[str]:
    if not _stated(claim):
        return frozenset()
    paragraf = _paragraf(claim)
    rows = (row for row in bases if row.paragraf == paragraf and kinds[0] in row.fra and kinds[1] in row.til)
    return _CATEGORIES.intersection(category for row in rows for category in row.oplysningstyper)


def _stated(claim: object) -> bool:
    """Whether the claim is of the form and somebody stands behind it with a reason."""
    return (
        isinstance(claim, dict)
        and claim.keys() == _CLAIM_KEYS
        and all(isinstance(text, str) and text.strip() for text in claim.values())
    )


def _paragraf(claim: object) -> str:
    paragraf = claim.get("paragraf") if isinstance(claim, dict) else None
    return paragraf if isinstance(paragraf, str) and paragraf.strip() else UNNAMED_CLAIM


# 4: this citizen's declarations, all of them or none


_READ = (Declaration, Unreadable)


def _own(borger: str, consents: Iterable[object]) -> Collection[Declaration] | None:
    """Return this citizen's declarations, each once, or None if one of them cannot be read."""
    own: dict[tuple[str, int], Declaration] = {}
    for consent in consents:
        read = _read(consent)
        if not _belongs(read, borger):
            continue
        if isinstance(read, Unreadable):
            return None
        first = own.setdefault((read.samtykke_id, read.version), read)
        if first is not read and first != read:
            return None
    return own.values()


def _read(consent: object) -> Declaration | Unreadable:
    return consent if isinstance(consent, _READ) else read_declaration(consent)


def _belongs(read: Declaration | Unreadable, borger: str) -> bool:
    return read.borger is None or read.borger == borger


def _unreadable(*, readable: bool) -> _Step:
    answer = None if readable else Reason.LAESEFEJL
    return lambda _category: answer


# 5: blocks fail towards silence


def _blocked(request: Request, kinds: Kinds, own: Collection[Declaration], now: datetime) -> _Step:
    receiver = {request.til, kinds[1], WILDCARD}
    blocks = [block for block in _standing(own, now) if not receiver.isdisjoint(block.til)]

    def step(category: str) -> Answer | None:
        hit = any(category in block.oplysningstyper or WILDCARD in block.oplysningstyper for block in blocks)
        return Reason.SPAERRET if hit else None

    return step


def _standing(own: Collection[Declaration], now: datetime) -> Iterator[Spaerring]:
    """Yield the blocks in force: only a signed higher version that has been given lifts them, nothing else does."""
    for declaration in own:
        if declaration.spaerringer and declaration.afgivet <= now and not _replaced(declaration, own, now):
            yield from declaration.spaerringer


def _replaced(declaration: Declaration, own: Collection[Declaration], now: datetime) -> bool:
    return any(
        other.samtykke_id == declaration.samtykke_id
        and other.version > declaration.version
        and other.signed
        and other.afgivet <= now
        for other in own
    )


# 6 and 7: the consents, and the reason that came furthest

_OBSTACLES: Sequence[tuple[Reason, Callable[[Declaration, Request, datetime], bool]]] = (
    (Reason.UNDERSKRIFT_UGYLDIG, lambda consent, _request, _now: not consent.signed),
    (
        Reason.TILBAGEKALDT,
        lambda consent, _request, now: consent.tilbagekaldt is not None and consent.tilbagekaldt <= now,
    ),
    (Reason.IKKE_TRAADT_I_KRAFT, lambda consent, _request, now: consent.afgivet > now),
    (Reason.UDLOEBET, lambda consent, _request, now: lapses_at(consent) <= now),
    (Reason.ANDEN_SAG, lambda consent, request, _now: consent.sag != request.sag),
    (Reason.ANDET_FORMAAL, lambda consent, request, _now: consent.formaal != request.formaal),
)
_PROGRESS = {reason: place for place, reason in enumerate(Reason)}


def _consented(request: Request, kinds: Kinds, own: Collection[Declaration], now: datetime) -> _Step:
    if not own:
        nothing = Reason.HJEMMEL_UGYLDIG if request.hjemler else Reason.INTET_SAMTYKKE
        return lambda _category: nothing
    consents = [(consent, _obstacle(consent, request, now)) for consent in _newest(own)]
    in_force = [consent for consent, obstacle in consents if obstacle is None]
    points = [(consent, punkt, _outside(punkt, request, kinds)) for consent in in_force for punkt in consent.punkter]
    open_points = [(consent, punkt) for consent, punkt, outside in points if outside is None]
    reached = [obstacle or Reason.UDEN_FOR_PUNKT for _, obstacle in consents]
    reached += [outside or Reason.OPLYSNINGSTYPE_IKKE_OMFATTET for _, _, outside in points]
    furthest = max(reached, key=_PROGRESS.__getitem__)

    def step(category: str) -> Answer:
        grounds = (_ground(consent, punkt) for consent, punkt in open_points if category in punkt.oplysningstyper)
        return next(grounds, furthest)

    return step


def _newest(own: Collection[Declaration]) -> Collection[Declaration]:
    """Return the highest version of each samtykke, in the order of their ids, whether or not it is valid."""
    return {each.samtykke_id: each for each in sorted(own, key=lambda each: (each.samtykke_id, each.version))}.values()


def _obstacle(consent: Declaration, request: Request, now: datetime) -> Reason | None:
    for reason, stands in _OBSTACLES:
        if stands(consent, request, now):
            return reason
    return None


def _outside(punkt: Punkt, request: Request, kinds: Kinds) -> Reason | None:
    if kinds not in COVERED[punkt.punkt]:
        return Reason.UDEN_FOR_PUNKT
    named = request.fra in punkt.fra and request.til in punkt.til
    return None if named else Reason.PART_IKKE_NAVNGIVET


def _ground(consent: Declaration, punkt: Punkt) -> Samtykkegrundlag:
    return Samtykkegrundlag(consent.samtykke_id, consent.version, punkt.punkt)


# In place of 6: news of a declaration goes to those whom it names


def _told(request: Request, kinds: Kinds, named: Declaration | Unreadable) -> _Step:
    if not isinstance(named, Declaration) or named.borger != request.borger:
        return lambda _category: Reason.INTET_SAMTYKKE
    if not named.signed:
        return lambda _category: Reason.UNDERSKRIFT_UGYLDIG
    naming = [punkt for punkt in named.punkter if request.til in punkt.parter]
    covering = [punkt for punkt in naming if _outside(punkt, request, kinds) is None]
    furthest = Reason.OPLYSNINGSTYPE_IKKE_OMFATTET if naming else Reason.PART_IKKE_NAVNGIVET

    def step(category: str) -> Answer:
        own = category == Oplysningstype.SAGSFORLOEB
        points = naming if own else [punkt for punkt in covering if category in punkt.oplysningstyper]
        return next((_ground(named, punkt) for punkt in points), furthest)

    return step
