"""What the citizens have declared, as signed documents, and one block."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from consent.document import write_document
from ops.sample.citizens import BENT, INGER, KARIN, MIKKEL, SOFIE, YUSUF, Citizen
from ops.sample.dates import Day
from ops.sample.pki import SamplePki
from ops.sample.steps import Block, ConfirmSigner, Register, Step
from schemas.parties import Partregister

OPLYST_AF = "Sagsbehandler Anne Eksempel, Jobcenter Åby"
CERTIFICATE_BEFORE, CERTIFICATE_AFTER = timedelta(days=730), timedelta(days=3650)
"""A made-up certificate holds from well before the day, so that it covers now whenever the day is played again."""

Points = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose certificate signs, and in which relation; None where nobody has confirmed any."""

    uuid: str
    navn: str
    relation: str | None


@dataclass(frozen=True, slots=True)
class Samtykke:
    """One declaration: whose, its points, how many days before the day it was given, and who signed."""

    citizen: Citizen
    punkter: Points
    signer: Signer
    days_ago: int
    days_left: int | None = None

    def samtykke_id(self, day: Day) -> str:
        """Return the declaration's id."""
        return f"urn:uuid:{day.ident(f'samtykke {self.citizen.serie}')}"

    def scope(self, day: Day) -> dict[str, Any]:
        """Return what `samtykke.afgivet` tells of the declaration, but for its points."""
        given: dict[str, Any] = {"samtykke_id": self.samtykke_id(day), "afgivet": self._given(day)}
        return given | ({"gyldig_til": day.on(self.days_left)} if self.days_left else {})

    def declaration(self, day: Day) -> dict[str, Any]:
        """Return the value that the citizen signs."""
        return {
            "samtykke_id": self.samtykke_id(day),
            "version": 1,
            "borger": self.citizen.cpr,
            **self.citizen.case(day),
            "punkter": [dict(point) for point in self.punkter],
            "spaerringer": [],
            "afgivet": self._given(day),
            "gyldig_til": day.on(self.days_left) if self.days_left else None,
        }

    def _given(self, day: Day) -> str:
        return day.at("10:15", -self.days_ago).isoformat()


def _form(punkt: int, parter: Sequence[str], *oplysningstyper: str) -> Mapping[str, Any]:
    return {"punkt": punkt, "parter": list(parter), "oplysningstyper": list(oplysningstyper)}


def _named(fra: str, til: str, *oplysningstyper: str) -> Mapping[str, Any]:
    return {"punkt": "navngivet", "fra": [fra], "til": [til], "oplysningstyper": list(oplysningstyper)}


def _signer(uuid: str, citizen: Citizen, relation: str | None = "borger") -> Signer:
    return Signer(uuid, citizen.navn, relation)


KARINS = Samtykke(
    KARIN,
    (
        _form(
            1,
            ["jobcenter", "social"],
            "kontaktpersoner",
            "plan",
            "helbred",
            "faglige_kompetencer",
            "motivation_oensker",
            "fremmoede",
            "sagsforloeb",
        ),
        _form(2, ["jobcenter", "klinisk-funktion"], "kontaktpersoner", "plan", "helbred", "sagsforloeb"),
        _form(3, ["psykiatrien", "laege-099001", "klinisk-funktion"], "helbred"),
        _form(4, ["jobcenter", "laege-099001"], "kontaktpersoner", "helbred", "sagsforloeb"),
    ),
    _signer("3d1f6a52-0b7c-4e0e-8a55-0c1d7b9e4f01", KARIN),
    days_ago=24,
)
MIKKELS = Samtykke(
    MIKKEL,
    (
        _form(
            1,
            ["jobcenter", "social", "rusmiddel"],
            "kontaktpersoner",
            "plan",
            "helbred",
            "misbrug",
            "faglige_kompetencer",
            "motivation_oensker",
            "bolig",
            "oekonomi",
            "fremmoede",
            "sagsforloeb",
        ),
        _form(
            1,
            ["jobcenter", "uu-vejledning"],
            "kontaktpersoner",
            "plan",
            "faglige_kompetencer",
            "motivation_oensker",
            "fremmoede",
        ),
        _named("psykiatrien", "social", "helbred"),
    ),
    _signer("3d1f6a52-0b7c-4e0e-8a55-0c1d7b9e4f02", MIKKEL),
    days_ago=38,
)
SOFIES = Samtykke(
    SOFIE,
    (
        _form(
            1,
            ["familie", "jobcenter", "social"],
            "kontaktpersoner",
            "plan",
            "boern",
            "netvaerk_familie",
            "bolig",
            "oekonomi",
            "fremmoede",
            "sagsforloeb",
        ),
        _form(4, ["familie", "laege-099001"], "kontaktpersoner", "boern", "helbred"),
    ),
    _signer("3d1f6a52-0b7c-4e0e-8a55-0c1d7b9e4f03", SOFIE),
    days_ago=17,
    days_left=180,
)
BENTS = Samtykke(
    BENT,
    (
        _form(
            1,
            ["jobcenter", "social", "rusmiddel"],
            "kontaktpersoner",
            "plan",
            "bolig",
            "oekonomi",
            "fremmoede",
            "sagsforloeb",
        ),
        _form(4, ["jobcenter", "social", "laege-099001"], "helbred"),
        _named("social", "boligforening", "kontaktpersoner", "bolig"),
    ),
    _signer("3d1f6a52-0b7c-4e0e-8a55-0c1d7b9e4f04", BENT),
    days_ago=31,
)
INGERS = Samtykke(
    INGER,
    (_form(1, ["jobcenter", "social"], "kontaktpersoner", "plan", "helbred", "motivation_oensker", "sagsforloeb"),),
    Signer("3d1f6a52-0b7c-4e0e-8a55-0c1d7b9e4f05", "Grete Prøve", "fuldmagt"),
    days_ago=400,
)
YUSUFS = Samtykke(
    YUSUF,
    (_form(1, ["jobcenter", "social"], "kontaktpersoner", "plan", "faglige_kompetencer"),),
    _signer("3d1f6a52-0b7c-4e0e-8a55-0c1d7b9e4f06", YUSUF, relation=None),
    days_ago=3,
)

SAMTYKKER = (KARINS, MIKKELS, SOFIES, BENTS, INGERS, YUSUFS)

SPAERRING = Block(SOFIE.cpr, ("jobcenter",), ("boern", "helbred"))
"""Sofie wants the jobcenter to help her to a job and to know nothing of the children's or her own health."""


def registrations(day: Day, pki: SamplePki, register: Partregister) -> list[Step]:
    """Return the steps by which the declarations are signed and handed in, and the block asked for."""
    steps: list[Step] = []
    for one in SAMTYKKER:
        if one.signer.relation is not None:
            steps.append(ConfirmSigner(one.signer.uuid, one.citizen.cpr, one.signer.relation))
        steps.append(Register(_signed(one, day, pki, register), day.number(one.citizen.serie)))
    return [*steps, SPAERRING]


def _signed(one: Samtykke, day: Day, pki: SamplePki, register: Partregister) -> bytes:
    names = {part.id: part.navn for part in register.parter}
    noon = day.at("12:00")
    credential = pki.issue(one.signer.uuid, one.signer.navn, noon - CERTIFICATE_BEFORE, noon + CERTIFICATE_AFTER)
    return pki.sign(write_document(one.declaration(day), names, OPLYST_AF), credential)
