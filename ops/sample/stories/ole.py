"""Ole, who has consented to nothing: what a paragraph permits crosses, and nothing else does."""

from collections.abc import Mapping

from ops.sample.citizens import OLE
from ops.sample.dates import Day
from ops.sample.forms import event
from ops.sample.letters import NOBODYS_SOR, Letter, Part, send
from ops.sample.steps import Send
from schemas.parties import Partregister

_SECTION_11C = "retssikkerhedsloven § 11 c"


def sends(day: Day, register: Partregister) -> list[Send]:
    """Return Ole's messages."""
    return [_referred(day), *_requests(day), *(send(day, letter, register) for letter in _letters(day))]


def _referred(day: Day) -> Send:
    """Return the jobcenter's referral to social: who to call, and nothing of why."""
    claim = {
        "paragraf": "forvaltningsloven § 29 stk. 2",
        "begrundelse": "Borgeren står uden bolig fra i morgen og har bedt om hjælp til det",
        "ansvarlig": "Anne Eksempel",
    }
    return event(
        day,
        "ole-henvisning",
        "08:28",
        "jobcenter",
        OLE,
        "kontaktperson.tildelt",
        modtagere=["social"],
        hjemmel=claim,
        rolle="koordinerende_sagsbehandler",
        kontaktperson="Anne Eksempel",
        gaelder_fra=day.on(0),
    )


def _requests(day: Day) -> list[Send]:
    """Return two requests to the GP for the same certificate: by a paragraph, and by a consent that does not exist."""
    claim = {
        "paragraf": _SECTION_11C,
        "begrundelse": "Sagen om sygedagpenge kan ikke afgøres uden attesten",
        "ansvarlig": "Anne Eksempel",
    }
    common = {
        "modtagere": ["laege-099001"],
        "oplysningstyper": ["helbred"],
        "blanket": "LÆ 265",
        "anmodet": day.on(0),
        "svarfrist": day.on(10),
    }
    kind = "laegeattest.anmodet"
    lawful = {"lovgrundlag": f"{_SECTION_11C}, stk. 1", "hjemmel": claim}
    return [
        event(day, "ole-laeattest", "09:40", "jobcenter", OLE, kind, **common, **lawful),
        event(day, "ole-laeattest-uden", "09:45", "jobcenter", OLE, kind, **common, lovgrundlag="Samtykke, punkt 4"),
    ]


def _letters(day: Day) -> list[Letter]:
    declared: dict[str, object] = {"oplysningstyper": ["helbred"], **OLE.case(day)}
    admission = {
        "oplysningstyper": ["helbred", "sagsforloeb"],
        "hjemmel": {
            "paragraf": "retssikkerhedsloven § 12 c",
            "begrundelse": "Advis om indlæggelse, så hjemmehjælpen sættes på pause",
            "ansvarlig": "sekretær Ida Eksempel",
        },
    }
    nobodys_reason = {"paragraf": _SECTION_11C, "begrundelse": "", "ansvarlig": "Birthe Eksempel"}
    claimed = declared | {"hjemmel": nobodys_reason}
    told = "Patienten blev indlagt i nat. Vi ringer, når der er en dato for udskrivning."
    asks = "Vi vil gerne høre, hvilken støtte I kan give efter udskrivningen."
    return [
        _letter(day, "ole-indlagt", "10:15", told, admission, til=("social", "jobcenter")),
        _letter(day, "ole-brev", "10:20", asks, declared),
        _letter(day, "ole-paastand", "10:25", "Svar som ønsket.", claimed, fra="laege-099001", til=("jobcenter",)),
        _letter(day, "ole-uden-sag", "10:30", "Kan I se på ham?", {}, til=("klinisk-funktion",)),
        _letter(day, "ole-ukendt-modtager", "10:35", "Til bostedet: han kommer i dag.", declared, til=(NOBODYS_SOR,)),
    ]


def _letter(
    day: Day,
    name: str,
    klokken: str,
    text: str,
    wrapping: Mapping[str, object],
    fra: str = "psykiatrien",
    til: tuple[str, ...] = ("social",),
) -> Letter:
    parts = (Part(fra, day.at(klokken), text),)
    return Letter(name, klokken, fra, til, OLE, "healthcare", parts, wrapping=wrapping)
