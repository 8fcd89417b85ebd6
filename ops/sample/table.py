"""The disclosure log as a table for people: who got what from whom, and on what ground or why not. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from consent.declarations import COPENHAGEN
from consent.words import ground_in_words, reason_in_words, type_in_words
from schemas.events import PREFIX
from schemas.export import language

EVENTS: Mapping[str, str] = {kind.navn: kind.kaldenavn.lower() for kind in language().values()}
"""Event name to what a caseworker would call it."""

REFUSED = "afvist"

_Key = tuple[str | None, str | None, int]
"""Event, recipient, attempt."""

_TAKEN_BACK = {
    "recalled": "tilbagekaldt",
    "recalled_maybe_read": "tilbagekaldt, måske læst",
    "revoked": "tilbagekaldt",
}
"""The states of a delivery that was permitted once, and what the table says of them."""


@dataclass(frozen=True, slots=True)
class Row:
    """One decision: local time (HH:MM:SS), sender, recipient, what, outcome, and the ground or the reasons."""

    tid: str
    fra: str
    til: str
    hvad: str
    udfald: str
    grund: str


def rows(entries: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Return one row per decision among these leaves of the log, in their order.

    A later entry of the same delivery that says it was taken back marks the decision's own row. Where the decision anew
    that follows leaves nothing to go, its reason stands in that row and it has none of its own.
    """
    found: dict[_Key, Row] = {}
    for entry in entries:
        key = (entry.get("haendelse"), entry.get("til"), entry.get("forsoeg") or 0)
        before = (*key[:2], key[2] - 1)
        if entry.get("art") == "afgoerelse":
            row = _decision(entry)
            if row.udfald == REFUSED and before in found:
                found[before] = replace(found[before], grund=row.grund)
            else:
                found[key] = row
        elif entry.get("art") == "tilstand" and key in found and entry.get("tilstand") in _TAKEN_BACK:
            found[key] = replace(found[key], udfald=_TAKEN_BACK[entry["tilstand"]])
    return list(found.values())


def _decision(entry: Mapping[str, Any]) -> Row:
    name = str(entry.get("type")).removeprefix(PREFIX).rpartition(".v")[0]
    udfald, grund = _outcome(entry["tilladt"], entry["tilbageholdt"])
    urgent = "; gennemses inden 7 dage" if entry.get("bemaerkning") == "vaerdispring" else ""
    hvad = EVENTS.get(name, name)
    return Row(_clock(entry["tid"]), str(entry.get("fra")), str(entry.get("til")), hvad, udfald, grund + urgent)


def _outcome(permitted: Mapping[str, Mapping[str, Any]], withheld: Mapping[str, str]) -> tuple[str, str]:
    if not permitted:
        return REFUSED, _distinct(reason_in_words(code) for code in withheld.values())
    grounds = _distinct(ground_in_words(ground) for ground in permitted.values())
    if not withheld:
        return "krydset", grounds
    return "delvist", f"{grounds}; uden {_distinct((type_in_words(one).lower() for one in sorted(withheld)), ', ')}"


def _distinct(words: Iterable[str], between: str = "; ") -> str:
    return between.join(dict.fromkeys(words))


def _clock(tid: str) -> str:
    return f"{datetime.fromisoformat(tid).astimezone(COPENHAGEN):%H:%M:%S}"
