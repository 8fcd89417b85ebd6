"""Decisions of the log in plain Danish, and recomputed: a look-up like any other, logged before anything is shown."""

from typing import Any

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import Connection

from consent.disclosures import store
from gateway.errors import GatewayRefused
from gateway.process import Tvaers
from gateway.rechecking import Rechecking
from gateway.routes.access import Dpo, Entry, Look, Nummer, Running, note_look_up

router = APIRouter(prefix="/v1/oplysninger", tags=["oplysninger"])


class Again(Look):
    """Which decisions are recomputed, and why; instants as the log writes them, `before` continues an earlier page."""

    since: str | None = None
    until: str | None = None
    before: Nummer | None = None
    limit: int = Field(default=200, ge=1, le=store.MAX_PAGE)


@router.post("/{seq}/forklaring")
async def explain_entry(seq: Entry, look: Look, tvaers: Running, by: Dpo) -> dict[str, Any]:
    """Explain one decision: on what it rests, or what was missing and what the citizen could sign to allow it."""

    def work(connection: Connection) -> dict[str, Any]:
        found = store.get(connection, seq)
        if found is None or found.art != "afgoerelse":
            raise GatewayRefused(404, "ukendt", "there is no such entry, or it is not a decision")
        note_look_up(connection, tvaers, by, look.begrundelse, found.borger_id)
        return {"nummer": seq, **_rechecking(connection, tvaers).explain(found).as_json()}

    shown = await tvaers.records.database.run(work)
    tvaers.sequencer.soon()
    return shown


@router.post("/efterproev")
async def recheck(again: Again, tvaers: Running, by: Dpo) -> dict[str, Any]:
    """Recompute a page of decisions, newest first, and say of each whether it comes out the same.

    `naeste` is the `before` of the next page, None after the last one. What is shown is nothing personal.
    """

    def work(connection: Connection) -> dict[str, Any]:
        wanted = store.Search(
            since=again.since, until=again.until, art="afgoerelse", before_seq=again.before, limit=again.limit
        )
        page = store.search(connection, wanted)
        findings = _rechecking(connection, tvaers).recheck(page)
        more = page[-1].seq if len(page) == again.limit else None
        return {"fund": [one.as_json() for one in findings], "naeste": more}

    if again.before is None:
        await tvaers.records.database.run(lambda one: note_look_up(one, tvaers, by, again.begrundelse, None))
        tvaers.sequencer.soon()
    # Beside the crossing, not in its way: a page takes a moment.
    return await tvaers.records.database.look(work)


def _rechecking(connection: Connection, tvaers: Tvaers) -> Rechecking:
    return Rechecking(connection, tvaers.records.keys, tvaers.records.judge)
