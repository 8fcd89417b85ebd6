"""Who signs for whom: recorded by the registrar, or by the service that citizens log in at; rejected by the first."""

from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field
from sqlalchemy import Connection

from consent.answered import Answered
from consent.signers import BORGER
from gateway.errors import GatewayRefused
from gateway.routes.access import Citizen, Registrar, RegistrarOrLogin, Running
from gateway.routes.changing import change
from gateway.tokens import role

router = APIRouter(prefix="/underskrivere")

UUID = r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"


class Signer(Citizen):
    """Who signs for whom, how that is known, and on which days it holds."""

    uuid: str = Field(pattern=UUID)
    relation: str
    kilde: str = Field(min_length=1, max_length=60)
    reference: str = Field(min_length=1, max_length=200)
    gyldig_fra: date | None = None
    gyldig_til: date | None = None


class BadSigner(Citizen):
    """Whose record is bad, and where that is said."""

    uuid: str = Field(pattern=UUID)
    reference: str = Field(min_length=1, max_length=200)


@router.post("", status_code=201)
async def confirm(signer: Signer, request: Request, tvaers: Running, by: RegistrarOrLogin) -> JSONResponse:
    """Record that a signer is, or may sign for, a citizen; the login service can only tell who the citizen is."""
    if by == role("login") and signer.relation != BORGER:
        raise GatewayRefused(403, "forkert_rolle", "who may sign for another is evidence that the registrar looks at")

    def work(connection: Connection) -> Answered:
        borger_id = tvaers.records.consents.confirm_signer(
            connection,
            signer.uuid,
            signer.cpr,
            relation=signer.relation,
            source=signer.kilde,
            reference=signer.reference,
            by=by,
            gyldig_fra=signer.gyldig_fra,
            gyldig_til=signer.gyldig_til,
        )
        fallen = tvaers.redecision.fall(connection, borger_id)
        return Answered(201, {"relation": signer.relation, "tilbagekaldte": fallen}, borger_id)

    return await change(request, tvaers, by, work)


@router.post("/forkast")
async def reject(bad: BadSigner, request: Request, tvaers: Running, by: Registrar) -> JSONResponse:
    """Record that a signer's record confirms nothing any more; what rested on it is recalled before this answers."""

    def work(connection: Connection) -> Answered:
        service = tvaers.records.consents
        borger_id = service.reject_signer(connection, bad.uuid, bad.cpr, reference=bad.reference, by=by)
        answer: dict[str, Any] = {"tilbagekaldte": tvaers.redecision.fall(connection, borger_id)}
        return Answered(200, answer, borger_id)

    return await change(request, tvaers, by, work)
