"""The tables of the consent service, and the plain reads and writes that its transactions are made of.

Only `consent.service` uses this module. What says something about a person is sealed; ids and instants are not.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    insert,
    select,
    update,
)

from consent.database import metadata

borger = Table(
    "borger",
    metadata,
    Column("borger_id", String(36), primary_key=True),
    Column("senest", String(27), nullable=False, doc="newest instant recorded for the citizen; no decision is earlier"),
)
borgernummer = Table(
    "borgernummer",
    metadata,
    Column("noegle", String(64), primary_key=True, doc="keyed hash of the CPR or replacement CPR"),
    Column("borger_id", ForeignKey("borger.borger_id"), nullable=False, index=True),
)
samtykke = Table(
    "samtykke",
    metadata,
    Column("samtykke_id", String(200), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("borger_id", ForeignKey("borger.borger_id"), nullable=False, index=True),
    Column("box", LargeBinary, nullable=False, doc="the declaration as signed, and its document"),
    Column("key_id", String(64), nullable=False),
    Column("underskrift", String(10), nullable=False),
    Column("relation", String(20), nullable=False),
    Column("underskriver", String(80), nullable=False, doc="the id in the signer's certificate; empty where unsigned"),
    Column("bekraeftet", Boolean, nullable=False),
    Column("tilbagekaldt", String(27)),
    Column("registreret", String(27), nullable=False),
    Column("registreret_af", String(60), nullable=False),
)
afvist_dokument = Table(
    "afvist_dokument",
    metadata,
    Column("nummer", Integer, primary_key=True),
    Column("modtaget", String(27), nullable=False),
    Column("grund", String(60), nullable=False),
    Column("box", LargeBinary, nullable=False),
    Column("key_id", String(64), nullable=False),
)
underskriver = Table(
    "underskriver",
    metadata,
    Column("uuid", String(80), primary_key=True),
    Column("borger_id", ForeignKey("borger.borger_id"), primary_key=True),
    Column("relation", String(20), nullable=False),
    Column("kilde", String(60), nullable=False),
    Column("reference", String(200), nullable=False),
    Column("registreret", String(27), nullable=False),
    Column("registreret_af", String(60), nullable=False),
)
sagspart = Table(
    "sagspart",
    metadata,
    Column("borger_id", ForeignKey("borger.borger_id"), primary_key=True),
    Column("noegle", String(64), primary_key=True, doc="keyed hash of case, purpose, party and role"),
    Column("part", String(41), nullable=False),
    Column("rolle", String(40), nullable=False),
    Column("box", LargeBinary, nullable=False, doc="case and purpose"),
    Column("key_id", String(64), nullable=False),
)


@dataclass(frozen=True, slots=True)
class StoredSamtykke:
    """One version of a declaration as its row has it; the box is still closed."""

    samtykke_id: str
    version: int
    borger_id: str
    box: bytes
    key_id: str
    underskrift: str
    relation: str
    underskriver: str
    bekraeftet: bool
    tilbagekaldt: str | None
    registreret_af: str


_SAMTYKKE_COLUMNS = [samtykke.c[name] for name in StoredSamtykke.__dataclass_fields__]


def citizen_by_key(connection: Connection, key: str) -> str | None:
    """Return the borger_id that the keyed hash of a number leads to."""
    return connection.execute(select(borgernummer.c.borger_id).where(borgernummer.c.noegle == key)).scalar()


def add_citizen(connection: Connection, borger_id: str, key: str, now: str) -> None:
    """Record a citizen seen for the first time, under one number."""
    connection.execute(insert(borger).values(borger_id=borger_id, senest=now))
    connection.execute(insert(borgernummer).values(noegle=key, borger_id=borger_id))


def lock_citizens(connection: Connection, ids: list[str], *, exclusive: bool) -> dict[str, str]:
    """Lock the citizens' rows and return the newest instant recorded for each.

    SQLite has locked the whole database by BEGIN IMMEDIATE; PostgreSQL takes FOR SHARE, or FOR UPDATE to change.
    """
    query = select(borger.c.borger_id, borger.c.senest).where(borger.c.borger_id.in_(ids)).order_by(borger.c.borger_id)
    return {row.borger_id: row.senest for row in connection.execute(query.with_for_update(read=not exclusive))}


def note_instant(connection: Connection, borger_id: str, now: str) -> None:
    """Remember `now` as the newest instant of the citizen."""
    connection.execute(update(borger).where(borger.c.borger_id == borger_id, borger.c.senest < now).values(senest=now))


def add_samtykke(connection: Connection, row: StoredSamtykke, now: str) -> None:
    """Record one version of a declaration."""
    values = {name: getattr(row, name) for name in StoredSamtykke.__dataclass_fields__}
    connection.execute(insert(samtykke).values(**values, registreret=now))


def samtykker_of(connection: Connection, ids: list[str]) -> list[StoredSamtykke]:
    """Return every version of every declaration of these citizens."""
    query = select(*_SAMTYKKE_COLUMNS).where(samtykke.c.borger_id.in_(ids))
    return [StoredSamtykke(*row) for row in connection.execute(query)]


def versions_of(connection: Connection, samtykke_id: str) -> list[StoredSamtykke]:
    """Return every version under one samtykke_id, oldest first."""
    query = select(*_SAMTYKKE_COLUMNS).where(samtykke.c.samtykke_id == samtykke_id).order_by(samtykke.c.version)
    return [StoredSamtykke(*row) for row in connection.execute(query)]


def withdraw_versions(connection: Connection, samtykke_id: str, now: str) -> None:
    """Mark every version that still stands as withdrawn at `now`."""
    standing = (samtykke.c.samtykke_id == samtykke_id) & samtykke.c.tilbagekaldt.is_(None)
    connection.execute(update(samtykke).where(standing).values(tilbagekaldt=now))


def keep_refused(connection: Connection, now: str, reason: str, box: bytes, key_id: str) -> None:
    """Keep a document that did not verify: for the record, never as a version."""
    connection.execute(insert(afvist_dokument).values(modtaget=now, grund=reason, box=box, key_id=key_id))


def add_signer(connection: Connection, values: dict[str, Any]) -> None:
    """Record that a signer's certificate id belongs to, or may sign for, a citizen; the same record twice is one."""
    same = (underskriver.c.uuid == values["uuid"]) & (underskriver.c.borger_id == values["borger_id"])
    if connection.execute(update(underskriver).where(same).values(**values)).rowcount == 0:
        connection.execute(insert(underskriver).values(**values))


