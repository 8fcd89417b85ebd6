"""The HTTP routes. Every one but the public ones needs a bearer token, on loopback too."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from consent.database import host_time, instant
from consent.declarations import Declaration
from consent.disclosures import store
from consent.disclosures.entries import Entry, unseal
from consent.errors import ConsentRefused
from consent.service import POLICY_VERSION
from gateway.errors import GatewayRefused
from gateway.intake import MAX_BODY_BYTES
from gateway.metrics import REGISTRY, refresh
from gateway.process import Tvaers
from gateway.summary import decisions, summary
from gateway.switch import EVERYONE
from gateway.tokens import ROLES, role
from schemas.events import SCHEMA_VERSION

intake = APIRouter(prefix="/v1/intake", tags=["intake"])
consents = APIRouter(prefix="/v1/samtykker", tags=["samtykker"])
log = APIRouter(prefix="/v1/oplysninger", tags=["oplysninger"])
operations = APIRouter(prefix="/v1/drift", tags=["drift"])
public = APIRouter(tags=["offentlig"])


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
Anyone = Annotated[str, Depends(Needs(*ROLES))]


class Body(BaseModel):
    """A request body: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class Stop(Body):
    """Whom to stop or start, and why."""

    part: str = EVERYONE
    begrundelse: str = Field(min_length=1)


class Look(Body):
    """Why somebody looks."""

    begrundelse: str = Field(min_length=1)


class Citizen(Body):
    """Whom it is about; never in an address."""

    cpr: str = Field(min_length=10, max_length=10)


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


class Seek(Body):
    """Which entries are sought, and why; a citizen is named by CPR."""

    begrundelse: str = Field(min_length=1)
    cpr: str | None = None
    part: str | None = None
    haendelse: str | None = None
    art: str | None = None
    since: str | None = None
    until: str | None = None
    limit: int = Field(default=100, ge=1, le=1000)


async def body_of(request: Request, limit: int) -> bytes:
    """Read a body of at most `limit` bytes."""
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > limit:
            raise GatewayRefused(413, "for_stor", f"a body may have {limit} bytes", "the whole message")
    return bytes(received)


@intake.post("/{connector}", status_code=202)
async def accept(connector: str, request: Request, tvaers: Running, sender: Annotated[str, Depends(party)]) -> Response:
    """Accept a native message: 202 once it is durable.

    A sender that accepts `application/fhir+json` gets MedCom's acknowledgement as the answer, good or bad.
    """
    body = await body_of(request, MAX_BODY_BYTES)
    content_type = request.headers.get("Content-Type", "")
    if not content_type:
        raise GatewayRefused(415, "ingen_indholdstype", "say what the message is with a Content-Type")
    wanted = "fhir+json" in request.headers.get("Accept", "")
    accepted = await tvaers.intake.accept(sender, connector, body, content_type, acknowledge=wanted)
    if accepted.acknowledgement:
        media_type, answer = accepted.acknowledgement
        return Response(answer, 202, media_type=media_type)
    return JSONResponse({"haendelser": accepted.haendelser}, 202)


@consents.post("", status_code=201)
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


@consents.post("/spaerringer", status_code=201)
async def block(wish: Block, tvaers: Running, by: Registrar) -> dict[str, Any]:
    """Record a block; what it stops is recalled before this answers."""
    service = tvaers.records.consents
    added = await tvaers.records.database.run(
        lambda connection: service.block(connection, wish.cpr, wish.til, wish.oplysningstyper, by)
    )
    fallen = await tvaers.redecision.redecide(added.declaration.borger)
    tvaers.sequencer.soon()
    return {**_scope(added.declaration), "ny": added.new, "tilbagekaldte": fallen}


@consents.post("/tilbagekald")
async def withdraw(wish: Withdrawal, tvaers: Running, by: Registrar) -> dict[str, Any]:
    """Withdraw a declaration; every copy not yet fetched is gone when this answers."""
    fallen = await tvaers.redecision.revoke(wish.samtykke_id, by)
    tvaers.sequencer.soon()
    return {"samtykke_id": wish.samtykke_id, "tilbagekaldte": fallen}


@consents.post("/underskrivere", status_code=201)
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


@consents.post("/vis")
async def show(citizen: Citizen, tvaers: Running, by: Registrar) -> list[dict[str, Any]]:
    """Return a citizen's declarations; the look-up is logged."""

    def work(connection: Connection) -> list[dict[str, Any]]:
        borger_id = tvaers.records.consents.known_citizen(connection, citizen.cpr)
        _note_look_up(connection, tvaers, by, "samtykker", borger_id)
        if borger_id is None:
            return []
        file = tvaers.records.consents.files(connection, [borger_id])[borger_id]
        return [_scope(one) if isinstance(one, Declaration) else {"ulaeselig": one.reason} for one in file.consents]

    return await tvaers.records.database.run(work)


@log.post("/soeg")
async def search(seek: Seek, tvaers: Running, by: Dpo) -> list[dict[str, Any]]:
    """Search the disclosure log; the look-up itself is logged before anything is shown."""

    def work(connection: Connection) -> list[dict[str, Any]]:
        borger_id = tvaers.records.consents.known_citizen(connection, seek.cpr) if seek.cpr else None
        _note_look_up(connection, tvaers, by, seek.begrundelse, borger_id)
        if seek.cpr and borger_id is None:
            return []
        wanted = store.Search(
            since=seek.since,
            until=seek.until,
            part=seek.part,
            haendelse=seek.haendelse,
            art=seek.art,
            borger_id=borger_id,
            limit=seek.limit,
        )
        return [_open_entry(one) for one in store.search(connection, wanted)]

    found = await tvaers.records.database.run(work)
    tvaers.sequencer.soon()
    return found


