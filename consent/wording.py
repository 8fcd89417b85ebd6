"""The words in which a citizen is shown the scope of a samtykke.

They are a function of the scope and the parties' names and of nothing else. They belong to version 1.0 of the document
(`consent.document.NAMESPACE`): what was signed with them must read the same for as long as it is kept, so other words
are another version. This is why they are not the titles of `schemas.categories`, which may improve.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from schemas.categories import Oplysningstype
from schemas.parties import Partsart

ALLE = "*"
"""All, in a block; in a consent it names nobody and lists nothing."""

_PUNKTER = {
    1: (
        "Kommunens forvaltninger og Ungdommens Uddannelsesvejledning må hente oplysninger om mig hos hinanden "
        "og give dem videre til hinanden."
    ),
    2: (
        "Kommunen og de sundhedsfaglige i regionen, der hjælper kommunen med min sag, må udveksle oplysninger om mig "
        "begge veje."
    ),
    3: (
        "De sundhedsfaglige i regionen, der hjælper kommunen med min sag, må få oplysninger om mig fra resten af "
        "sundhedsvæsenet, også fra min egen læge. Oplysningerne må kun gå den vej."
    ),
    4: "Kommunen og min egen læge må udveksle oplysninger om mig begge veje.",
}
_NAVNGIVET = "Disse parter må give oplysninger om mig videre til dem, jeg nævner som modtagere. Kun den vej."
_OPLYSNINGSTYPER = {
    ALLE: "alle oplysninger",
    Oplysningstype.STAMDATA: "min adresse, telefon og mail",
    Oplysningstype.KONTAKTPERSONER: "hvem der er mine kontaktpersoner",
    Oplysningstype.FAGLIGE_KOMPETENCER: "min uddannelse, erfaring og faglige kompetencer",
    Oplysningstype.MOTIVATION_OENSKER: "min motivation og mine ønsker",
    Oplysningstype.HELBRED: "mit helbred",
    Oplysningstype.MISBRUG: "misbrug",
    Oplysningstype.OEKONOMI: "min økonomi",
    Oplysningstype.BOLIG: "min bolig",
    Oplysningstype.NETVAERK_FAMILIE: "mit netværk og min familie",
    Oplysningstype.BOERN: "mine børn",
    Oplysningstype.YDELSER_TILBUD: "mine ydelser og tilbud",
    Oplysningstype.PLAN: "mine planer og mål",
    Oplysningstype.FREMMOEDE: "mit fremmøde og fravær",
    Oplysningstype.PROGRESSION: "min udvikling",
    Oplysningstype.STRAFBARE_FORHOLD: "strafbare forhold",
    Oplysningstype.BORGERENS_KOMMENTARER: "mine egne kommentarer",
    Oplysningstype.SAGSFORLOEB: "sagens forløb, møder og frister",
}
MODTAGERE: dict[str, str] = {
    ALLE: "alle",
    Partsart.FORVALTNING: "alle kommunens forvaltninger",
    Partsart.UU: "Ungdommens Uddannelsesvejledning",
    Partsart.REGION_SUNDHEDSFAGLIG: "alle sundhedsfaglige i regionen, der hjælper kommunen",
    Partsart.SUNDHEDSVAESEN: "alle i det øvrige sundhedsvæsen",
    Partsart.PRAKTISERENDE_LAEGE: "alle praktiserende læger",
    Partsart.ANDEN_MYNDIGHED: "alle andre myndigheder",
    Partsart.PRIVAT: "alle private",
}
"""The words for what may stand in a block in place of a party: a kind, or all."""

_SLUTNING = (
    "Jeg kan når som helst trække mit samtykke tilbage, helt eller delvist.",
    "Jeg har fået at vide, hvad det betyder for min sag, hvis jeg siger nej eller trækker samtykket tilbage.",
)
_TILBAGEKALDELSE = (
    "Sæt ét kryds:",
    "[   ]  Jeg trækker hele samtykket tilbage, i alle versioner.",
    "[   ]  Jeg trækker en del tilbage. Skriv hvilke oplysninger eller hvilke parter det gælder:",
    "",
    "_" * 70,
    "",
    "_" * 70,
    "",
    "Dato og underskrift:",
    "",
    "_" * 70,
    "",
    "Sådan trækker du samtykket tilbage:",
    "Aflever blanketten til en medarbejder i kommunen, eller send den med Digital Post eller almindelig post.",
    "Du kan også ringe eller møde op og sige det. Du skal ikke give nogen grund, og du behøver ikke blanketten.",
    "Opgiv nummeret på erklæringen, hvis du har det.",
    "",
    "Det sker der:",
    "Fra kommunen har modtaget din besked, bliver der ikke delt flere oplysninger på grundlag af samtykket.",
    "Trækker du en del tilbage, gælder resten først igen, når du har underskrevet en ny version uden den del.",
    "Oplysninger, der er delt inden, kan modtagerne have læst. De får besked om, at samtykket er trukket tilbage.",
    "Spærringer, du har bedt om, gælder stadig.",
    "Kommunen kan dele oplysninger uden dit samtykke, når loven siger det.",
)
_MAANEDER = (
    "januar",
    "februar",
    "marts",
    "april",
    "maj",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "december",
)
_DANMARK = ZoneInfo("Europe/Copenhagen")


def render_text(declaration: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Return the Danish text shown to the citizen, a function of the scope and the parties' names alone.

    `declaration` has the form of `consent.document.SignedContent.declaration`; `names` holds a name for each party id.

    Raises:
        KeyError, TypeError, ValueError: it has not.
    """
    lines = [
        "Samtykke til at dele oplysninger",
        "",
        f"Erklæring {declaration['samtykke_id']}, version {declaration['version']}.",
        "Den erstatter alle tidligere versioner af den samme erklæring, også deres spærringer.",
        f"Mit personnummer er {declaration['borger']}.",
        f"Samtykket gælder kun sagen {declaration['sag']}.",
        f"Samtykket gælder kun dette formål: {declaration['formaal']}.",
        "",
        *_points(declaration["punkter"], names),
        *_blocks(declaration["spaerringer"], {**names, **MODTAGERE}),
        *_period(declaration["afgivet"], declaration["gyldig_til"]),
        *_SLUTNING,
    ]
    return "\n".join(lines)


