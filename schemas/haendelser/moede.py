"""Meetings about the citizen's case: called, held, and their minutes.

Modelled on the udrettedagsorden and sections 6 and 10 to 14 of the outreach guide, where one template serves as
invitation, agenda and minutes, and on the scripts for the handover meeting and the start meeting.

Whom a meeting is with may say as much as what it is about. So those called stand, as the actors of the network card
do, in one list per area: a treatment centre is seen by those who may know of misbrug, and the others' copies are those
of a meeting without it. A body that gives away nothing stands in `deltagere`, one that gives away several things at
once in `deltagere_oevrige`, under what the event declares. Items have no number: a gap would tell of one withheld.
"""

from datetime import date
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from schemas.addressing import To
from schemas.categories import FRITEKST
from schemas.categories import Oplysningstype as Type
from schemas.events import Haendelse, Tekst, Value
from schemas.fields import felt
from schemas.identifiers import Tidspunkt
from schemas.parties import Partsart

_SAG, _KONTAKT, _ORD = Type.SAGSFORLOEB, Type.KONTAKTPERSONER, Type.BORGERENS_KOMMENTARER
_OENSKER = (_ORD, Type.MOTIVATION_OENSKER, Type.PLAN)
_ALLE = (
    _SAG,
    *sorted(FRITEKST),
    Type.FAGLIGE_KOMPETENCER,
    Type.MOTIVATION_OENSKER,
    Type.NETVAERK_FAMILIE,
    Type.BOLIG,
    Type.OEKONOMI,
)
"""The categories of every area that an item can stand under."""

Indkaldelsesform = Literal["brev", "mail", "sms", "telefon", "samtale"]


class Deltager(Value):
    """One who is called to the meeting, professional or private; the citizen is not one of them."""

    navn: Tekst = felt("Deltager", "Deltagerens navn", _KONTAKT)
    organisation: Tekst | None = felt("Organisation", "Afdeling, tilbud eller myndighed", _KONTAKT, default=None)
    rolle: Tekst | None = felt("Rolle", "Deltagerens rolle i forløbet og i mødet", _KONTAKT, default=None)
    hvorfor: Tekst | None = felt(
        "Hvorfor", "Hvorfor deltagelsen er ønsket og nødvendig", _KONTAKT, _SAG, erklaeret=True, default=None
    )
    status: Literal["indkaldt", "afbud", "deltog", "udeblev"] = felt(
        "Afbud", "Om deltageren kommer eller kom", _KONTAKT
    )


class Opgave(Value):
    """Who does what after the meeting."""

    hvem: tuple[Tekst, ...] = felt("Hvem", "De ansvarlige; borgeren selv kan være en af dem", _SAG, min_length=1)
    hvad: Tekst = felt("Gør hvad", "Opgaven, som den blev aftalt", _SAG)
    hvornaar: date | None = felt("Hvornår", "Hvornår opgaven skal være løst", _SAG, default=None)


class Dagsordenspunkt(Value):
    """One item of the agenda; it carries `sagsforloeb` and the category of the area that it stands under.

    Its minutes need every area: against the meeting's length, those of some items would tell of the others.
    """

    emne: Tekst = felt("Emne", "Mødeemnet", _SAG)
    ansvarlig: Tekst | None = felt("Ansvarlig", "Hvem der er ansvarlig for punktet", _SAG, default=None)
    opnaa: Tekst | None = felt("Hvad skal vi opnå med mødeemnet?", "Formålet med punktet", _SAG, default=None)
    minutter: int | None = felt("Tid (min.)", "Minutter, der er afsat til punktet", *_ALLE, default=None, ge=0)


class Referatpunkt(Dagsordenspunkt):
    """The same item after the meeting."""

    beslutning: Tekst | None = felt("Skriv beslutning", "Hvad der blev besluttet", _SAG, default=None)
    opgaver: tuple[Opgave, ...] = felt("Hvem gør hvad?", "De aftalte opgaver", _SAG, default=())


