"""Karin, on sick pay with a shoulder and a depression: her plan, and what doctors and region know of her health.

Her four points cover the jobcenter with social, with klinisk funktion and with her GP, and what psychiatry and GP tell
klinisk funktion. Of the letters those cross whose sender says that they hold nothing but her health.
"""

from collections.abc import Mapping
from dataclasses import replace

from ops.sample.citizens import KARIN, UNLINKED
from ops.sample.dates import Day
from ops.sample.forms import event, plan, row
from ops.sample.letters import Letter, Part, send
from ops.sample.steps import Send
from schemas.parties import Partregister

_SKULDER = (
    "Til sagen. Jeg har undersøgt højre skulder. Bevægeligheden er nedsat over vandret, og der er smerter om natten. "
    "Jeg skønner, at borgeren kan begynde i 8 timer om ugen uden løft, og at timerne kan øges efter seks uger."
)
_PDF = b"%PDF-1.4\n% Attest uden billeder, skrevet til et eksempel\n%%EOF\n"


def sends(day: Day, register: Partregister) -> list[Send]:
    """Return Karin's messages."""
    return [_keyworker(day), *_plans(day), _request(day), *_letters(day, register)]


def _keyworker(day: Day) -> Send:
    return event(
        day,
        "karin-tovholder",
        "08:00",
        "jobcenter",
        KARIN,
        "kontaktperson.tildelt",
        rolle="primaer_tovholder",
        kontaktperson="Anne Eksempel",
        enhed="Sygedagpengeteamet",
        oplysningstyper=["kontaktpersoner"],
        telefon="70100021",
        gaelder_fra=day.on(0),
    )


def _plans(day: Day) -> list[Send]:
    """Return the plan, the plan again under the same id with other words, and the plan for a purpose of its own."""
    maal = "Tilbage i lønnet arbejde på halv tid inden sommer, i et job uden tunge løft"
    areas = {
        "faglige_kompetencer": [
            row("Prøve andet arbejde end rengøring", "Praktik i et vaskeri, 8 timer om ugen", "Borger", "Jobcenter")
        ],
        "motivation_oensker": [
            row("Tro på, at det kan lade sig gøre", "Samtale hver anden uge med fast sagsbehandler", "Jobcenter")
        ],
        "helbred": [
            row(
                "Færre smerter i skulderen",
                "Træning på hold to gange om ugen",
                "Borger",
                "Socialafdelingen",
                raekkefoelge=1,
                opfoelgning_dato=day.on(42),
                opfoelgning_maade="Møde med træneren",
            ),
            row("Lysere humør", "Forløb for depression på holdbasis", "Borger", status="foreslaaet", raekkefoelge=2),
        ],
    }
    sent = plan(day, "karin-plan", "08:40", KARIN, ["klinisk-funktion", "social"], maal, areas)
    other = plan(
        day, "karin-plan-andet-indhold", "11:35", KARIN, ["social"], "Et helt andet mål", areas, ident="karin-plan"
    )
    survey = plan(
        day,
        "karin-andet-formaal",
        "11:40",
        KARIN,
        ["social"],
        maal,
        {"helbred": areas["helbred"]},
        version=2,
        formaal="Evaluering af tilbud til sygemeldte",
    )
    return [sent, replace(other, expect_status=409), survey]


def _request(day: Day) -> Send:
    return event(
        day,
        "karin-laeattest",
        "09:35",
        "jobcenter",
        KARIN,
        "laegeattest.anmodet",
        modtagere=["laege-099001"],
        oplysningstyper=["helbred"],
        blanket="LÆ 285",
        lovgrundlag="Samtykke, punkt 4",
        anmodet=day.on(0),
        svarfrist=day.on(14),
        spoergsmaal="Hvilke hensyn skal en arbejdsplads tage til skulderen?",
    )


