"""The disclosure log for outsiders: checkpoints, changes of keys, and the tree in tiles (c2sp.org/tlog-tiles).

Anyone may have the hashes: they prove that the log only grows, and nobody can guess an entry from them. The entries
themselves say why something was withheld, which its sender and its recipient must not learn (a reason can betray a
block), so they are shown to the data-protection officer alone.
"""

import gzip
import re

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from consent.disclosures import store, tiles
from gateway.errors import GatewayRefused
from gateway.routes.access import Dpo, Running

router = APIRouter(prefix="/log", tags=["log"])

IMMUTABLE = "max-age=31536000, immutable"
"""What is served under a path never changes, partial tiles included: the path names their width."""

MAX_LEVEL = 63

_PLACE = re.compile(r"((?:x\d{3}/)*)(\d{3})(?:\.p/([1-9]\d{0,2}))?", re.ASCII)
_TEXT = "text/plain; charset=utf-8"


@router.get("/checkpoint")
async def checkpoint(tvaers: Running) -> Response:
    """Return the newest signed checkpoint (C2SP signed note), with the cosignatures that it has so far."""

    def newest(connection: Connection) -> store.Checkpoint | None:
        found = store.latest_checkpoint(connection)
        return store.cosigned(connection, found) if found else None

    return _note(await tvaers.records.database.look(newest))


@router.get("/checkpoint/witnessed")
async def witnessed(tvaers: Running) -> Response:
    """Return the newest checkpoint that a witness has cosigned; a busy log's newest is some seconds ahead of it."""
    return _note(await tvaers.records.database.look(store.latest_witnessed))


@router.get("/keys")
async def keys(tvaers: Running) -> Response:
    """Return every change of the log's key, oldest first: a note each, signed by the old and the new key."""
    changes = await tvaers.records.database.look(store.key_changes)
    return _text("".join(note for _, note in changes))


@router.get("/tile/entries/{place:path}")
async def entries(place: str, request: Request, tvaers: Running, _by: Dpo) -> Response:
    """Return a bundle of entries, each after its length in two bytes."""
    number, width = _read_place(place)

    def read(connection: Connection) -> bytes | None:
        return tiles.bundle(connection, number, width) if _exists(connection, 0, number, width) else None

    bundle = await tvaers.records.database.look(read)
    headers = {"Vary": "Accept-Encoding, Authorization"}
    if bundle and "gzip" in request.headers.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
        bundle = gzip.compress(bundle, compresslevel=1, mtime=0)
    return _bytes(bundle, "private", headers)


@router.get("/tile/{level}/{place:path}")
async def tile(level: str, place: str, tvaers: Running) -> Response:
    """Return a tile: the hashes of one level of the tree, 256 or as many as its path says."""
    number, width = _read_place(place)
    if not re.fullmatch(r"0|[1-9]\d?", level, re.ASCII) or int(level) > MAX_LEVEL:
        raise _absent()

    def read(connection: Connection) -> bytes | None:
        found = _exists(connection, int(level), number, width)
        return tiles.tile(connection, int(level), number, width) if found else None

    return _bytes(await tvaers.records.database.look(read), "public", {})


def _exists(connection: Connection, level: int, number: int, width: int) -> bool:
    newest = store.latest_checkpoint(connection)
    return newest is not None and width <= tiles.width_of(newest.size, level, number)


def _read_place(text: str) -> tuple[int, int]:
    """Read `x001/x234/067` or `x001/x234/067.p/8`: the number and the width."""
    found = _PLACE.fullmatch(text)
    if found is None:
        raise _absent()
    above, last, width = found.groups()
    digits = above.replace("x", "").replace("/", "") + last
    number = int(digits[:18])
    if len(digits) > 18 or (above and digits.startswith("000")) or (width and int(width) >= tiles.WIDTH):  # noqa: PLR2004 - digits of any honest number
        raise _absent()
    return number, int(width or tiles.WIDTH)


def _note(found: store.Checkpoint | None) -> Response:
    if found is None:
        raise _absent()
    return _text(found.note)


def _text(content: str) -> Response:
    return Response(content, media_type=_TEXT, headers={"Cache-Control": "no-cache"})


def _bytes(content: bytes | None, who: str, headers: dict[str, str]) -> Response:
    if content is None:
        raise _absent()
    headers["Cache-Control"] = f"{who}, {IMMUTABLE}"
    return Response(content, media_type="application/octet-stream", headers=headers)


def _absent() -> GatewayRefused:
    return GatewayRefused(404, "ingen", "the log has nothing there, or not yet")
