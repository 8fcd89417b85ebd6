"""The journal: what must not be forgotten even where the database is restored from an older copy.

What makes less cross than before is written here in the transaction that makes it so, and carried out of the database
at once (`gateway.journal`): withdrawals, blocks, newer versions of declarations, refused signers, erasures. Entries are
canonical JSON, numbered from 1 without gaps, and each names the hash of the one before:

    hash = SHA-256( TAG || entry )

so two journals that agree on one entry agree on everything before it. An entry names ids; what a citizen wished is
sealed under the citizen's own key, and goes with it.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Index, Integer, String, Table, func, insert, select, update

from consent import store
from consent.database import instant, metadata
from consent.declarations import Declaration
from consent.disclosures.errors import LogError
from consent.disclosures.keys import Key
from consent.sealing import close_box

TAG = b"tvaers/journal/v1\x00"
BEGINNING = "0" * 64
"""What the first entry names as the hash before it."""


class JournalError(LogError):
    """The journal is not one that can be relied on, or not one that can be applied."""


class Art(StrEnum):
    """What happened."""

    TILBAGEKALDELSE = "tilbagekaldelse"
    SPAERRING = "spaerring"
    VERSION = "version"
    """A signed version that replaces an older one, or that holds blocks. A block in it is lifted by one, too."""
    SPAERRING_OPHAEVET = "spaerring_ophaevet"
    """A block that was recorded on the citizen's word was lifted on it."""
    ADRESSEBESKYTTET = "adressebeskyttet"
    UNDERSKRIVER_AFVIST = "underskriver_afvist"
    SLETNING = "sletning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What an entry tells. Instants are texts of `consent.database.instant`; `box` is sealed under `key_id`."""

    art: Art
    tid: str
    borger_id: str
    samtykke_id: str | None = None
    version: int | None = None
    gaelder_fra: str | None = None
    key_id: str | None = None
    box: bytes | None = None

    @property
    def place(self) -> str:
        """What the box is bound to."""
        return f"journal:{self.art}:{self.borger_id}:{self.tid}"


@dataclass(frozen=True, slots=True)
class Post:
    """An entry of the journal: its number, the hash of the one before, and what it tells."""

    nummer: int
    forrige: str
    fact: Fact

    @property
    def content(self) -> str:
        """The entry as canonical JSON."""
        fact = self.fact
        value = {
            "nummer": self.nummer,
            "forrige": self.forrige,
            **{name: getattr(fact, name) for name in Fact.__dataclass_fields__ if name != "box"},
            "box": b64encode(fact.box).decode() if fact.box is not None else None,
        }
        return json.dumps(value, sort_keys=True, separators=(",", ":"))

    @property
    def hash(self) -> str:
        """The entry's hash, in hex."""
        return sha256(TAG + self.content.encode()).hexdigest()

    @classmethod
    def read(cls, content: str) -> "Post":
        """Read an entry.

        Raises:
            JournalError: it is not one, to the letter.
        """
        try:
            value: Mapping[str, Any] = json.loads(content)
            fields = {name: value[name] for name in Fact.__dataclass_fields__}
            box = None if fields["box"] is None else b64decode(fields["box"], validate=True)
            fact = Fact(**{**fields, "art": Art(fields["art"]), "box": box})
            post = cls(int(value["nummer"]), str(value["forrige"]), fact)
        except (ValueError, KeyError, TypeError) as error:
            raise JournalError(f"an entry of the journal cannot be read ({type(error).__name__})") from None
        if post.content != content:
            raise JournalError(f"entry {post.nummer} of the journal is not in the form that it is written in")
        return post


journal = Table(
    "journal",
    metadata,
    Column("nummer", Integer, primary_key=True, autoincrement=False),
    Column("hash", String(64), nullable=False),
    Column("indhold", String, nullable=False, doc="the entry, canonical JSON"),
    Column("samtykke_id", String(200), index=True),
    Column("anvendt", Boolean, nullable=False, doc="whether what it tells is done in this database"),
)
Index(
    "ix_journal_waiting",
    journal.c.nummer,
    sqlite_where=journal.c.anvendt.is_(False),
    postgresql_where=journal.c.anvendt.is_(False),
)  # holds the few entries that wait to be replayed


def append(connection: Connection, facts: Sequence[Fact], *, applied: bool = True) -> None:
    """Add entries at the end of the journal, in the caller's transaction.

    `applied` is False for what was found outside the database and is not done in it yet.
    """
    if connection.dialect.name != "sqlite":  # SQLite has one writer anyway
        connection.exec_driver_sql("LOCK TABLE journal IN SHARE ROW EXCLUSIVE MODE")
    nummer, before = head(connection)
    for fact in facts:
        nummer += 1
        post = Post(nummer, before, fact)
        before = post.hash
        row = {"nummer": nummer, "hash": before, "indhold": post.content, "samtykke_id": fact.samtykke_id}
        connection.execute(insert(journal).values(**row, anvendt=applied))


def head(connection: Connection) -> tuple[int, str]:
    """Return number and hash of the newest entry; 0 and `BEGINNING` where there is none."""
    newest = select(journal.c.nummer, journal.c.hash).order_by(journal.c.nummer.desc()).limit(1)
    row = connection.execute(newest).first()
    return (row.nummer, row.hash) if row else (0, BEGINNING)