def _letters(day: Day, register: Partregister) -> list[Send]:
    health = {"oplysningstyper": ["helbred"]}
    case = KARIN.case(day)
    letters = [
        _letter(day, "karin-vurdering", "09:10", "klinisk-funktion", "jobcenter", _SKULDER, {**health, **case}),
        _undeclared(day),
        _letter(
            day,
            "karin-status",
            "09:20",
            "psykiatrien",
            "klinisk-funktion",
            "Behandlingen af depressionen går fremad. Søvnen er bedre. Medicinen trappes ikke ned før om tre måneder.",
            health,
        ),
        _attest(day, health),
        _letter(
            day,
            "karin-laegesvar",
            "09:30",
            "laege-099001",
            "jobcenter",
            "Jeg har talt med patienten om en plan for at vende tilbage. Vi har aftalt ny kontrol om fire uger.",
            {"oplysningstyper": ["helbred", "sagsforloeb"], **case},
        ),
        _copied(day, case),
        _forwarded(day, {**health, **case}),
        _unlinked(day, {**health, **case}),
    ]
    steps = [send(day, letter, register) for letter in letters]
    return [*steps, replace(steps[0], name="karin-vurdering-igen", klokken="11:30"), _cut_off(day, register)]


def _letter(day: Day, name: str, klokken: str, fra: str, til: str, text: str, wrapping: Mapping[str, object]) -> Letter:
    parts = (Part(fra, day.at(klokken), text),)
    return Letter(name, klokken, fra, (til,), KARIN, "healthcare", parts, wrapping=wrapping)


def _undeclared(day: Day) -> Letter:
    """Return what psychiatry's own system sends: it says nothing of what the text holds, so it may hold everything."""
    text = "Vi følger patienten i ambulatoriet og vender tilbage, når vi har talt med hende om samarbejdet."
    parts = (Part("psykiatrien", day.at("09:15"), text),)
    name = "karin-status-uerklaeret"
    til = ("klinisk-funktion",)
    return Letter(name, "09:15", "psykiatrien", til, KARIN, "psychiatry-social-disability", parts, xml=True)


def _attest(day: Day, wrapping: Mapping[str, object]) -> Letter:
    now = day.at("09:25")
    text = Part("laege-099001", now, "Hermed attesten om skulderen, som aftalt.")
    file = Part("laege-099001", now, fil=("Attest om skulder", "application/pdf", _PDF))
    til = ("klinisk-funktion",)
    return Letter("karin-attest", "09:25", "laege-099001", til, KARIN, "healthcare", (text, file), wrapping=wrapping)


def _copied(day: Day, case: dict[str, str]) -> Letter:
    """Return a letter with a copy to somebody whom the point does not name."""
    text = "Indkaldelse til drøftelse af plan og skånehensyn. Tag gerne de seneste målinger af skulderen med."
    parts = (Part("klinisk-funktion", day.at("10:55"), text),)
    wrapping = {"oplysningstyper": ["helbred", "sagsforloeb"], **case}
    til = ("jobcenter", "social")
    return Letter("karin-kopi", "10:55", "klinisk-funktion", til, KARIN, "carecoordination", parts, wrapping=wrapping)


def _forwarded(day: Day, wrapping: Mapping[str, object]) -> Letter:
    """Return a letter that passes an earlier one on, history and all."""
    history = "Patienten har haft en moderat depression siden foråret og er i bedring."
    parts = (
        Part("klinisk-funktion", day.at("11:00"), "Til jobcentret: herunder svaret fra ambulatoriet."),
        Part("psykiatrien", day.at("14:20", -6), history),
    )
    return Letter(
        "karin-videresendt",
        "11:00",
        "klinisk-funktion",
        ("jobcenter",),
        KARIN,
        "healthcare",
        parts,
        aktivitet="forward-message",
        earlier="karin-tidligere-svar",
        wrapping=wrapping,
    )


def _unlinked(day: Day, wrapping: Mapping[str, object]) -> Letter:
    """Return a letter under a replacement number: whoever she is, nothing that Karin declared is found for it."""
    text = "Bragt ind uden papirer, nu vågen. Vi mener, at I kender hende. Ring venligst."
    parts = (Part("psykiatrien", day.at("11:25"), text),)
    til = ("klinisk-funktion",)
    name = "ukendt-erstatningsnummer"
    return Letter(name, "11:25", "psykiatrien", til, UNLINKED, "healthcare", parts, wrapping=wrapping)


def _cut_off(day: Day, register: Partregister) -> Send:
    """Return a letter of which the line broke half-way."""
    parts = (Part("klinisk-funktion", day.at("11:20"), "Se venligst vedlagte målinger."),)
    til = ("jobcenter",)
    letter = Letter("karin-afbrudt", "11:20", "klinisk-funktion", til, KARIN, "healthcare", parts, xml=True)
    whole = send(day, letter, register)
    return replace(whole, body=whole.body[: len(whole.body) // 2], expect_status=400)
