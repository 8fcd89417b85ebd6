"""Who calls: the bearer token, the party or role that it belongs to, and the body that it sends."""

from typing import Annotated

from fastapi import Depends, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from consent.database import host_time
from gateway.errors import GatewayRefused
from gateway.process import Tvaers
from gateway.tokens import role


def running(request: Request) -> Tvaers:
    """Return the gateway behind this application."""
    tvaers = request.app.state.tvaers
    if not isinstance(tvaers, Tvaers):
        raise GatewayRefused(503, "utilgaengelig", "the gateway is not running")
    return tvaers


Running = Annotated[Tvaers, Depends(running)]


def holder(request: Request, tvaers: Running) -> str:
    """Return whose bearer token the request carries."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    name = tvaers.tokens.holder(token.strip()) if scheme.lower() == "bearer" and token.strip() else None
    if name is None:
        raise GatewayRefused(401, "ukendt_token", "present a token of <data>/tokens as `Authorization: Bearer ...`")
    return name


def party(name: Annotated[str, Depends(holder)], tvaers: Running) -> str:
    """Return the party that the token belongs to."""
    if name not in tvaers.records.register.by_id:
        raise GatewayRefused(403, "ikke_en_part", "this needs the token of a party")
    return name


class Needs:
    """Lets only the holders of one role in."""

    def __init__(self, *names: str) -> None:
        self._names = names

    def __call__(self, name: Annotated[str, Depends(holder)]) -> str:
        """Return the role that is used."""
        if name not in {role(one) for one in self._names}:
            raise GatewayRefused(403, "forkert_rolle", f"this needs the role {' or '.join(self._names)}")
        return name


Registrar = Annotated[str, Depends(Needs("registrar"))]
Dpo = Annotated[str, Depends(Needs("dpo"))]
Drift = Annotated[str, Depends(Needs("drift"))]
Anyone = Annotated[str, Depends(Needs("registrar", "dpo", "drift"))]
RegistrarOrLogin = Annotated[str, Depends(Needs("registrar", "login"))]


Nummer = Annotated[int, Field(ge=1, lt=2**63)]
"""The number of an entry of the log, as far as the database counts."""

Entry = Annotated[Nummer, Path()]

Begrundelse = Annotated[str, Field(min_length=1, pattern=r"\S")]
"""Why something is done: blank is no reason."""


class Body(BaseModel):
    """A request body: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class Look(Body):
    """Why somebody looks."""

    begrundelse: Begrundelse


class Citizen(Body):
    """Whom it is about; never in an address."""

    cpr: str = Field(min_length=10, max_length=10)


async def body_of(request: Request, limit: int) -> bytes:
    """Read a body of at most `limit` bytes."""
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > limit:
            raise GatewayRefused(413, "for_stor", f"a body may have {limit} bytes", "the whole message")
    return bytes(received)


def note_look_up(connection: Connection, tvaers: Tvaers, by: str, reason: str, borger_id: str | None) -> None:
    """Log that somebody looks, who and why, in the transaction that reads what is shown."""
    records = tvaers.records
    records.recorder.note(
        connection,
        "opslag",
        "vist",
        host_time(connection),
        register=records.judge.versions,
        bemaerkning=by,
        borger=borger_id,
        begrundelse=reason,
    )
