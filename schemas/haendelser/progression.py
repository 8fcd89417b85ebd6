"""Progression: the numbers that the citizen and the caseworker put on where the citizen stands.

Modelled on the proposal for a tool of progression in the report on work-directed rehabilitation (the wheels called
udviklingshjul and delmaalshjul) and on the screening by EQ-5D or SF-36 that the guide to integrated efforts mentions.
The words of those instruments are licensed, so an event has their codes and scores alone.
"""

from datetime import date
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from schemas.addressing import To
from schemas.categories import FRITEKST
from schemas.categories import Oplysningstype as Type
from schemas.events import Haendelse, Tekst, Value
from schemas.fields import felt
from schemas.parties import Partsart

_EVERY_AREA = FRITEKST | {
    Type.FAGLIGE_KOMPETENCER,
    Type.MOTIVATION_OENSKER,
    Type.NETVAERK_FAMILIE,
    Type.BOLIG,
    Type.OEKONOMI,
}


class Score(Value):
    """A number with the ends of its scale, which each municipality chooses: without them nobody could read it later."""

    score: float = felt("Score", "Tallet for, hvordan status er nu", Type.PROGRESSION)
    lavest: float = felt("Skalaens laveste", "Det laveste tal, der kan gives", Type.PROGRESSION)
    hoejest: float = felt("Skalaens højeste", "Det højeste tal, der kan gives", Type.PROGRESSION)

    @model_validator(mode="after")
    def _on_its_scale(self) -> Self:
        if not self.lavest <= self.score <= self.hoejest:
            raise ValueError("the score is not on its scale")
        return self


class Hjulpunkt(Score):
    """One point of the wheel; it carries `progression` and the category of the area that it stands under.

    What made the difference, and what it did elsewhere, leads into other areas by its nature (calm about money gives
    the strength to exercise), so both also carry what the event declares.
    """

    betegnelse: Tekst = felt("Betegnelse", "Punktets navn, gerne borgerens eget", Type.PROGRESSION)
    indsats: Tekst | None = felt(
        "Indsats", "Den indsats i planen, punktet hører til", Type.PROGRESSION, Type.PLAN, default=None
    )
    hjaelpespoergsmaal: Tekst | None = felt(
        "Hjælpespørgsmål", "Spørgsmålet, der stilles ved punktet", Type.PROGRESSION, default=None
    )
    aarsag: Tekst | None = felt(
        "Årsag til forbedringen", "Hvad der har gjort forskellen", Type.PROGRESSION, erklaeret=True, default=None
    )
    afsmitning: Tekst | None = felt(
        "Afspejlet på andre områder", "Hvad den har givet andre steder", Type.PROGRESSION, erklaeret=True, default=None
    )


class Screening(Score):
    """One score of a screening instrument: which, and which of its scales, by code."""

    instrument: Tekst = felt(
        "Redskab", "Instrumentets kode, EQ-5D eller SF-36", Type.PROGRESSION, pattern=r"^[A-Z0-9][A-Z0-9-]{1,15}$"
    )
    delskala: Tekst | None = felt(
        "Delskala",
        "Delskalaens kode, VAS, MH mv.",
        Type.PROGRESSION,
        default=None,
        pattern=r"^[A-Z0-9][A-Z0-9-]{0,15}$",
    )


def _hjulpunkter(titel: str, *typer: Type) -> Any:
    return felt(titel, f"Hjulets punkter under {titel}", *typer, default=())


class ProgressionMaalt(Haendelse):
    """A measurement of the citizen's progression. One list per area of the wheel: a score goes only with its area."""

    navn: ClassVar[str] = "progression.maalt"
    kaldenavn: ClassVar[str] = "Progression"
    kerne: ClassVar[frozenset[Type]] = frozenset({Type.PROGRESSION})
    senders: ClassVar[frozenset[Partsart]] = frozenset(
        {Partsart.FORVALTNING, Partsart.UU, Partsart.REGION_SUNDHEDSFAGLIG, Partsart.PRIVAT}
    )
    to: ClassVar[To] = To.CASE

    maalt: date = felt("Målt", "Dagen for målingen", Type.PROGRESSION)
    scoret_af: Literal["borger", "medarbejder", "sammen"] = felt(
        "Scoret af", "Hvem der satte tallene", Type.PROGRESSION
    )
    hjul: Literal["udviklingshjul", "delmaalshjul"] | None = felt(
        "Progressionsværktøj", "Det hjul, der er talt ud fra", Type.PROGRESSION, default=None
    )
    plan_id: Tekst | None = felt("Indsatsplan", "Den plan, målingen skrives over i", Type.PLAN, default=None)
    moede_id: Tekst | None = felt("Opfølgningsmøde", "Mødet, hvor der blev målt", Type.SAGSFORLOEB, default=None)
    oplysningstyper: tuple[Type, ...] = felt(
        "Oplysningstyper", "Hvad årsager og afsmitning fortæller om", Type.PROGRESSION, erklaeret=True, default=()
    )
    faglige_kompetencer: tuple[Hjulpunkt, ...] = _hjulpunkter("Faglige kompetencer", Type.FAGLIGE_KOMPETENCER)
    motivation_oensker: tuple[Hjulpunkt, ...] = _hjulpunkter("Motivation og ønsker", Type.MOTIVATION_OENSKER)
    helbred: tuple[Hjulpunkt, ...] = _hjulpunkter("Helbred", Type.HELBRED)
    misbrug: tuple[Hjulpunkt, ...] = _hjulpunkter("Misbrug", Type.MISBRUG)
    netvaerk_familie: tuple[Hjulpunkt, ...] = _hjulpunkter(
        "Netværk og familie, sociale kompetencer", Type.NETVAERK_FAMILIE
    )
    boern: tuple[Hjulpunkt, ...] = _hjulpunkter("Børn", Type.BOERN)
    bolig_oekonomi: tuple[Hjulpunkt, ...] = _hjulpunkter("Bolig og økonomi", Type.BOLIG, Type.OEKONOMI)
    strafbare_forhold: tuple[Hjulpunkt, ...] = _hjulpunkter("Strafbare forhold", Type.STRAFBARE_FORHOLD)
    screening: tuple[Screening, ...] = felt("Screening", "Screeningens tal, uden dens tekst", Type.HELBRED, default=())

    def declared(self) -> frozenset[Type]:
        """Return what the sender declares that causes and spill-over tell of, or every area that they could."""
        return frozenset(self.oplysningstyper) or _EVERY_AREA
