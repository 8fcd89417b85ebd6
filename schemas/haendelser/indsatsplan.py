"""The joint action and follow-up plan (fælles indsats- og opfølgningsplan, form 1.4 of the integrated-effort guide)."""

from datetime import date
from typing import ClassVar, Literal

from schemas.addressing import To
from schemas.categories import Oplysningstype as Type
from schemas.events import Haendelse, Tekst, Value
from schemas.fields import felt


class Planraekke(Value):
    """One row of the plan; it carries `plan` and the category of the area that it stands under."""

    delmaal: Tekst = felt("Delmål", "Skridt på vejen mod det overordnede mål", Type.PLAN)
    indsats: Tekst = felt("Indsatser/Aftaler", "Hvad der skal sættes i gang for at nå delmålet", Type.PLAN)
    ansvarlige: tuple[Tekst, ...] = felt(
        "Ansvarlige", "Hvem der iværksætter og følger op; borgeren selv kan være en af dem", Type.PLAN, min_length=1
    )
    status: Literal["foreslaaet", "bevilget"] = felt("Status", "Om indsatsen er foreslået eller bevilget", Type.PLAN)
    raekkefoelge: int | None = felt(
        "Rækkefølge", "Indsatsens plads i rækken inden for sit område", Type.PLAN, default=None, ge=1
    )
    maaned: str | None = felt(
        "Måned", "Hvornår indsatsen begynder, ÅÅÅÅ-MM", Type.PLAN, default=None, pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$"
    )
    opfoelgning_dato: date | None = felt("Opfølgning, dato", "Hvornår der følges op", Type.PLAN, default=None)
    opfoelgning_maade: Tekst | None = felt("Opfølgning, måde", "Telefon, mail, møde mv.", Type.PLAN, default=None)
    naaet: bool | None = felt("Er målene nået?", "Om målet er nået", Type.PLAN, default=None)
    aarsag: Tekst | None = felt("Årsag", "Hvorfor målet er nået eller ikke", Type.PLAN, default=None)


def _area(titel: str, *typer: Type) -> tuple[Planraekke, ...]:
    rows: tuple[Planraekke, ...] = felt(titel, f"Planens rækker under {titel}", *typer, default=())
    return rows


class IndsatsplanOpdateret(Haendelse):
    """A new version of the citizen's joint plan. One list per area of change: a row goes only with its area."""

    navn: ClassVar[str] = "indsatsplan.opdateret"
    kaldenavn: ClassVar[str] = "Indsatsplan"
    kerne: ClassVar[frozenset[Type]] = frozenset({Type.PLAN})
    to: ClassVar[To] = To.CASE

    plan_id: Tekst = felt("Plan", "Planens id i afsenderens system", Type.PLAN)
    planversion: int = felt("Version", "Planens version", Type.PLAN, ge=1)
    opdateret: date = felt("Opdateret", "Datoen for denne version", Type.PLAN)
    overordnet_maal: Tekst | None = felt(
        "Overordnet mål om beskæftigelse og/eller uddannelse", "Borgerens egne mål", Type.PLAN, default=None
    )
    faglige_kompetencer: tuple[Planraekke, ...] = _area("Faglige kompetencer", Type.FAGLIGE_KOMPETENCER)
    motivation_oensker: tuple[Planraekke, ...] = _area("Motivation og ønsker", Type.MOTIVATION_OENSKER)
    helbred: tuple[Planraekke, ...] = _area("Helbred", Type.HELBRED)
    misbrug: tuple[Planraekke, ...] = _area("Misbrug", Type.MISBRUG)
    netvaerk_familie: tuple[Planraekke, ...] = _area("Netværk og familie", Type.NETVAERK_FAMILIE)
    boern: tuple[Planraekke, ...] = _area("Børn", Type.BOERN)
    bolig_oekonomi: tuple[Planraekke, ...] = _area("Bolig og økonomi", Type.BOLIG, Type.OEKONOMI)
    strafbare_forhold: tuple[Planraekke, ...] = _area("Strafbare forhold", Type.STRAFBARE_FORHOLD)
