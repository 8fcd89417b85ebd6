"""Declarations: register, block, withdraw, show, and say who signs for whom."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import Field
from sqlalchemy import Connection

from consent.declarations import Declaration
from consent.errors import ConsentRefused
from gateway.intake import MAX_BODY_BYTES
from gateway.routes.access import Body, Citizen, Registrar, Running, body_of, note_look_up

router = APIRouter(prefix="/v1/samtykker", tags=["samtykker"])


class Block(Citizen):
    """What must not reach whom."""

    til: list[str] = Field(min_length=1)
    oplysningstyper: list[str] = Field(min_length=1)


class Withdrawal(Body):
    """Which declaration is withdrawn."""

    samtykke_id: str = Field(min_length=1)


class Signer(Citizen):
    """Who signs for whom, and how that is known."""

    uuid: str = Field(min_length=1)
    relation: str
    kilde: str = Field(min_length=1)
    reference: str = Field(min_length=1)


@router.post("", status_code=201)
async def register(request: Request, tvaers: Running, by: Registrar) -> dict[str, Any]:
    """Verify a signed samtykke document and record it."""
    document = await body_of(request, MAX_BODY_BYTES)
    anchors = tvaers.records.anchors()
    service = tvaers.records.consents
    names = {part.id: part.navn for part in tvaers.records.register.parter}
    added = await tvaers.records.database.run(
        lambda connection: service.register(connection, document, anchors, names, by)
    )
    tvaers.sequencer.soon()
    if isinstance(added, ConsentRefused):
        raise added
    fallen = await tvaers.redecision.redecide(added.declaration.borger)
    return {**_scope(added.declaration), "ny": added.new, "genafgjort": fallen}


@router.post("/spaerringer", status_code=201)
async def block(wish: Block, tvaers: Running, by: Registrar) -> dict[str, Any]:
    """Record a block; what it stops is recalled before this answers."""
    service = tvaers.records.consents
    added = await tvaers.records.database.run(
        lambda connection: service.block(connection, wish.cpr, wish.til, wish.oplysningstyper, by)
    )
    fallen = await tvaers.redecision.redecide(added.declaration.borger)
    tvaers.sequencer.soon()
    return {**_scope(added.declaration), "ny": added.new, "tilbagekaldte": fallen}


@router.post("/tilbagekald")
async def withdraw(wish: Withdrawal, tvaers: Running, by: Registrar) -> dict[str, Any]:
    """Withdraw a declaration; every copy not yet fetched is gone when this answers."""
    fallen = await tvaers.redecision.revoke(wish.samtykke_id, by)
    tvaers.sequencer.soon()
    return {"samtykke_id": wish.samtykke_id, "tilbagekaldte": fallen}


@router.post("/underskrivere", status_code=201)
async def confirm(signer: Signer, tvaers: Running, by: Registrar) -> dict[str, Any]:
    """Record that a signer is, or may sign for, a citizen."""
    service = tvaers.records.consents

    def work(connection: Connection) -> None:
        service.confirm_signer(
            connection,
            signer.uuid,
            signer.cpr,
            relation=signer.relation,
            source=signer.kilde,
            reference=signer.reference,
            by=by,
        )

    await tvaers.records.database.run(work)
    tvaers.sequencer.soon()
    return {"relation": signer.relation}


@router.post("/vis")
async def show(citizen: Citizen, tvaers: Running, by: Registrar) -> list[dict[str, Any]]:
    """Return a citizen's declarations; the look-up is logged."""

    def work(connection: Connection) -> list[dict[str, Any]]:
        borger_id = tvaers.records.consents.known_citizen(connection, citizen.cpr)
        note_look_up(connection, tvaers, by, "samtykker", borger_id)
        if borger_id is None:
            return []
        file = tvaers.records.consents.files(connection, [borger_id])[borger_id]
        return [_scope(one) if isinstance(one, Declaration) else {"ulaeselig": one.reason} for one in file.consents]

    return await tvaers.records.database.run(work)


def _scope(declaration: Declaration) -> dict[str, Any]:
    """Return what a registrar sees of a declaration; the citizen's number is not repeated."""
    return {
        "samtykke_id": declaration.samtykke_id,
        "version": declaration.version,
        "sag": declaration.sag,
        "formaal": declaration.formaal,
        "punkter": [
            {"punkt": one.punkt, "fra": one.fra, "til": one.til, "oplysningstyper": one.oplysningstyper}
            for one in declaration.punkter
        ],
        "spaerringer": [{"til": one.til, "oplysningstyper": one.oplysningstyper} for one in declaration.spaerringer],
        "afgivet": declaration.afgivet.isoformat(),
        "gyldig_til": declaration.gyldig_til.isoformat() if declaration.gyldig_til else None,
        "tilbagekaldt": declaration.tilbagekaldt.isoformat() if declaration.tilbagekaldt else None,
        "underskrift": declaration.underskrift,
        "underskriver_bekraeftet": declaration.underskriver.bekraeftet,
    }
