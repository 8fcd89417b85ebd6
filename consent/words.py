"""The codes of a decision in words for people: those of the form, short, in Danish.

A code that is not known here was written by a later version, and is shown as it stands.
"""

from collections.abc import Mapping
from typing import Any

from consent.decisions import PAPIR, Reason
from consent.declarations import NAVNGIVET
from schemas.categories import TITLER, Oplysningstype

_REASONS: Mapping[str, str] = {
    Reason.UKENDT_PART: "afsender eller modtager er ikke i partregistret",
    Reason.UKENDT_OPLYSNINGSTYPE: "oplysningstypen findes ikke",
    Reason.LAESEFEJL: "borgerens samtykke kan ikke læses",
    Reason.SPAERRET: "borgeren har spærret for det",
    Reason.UNDERSKRIFT_UGYLDIG: "underskriften er ikke gyldig eller ikke bekræftet",
    Reason.TILBAGEKALDT: "samtykket er trukket tilbage",
    Reason.IKKE_TRAADT_I_KRAFT: "samtykket gælder ikke endnu",
    Reason.UDLOEBET: "samtykket er udløbet",
    Reason.ANDEN_SAG: "samtykket gælder en anden sag, eller sagen kendes ikke",
    Reason.ANDET_FORMAAL: "samtykket gælder et andet formål",
    Reason.UDEN_FOR_PUNKT: "intet punkt i samtykket gælder mellem disse parter",
    Reason.PART_IKKE_NAVNGIVET: "samtykket nævner ikke begge parter",
    Reason.OPLYSNINGSTYPE_IKKE_OMFATTET: "samtykket omfatter ikke oplysningen",
    Reason.HJEMMEL_UGYLDIG: "den påberåbte hjemmel holder ikke, og der er intet samtykke",
    Reason.INTET_SAMTYKKE: "intet samtykke",
    Reason.FEJL_I_AFGOERELSE: "afgørelsen kunne ikke træffes",
}


def reason_in_words(code: str) -> str:
    """Return why something is withheld, such as "samtykket er udløbet"."""
    return _REASONS.get(code, code)


def ground_in_words(ground: Mapping[str, Any]) -> str:
    """Return on what something is permitted, such as "samtykke, punkt 1", from the form that the log keeps."""
    if ground.get("ground") == "samtykke":
        punkt = ground.get("punkt")
        form = "samtykke på papir" if ground.get("form") == PAPIR else "samtykke"
        return f"{form}, navngivne parter" if punkt == NAVNGIVET else f"{form}, punkt {punkt}"
    if ground.get("ground") == "hjemmel":
        return str(ground.get("paragraf"))
    return "samme part" if ground.get("ground") == "samme_part" else str(ground.get("ground"))


def type_in_words(code: str) -> str:
    """Return the title of a category of information, such as "Netværk og familie"."""
    return TITLER[Oplysningstype(code)] if code in set(Oplysningstype) else code