def _points(points: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> Iterator[str]:
    if not points:
        yield "Jeg giver ikke samtykke til, at oplysninger bliver delt."
    for point in points:
        if point["punkt"] == "navngivet":
            yield f"Jeg giver samtykke (navngivne parter): {_NAVNGIVET}"
            yield from _items("Fra", (names[party] for party in point["fra"]))
            yield from _items("Til", (names[party] for party in point["til"]))
        else:
            yield f"Jeg giver samtykke (punkt {point['punkt']}): {_PUNKTER[point['punkt']]}"
            yield from _items("Det gælder kun mellem", (names[party] for party in point["parter"]))
        yield from _items("Det gælder kun oplysninger om", _in_words(point["oplysningstyper"]))
    yield ""


def _blocks(blocks: Sequence[Mapping[str, Any]], recipients: Mapping[str, str]) -> Iterator[str]:
    if not blocks:
        yield "Jeg spærrer ikke for nogen oplysninger."
    for block in blocks:
        yield (
            "Jeg spærrer for oplysninger. Spærringen går forud for alle mine samtykker, men ikke for regler i loven, "
            "der gælder uden mit samtykke."
        )
        yield from _items("De må ikke gives til", (recipients[recipient] for recipient in block["til"]))
        yield from _items("Det gælder oplysninger om", _in_words(block["oplysningstyper"]))
    yield ""


def _items(heading: str, items: Iterable[str]) -> Iterator[str]:
    # One line each: a name may hold a comma, never a line break, so no name can pass for two.
    yield f"  {heading}:"
    yield from (f"  - {item}" for item in items)


def _in_words(categories: Iterable[str]) -> Iterator[str]:
    return (_OPLYSNINGSTYPER[category] for category in categories)


def _period(given: str, until: str | None) -> Iterator[str]:
    moment = datetime.fromisoformat(given).astimezone(_DANMARK)
    yield f"Erklæringen er afgivet den {_day(moment)} kl. {moment:%H.%M}."
    if until is None:
        yield "Samtykket gælder i ét år."
    else:
        yield f"Samtykket gælder til og med den {_day(date.fromisoformat(until))}, dog højst i ét år."


def _day(day: date) -> str:
    return f"{day.day}. {_MAANEDER[day.month - 1]} {day.year}"


def render_withdrawal(declaration: Mapping[str, Any]) -> str:
    """Return the text of the slip by which a declaration is withdrawn: withdrawing is as easy as giving (GDPR 7(3)).

    Raises:
        KeyError: `declaration` names no samtykke_id, version or case.
    """
    return "\n".join(
        [
            "Tilbagekaldelse af samtykke",
            "",
            f"Erklæring {declaration['samtykke_id']}",
            f"Version {declaration['version']}, sag {declaration['sag']}",
            "",
            *_TILBAGEKALDELSE,
        ]
    )