def hash_of(connection: Connection, nummer: int) -> str | None:
    """Return the hash of one entry, or None where there is no such entry."""
    return connection.execute(select(journal.c.hash).where(journal.c.nummer == nummer)).scalar()


def after(connection: Connection, nummer: int, limit: int) -> list[Post]:
    """Return the entries after one, oldest first."""
    query = select(journal.c.indhold).where(journal.c.nummer > nummer).order_by(journal.c.nummer).limit(limit)
    return [Post.read(content) for content in connection.execute(query).scalars()]


def waiting(connection: Connection) -> list[Post]:
    """Return the entries that are not done in this database yet, oldest first."""
    query = select(journal.c.indhold).where(journal.c.anvendt.is_(False)).order_by(journal.c.nummer)
    return [Post.read(content) for content in connection.execute(query).scalars()]


def waiting_range(connection: Connection) -> tuple[int, int] | None:
    """Return the lowest and highest number of what waits, or None where nothing does."""
    query = select(func.min(journal.c.nummer), func.max(journal.c.nummer)).where(journal.c.anvendt.is_(False))
    low, high = connection.execute(query).one()
    return None if low is None else (low, high)


def note_applied(connection: Connection) -> None:
    """Record that everything that waited is done."""
    connection.execute(update(journal).where(journal.c.anvendt.is_(False)).values(anvendt=True))


def note_withdrawal(connection: Connection, borger_id: str, samtykke_id: str, now: str) -> None:
    """Journal that a declaration was withdrawn at `now`."""
    append(connection, [Fact(art=Art.TILBAGEKALDELSE, tid=now, borger_id=borger_id, samtykke_id=samtykke_id)])


def note_declaration(connection: Connection, key: Key, declaration: Declaration, now: str, *, signed: bool) -> None:
    """Journal a declaration that makes less cross than before: one with blocks, or one that replaces another.

    Sealed in the entry: the blocks, and the keyed hashes of the numbers that the citizen is found by.
    """
    if declaration.version == 1 and not declaration.spaerringer:
        return
    fact = Fact(
        art=Art.VERSION if signed else Art.SPAERRING,
        tid=now,
        borger_id=declaration.borger,
        samtykke_id=declaration.samtykke_id,
        version=declaration.version,
        gaelder_fra=instant(declaration.afgivet),
    )
    blocks = [{"til": one.til, "oplysningstyper": one.oplysningstyper} for one in declaration.spaerringer]
    content = {"spaerringer": blocks, "noegler": _numbers(connection, declaration.borger)}
    append(connection, [_sealed(fact, key, content)])


def note_lifted_block(connection: Connection, borger_id: str, samtykke_id: str, now: str) -> None:
    """Journal that a block that was recorded on the citizen's word was lifted at `now`."""
    append(connection, [Fact(art=Art.SPAERRING_OPHAEVET, tid=now, borger_id=borger_id, samtykke_id=samtykke_id)])


def note_protected_address(connection: Connection, key: Key, borger_id: str, now: str) -> None:
    """Journal that the citizen's address is protected from `now` on."""
    fact = Fact(art=Art.ADRESSEBESKYTTET, tid=now, borger_id=borger_id)
    append(connection, [_sealed(fact, key, {"noegler": _numbers(connection, borger_id)})])


def note_refused_signer(connection: Connection, key: Key, borger_id: str, signer: str, now: str) -> None:
    """Journal that whoever signs with this certificate id may no longer sign for the citizen."""
    fact = Fact(art=Art.UNDERSKRIVER_AFVIST, tid=now, borger_id=borger_id)
    append(connection, [_sealed(fact, key, {"underskriver": signer})])


def note_erasure(connection: Connection, borger_id: str, now: str) -> None:
    """Journal that a citizen's keys were destroyed."""
    append(connection, [Fact(art=Art.SLETNING, tid=now, borger_id=borger_id)])


def ended(connection: Connection, samtykke_id: str, version: int, known: Collection[int]) -> list[str]:
    """Return when a version ended by what the journal tells: by a withdrawal, or by a newer one that is not `known`.

    After a restore the declaration itself may be missing; its end must not be, when its document is handed in again.
    """
    query = select(journal.c.indhold).where(journal.c.samtykke_id == samtykke_id)
    facts = [Post.read(content).fact for content in connection.execute(query).scalars()]
    newer = [
        one.gaelder_fra
        for one in facts
        if one.gaelder_fra and one.version is not None and one.version > version and one.version not in known
    ]
    return [*(one.tid for one in facts if one.art is Art.TILBAGEKALDELSE), *newer]


def _numbers(connection: Connection, borger_id: str) -> list[str]:
    column = store.borgernummer.c
    return list(connection.execute(select(column.noegle).where(column.borger_id == borger_id)).scalars())


def _sealed(fact: Fact, key: Key, content: Mapping[str, Any]) -> Fact:
    return replace(fact, key_id=key.key_id, box=close_box(key, json.dumps(content).encode(), fact.place))
