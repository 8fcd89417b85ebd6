"""Worked cases of the decision in plain Danish: what `consent decide --explain` says of each."""

from consent.adjudication import Answer, Mode, Premises, Question
from consent.cases import Answer as Given
from consent.cases import Case
from consent.decisions import Request
from consent.declarations import read_declaration, read_instant
from consent.explanation import Explanation, explain
from consent.rules import decide
from consent.terminal import console, show_json


def show_explained(case: Case, given: Given, as_json: bool) -> None:
    """Print why a case was answered as it was: paragraphs, or the case's JSON line with them in it."""
    explained = explain_case(case)
    if as_json:
        show_json({**given, "forklaring": explained.as_json()})
        return
    console().print("\n".join([case.name, "", *explained.afsnit, ""]), soft_wrap=True)


def explain_case(case: Case) -> Explanation:
    """Explain what the rules say to one case; parties are called by their ids, which is all that a case has."""
    now = read_instant(case.now) or case.now
    decision = decide(case.request, case.consents, case.bases, case.parties, now)
    request = case.request
    answer = Answer(decision.permitted, decision.withheld, request.sag, request.formaal, decision.alarm)
    consents = [read_declaration(one) for one in case.consents]
    premises = Premises(consents, case.bases, case.parties, now)  # type: ignore[arg-type] # what is no instant is refused
    return explain(_question(request), answer, premises, {})


def _question(request: Request) -> Question:
    return Question(
        mode=Mode.ORDINARY,
        borger=request.borger,
        fra=request.fra,
        til=request.til,
        cases=((request.sag, request.formaal),),
        oplysningstyper=request.oplysningstyper,
        core=(),
        hjemler=request.hjemler,
    )
