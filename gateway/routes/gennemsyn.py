"""The data-protection officer's queue: emergencies, and whatever else the register of bases wants looked at."""

from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection

from consent import reviews
from consent.database import host_time
from consent.disclosures import store
from gateway.errors import GatewayRefused
from gateway.routes.access import Begrundelse, Body, Dpo, Entry, Running

router = APIRouter(prefix="/v1/gennemsyn", tags=["gennemsyn"])


class Verdict(Body):
    """What the data-protection officer found, and why."""

    udfald: reviews.Udfald
    begrundelse: Begrundelse


@router.get("")
async def listed(tvaers: Running, _by: Dpo, lukkede: bool = False) -> list[dict[str, Any]]:
    """List what waits, the most urgent first, and with `lukkede` what was looked at; nothing of it is personal."""
    found = await tvaers.records.database.look(lambda connection: reviews.reviews(connection, closed=lukkede))
    return [{name: getattr(one, name) for name in one.__slots__} for one in found]


@router.post("/{nummer}/luk")
async def close(nummer: Entry, verdict: Verdict, tvaers: Running, by: Dpo) -> dict[str, Any]:
    """Close the review of an entry; verdict and reason stand in the log, the reason sealed."""

    def work(connection: Connection) -> None:
        entry, now = store.get(connection, nummer), host_time(connection)
        if entry is None or not reviews.close_review(connection, entry.leaf_hash, verdict.udfald, by, now):
            raise GatewayRefused(404, "intet_gennemsyn", "no review of that entry is open; see `tvaers review list`")
        tvaers.records.recorder.note(
            connection,
            "tilstand",
            "gennemset",
            now,
            register=tvaers.records.judge.versions,
            haendelse=entry.haendelse,
            til=entry.til,
            bemaerkning=verdict.udfald.value,
            borger=reviews.whose(connection, tvaers.records.keys, entry.leaf_hash),
            bruger=by,
            begrundelse=verdict.begrundelse,
        )

    await tvaers.records.database.run(work)
    tvaers.sequencer.soon()
    return {"nummer": nummer, "udfald": verdict.udfald.value}
