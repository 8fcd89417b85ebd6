"""Mikkel, young, with a diagnosis and a use of cannabis: one plan, and three readers who may not read the same.

His first point lets jobcenter, social and rusmiddel share everything of it; a point of its own names the guidance
centre for young people, and lists neither misbrug nor helbred.
"""

from ops.sample.citizens import MIKKEL
from ops.sample.dates import Day
from ops.sample.forms import Row, event, plan, row
from ops.sample.letters import Letter, Part, send
from ops.sample.steps import Send
from schemas.parties import Partregister

_MAAL = "Gennemføre grundforløbet og bo for sig selv"
_TREATMENT = row(
    "Ryge mindre og til sidst slet ikke", "Samtaler i Rusmiddelcentret hver tirsdag", "Borger", "Rusmiddelcentret"
)
_READERS = ["rusmiddel", "social", "uu-vejledning"]


def sends(day: Day, register: Partregister) -> list[Send]:
    """Return Mikkel's messages, but for the attendance lists that he shares with others."""
    return [
        *_people(day),
        plan(day, "mikkel-plan", "08:45", MIKKEL, _READERS, _MAAL, _areas(day)),
        _absent_from_school(day),
        *(send(day, letter, register) for letter in _letters(day)),
        plan(
            day,
            "mikkel-plan-2",
            "13:30",
            MIKKEL,
            _READERS,
            _MAAL,
            _areas(day) | {"misbrug": [_TREATMENT | {"naaet": False, "aarsag": "To aftaler glippede"}]},
            version=2,
        ),
    ]


def _people(day: Day) -> list[Send]:
    common = {"gaelder_fra": day.on(0)}
    return [
        event(
            day,
            "mikkel-tovholder",
            "08:02",
            "jobcenter",
            MIKKEL,
            "kontaktperson.tildelt",
            rolle="primaer_tovholder",
            kontaktperson="Peter Eksempel",
            enhed="Ungeenheden",
            oplysningstyper=["kontaktpersoner"],
            **common,
        ),
        event(
            day,
            "mikkel-sekundaer",
            "08:15",
            "social",
            MIKKEL,
            "kontaktperson.tildelt",
            modtagere=["jobcenter", "rusmiddel"],
            rolle="sekundaer_tovholder",
            kontaktperson="Mona Eksempel",
            enhed="Voksenteamet",
            oplysningstyper=["kontaktpersoner"],
            **common,
        ),
        event(
            day,
            "mikkel-mentor",
            "08:30",
            "uu-vejledning",
            MIKKEL,
            "kontaktperson.tildelt",
            modtagere=["jobcenter"],
            rolle="mentor",
            kontaktperson="Kim Eksempel",
            **common,
        ),
    ]


def _areas(day: Day) -> dict[str, list[Row]]:
    month = day.on(31)[:7]
    return {
        "faglige_kompetencer": [
            row("Vælge et grundforløb", "Besøg på to skoler sammen med vejleder", "Borger", "UU", maaned=month)
        ],
        "motivation_oensker": [
            row("Holde fast, når det er svært", "Sms fra mentor hver morgen", "Mentor", naaet=True, aarsag="Det virker")
        ],
        "helbred": [row("Få ro på tankerne", "Opfølgning på medicin for ADHD", "Egen læge", "Borger")],
        "misbrug": [_TREATMENT],
        "bolig_oekonomi": [
            row("Betale husleje til tiden", "Fast overførsel og et budget", "Borger", "Socialafdelingen")
        ],
    }


def _absent_from_school(day: Day) -> Send:
    """Return an absence that the guidance centre tells both keyworkers of, one of whom is not named with it."""
    return event(
        day,
        "mikkel-fravaer-uu",
        "10:05",
        "uu-vejledning",
        MIKKEL,
        "fravaer.registreret",
        tilbud={"id": "fgu-12", "navn": "Forberedende grunduddannelse", "udbyder": "FGU Åby"},
        fra=day.on(-1),
        til=day.on(-1),
        art="udeblevet",
        timer=5.0,
        registreret=day.at("10:04").isoformat(),
    )


def _letters(day: Day) -> list[Letter]:
    talk = "Vi har talt om diagnosen og om søvn. Han beder om, at bostøtten hjælper med faste tider."
    alarm = (
        "Patienten har i nat haft tanker om ikke at ville leve og har taget mere, end han plejer. Han er på vej hjem. "
        "Vi beder om, at bostøtten ser til ham allerede i dag."
    )
    emergency = {
        "paragraf": "sundhedsloven § 43 stk. 2 nr. 2 (vaerdispring)",
        "begrundelse": "Akut fare for borgerens liv; samtykke kan ikke indhentes i tide",
        "ansvarlig": "overlæge Henrik Eksempel",
    }
    fra, til, category = "psykiatrien", ("social",), "psychiatry-social-disability"
    return [
        Letter(
            "mikkel-samtale",
            "10:45",
            fra,
            til,
            MIKKEL,
            category,
            (Part(fra, day.at("10:45"), talk),),
            xml=True,
            wrapping={"oplysningstyper": ["helbred"]},
        ),
        Letter(
            "mikkel-akut",
            "10:50",
            fra,
            til,
            MIKKEL,
            category,
            (Part(fra, day.at("10:50"), alarm),),
            wrapping={"oplysningstyper": ["helbred", "misbrug"], "hjemmel": emergency, **MIKKEL.case(day)},
        ),
    ]
