"""The journal: why nothing may cross, what the journal holds, and the two ways to let crossing go on."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from sqlalchemy import Connection

from consent import journal
from gateway.errors import GatewayRefused
from gateway.routes.access import Anyone, Dpo, Look, Needs, Running

router = APIRouter(prefix="/v1/journal", tags=["journal"])

PAGE = 200
"""Entries of one answer."""

Replayer = Annotated[str, Depends(Needs("registrar", "dpo"))]


@router.get("")
async def state(tvaers: Running, _by: Anyone) -> dict[str, Any]:
    """Say why nothing may cross, if anything is wrong, and how many entries the journal has."""
    number, _ = await tvaers.records.database.look(journal.head)
    return {"poster": number, "holdt": list(tvaers.switch.held)}


@router.get("/poster")
async def entries(tvaers: Running, _by: Dpo, efter: Annotated[int, Query(ge=0)] = 0) -> list[dict[str, Any]]:
    """List entries after a number, oldest first: ids and instants, nothing that is sealed."""

    def work(connection: Connection) -> list[dict[str, Any]]:
        undone = {post.nummer for post in journal.waiting(connection)}
        return [_open(post, post.nummer not in undone) for post in journal.after(connection, efter, PAGE)]

    return await tvaers.records.database.look(work)


@router.post("/genafspil")
async def replay(why: Look, tvaers: Running, by: Replayer) -> dict[str, Any]:
    """Do in a restored database what the journal tells, and let crossing go on; logged, with the reason sealed."""
    number = await tvaers.replay(why.begrundelse, by)
    tvaers.sequencer.soon()
    return {"genafspillet": number, "holdt": list(tvaers.switch.held)}


@router.post("/frigiv")
async def release(why: Look, tvaers: Running, by: Dpo) -> dict[str, Any]:
    """Accept what was lost, as it was named, and let crossing go on; logged, with the reason sealed."""
    if not tvaers.guard.why:
        raise GatewayRefused(409, "intet_at_frigive", "nothing is held: `tvaers journal show` says what is")
    released = await tvaers.accept_loss(why.begrundelse, by)
    tvaers.sequencer.soon()
    return {"frigivet": released, "holdt": list(tvaers.switch.held)}


def _open(post: journal.Post, done: bool) -> dict[str, Any]:
    names = ("art", "tid", "borger_id", "samtykke_id", "version")
    return {"nummer": post.nummer, **{name: getattr(post.fact, name) for name in names}, "anvendt": done}
