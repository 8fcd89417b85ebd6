"""What the rehabilitation team recommends (indstilling) and what the municipality then grants (bevilling).

Modelled on the team's checklists in the report on work-directed rehabilitation: a main goal, sub-goals with measures,
contact persons and the progression expected, and the reasons that a fleksjob or a foertidspension must have; the length
and the level of payment of a ressourceforloeb are those of the reform that the presentation on rehabilitation sums up.

A fleksjob and a foertidspension rest on a lasting loss of the capacity for work, so the mere kind says `helbred`; a
ressourceforloeb says no more than that something is offered. Sub-goals have no number: a gap would tell of one that
was withheld.
"""

from datetime import date
from typing import Any, ClassVar, Literal

from schemas.addressing import To
from schemas.categories import FRITEKST
from schemas.categories import Oplysningstype as Type
from schemas.events import Haendelse, Tekst, Value
from schemas.fields import felt
from schemas.parties import Partsart

_TILDELT = (Type.PLAN, Type.YDELSER_TILBUD)
_ANDRE_FORHOLD = FRITEKST | {Type.FAGLIGE_KOMPETENCER, Type.NETVAERK_FAMILIE, Type.BOLIG, Type.OEKONOMI}


class Indsats(Value):
    """A measure towards a sub-goal, and whom to call about it."""

    indsats: Tekst = felt("Indsats", "Hvad der sættes i gang", Type.PLAN)
    kontaktperson: Tekst | None = felt(
        "Kontaktperson", "Den, der indkaldes til opstartsmødet", Type.PLAN, Type.KONTAKTPERSONER, default=None
    )
    kontaktoplysninger: Tekst | None = felt(
        "Kontaktoplysninger",
        "Kontaktpersonens afdeling, telefon og mail",
        Type.PLAN,
        Type.KONTAKTPERSONER,
        default=None,
    )
    ikke_parallelt: Tekst | None = felt(
        "Begrundelse for ikke at iværksætte parallelt", "Hvorfor indsatsen venter på andre", Type.PLAN, default=None
    )


class Delmaal(Value):
    """One sub-goal; it carries `plan` and the category of the area that it stands under."""

    delmaal: Tekst = felt("Delmål", "Bevægelsen mod hovedmålet", Type.PLAN)
    indsatser: tuple[Indsats, ...] = felt("Indsats", "Indsatserne, der skal føre til delmålet", Type.PLAN, default=())
    progression: Tekst | None = felt(
        "Progression (bevægelse)", "Den forventede bevægelse", Type.PLAN, Type.PROGRESSION, default=None
    )
    progression_3_maaneder: Tekst | None = felt(
        "Progression i de første 3 måneder", "Hvad vi vil se efter 3 måneder", Type.PLAN, Type.PROGRESSION, default=None
    )
    progression_6_maaneder: Tekst | None = felt(
        "Progression i de næste 3 måneder", "Hvad vi vil se efter 6 måneder", Type.PLAN, Type.PROGRESSION, default=None
    )
    progression_lang_sigt: Tekst | None = felt(
        "Progression på lang sigt", "Hvad vi vil se på længere sigt", Type.PLAN, Type.PROGRESSION, default=None
    )


class Fleksjob(Value):
    """The concrete fleksjob that the team points at; it carries `helbred`, as the mere word fleksjob does."""

    jobtype: Tekst = felt("Type fleksjob", "Beskæftigelsesområde og type fleksjob", Type.FAGLIGE_KOMPETENCER)
    arbejdsfunktioner: tuple[Tekst, ...] = felt(
        "Arbejdsfunktioner", "Hvad borgeren vil kunne varetage", Type.FAGLIGE_KOMPETENCER, default=()
    )
    hensyn: tuple[Tekst, ...] = felt("Hensyn", "Hvad der skal tages hensyn til", Type.FAGLIGE_KOMPETENCER, default=())


class Begrundelse(Value):
    """What both checklists ask; it carries `helbred`, for it is the capacity for work that is weighed."""

    arbejdsevne: Tekst = felt("Arbejdsevnen", "Hvorfor arbejdsevnen er væsentligt og varigt nedsat", Type.HELBRED)
    faerdigbehandlet: bool | None = felt(
        "Er pågældende færdigbehandlet?", "Om tilstanden er stationær", Type.HELBRED, default=None
    )
    funktionsniveau: Tekst | None = felt(
        "Funktionsniveau", "Funktionsniveau i hjemmet, arbejde og fritid", Type.HELBRED, default=None
    )
    roed_traad: Tekst | None = felt(
        "Er der en rød tråd i forløbet?", "Om helbred og udvist arbejdsevne passer sammen", Type.HELBRED, default=None
    )


class Fleksjobbegrundelse(Begrundelse):
    """The checklist of reasons for a fleksjob."""

    afklaring: Tekst | None = felt(
        "Afklaring af arbejdsevnen", "Afprøvningen, og om den var retvisende", Type.HELBRED, default=None
    )
    fravaer_i_praktik: Tekst | None = felt(
        "Fravær i praktik", "Begrundelser for eventuelt fravær", Type.HELBRED, Type.FREMMOEDE, default=None
    )
    afproevning_udeladt: Tekst | None = felt(
        "Udeladelse af afprøvning", "Begrundelse for ikke at afprøve arbejdsevnen", Type.HELBRED, default=None
    )
    andre_forhold: Tekst | None = felt(
        "Andre forhold", "Sociale forhold, væremåde, udseende, ordblindhed, misbrug o.a.", *_ANDRE_FORHOLD, default=None
    )
    ordinaere_vilkaar: Tekst | None = felt(
        "Ordinære vilkår", "Hvorfor ordinære vilkår eller anden støtte ikke rækker", Type.HELBRED, default=None
    )
    overgangsstoette: Tekst | None = felt(
        "Støtte fra kommunen", "Behov for overgangsvis støtte", Type.HELBRED, Type.YDELSER_TILBUD, default=None
    )


