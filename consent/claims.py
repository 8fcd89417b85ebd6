"""Claims of a paragraph, for people: who stated it, and why one came to nothing. Pure; any shape of claim is borne."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from consent.adjudication import Mode, Premises, Question
from consent.answering import blocked
from consent.bases import Hjemmelregister

_TEXTS = ("paragraf", "begrundelse", "ansvarlig")


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim as it was made; what it lacks is empty."""

    paragraf: str
    begrundelse: str
    ansvarlig: str

    @property
    def stated(self) -> bool:
        """Whether somebody stands behind it with a reason."""
        return all(text.strip() for text in (self.paragraf, self.begrundelse, self.ansvarlig))


def stated_by(question: Question, paragraf: str) -> Claim | None:
    """Return the claim of this paragraph that somebody stands behind."""
    return next((one for one in _claims(question) if one.paragraf == paragraf and one.stated), None)


def faults(
    question: Question,
    between: tuple[str, str],
    names: tuple[str, str],
    premises: Premises,
    register: Hjemmelregister | None,
    grounds: Collection[str],
) -> Iterator[str]:
    """Yield a sentence for each claim that came to nothing. `between` are sender and receiver, `names` their names."""
    for claim in _claims(question):
        if claim.paragraf in grounds:
            continue
        if not claim.paragraf.strip():
            yield "Der er påberåbt en hjemmel uden at sige hvilken, og den tæller derfor ikke."
            continue
        fault = _fault(claim, question, between, premises, register)
        if fault:
            yield f"Der er påberåbt {claim.paragraf}, men {fault.format(fra=names[0], til=names[1])}."


def _fault(
    claim: Claim,
    question: Question,
    between: tuple[str, str],
    premises: Premises,
    register: Hjemmelregister | None,
) -> str:
    if question.mode is Mode.NAMED:
        return "besked om et samtykke går kun til dem, samtykket nævner"
    if not claim.stated:
        return "der mangler en begrundelse eller en ansvarlig person"
    rows = [row for row in premises.bases if row.paragraf == claim.paragraf]
    if not rows:
        return _absent(claim, register)
    kinds = [premises.parties.get(party, "") for party in between]
    between_them = [row for row in rows if kinds[0] in row.fra and kinds[1] in row.til]
    if not between_them:
        return "den gælder ikke fra {fra} til {til}"
    if not any(row.oplysningstyper.intersection(question.oplysningstyper) for row in between_them):
        return _outside(claim, question, premises, register)
    return ""


def _absent(claim: Claim, register: Hjemmelregister | None) -> str:
    known = register.rows_of(claim.paragraf) if register else []
    if not known:
        return "den står ikke i kommunens register over hjemler"
    approved = any(row.begins for row in known)
    return "den gjaldt ikke på det tidspunkt" if approved else "ingen databeskyttelsesrådgiver har godkendt den"


def _outside(claim: Claim, question: Question, premises: Premises, register: Hjemmelregister | None) -> str:
    known = register.rows_of(claim.paragraf) if register else []
    named = {category for row in known if row.viger_for_spaerring for category in row.oplysningstyper}
    lost = blocked(question, premises.consents, premises.parties, premises.now)
    if named & lost:
        return "den viger for borgerens spærring"
    return "den omfatter ikke de oplysninger, det drejer sig om"


def _claims(question: Question) -> Iterator[Claim]:
    for claim in question.hjemler:
        fields = claim if isinstance(claim, dict) else {}
        texts = (fields.get(name) for name in _TEXTS)
        yield Claim(*(text if isinstance(text, str) else "" for text in texts))
