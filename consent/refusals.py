"""The citizen said no: what was asked, when, and that the consequences were told (retssikkerhedsloven § 11 b).

A refusal has no effect on what crosses: without a samtykke nothing rests on one anyway. It is kept so that the case is
decided on what there is, and so that nobody asks again as if nothing had been said.
"""

import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from consent import store
from consent.changes import Changes
from consent.database import host_time, instant
from consent.disclosures.keys import KeyStore
from consent.errors import ConsentRefused
from consent.sealing import BoxUnopened, close_box, open_box


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was asked of the citizen and refused. `dato` is the day; `oplyst_af` told what refusing means."""

    sag: str
    formaal: str
    parter: tuple[str, ...]
    oplysningstyper: tuple[str, ...]
    dato: date
    konsekvenser_oplyst: bool
    oplyst_af: str


def refuse(connection: Connection, changes: Changes, borger_id: str, refusal: Refusal, by: str) -> None:
    """Record a refusal.

    Raises:
        ConsentRefused: the citizen was not told of the consequences, or the day has not come.
    """
    now = host_time(connection)
    if not refusal.konsekvenser_oplyst:
        reason = "tell the citizen what refusing means first (retssikkerhedsloven § 11 b), then record the answer"
        raise ConsentRefused("konsekvenser_ikke_oplyst", reason)
    if refusal.dato > now.date():
        raise ConsentRefused("dato", "the day of the refusal has not come")
    key = changes.key(borger_id, now)
    content = json.dumps({**asdict(refusal), "dato": refusal.dato.isoformat()}).encode()
    store.add_refusal(connection, borger_id, instant(now), by, close_box(key, content, _place(borger_id)), key.key_id)
    changes.note(connection, "afslaaet", now, by=by, borger_id=borger_id, sag=refusal.sag, formaal=refusal.formaal)


def refusals(connection: Connection, keys: KeyStore, borger_id: str) -> list[dict[str, Any]]:
    """Return a citizen's refusals as JSON values, oldest first; one that does not open says so."""
    found = []
    for registreret, by, box, key_id in store.refusals_of(connection, borger_id):
        key = keys.find(key_id)
        try:
            content = json.loads(open_box(key, box, _place(borger_id))) if key else {"ulaeselig": True}
        except BoxUnopened:
            content = {"ulaeselig": True}
        found.append({**content, "registreret": registreret, "registreret_af": by})
    return found


def _place(borger_id: str) -> str:
    return f"afslag:{borger_id}"