class Pensionsbegrundelse(Begrundelse):
    """The checklist of reasons for a foertidspension."""

    ikke_forbedres: Tekst | None = felt(
        "Faglig forklaring", "Hvorfor ressourceforløb eller andet ikke kan forbedre evnen", Type.HELBRED, default=None
    )


def _delmaal(titel: str, *typer: Type) -> Any:
    return felt(titel, f"Delmål under {titel}", *typer, default=())


class Rehabilitering(Haendelse):
    """What recommendation and grant both say. One list per area of change: a sub-goal goes only with its area."""

    kerne: ClassVar[frozenset[Type]] = frozenset(_TILDELT)
    kerne_erklaeret: ClassVar[bool] = True
    senders: ClassVar[frozenset[Partsart]] = frozenset({Partsart.FORVALTNING})

    indstilling_id: Tekst = felt("Indstilling", "Indstillingens id i afsenderens system", Type.PLAN)
    art: Literal["ressourceforloeb", "fleksjob", "foertidspension"] = felt(
        "Art", "Hvad der indstilles til eller bevilges", *_TILDELT, erklaeret=True
    )
    hovedmaal: Tekst = felt("Hovedmål", "Målet med et beskæftigelsesrettet sigte", Type.PLAN)
    faglige_kompetencer: tuple[Delmaal, ...] = _delmaal("Faglige kompetencer", Type.FAGLIGE_KOMPETENCER)
    motivation_oensker: tuple[Delmaal, ...] = _delmaal("Motivation og ønsker", Type.MOTIVATION_OENSKER)
    helbred: tuple[Delmaal, ...] = _delmaal("Helbred", Type.HELBRED)
    misbrug: tuple[Delmaal, ...] = _delmaal("Misbrug", Type.MISBRUG)
    netvaerk_familie: tuple[Delmaal, ...] = _delmaal("Netværk og familie", Type.NETVAERK_FAMILIE)
    boern: tuple[Delmaal, ...] = _delmaal("Børn", Type.BOERN)
    bolig_oekonomi: tuple[Delmaal, ...] = _delmaal("Bolig og økonomi", Type.BOLIG, Type.OEKONOMI)
    strafbare_forhold: tuple[Delmaal, ...] = _delmaal("Strafbare forhold", Type.STRAFBARE_FORHOLD)
    ses_igen: date | None = felt(
        "Se sagen igen?", "Hvornår sagen ses igen; tom, hvis den ikke skal", Type.PLAN, default=None
    )

    def declared(self) -> frozenset[Type]:
        """Return what the kind reveals."""
        return frozenset() if self.art == "ressourceforloeb" else frozenset({Type.HELBRED})


class IndstillingAfgivet(Rehabilitering):
    """The team's recommendation to the municipality, at most a week after its meeting."""

    navn: ClassVar[str] = "indstilling.afgivet"
    kaldenavn: ClassVar[str] = "Indstilling"
    to: ClassVar[To] = To.KEYWORKERS

    afgivet: date = felt("Afgivet", "Datoen for indstillingen", Type.PLAN)
    moede_id: Tekst | None = felt("Rehabiliteringsmøde", "Det møde, den kommer fra", Type.SAGSFORLOEB, default=None)
    omraader: tuple[Literal["beskaeftigelse", "sundhed", "social", "uddannelse"], ...] = felt(
        "Rehabiliteringsteam", "De områder, der var repræsenteret i teamet", Type.SAGSFORLOEB, default=()
    )
    saerlige_forhold: Tekst | None = felt(
        "Opfølgning i ressourceforløb", "Særlige forhold ved opfølgningen", Type.PLAN, *FRITEKST, default=None
    )
    fleksjob: Fleksjob | None = felt("Konkret fleksjob", "Det fleksjob, teamet peger på", Type.HELBRED, default=None)
    fleksjobbegrundelse: Fleksjobbegrundelse | None = felt("Begrundelse for fleksjob", "Tjeklistens svar", default=None)
    pensionsbegrundelse: Pensionsbegrundelse | None = felt(
        "Begrundelse for førtidspension", "Tjeklistens svar", default=None
    )


class BevillingGivet(Rehabilitering):
    """What the municipality grants on the team's recommendation: everyone who takes part plans by it."""

    navn: ClassVar[str] = "bevilling.givet"
    kaldenavn: ClassVar[str] = "Bevilling"
    to: ClassVar[To] = To.CASE

    bevilling_id: Tekst = felt("Bevilling", "Bevillingens id i afsenderens system", Type.PLAN)
    bevilget: date = felt("Bevilget", "Datoen for bevillingen", Type.PLAN)
    gaelder_fra: date | None = felt("Fra", "Første dag i det bevilgede", *_TILDELT, default=None)
    gaelder_til: date | None = felt("Til", "Sidste dag; et ressourceforløb varer 1 til 5 år", *_TILDELT, default=None)
    ydelse: Literal["kontanthjaelpsniveau", "sygedagpengeniveau"] | None = felt(
        "Ressourceforløbsydelse", "Ydelsens niveau", Type.OEKONOMI, Type.YDELSER_TILBUD, default=None
    )
