"""Sofie and her two children: three departments and the GP, one block, and a reply to all that not all may have.

She has blocked the jobcenter for what concerns the children and health. The block holds whatever her points say.
"""

from typing import Any

from ops.sample.citizens import SOFIE
from ops.sample.dates import Day
from ops.sample.forms import event, plan, row
from ops.sample.letters import Letter, Part, send
from ops.sample.samtykker import SOFIES
from ops.sample.steps import Send
from schemas.parties import Partregister


def sends(day: Day, register: Partregister) -> list[Send]:
    """Return Sofie's messages, but for the attendance list."""
    return [*_people(day), *_plans(day), *(send(day, letter, register) for letter in _letters(day))]


def _people(day: Day) -> list[Send]:
    common: dict[str, Any] = {"gaelder_fra": day.on(0)}
    return [
        event(
            day,
            "sofie-samtykke",
            "08:06",
            "jobcenter",
            SOFIE,
            "samtykke.afgivet",
            samtykkeversion=1,
            punkter=SOFIES.punkter,
            **SOFIES.scope(day),
        ),
        event(
            day,
            "sofie-tovholder",
            "08:19",
            "familie",
            SOFIE,
            "kontaktperson.tildelt",
            rolle="primaer_tovholder",
            kontaktperson="Tine Eksempel",
            enhed="Familiehuset",
            oplysningstyper=["kontaktpersoner"],
            **common,
        ),
        event(
            day,
            "sofie-sekundaer",
            "08:25",
            "jobcenter",
            SOFIE,
            "kontaktperson.tildelt",
            modtagere=["familie", "social"],
            rolle="sekundaer_tovholder",
            kontaktperson="Anne Eksempel",
            **common,
        ),
    ]


def _plans(day: Day) -> list[Send]:
    areas = {
        "netvaerk_familie": [
            row("Mere luft i hverdagen", "Aflastning hver anden weekend", "Socialafdelingen", "Borger")
        ],
        "bolig_oekonomi": [row("Overblik over regningerne", "Gennemgang med gældsrådgiver", "Borger")],
    }
    sent = plan(day, "sofie-plan", "09:00", SOFIE, ["familie", "social"], "Et job, der passer med skoletiden", areas)
    boern = [
        row("Den yngste sover igennem", "Familiehuset hjælper med aftenrutiner", "Borger", "Familiehuset"),
        row("Den ældste kommer i skole hver dag", "Møde med læreren om fredagene", "Familiehuset"),
    ]
    own = event(
        day,
        "sofie-familieplan",
        "09:05",
        "familie",
        SOFIE,
        "indsatsplan.opdateret",
        plan_id=day.number("FP"),
        planversion=3,
        opdateret=day.on(0),
        overordnet_maal="Ro om børnene",
        boern=boern,
        netvaerk_familie=[row("Bedsteforældrene er med", "Netværksmøde i Familiehuset", "Borger")],
    )
    return [sent, own]


def _letters(day: Day) -> list[Letter]:
    fra = "laege-099001"
    wrapping = {"oplysningstyper": ["boern", "helbred"], **SOFIE.case(day)}
    first = Part(fra, day.at("11:05"), "Jeg har set den yngste. Der er ingen legemlig årsag til, at han sover dårligt.")
    answer = "Til alle: mor er udmattet, og det er børnenes uro, der gør det. Jeg foreslår, at vi mødes i næste uge."
    asked = Part("laege-099001", day.at("09:40", -2), "Skal vi tale sammen om familien?")
    return [
        Letter("sofie-laegebrev", "11:05", fra, ("familie",), SOFIE, "healthcare", (first,), wrapping=wrapping),
        Letter(
            "sofie-svar-til-alle",
            "11:10",
            fra,
            ("familie", "jobcenter", "social"),
            SOFIE,
            "carecoordination",
            (Part(fra, day.at("11:10"), answer), asked),
            aktivitet="reply-message",
            earlier="sofie-spoergsmaal",
            wrapping=wrapping,
        ),
    ]