class NaesteMoede(Value):
    """The next meeting, as far as it was arranged at this one."""

    dato: date = felt("Hvornår", "Dagen for næste møde", _SAG)
    sted: Tekst | None = felt(
        "Hvor", "Hvor mødet holdes; om borgerens hjem står der kun det", _SAG, erklaeret=True, default=None
    )
    indkalder: Tekst | None = felt("Hvem indkalder", "Den, der indkalder", _SAG, _KONTAKT, erklaeret=True, default=None)
    deltagere: tuple[Tekst, ...] = felt("Hvem deltager", "De, der skal med", _SAG, _KONTAKT, erklaeret=True, default=())
    indkaldes_ved: Indkaldelsesform | None = felt("Hvordan indkaldes", "Måden, der indkaldes på", _SAG, default=None)


def _naeste() -> Any:
    return felt("Næste møde", "Hvad der er aftalt om næste møde", default=None)


def _plan(beskrivelse: str) -> Any:
    return felt("Indsatsplan", beskrivelse, Type.PLAN, default=None)


def _deltagere(hvilke: str, *typer: Type, erklaeret: bool = False) -> Any:
    return felt("Deltagere", f"Deltagere {hvilke}", *typer, erklaeret=erklaeret, default=())


def _punkter(titel: str, *typer: Type, erklaeret: bool = False) -> Any:
    return felt("Dagsorden", f"Punkter under {titel}", *typer, erklaeret=erklaeret, default=())


class Moede(Haendelse):
    """What the template says of a meeting both before and after it."""

    kerne: ClassVar[frozenset[Type]] = frozenset({_SAG})
    senders: ClassVar[frozenset[Partsart]] = frozenset({Partsart.FORVALTNING})

    moede_id: Tekst = felt("Møde", "Mødets id i afsenderens system, ens i indkaldelse og referat", _SAG)
    art: Literal["foerste", "intern", "ekstern", "rehabiliteringsteam", "overdragelse", "opstart", "opfoelgning"] = (
        felt("Mødeart", "Hvilket møde i forløbet det er", _SAG)
    )
    start: Tidspunkt = felt("Start", "Dato og klokkeslæt for mødets begyndelse", _SAG)
    slut: Tidspunkt | None = felt("Slut", "Dato og klokkeslæt for mødets slutning", _SAG, default=None)
    moedested: Tekst | None = felt(
        "Mødested", "Hvor mødet holdes; om borgerens hjem står der kun det", _SAG, erklaeret=True, default=None
    )
    oplysningstyper: tuple[Type, ...] = felt(
        "Oplysningstyper",
        "Hvad mødested, navne og udelte punkter afslører om borgeren",
        _SAG,
        erklaeret=True,
        default=(),
    )
    moedeleder: Tekst | None = felt(
        "Fremskudt sagsbehandler", "Den fremskudte eller koordinerende sagsbehandler", _KONTAKT, default=None
    )
    moedeleder_telefon: Tekst | None = felt("Telefon/mobil", "Sagsbehandlerens telefon", _KONTAKT, default=None)
    moedeleder_mail: Tekst | None = felt("Mail", "Sagsbehandlerens mail", _KONTAKT, default=None)
    referent: Tekst | None = felt("Referent", "Den, der skriver referat", _KONTAKT, default=None)
    borger_deltager: bool | None = felt(
        "Borgeren", "Om borgeren skal deltage eller deltog", _SAG, Type.FREMMOEDE, default=None
    )
    deltagere: tuple[Deltager, ...] = _deltagere("hvis navn og organisation ikke afslører noget")
    deltagere_faglige_kompetencer: tuple[Deltager, ...] = _deltagere(
        "fra arbejdsplads og uddannelsessted", Type.FAGLIGE_KOMPETENCER
    )
    deltagere_helbred: tuple[Deltager, ...] = _deltagere("fra sundhed og behandling", Type.HELBRED)
    deltagere_misbrug: tuple[Deltager, ...] = _deltagere("fra misbrugsbehandling", Type.MISBRUG)
    deltagere_netvaerk_familie: tuple[Deltager, ...] = _deltagere(
        "fra det private netværk, bisidder med", Type.NETVAERK_FAMILIE
    )
    deltagere_boern: tuple[Deltager, ...] = _deltagere("for borgerens børn", Type.BOERN)
    deltagere_bolig_oekonomi: tuple[Deltager, ...] = _deltagere("fra bolig og ydelse", Type.BOLIG, Type.OEKONOMI)
    deltagere_strafbare_forhold: tuple[Deltager, ...] = _deltagere("fra Kriminalforsorgen mv.", Type.STRAFBARE_FORHOLD)
    deltagere_oevrige: tuple[Deltager, ...] = _deltagere("der afslører flere ting på én gang", erklaeret=True)

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.slut is not None and self.slut < self.start:
            raise ValueError("the meeting ends before it starts")
        return self

    def declared(self) -> frozenset[Type]:
        """Return what the sender declares of what stands under no area, or everything that free text may hold."""
        return frozenset(self.oplysningstyper) or FRITEKST


