"""The registers that a municipality keeps as files, parties and legal bases, and every version of them ever used."""

import json
import tomllib
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Column, Connection, Integer, String, Table, insert, select

from consent.bases import Hjemmelregister, read_bases
from consent.database import host_time, instant, metadata
from consent.disclosures.recorder import Recorder
from consent.errors import ConsentRefused
from consent.recheck import Registers
from gateway.settings import OPS, Settings
from schemas.errors import SchemaError
from schemas.parties import Partregister
from schemas.versions import check_majors

log = structlog.get_logger(__name__)

PARTIES = "partregister"
BASES = "hjemmelregister"

SAMPLE = OPS / "sample" / "parter.toml"
EXAMPLE = "Eksempelkommunens databeskyttelsesrådgiver"
"""Who has approved the rows that are shipped: nobody, but for the sample's parties."""

registerversion = Table(
    "registerversion",
    metadata,
    Column("register", String(20), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("indhold", String, nullable=False, doc="the register as canonical JSON"),
    Column("sum", String(64), nullable=False, doc="SHA-256 of it, which the log has too"),
    Column("ibrugtaget", String(27), nullable=False),
)


def party_register(settings: Settings) -> Partregister:
    """Return the party register.

    Raises:
        SchemaError: it cannot be read, naming the entry that is wrong.
    """
    register = Partregister.read(_toml(settings.parter, PARTIES))
    check_majors(register)
    return register


def base_register(settings: Settings) -> Hjemmelregister:
    """Return the register of legal bases.

    Raises:
        SchemaError, ConsentRefused: it cannot be read, naming the row that is wrong.
    """
    bases = read_bases(_toml(settings.hjemler, BASES))
    if settings.parter != SAMPLE and any(row.godkendt_af == EXAMPLE for row in bases.hjemler):
        log.warning("bases_approved_by_nobody_real", register=settings.hjemler.name)
    return bases


def keep_registers(connection: Connection, recorder: Recorder, parties: Partregister, bases: Hjemmelregister) -> None:
    """Keep these versions of the registers, and log which content each has, where they are used for the first time.

    Raises:
        SchemaError: a version was used before with another content, so what the log says would mean two things.
    """
    versions = f"{parties.version}.{bases.version}"
    for name, register in ((PARTIES, parties), (BASES, bases)):
        # Only what the file says: a field that a later release adds does not make it another register.
        said = register.model_dump(exclude_unset=True)
        content = json.dumps(said, default=_plain, sort_keys=True, ensure_ascii=False)
        digest = sha256(content.encode()).hexdigest()
        known = _row(connection, name, register.version)
        if known is None:
            now = host_time(connection)
            row = {"register": name, "version": register.version, "indhold": content, "sum": digest}
            connection.execute(insert(registerversion).values(**row, ibrugtaget=instant(now)))
            remark = f"{name} {register.version} {digest}"
            recorder.note(connection, "drift", "register_i_brug", now, register=versions, bemaerkning=remark)
        elif known[1] != digest:
            raise SchemaError(f"version {register.version} was used with another content; give it a new version", name)


def kept_registers(connection: Connection, versions: str) -> Registers | None:
    """Return the registers of "<party>.<bases>", or None where they were not kept as they were."""
    party_version, _, base_version = versions.partition(".")
    contents = [
        _content(connection, name, version) for name, version in ((PARTIES, party_version), (BASES, base_version))
    ]
    if None in contents:
        return None
    try:
        parties, bases = Partregister.read(contents[0]), read_bases(contents[1] or {})
    except (SchemaError, ConsentRefused):  # a later release may read registers more strictly
        return None
    return Registers(parties.kinds, {part.id: part.navn for part in parties.parter}, bases)


def _content(connection: Connection, name: str, version: str) -> dict[str, Any] | None:
    known = _row(connection, name, int(version)) if version.isdecimal() else None
    if known is None or sha256(known[0].encode()).hexdigest() != known[1]:
        return None
    content: dict[str, Any] = json.loads(known[0])
    return content


def _row(connection: Connection, name: str, version: int) -> tuple[str, str] | None:
    columns = registerversion.c
    query = select(columns.indhold, columns.sum).where(columns.register == name, columns.version == version)
    row = connection.execute(query).first()
    return (row.indhold, row.sum) if row else None


def _plain(value: object) -> object:
    """Write what JSON has no form for alike on every run: a set in order, a day as ISO 8601."""
    if isinstance(value, date):
        return value.isoformat()
    return sorted(value) if isinstance(value, frozenset) else str(value)


def _toml(path: Path, register: str) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SchemaError(f"{path.name} cannot be read: {error}", register) from None