@log.post("/{seq}/vis")
async def show_entry(seq: int, look: Look, tvaers: Running, by: Dpo) -> dict[str, Any]:
    """Show one entry with its sealed fields opened; the look-up is logged before anything is shown."""

    def work(connection: Connection) -> dict[str, Any]:
        found = store.get(connection, seq)
        if found is None:
            raise GatewayRefused(404, "ukendt", "there is no such entry")
        _note_look_up(connection, tvaers, by, look.begrundelse, found.borger_id)
        key = tvaers.records.keys.find(found.key_id)
        sealed = unseal(found.leaf, found.box, key) if key else None
        return {**_open_entry(found), "aabnet": sealed, "slettet": key is None}

    shown = await tvaers.records.database.run(work)
    tvaers.sequencer.soon()
    return shown


@operations.post("/stop")
async def stop(wish: Stop, tvaers: Running, by: Drift) -> dict[str, Any]:
    """Halt crossing at once."""
    _known(tvaers, wish.part)
    await tvaers.halt(wish.part, wish.begrundelse, by)
    return {"stoppet": sorted(tvaers.switch.stopped)}


@operations.post("/start")
async def start(wish: Stop, tvaers: Running, by: Drift) -> dict[str, Any]:
    """Let crossing go on."""
    _known(tvaers, wish.part)
    await tvaers.go_on(wish.part, wish.begrundelse, by)
    return {"stoppet": sorted(tvaers.switch.stopped)}


@operations.get("/tilstand")
async def state(tvaers: Running, _by: Anyone) -> dict[str, Any]:
    """Return figures: what has crossed, what waits, who is stopped."""
    found = await tvaers.records.database.run(summary)
    checkpoint = await tvaers.records.database.run(store.latest_checkpoint)
    size, root = (checkpoint.size, checkpoint.root.hex()) if checkpoint else (0, "")
    waiting = {
        "sent": await tvaers.waiting_sent(),
        "kvitteringer": await tvaers.waiting_acknowledgements(),
        "oplysning": await tvaers.records.database.run(_unsequenced),
    }
    return {**found, "log": {"size": size, "root": root}, "venter": waiting, "stoppet": sorted(tvaers.switch.stopped)}


@operations.get("/afgoerelser")
async def decided(tvaers: Running, _by: Dpo) -> list[dict[str, Any]]:
    """Return the open part of every decision, oldest first: nothing of it is personal."""
    return await tvaers.records.database.run(decisions)


@operations.get("/doede")
async def dead(tvaers: Running, _by: Drift) -> list[dict[str, Any]]:
    """List the dead letters, without content."""
    listed = await tvaers.records.database.run(tvaers.dead.listed)
    return [{name: getattr(one, name) for name in one.__slots__} for one in listed]


@operations.post("/doede/{dead_id}/vis")
async def show_dead(dead_id: str, look: Look, tvaers: Running, by: Drift) -> Response:
    """Return a dead letter's untouched bytes; that somebody looked, and why, is logged first."""
    _letter, content = await tvaers.dead.open(dead_id, look.begrundelse, by)
    return Response(content, media_type="application/octet-stream")


@operations.post("/doede/{dead_id}/genafspil")
async def replay_dead(dead_id: str, look: Look, tvaers: Running, by: Drift) -> dict[str, Any]:
    """Hand a dead letter in again: it is decided anew, like everything else."""
    letter, content = await tvaers.dead.open(dead_id, look.begrundelse, by)
    accepted = await tvaers.intake.replay(letter.party, letter.origin, content)
    await tvaers.dead.close(dead_id, "replayed", by)
    return {"haendelser": accepted.haendelser}


@public.get("/log/checkpoint")
async def checkpoint(tvaers: Running) -> Response:
    """Return the newest signed checkpoint of the disclosure log (C2SP signed note)."""
    found = await tvaers.records.database.run(store.latest_checkpoint)
    if found is None:
        raise GatewayRefused(404, "ingen", "nothing has been logged yet")
    return Response(found.note, media_type="text/plain; charset=utf-8")


@public.get("/health/live")
async def live() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "ok"}


@public.get("/health/ready")
async def ready(tvaers: Running) -> Response:
    """Say whether the process can do its work."""
    why = tvaers.ready()
    content = {"status": "klar"} if not why else {"status": "ikke klar", "grund": why}
    return Response(json.dumps(content), 503 if why else 200, media_type="application/json")


@public.get("/metrics")
async def metrics(tvaers: Running) -> Response:
    """Return Prometheus metrics; no label ever holds an id."""
    await refresh(tvaers)
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


def _known(tvaers: Tvaers, part: str) -> None:
    if part != EVERYONE and part not in tvaers.records.register.by_id:
        raise GatewayRefused(404, "ukendt_part", "the register has no such party")


def _unsequenced(connection: Connection) -> int:
    return len(store.waiting(connection, 10_000))


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


def _open_entry(found: store.Stored) -> dict[str, Any]:
    return {"nummer": found.seq, "plads": found.leaf_index, "oplysning": json.loads(found.leaf)}


def _note_look_up(connection: Connection, tvaers: Tvaers, by: str, reason: str, borger_id: str | None) -> None:
    entry = Entry(
        art="opslag",
        tid=instant(host_time(connection)),
        tilstand="vist",
        politik=POLICY_VERSION,
        register=tvaers.records.judge.versions,
        skema=SCHEMA_VERSION,
        bemaerkning=by,
        borger=borger_id,
        begrundelse=reason,
    )
    tvaers.records.recorder.record(connection, [entry])
