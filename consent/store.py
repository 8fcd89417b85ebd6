"""The tables of the consent service, and the plain reads and writes that its transactions are made of.

Only `consent.service` and `consent.history` use this module. What says something about a person is sealed; ids and
instants are not.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    ForeignKeyConstraint,
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
    Column("adressebeskyttet", String(27), doc="since when the address is protected; null where it is not"),
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
    Column("bekraeftet_fra", String(27), doc="since when the signer is confirmed; null while nobody has"),
    Column("bekraeftet_til", String(27), doc="the instant at which that ends; null where it does not"),
    Column("form", String(5), doc="xml, pdf or papir; null for a block recorded on the citizen's word"),
    Column("ophaevet", String(27), doc="since when such a block is lifted"),
)
bekraeftelse = Table(
    "bekraeftelse",
    metadata,
    Column("samtykke_id", String(200), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("fra", String(27), primary_key=True),
    Column("til", String(27), nullable=False),
    ForeignKeyConstraint(["samtykke_id", "version"], ["samtykke.samtykke_id", "samtykke.version"]),
)
"""When a signer was confirmed, and is not any more or is anew: what decisions of that time rested on."""
afslag = Table(
    "afslag",
    metadata,
    Column("nummer", Integer, primary_key=True),
    Column("borger_id", ForeignKey("borger.borger_id"), nullable=False, index=True),
    Column("registreret", String(27), nullable=False),
    Column("registreret_af", String(60), nullable=False),
    Column("box", LargeBinary, nullable=False, doc="what was asked, when, and who told of the consequences"),
    Column("key_id", String(64), nullable=False),
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
    Column("gyldig_fra", String(10), doc="the first day; null where nobody has said"),
    Column("gyldig_til", String(10), doc="the last day; null where there is none"),
    Column("forkastet", String(27), doc="since when the record is known to be bad, and confirms nothing"),
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
    bekraeftet_til: str | None = None
    form: str | None = None
    ophaevet: str | None = None


@dataclass(frozen=True, slots=True)
class StoredSigner:
    """That somebody is, or may sign for, a citizen. The days are ISO dates, both included; None means no limit."""

    uuid: str
    relation: str
    kilde: str
    reference: str
    registreret: str
    registreret_af: str
    gyldig_fra: str | None
    gyldig_til: str | None
    forkastet: str | None


_SIGNER_COLUMNS = [underskriver.c[name] for name in StoredSigner.__dataclass_fields__]
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


def history_of(connection: Connection, borger_id: str) -> list[tuple[StoredSamtykke, str | None]]:
    """Return every version of a citizen's declarations, and since when the signer of each is confirmed."""
    query = select(*_SAMTYKKE_COLUMNS, samtykke.c.bekraeftet_fra).where(samtykke.c.borger_id == borger_id)
    return [(StoredSamtykke(*row[:-1]), row[-1]) for row in connection.execute(query)]


def add_samtykke(connection: Connection, row: StoredSamtykke, now: str) -> None:
    """Record one version of a declaration."""
    values = {name: getattr(row, name) for name in StoredSamtykke.__dataclass_fields__}
    since = now if row.bekraeftet else None
    connection.execute(insert(samtykke).values(**values, bekraeftet_fra=since, registreret=now))


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


def lift(connection: Connection, samtykke_id: str, now: str) -> None:
    """Mark every version of a block that was recorded on the citizen's word as lifted at `now`."""
    standing = (samtykke.c.samtykke_id == samtykke_id) & samtykke.c.ophaevet.is_(None) & samtykke.c.form.is_(None)
    connection.execute(update(samtykke).where(standing).values(ophaevet=now))


def protect_address(connection: Connection, borger_id: str, since: str | None) -> None:
    """Remember since when the citizen's address is protected; None that it is not."""
    connection.execute(update(borger).where(borger.c.borger_id == borger_id).values(adressebeskyttet=since))


def protected_since(connection: Connection, ids: list[str]) -> dict[str, str]:
    """Return since when the addresses of these citizens are protected, of those whose are."""
    query = select(borger.c.borger_id, borger.c.adressebeskyttet).where(
        borger.c.borger_id.in_(ids), borger.c.adressebeskyttet.is_not(None)
    )
    return {row.borger_id: row.adressebeskyttet for row in connection.execute(query)}