def confirm_signatures(connection: Connection, uuid: str, borger_id: str, relation: str) -> None:
    """Let declarations that this signer gave before the record was made count as confirmed from now on."""
    own = (samtykke.c.underskriver == uuid) & (samtykke.c.borger_id == borger_id)
    connection.execute(update(samtykke).where(own).values(bekraeftet=True, relation=relation))


def relation_of(connection: Connection, uuid: str, borger_id: str) -> str | None:
    """Return in which relation this signer stands to the citizen, or None where nobody has confirmed any."""
    query = select(underskriver.c.relation).where(underskriver.c.uuid == uuid, underskriver.c.borger_id == borger_id)
    return connection.execute(query).scalar()


def add_sagspart(connection: Connection, values: dict[str, Any]) -> None:
    """Record that a party takes part in a case; known already is fine."""
    known = (sagspart.c.borger_id == values["borger_id"]) & (sagspart.c.noegle == values["noegle"])
    if connection.execute(select(sagspart.c.noegle).where(known)).first() is None:
        connection.execute(insert(sagspart).values(**values))


def sagsparter_of(connection: Connection, ids: list[str]) -> list[tuple[str, str, str, bytes, str, str]]:
    """Return borger_id, party, role, box, key_id and key of every known part in these citizens' cases."""
    columns = (sagspart.c[name] for name in ("borger_id", "part", "rolle", "box", "key_id", "noegle"))
    query = select(*columns).where(sagspart.c.borger_id.in_(ids))
    return [(row[0], row[1], row[2], row[3], row[4], row[5]) for row in connection.execute(query)]
