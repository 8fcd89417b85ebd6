"""Worked cases of the decision: read a case file (the end of DOMAIN section 6), answer it, compare with expectations.

The file's own form is strict. What the rules must bear in any shape (`now`, the declarations, the claims) is handed on
as it stands, so that a case can show what they answer to it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from consent.declarations import read_instant
from consent.rules import Basis, Request, decide

_TEXTS = ("borger", "sag", "formaal", "fra", "til")


class Answer(TypedDict):
    """What the rules say to one case: `permitted` is sorted, `withheld` maps a category to its reason code."""

    name: str
    permitted: list[str]
    withheld: dict[str, str]


class CaseError(Exception):
    """The file is not of the form. `where` is a case's number (from 1) and a field, never content."""

    def __init__(self, reason: str, where: str) -> None:
        super().__init__(f"{reason} ({where})")
        self.reason = reason
        self.where = where


@dataclass(frozen=True, slots=True)
class Expected:
    """What the author of a case says the answer must be."""

    permitted: frozenset[str]
    withheld: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Case:
    """One question to the rules, with everything that they may look at."""

    name: str
    now: object
    parties: Mapping[str, str]
    bases: Sequence[Basis]
    consents: Sequence[object]
    request: Request
    expect: Expected | None


def read_cases(document: bytes | str) -> tuple[Case, ...]:
    """Read a case file.

    Raises:
        CaseError: it is not JSON, or not a list of cases of the form.
    """
    try:
        value = json.loads(document)
    except (ValueError, RecursionError):
        raise CaseError("not JSON", "the file") from None
    cases = _list(value, "the file")
    return tuple(_case(each, f"case {number}") for number, each in enumerate(cases, start=1))


def answer(case: Case) -> Answer:
    """Put the case to the rules."""
    # A `now` that states no instant goes to the rules as it is: refusing it is theirs.
    now = read_instant(case.now) or case.now
    decision = decide(case.request, case.consents, case.bases, case.parties, now)
    return Answer(
        name=case.name,
        permitted=sorted(decision.permitted),
        withheld={category: str(decision.withheld[category]) for category in sorted(decision.withheld)},
    )


def mismatches(case: Case, answer: Answer) -> tuple[str, ...]:
    """Return one line per category that is answered otherwise than expected; none where nothing is expected."""
    if case.expect is None:
        return ()
    wanted = dict.fromkeys(case.expect.permitted, "permitted") | dict(case.expect.withheld)
    given = dict.fromkeys(answer["permitted"], "permitted") | answer["withheld"]
    return tuple(
        f"{category}: expected {wanted.get(category, 'no answer')}, answered {given.get(category, 'nothing')}"
        for category in sorted(wanted.keys() | given.keys())
        if wanted.get(category) != given.get(category)
    )


def _case(value: object, where: str) -> Case:
    fields = _object(value, where)
    expect = fields.get("expect")
    return Case(
        name=_text(fields, "name", where),
        now=_field(fields, "now", where),
        parties=_parties(_field(fields, "parter", where), f"{where}, parter"),
        bases=_bases(_field(fields, "hjemmelregister", where), f"{where}, hjemmelregister"),
        consents=_list(_field(fields, "samtykker", where), f"{where}, samtykker"),
        request=_request(fields, where),
        expect=None if expect is None else _expected(expect, f"{where}, expect"),
    )


def _parties(value: object, where: str) -> dict[str, str]:
    return {ident: _text(_object(part, where), "kind", where) for ident, part in _object(value, where).items()}


def _bases(value: object, where: str) -> tuple[Basis, ...]:
    rows = [_object(row, where) for row in _list(value, where)]
    return tuple(
        Basis(
            _text(row, "paragraf", where),
            *(frozenset(_texts(row, key, where)) for key in ("fra", "til", "oplysningstyper")),
        )
        for row in rows
    )


def _request(fields: dict[str, object], where: str) -> Request:
    claims = _list(_field(fields, "hjemler", where), f"{where}, hjemler")
    where = f"{where}, anmodning"
    asked = _object(_field(fields, "anmodning", where), where)
    return Request(
        **{key: _text(asked, key, where) for key in _TEXTS},
        oplysningstyper=_texts(asked, "oplysningstyper", where),
        hjemler=tuple(claims),
    )


def _expected(value: object, where: str) -> Expected:
    fields = _object(value, where)
    withheld = _object(_field(fields, "withheld", where), where)
    return Expected(
        frozenset(_texts(fields, "permitted", where)),
        {category: _text(withheld, category, where) for category in withheld},
    )


def _object(value: object, where: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise CaseError("not an object", where)
    return value


def _list(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        raise CaseError("not a list", where)
    return value


def _field(fields: dict[str, object], key: str, where: str) -> object:
    if key not in fields:
        raise CaseError(f"{key} is missing", where)
    return fields[key]


def _text(fields: dict[str, object], key: str, where: str) -> str:
    value = _field(fields, key, where)
    if not isinstance(value, str):
        raise CaseError(f"{key} is not a string", where)
    return value


def _texts(fields: dict[str, object], key: str, where: str) -> tuple[str, ...]:
    values = _list(_field(fields, key, where), f"{where}, {key}")
    if not all(isinstance(each, str) for each in values):
        raise CaseError(f"{key} is not a list of strings", where)
    return tuple(str(each) for each in values)
