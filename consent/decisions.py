"""What the rules are asked and what they answer: values with a reason, never a bool or an exception."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

POLICY_VERSION = "1"
"""Version of the rules, recorded in every entry of the disclosure log."""

PAPIR = "papir"
"""The form of a samtykke signed on paper, beside "xml" and "pdf"."""


class Reason(StrEnum):
    """Why a category is withheld. Those of step 6 stand in its order: a later one means that a consent came further."""

    UKENDT_PART = "ukendt_part"
    UKENDT_OPLYSNINGSTYPE = "ukendt_oplysningstype"
    LAESEFEJL = "laesefejl"
    SPAERRET = "spaerret"
    UNDERSKRIFT_UGYLDIG = "underskrift_ugyldig"
    TILBAGEKALDT = "tilbagekaldt"
    IKKE_TRAADT_I_KRAFT = "ikke_traadt_i_kraft"
    UDLOEBET = "udloebet"
    ANDEN_SAG = "anden_sag"
    ANDET_FORMAAL = "andet_formaal"
    UDEN_FOR_PUNKT = "uden_for_punkt"
    PART_IKKE_NAVNGIVET = "part_ikke_navngivet"
    OPLYSNINGSTYPE_IKKE_OMFATTET = "oplysningstype_ikke_omfattet"
    HJEMMEL_UGYLDIG = "hjemmel_ugyldig"
    INTET_SAMTYKKE = "intet_samtykke"
    FEJL_I_AFGOERELSE = "fejl_i_afgoerelse"


@dataclass(frozen=True, slots=True)
class SammePart:
    """Permitted because nothing crosses: sender and receiver are one party."""

    def __str__(self) -> str:
        return "samme_part"

    def as_json(self) -> dict[str, str | int]:
        """Return the form that the disclosure log keeps."""
        return {"ground": "samme_part"}


@dataclass(frozen=True, slots=True)
class Hjemmelsgrundlag:
    """Permitted by a paragraph of the register of bases that the sender claimed."""

    paragraf: str

    def __str__(self) -> str:
        return f"hjemmel {self.paragraf}"

    def as_json(self) -> dict[str, str | int]:
        """Return the form that the disclosure log keeps."""
        return {"ground": "hjemmel", "paragraf": self.paragraf}


@dataclass(frozen=True, slots=True)
class Samtykkegrundlag:
    """Permitted by one point (1 to 4, or "navngivet") of one version of a samtykke.

    `papir` says that it was signed on paper. The rules do not ask; whoever relies on it is told.
    """

    samtykke_id: str
    version: int
    punkt: int | str
    papir: bool = False

    def __str__(self) -> str:
        form = " på papir" if self.papir else ""
        return f"samtykke {self.samtykke_id} version {self.version} punkt {self.punkt}{form}"

    def as_json(self) -> dict[str, str | int]:
        """Return the form that the disclosure log keeps."""
        paper: dict[str, str | int] = {"form": PAPIR} if self.papir else {}
        return {
            "ground": "samtykke",
            "samtykke_id": self.samtykke_id,
            "version": self.version,
            "punkt": self.punkt,
            **paper,
        }


Ground = SammePart | Hjemmelsgrundlag | Samtykkegrundlag


def read_ground(value: Mapping[str, Any]) -> Ground:
    """Read what `as_json` of a ground returned.

    Raises:
        ValueError, KeyError: another version wrote it.
    """
    match value["ground"]:
        case "samme_part":
            return SammePart()
        case "hjemmel":
            return Hjemmelsgrundlag(value["paragraf"])
        case "samtykke":
            paper = value.get("form") == PAPIR
            return Samtykkegrundlag(value["samtykke_id"], value["version"], value["punkt"], paper)
    raise ValueError("a ground of another version")


Answer = Ground | Reason


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants to send what about whom to whom. `hjemler` are raw claims {paragraf, begrundelse, ansvarlig}."""

    borger: str
    sag: str
    formaal: str
    fra: str
    til: str
    oplysningstyper: tuple[str, ...]
    hjemler: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Basis:
    """One row of the register of bases: a paragraph, the kinds it lets send and receive, and what."""

    paragraf: str
    fra: frozenset[str]
    til: frozenset[str]
    oplysningstyper: frozenset[str]


@dataclass(frozen=True, slots=True)
class Decision:
    """Every requested category once: the ground it is permitted on, or the reason it is withheld.

    `failed_claims` holds the paragraphs of claims that hold for nothing of what was asked, `?` where none was named;
    they are the sender's own words. `alarm` says that the rules themselves failed and that somebody must be told.
    """

    permitted: Mapping[str, Ground]
    withheld: Mapping[str, Reason]
    failed_claims: tuple[str, ...] = ()
    alarm: bool = False