class MoedeIndkaldt(Moede):
    """A call to a meeting with its agenda. It goes to those whom the sender names, for they are the ones called."""

    navn: ClassVar[str] = "moede.indkaldt"
    kaldenavn: ClassVar[str] = "Indkaldelse til møde"

    baggrund: Tekst | None = felt("Baggrund", "Hvorfor mødet holdes", _SAG, erklaeret=True, default=None)
    opnaa: Tekst | None = felt("Formål med mødet", "Hvad mødet skal opnå", _SAG, erklaeret=True, default=None)
    indkaldes_ved: Indkaldelsesform | None = felt("Hvordan indkaldes", "Måden, der indkaldes på", _SAG, default=None)
    plan_id: Tekst | None = _plan("Den plan, der sendes med dagsordenen")
    adresse: Tekst | None = felt("Adresse", "Borgerens adresse", Type.STAMDATA, default=None)
    opholdssted: Tekst | None = felt(
        "Evt. aktuelt opholdssted", "Hvor borgeren er nu", Type.STAMDATA, Type.BOLIG, erklaeret=True, default=None
    )
    telefon: Tekst | None = felt("Telefon", "Borgerens telefon", Type.STAMDATA, default=None)
    mail: Tekst | None = felt("Mail", "Borgerens mail", Type.STAMDATA, default=None)
    punkter: tuple[Dagsordenspunkt, ...] = _punkter("intet område", erklaeret=True)
    punkter_faglige_kompetencer: tuple[Dagsordenspunkt, ...] = _punkter("Faglige kompetencer", Type.FAGLIGE_KOMPETENCER)
    punkter_motivation_oensker: tuple[Dagsordenspunkt, ...] = _punkter("Motivation og ønsker", Type.MOTIVATION_OENSKER)
    punkter_helbred: tuple[Dagsordenspunkt, ...] = _punkter("Helbred", Type.HELBRED)
    punkter_misbrug: tuple[Dagsordenspunkt, ...] = _punkter("Misbrug", Type.MISBRUG)
    punkter_netvaerk_familie: tuple[Dagsordenspunkt, ...] = _punkter("Netværk og familie", Type.NETVAERK_FAMILIE)
    punkter_boern: tuple[Dagsordenspunkt, ...] = _punkter("Børn", Type.BOERN)
    punkter_bolig_oekonomi: tuple[Dagsordenspunkt, ...] = _punkter("Bolig og økonomi", Type.BOLIG, Type.OEKONOMI)
    punkter_strafbare_forhold: tuple[Dagsordenspunkt, ...] = _punkter("Strafbare forhold", Type.STRAFBARE_FORHOLD)


