"""The disclosure log: search it and show an entry; looking is logged before anything is shown."""

import json
from typing import Any

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import Connection

from consent.disclosures import store
from consent.disclosures.entries import unseal
from gateway.errors import GatewayRefused
from gateway.routes.access import Begrundelse, Body, Dpo, Entry, Look, Running, note_look_up

router = APIRouter(prefix="/v1/oplysninger", tags=["oplysninger"])


class Seek(Body):
    """Which entries are sought, and why; a citizen is named by CPR."""

    begrundelse: Begrundelse
    cpr: str | None = None
    part: str | None = None
    haendelse: str | None = None
    art: str | None = None
    since: str | None = None
    until: str | None = None
    limit: int = Field(default=100, ge=1, le=1000)


@router.post("/soeg")
async def search(seek: Seek, tvaers: Running, by: Dpo) -> list[dict[str, Any]]:
    """Search the disclosure log; the look-up itself is logged before anything is shown."""

    def work(connection: Connection) -> list[dict[str, Any]]:
        borger_id = tvaers.records.consents.known_citizen(connection, seek.cpr) if seek.cpr else None
        note_look_up(connection, tvaers, by, seek.begrundelse, borger_id)
        if seek.cpr and borger_id is None:
            return []
        wanted = store.Search(
            since=seek.since,
            until=seek.until,
            part=seek.part,
            haendelse=seek.haendelse,
            art=seek.art,
            borger_id=borger_id,
            limit=seek.limit,
        )
        return [_open_entry(one) for one in store.search(connection, wanted)]

    found = await tvaers.records.database.run(work)
    tvaers.sequencer.soon()
    return found


@router.post("/{seq}/vis")
async def show_entry(seq: Entry, look: Look, tvaers: Running, by: Dpo) -> dict[str, Any]:
    """Show one entry with its sealed fields opened; the look-up is logged before anything is shown."""

    def work(connection: Connection) -> dict[str, Any]:
        found = store.get(connection, seq)
        if found is None:
            raise GatewayRefused(404, "ukendt", "there is no such entry")
        note_look_up(connection, tvaers, by, look.begrundelse, found.borger_id)
        key = tvaers.records.keys.find(found.key_id)
        sealed = unseal(found.leaf, found.box, key) if key else None
        return {**_open_entry(found), "aabnet": sealed, "slettet": key is None}

    shown = await tvaers.records.database.run(work)
    tvaers.sequencer.soon()
    return shown


def _open_entry(found: store.Stored) -> dict[str, Any]:
    return {"nummer": found.seq, "plads": found.leaf_index, "oplysning": json.loads(found.leaf)}
