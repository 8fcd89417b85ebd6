"""Declarations: register, withdraw, block, lift a block, refuse, protect an address."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field
from sqlalchemy import Connection

from consent.answered import Answered
from consent.document import MAX_DOCUMENT_BYTES
from consent.errors import ConsentRefused
from consent.refusals import Refusal
from consent.service import Registered
from consent.showing import scope
from consent.signatures.revisions import MAX_PDF_BYTES
from gateway.errors import GatewayRefused
from gateway.problems import body_of_problem
from gateway.process import Tvaers
from gateway.routes import samtykkeopslag, underskrivere
from gateway.routes.access import Body, Citizen, Registrar, Running, body_of
from gateway.routes.changing import change

router = APIRouter(prefix="/v1/samtykker", tags=["samtykker"])
router.include_router(underskrivere.router)
router.include_router(samtykkeopslag.router)

Registration = Callable[[Connection], Registered | ConsentRefused]


class Block(Citizen):
    """What must not reach whom."""

    til: list[str] = Field(min_length=1)
    oplysningstyper: list[str] = Field(min_length=1)


class Lift(Citizen):
    """Which block the citizen wants lifted, and where the municipality has the citizen's word for it."""

    samtykke_id: str = Field(min_length=1)
    reference: str = Field(min_length=1, max_length=200)


class Withdrawal(Body):
    """Which declaration is withdrawn."""

    samtykke_id: str = Field(min_length=1)


class No(Citizen):
    """What the citizen was asked and refused, on which day, and who told what that means."""

    sag: str = Field(min_length=1, max_length=60)
    formaal: str = Field(min_length=1, max_length=80)
    parter: list[str] = Field(min_length=1)
    oplysningstyper: list[str] = Field(min_length=1)
    dato: date
    konsekvenser_oplyst: bool
    oplyst_af: str = Field(min_length=1, max_length=200)


class Protection(Citizen):
    """Whether the citizen's address is protected, and where that is said."""

    beskyttet: bool
    reference: str = Field(min_length=1, max_length=200)


@router.post("", status_code=201)
async def register(request: Request, tvaers: Running, by: Registrar) -> JSONResponse:
    """Verify a signed samtykke document, XML or PDF, and record it."""
    document = await body_of(request, MAX_PDF_BYTES)
    trust, names = tvaers.records.trust(), _names(tvaers)
    service = tvaers.records.consents
    work = _registering(tvaers, lambda connection: service.register(connection, document, trust, names, by))
    return await change(request, tvaers, by, work, document)


@router.post("/papir", status_code=201)
async def register_paper(request: Request, tvaers: Running, by: Registrar) -> JSONResponse:
    """Verify an employee's attestation of a samtykke on paper, and record what it attests."""
    attestation = await body_of(request, MAX_DOCUMENT_BYTES)
    employer = tvaers.records.settings.cvr
    if not employer:
        raise GatewayRefused(409, "papir_ikke_sat_op", "set `cvr`: the municipality's employees alone may attest paper")
    trust, names = replace(tvaers.records.trust(), employer=employer), _names(tvaers)
    service = tvaers.records.consents
    work = _registering(tvaers, lambda connection: service.register_paper(connection, attestation, trust, names, by))
    return await change(request, tvaers, by, work, attestation)


@router.post("/spaerringer", status_code=201)
async def block(wish: Block, request: Request, tvaers: Running, by: Registrar) -> JSONResponse:
    """Record a block; what it stops is recalled before this answers."""

    def work(connection: Connection) -> Answered:
        added = tvaers.records.consents.block(connection, wish.cpr, wish.til, wish.oplysningstyper, by)
        borger_id = added.declaration.borger
        fallen = tvaers.redecision.fall(connection, borger_id)
        return Answered(201, {**scope(added.declaration), "ny": added.new, "tilbagekaldte": fallen}, borger_id)

    return await change(request, tvaers, by, work)


@router.post("/spaerringer/ophaev")
async def lift(wish: Lift, request: Request, tvaers: Running, by: Registrar) -> JSONResponse:
    """Lift a block that was recorded on the citizen's word, on the citizen's word."""

    def work(connection: Connection) -> Answered:
        borger_id = tvaers.records.consents.lift(connection, wish.cpr, wish.samtykke_id, wish.reference, by)
        # What was withheld stays so; but how long a decision holds may be another question now.
        tvaers.redecision.fall(connection, borger_id)
        return Answered(200, {"samtykke_id": wish.samtykke_id, "ophaevet": True}, borger_id)

    return await change(request, tvaers, by, work)


@router.post("/tilbagekald")
async def withdraw(wish: Withdrawal, request: Request, tvaers: Running, by: Registrar) -> JSONResponse:
    """Withdraw a declaration; every copy not yet fetched is gone when this answers."""

    def work(connection: Connection) -> Answered:
        borger_id = tvaers.records.consents.withdraw(connection, wish.samtykke_id, by)
        fallen = tvaers.redecision.fall(connection, borger_id)
        return Answered(200, {"samtykke_id": wish.samtykke_id, "tilbagekaldte": fallen}, borger_id)

    return await change(request, tvaers, by, work)


@router.post("/afslag", status_code=201)
async def refuse(no: No, request: Request, tvaers: Running, by: Registrar) -> JSONResponse:
    """Record that the citizen said no (retssikkerhedsloven § 11 b); nothing that crosses depends on it."""
    refusal = Refusal(
        no.sag,
        no.formaal,
        tuple(no.parter),
        tuple(no.oplysningstyper),
        no.dato,
        no.konsekvenser_oplyst,
        no.oplyst_af,
    )

    def work(connection: Connection) -> Answered:
        borger_id = tvaers.records.consents.refuse(connection, no.cpr, refusal, by)
        return Answered(201, {"dato": no.dato.isoformat()}, borger_id)

    return await change(request, tvaers, by, work)


@router.post("/adressebeskyttelse")
async def protect(protection: Protection, request: Request, tvaers: Running, by: Registrar) -> JSONResponse:
    """Record that name-and-address protection holds, or has ended; only here it can be said to have ended."""

    def work(connection: Connection) -> Answered:
        service = tvaers.records.consents
        borger_id = service.citizen(connection, protection.cpr)
        if protection.beskyttet:
            new = service.protect_address(connection, borger_id, by, protection.reference)
        else:
            new = service.unprotect_address(connection, borger_id, by, protection.reference)
        fallen = tvaers.redecision.fall(connection, borger_id)
        answer = {"adressebeskyttet": protection.beskyttet, "ny": new, "tilbagekaldte": fallen}
        return Answered(200, answer, borger_id)

    return await change(request, tvaers, by, work)


def _names(tvaers: Tvaers) -> dict[str, str]:
    return {part.id: part.navn for part in tvaers.records.register.parter}


def _registering(tvaers: Tvaers, registration: Registration) -> Callable[[Connection], Answered]:
    """Return the work of a registration: what it refuses stays on record, so that is an answer and no error."""

    def work(connection: Connection) -> Answered:
        added = registration(connection)
        if isinstance(added, ConsentRefused):
            return Answered(422, body_of_problem(422, added.code, added.reason))
        borger_id = added.declaration.borger
        fallen = tvaers.redecision.fall(connection, borger_id)
        how: dict[str, Any] = {"form": added.form, "niveau": added.level}
        return Answered(201, {**scope(added.declaration), **how, "ny": added.new, "genafgjort": fallen}, borger_id)

    return work
