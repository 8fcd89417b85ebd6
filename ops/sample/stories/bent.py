"""Bent, who withdraws at noon: what was read stays read, what was not is taken back, what comes after is refused."""

from typing import Any

from ops.sample.citizens import BENT
from ops.sample.dates import Day
from ops.sample.forms import event, plan, row
from ops.sample.letters import Letter, Part, send
from ops.sample.samtykker import BENTS
from ops.sample.steps import Send
from schemas.parties import Partregister

WITHDRAWN = "12:00"


def sends(day: Day, register: Partregister) -> list[Send]:
    """Return Bent's messages, before and after he withdraws."""
    areas = {
        "bolig_oekonomi": [
            row("Et sted at bo, der kan betales", "Ansøgning om lejlighed i boligforeningen", "Borger", "Social"),
            row("Ingen ny gæld", "Administration af husleje", "Socialafdelingen", status="foreslaaet"),
        ]
    }
    maal = "Fast bolig og derefter et deltidsjob"
    first = "Patienten har for højt blodtryk og bør ikke arbejde om natten. Ellers ingen hensyn."
    again = "Blodtrykket er nu i ro. Hensynet til natarbejde gælder fortsat."
    return [
        *_people(day),
        plan(day, "bent-plan", "08:50", BENT, ["rusmiddel", "social"], maal, areas),
        send(day, _letter(day, "bent-udtalelse", "10:10", first), register),
        _withdrawn(day),
        plan(day, "bent-plan-2", "12:10", BENT, ["social"], maal, areas, version=2),
        send(day, _letter(day, "bent-udtalelse-2", "12:15", again), register),
    ]


def _people(day: Day) -> list[Send]:
    common: dict[str, Any] = {"gaelder_fra": day.on(0)}
    return [
        event(
            day,
            "bent-tovholder",
            "08:04",
            "jobcenter",
            BENT,
            "kontaktperson.tildelt",
            modtagere=["rusmiddel", "social"],
            rolle="primaer_tovholder",
            kontaktperson="Anne Eksempel",
            **common,
        ),
        # Its points are left out: one of them would tell the housing association where else he is known.
        event(
            day, "bent-samtykke", "08:08", "jobcenter", BENT, "samtykke.afgivet", samtykkeversion=1, **BENTS.scope(day)
        ),
        event(
            day,
            "bent-sekundaer",
            "08:17",
            "social",
            BENT,
            "kontaktperson.tildelt",
            modtagere=["boligforening", "jobcenter"],
            rolle="sekundaer_tovholder",
            kontaktperson="Mona Eksempel",
            telefon="70100022",
            **common,
        ),
    ]


def _letter(day: Day, name: str, klokken: str, text: str) -> Letter:
    wrapping = {"oplysningstyper": ["helbred"], **BENT.case(day)}
    parts = (Part("laege-099001", day.at(klokken), text),)
    til = ("jobcenter", "social")
    return Letter(name, klokken, "laege-099001", til, BENT, "healthcare", parts, wrapping=wrapping)


def _withdrawn(day: Day) -> Send:
    return event(
        day,
        "bent-tilbagekaldt",
        "12:05",
        "jobcenter",
        BENT,
        "samtykke.tilbagekaldt",
        samtykke_id=BENTS.samtykke_id(day),
        samtykkeversion=1,
        tilbagekaldt=day.at(WITHDRAWN).isoformat(),
    )
