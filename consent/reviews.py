"""The data-protection officer's queue: what was permitted on a paragraph of which every use must be looked at.

A review is opened in the transaction of its decision and is due seven days later. It names the decision's entry in the
log, by the hash of its leaf; whose it is lies sealed.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, Connection, LargeBinary, String, Table, func, insert, select, update

from consent.bases import REVIEWED_WITHIN
from consent.database import instant, metadata
from consent.disclosures.entries import Sealed
from consent.disclosures.keys import Key, KeyStore
from consent.disclosures.store import oplysning
from consent.sealing import BoxUnopened, close_box, open_box

gennemsyn = Table(
    "gennemsyn",
    metadata,
    Column("leaf_hash", LargeBinary, primary_key=True, doc="the decision's entry"),
    Column("haendelse", String(36), nullable=False),
    Column("paragraf", String, nullable=False),
    Column("box", LargeBinary, nullable=False, doc="the borger_id, sealed"),
    Column("key_id", String(64), nullable=False),
    Column("aabnet", String(27), nullable=False),
    Column("frist", String(27), nullable=False),
    Column("lukket", String(27)),
    Column("lukket_af", String(60)),
    Column("udfald", String(20)),
)


class Udfald(StrEnum):
    """What the data-protection officer found."""

    I_ORDEN = "i_orden"
    IKKE_I_ORDEN = "ikke_i_orden"


@dataclass(frozen=True, slots=True)
class Review:
    """One review. `nummer` is its entry in the log; instants are texts of `consent.database.instant`."""

    nummer: int
    haendelse: str
    fra: str
    til: str
    paragraf: str
    aabnet: str
    frist: str
    lukket: str | None
    lukket_af: str | None
    udfald: str | None


_OWN = ("haendelse", "paragraf", "aabnet", "frist", "lukket", "lukket_af", "udfald")
_ENTRY = (oplysning.c.haendelse == gennemsyn.c.haendelse) & (oplysning.c.leaf_hash == gennemsyn.c.leaf_hash)


def open_review(connection: Connection, key: Key, entry: Sealed, paragraf: str, now: datetime) -> str:
    """Open the review of a decision in the decision's own transaction; return when it is due."""
    due, borger_id = instant(now + REVIEWED_WITHIN), entry.entry.borger or ""
    row = {
        "leaf_hash": entry.leaf_hash,
        "haendelse": entry.entry.haendelse,
        "paragraf": paragraf,
        "box": close_box(key, borger_id.encode(), _place(entry.leaf_hash)),
        "key_id": key.key_id,
        "aabnet": instant(now),
        "frist": due,
    }
    connection.execute(insert(gennemsyn).values(row))
    return due


def reviews(connection: Connection, *, closed: bool = False) -> list[Review]:
    """Return what waits for the data-protection officer, the most urgent first; with `closed`, what has been too."""
    query = select(
        *(oplysning.c[name].label(name) for name in ("seq", "fra", "til")), *(gennemsyn.c[name] for name in _OWN)
    ).join(oplysning, _ENTRY)
    if not closed:
        query = query.where(gennemsyn.c.lukket.is_(None))
    return [
        Review(row.seq, row.haendelse, row.fra, row.til, *(getattr(row, name) for name in _OWN[1:]))
        for row in connection.execute(query.order_by(gennemsyn.c.frist, oplysning.c.seq))
    ]


def close_review(connection: Connection, leaf_hash: bytes, outcome: Udfald, by: str, now: datetime) -> bool:
    """Close the open review of an entry; return whether there was one."""
    still_open = (gennemsyn.c.leaf_hash == leaf_hash) & gennemsyn.c.lukket.is_(None)
    done = {"lukket": instant(now), "lukket_af": by, "udfald": outcome.value}
    return connection.execute(update(gennemsyn).where(still_open).values(done)).rowcount > 0


def whose(connection: Connection, keys: KeyStore, leaf_hash: bytes) -> str | None:
    """Return the borger_id of a review; None where there is none, or its citizen is erased."""
    query = select(gennemsyn.c.box, gennemsyn.c.key_id).where(gennemsyn.c.leaf_hash == leaf_hash)
    row = connection.execute(query).first()
    key = keys.find(row.key_id) if row else None
    if row is None or key is None:
        return None
    try:
        return open_box(key, row.box, _place(leaf_hash)).decode()
    except BoxUnopened:
        return None


def counts(connection: Connection, now: datetime) -> tuple[int, int]:
    """Return how many reviews are open, and how many of those are overdue."""
    still_open = select(func.count()).select_from(gennemsyn).where(gennemsyn.c.lukket.is_(None))
    overdue = still_open.where(gennemsyn.c.frist < instant(now))
    return connection.execute(still_open).scalar_one(), connection.execute(overdue).scalar_one()


def _place(leaf_hash: bytes) -> str:
    return f"gennemsyn:{leaf_hash.hex()}"