class MoedeAfholdt(Moede):
    """The meeting was held: who came, and what the deadlines that count from it need. What was said is the minutes'."""

    navn: ClassVar[str] = "moede.afholdt"
    kaldenavn: ClassVar[str] = "Møde afholdt"
    to: ClassVar[To] = To.KEYWORKERS

    informerer_borgeren: Tekst | None = felt(
        "Hvem informerer borgeren",
        "Den, der fortæller en fraværende borger om mødet",
        *(_SAG, _KONTAKT, Type.FREMMOEDE),
        erklaeret=True,
        default=None,
    )
    naeste_moede: NaesteMoede | None = _naeste()


class ReferatUdsendt(Moede):
    """The minutes of a meeting, to those whom the sender names: the participants and others who need them."""

    navn: ClassVar[str] = "referat.udsendt"
    kaldenavn: ClassVar[str] = "Referat"

    udsendt: date = felt("Udsendt", "Dagen, referatet blev sendt", _SAG)
    plan_id: Tekst | None = _plan("Den opdaterede plan, der udgør opstartsmødets referat")
    naeste_moede: NaesteMoede | None = _naeste()
    kontaktform: tuple[Indkaldelsesform, ...] = felt(
        "Kontaktform", "Hvordan kontakten med borgeren skal foregå", _SAG, default=()
    )
    tilbagemelding: Tekst | None = felt(
        "Tilbagemelding", "Hvordan oplysninger til opfølgningen når sagsbehandleren", _SAG, erklaeret=True, default=None
    )
    yderligere: Tekst | None = felt(
        "Yderligere oplysninger", "Drøftelser og anbefalinger uden for planen", _SAG, erklaeret=True, default=None
    )
    progressionsvaerktoej: Tekst | None = felt(
        "Progressionsværktøjet", "Aftalen om, hvordan værktøjet bruges", Type.PROGRESSION, erklaeret=True, default=None
    )
    oplevelse: Tekst | None = felt(
        "Oplevelse af rehabmødet", "Hvordan borgeren oplevede mødet", _ORD, erklaeret=True, default=None
    )
    oensker: Tekst | None = felt(
        "Borgerens ønsker til planen", "Planens vigtigste del for borgeren", *_OENSKER, erklaeret=True, default=None
    )
    status: Tekst | None = felt(
        "Aktuel status", "Borgerens ord om sin situation nu", _ORD, erklaeret=True, default=None
    )
    forventninger: Tekst | None = felt(
        "Forventninger", "Borgerens forventninger til forløbet", *_OENSKER, erklaeret=True, default=None
    )
    tegn_paa_udvikling: Tekst | None = felt(
        "Udvikling", "Hvordan borgeren kan mærke udvikling", _ORD, Type.PROGRESSION, erklaeret=True, default=None
    )
    punkter: tuple[Referatpunkt, ...] = _punkter("intet område", erklaeret=True)
    punkter_faglige_kompetencer: tuple[Referatpunkt, ...] = _punkter("Faglige kompetencer", Type.FAGLIGE_KOMPETENCER)
    punkter_motivation_oensker: tuple[Referatpunkt, ...] = _punkter("Motivation og ønsker", Type.MOTIVATION_OENSKER)
    punkter_helbred: tuple[Referatpunkt, ...] = _punkter("Helbred", Type.HELBRED)
    punkter_misbrug: tuple[Referatpunkt, ...] = _punkter("Misbrug", Type.MISBRUG)
    punkter_netvaerk_familie: tuple[Referatpunkt, ...] = _punkter("Netværk og familie", Type.NETVAERK_FAMILIE)
    punkter_boern: tuple[Referatpunkt, ...] = _punkter("Børn", Type.BOERN)
    punkter_bolig_oekonomi: tuple[Referatpunkt, ...] = _punkter("Bolig og økonomi", Type.BOLIG, Type.OEKONOMI)
    punkter_strafbare_forhold: tuple[Referatpunkt, ...] = _punkter("Strafbare forhold", Type.STRAFBARE_FORHOLD)