def add_refusal(connection: Connection, borger_id: str, now: str, by: str, box: bytes, key_id: str) -> None:
    """Record that the citizen said no."""
    values = {"borger_id": borger_id, "registreret": now, "registreret_af": by, "box": box, "key_id": key_id}
    connection.execute(insert(afslag).values(**values))


def refusals_of(connection: Connection, borger_id: str) -> list[tuple[str, str, bytes, str]]:
    """Return when each of a citizen's refusals was recorded and by whom, its box and key_id, oldest first."""
    names = ("registreret", "registreret_af", "box", "key_id")
    query = select(*(afslag.c[name] for name in names)).where(afslag.c.borger_id == borger_id).order_by(afslag.c.nummer)
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(query)]


def add_signer(connection: Connection, values: dict[str, Any]) -> None:
    """Record that a signer's certificate id belongs to, or may sign for, a citizen; the same record twice is one."""
    same = (underskriver.c.uuid == values["uuid"]) & (underskriver.c.borger_id == values["borger_id"])
    if connection.execute(update(underskriver).where(same).values(**values)).rowcount == 0:
        connection.execute(insert(underskriver).values(**values))


def reject_signer(connection: Connection, uuid: str, borger_id: str, now: str) -> bool:
    """Mark a signer's record as bad; False where there is none that is not."""
    same = (underskriver.c.uuid == uuid) & (underskriver.c.borger_id == borger_id) & underskriver.c.forkastet.is_(None)
    return connection.execute(update(underskriver).where(same).values(forkastet=now)).rowcount > 0


def signers_of(connection: Connection, borger_id: str) -> list[StoredSigner]:
    """Return who signs for a citizen, and who no longer does."""
    query = select(*_SIGNER_COLUMNS).where(underskriver.c.borger_id == borger_id).order_by(underskriver.c.uuid)
    return [StoredSigner(*row) for row in connection.execute(query)]


def signer_of(connection: Connection, uuid: str, borger_id: str) -> StoredSigner | None:
    """Return the record of this signer for this citizen, if there is one that is not bad."""
    same = (underskriver.c.uuid == uuid) & (underskriver.c.borger_id == borger_id) & underskriver.c.forkastet.is_(None)
    row = connection.execute(select(*_SIGNER_COLUMNS).where(same)).first()
    return StoredSigner(*row) if row else None


def confirm(connection: Connection, row: StoredSamtykke, relation: str, since: str, until: str | None) -> None:
    """Let the signer of one version count as confirmed, since and until these instants."""
    values = {"bekraeftet": True, "relation": relation, "bekraeftet_fra": since, "bekraeftet_til": until}
    connection.execute(update(samtykke).where(_version(row)).values(**values))


def end_confirmation(connection: Connection, row: StoredSamtykke, since: str, until: str) -> None:
    """Let the signer of one version no longer count as confirmed; that it was so is kept."""
    values = {"samtykke_id": row.samtykke_id, "version": row.version, "fra": since, "til": until}
    connection.execute(insert(bekraeftelse).values(**values))
    ended = {"bekraeftet": False, "bekraeftet_fra": None, "bekraeftet_til": None}
    connection.execute(update(samtykke).where(_version(row)).values(**ended))


def confirmations_of(connection: Connection, borger_id: str) -> dict[tuple[str, int], list[tuple[str, str]]]:
    """Return, per version of the citizen's declarations, from when until when its signer was confirmed earlier on."""
    same = (bekraeftelse.c.samtykke_id == samtykke.c.samtykke_id) & (bekraeftelse.c.version == samtykke.c.version)
    query = select(bekraeftelse).join(samtykke, same).where(samtykke.c.borger_id == borger_id)
    found: dict[tuple[str, int], list[tuple[str, str]]] = {}
    for row in connection.execute(query.order_by(bekraeftelse.c.fra)):
        found.setdefault((row.samtykke_id, row.version), []).append((row.fra, row.til))
    return found


def _version(row: StoredSamtykke) -> ColumnElement[bool]:
    return (samtykke.c.samtykke_id == row.samtykke_id) & (samtykke.c.version == row.version)


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
