"""Look at a citizen's declarations, or at what would be decided on them: look-ups like any other, with a reason."""

from typing import Any

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import Connection

from consent.adjudication import Mode, Question
from consent.citizen import CitizenFile
from consent.database import host_time
from consent.showing import shown
from gateway.routes.access import Body, Citizen, Look, Registrar, Running, note_look_up

router = APIRouter()


class LookAt(Citizen, Look):
    """Whose declarations, and why; one of them, or all."""

    samtykke_id: str | None = None


class Claim(Body):
    """A paragraph that would be claimed."""

    paragraf: str = Field(min_length=1)
    begrundelse: str = Field(min_length=1)
    ansvarlig: str = Field(min_length=1)


class Trial(Citizen, Look):
    """What somebody thinks of sending to whom, and why this is asked."""

    fra: str = Field(min_length=1)
    til: str = Field(min_length=1)
    sag: str = Field(min_length=1)
    formaal: str = Field(min_length=1)
    oplysningstyper: list[str] = Field(min_length=1)
    hjemmel: Claim | None = None


@router.post("/vis")
async def show(look: LookAt, tvaers: Running, by: Registrar) -> dict[str, Any]:
    """Return a citizen's declarations and refusals, who signs, and whether the address is protected."""
    records = tvaers.records

    def work(connection: Connection) -> dict[str, Any]:
        borger_id = records.consents.known_citizen(connection, look.cpr)
        note_look_up(connection, tvaers, by, look.begrundelse, borger_id)
        if borger_id is None:
            return {"samtykker": [], "afslag": [], "underskrivere": [], "adressebeskyttet": False}
        return shown(connection, records.keys, borger_id, look.samtykke_id)

    found = await records.database.run(work)
    tvaers.sequencer.soon()
    return found


@router.post("/proev")
async def try_out(trial: Trial, tvaers: Running, by: Registrar) -> dict[str, Any]:
    """Return what would be decided now; nothing is sent, and that somebody asked is logged."""
    records = tvaers.records

    def work(connection: Connection) -> dict[str, Any]:
        borger_id = records.consents.known_citizen(connection, trial.cpr)
        note_look_up(connection, tvaers, by, trial.begrundelse, borger_id)
        file, now = CitizenFile("", (), ()), host_time(connection)
        if borger_id is not None:
            file = records.consents.files(connection, [borger_id])[borger_id]
            now = records.consents.now(connection, [borger_id])
        answer = records.judge.answer(_question(trial, file.borger_id), file, now)
        return {
            "tilladt": {category: ground.as_json() for category, ground in answer.permitted.items()},
            "tilbageholdt": {category: reason.value for category, reason in answer.withheld.items()},
            "indtil": answer.until.isoformat() if answer.until else None,
        }

    found = await records.database.run(work)
    tvaers.sequencer.soon()
    return found


def _question(trial: Trial, borger_id: str) -> Question:
    return Question(
        mode=Mode.ORDINARY,
        borger=borger_id,
        fra=trial.fra,
        til=trial.til,
        cases=((trial.sag, trial.formaal),),
        oplysningstyper=tuple(trial.oplysningstyper),
        core=(),
        hjemler=(trial.hjemmel.model_dump(),) if trial.hjemmel else (),
    )
