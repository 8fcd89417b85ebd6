"""Someone tells of a citizen who may need support: the screening form of outreach casework (arbejdsgang, trin 1 and 2).

Each criterion stands under its own category. Which group the citizen is of is no field of the form: it follows from
age and criteria by `schemas.screening`.
"""

from datetime import date
from typing import ClassVar, Literal

from schemas.categories import Oplysningstype as Type
from schemas.events import Haendelse, Tekst, Value
from schemas.fields import felt
from schemas.screening import Emne

_WORK = Type.SAGSFORLOEB
_WHO = Type.KONTAKTPERSONER


class Medarbejder(Value):
    """One of those to whom the form says that it is passed on."""

    navn: Tekst = felt("Navn", "Medarbejderens navn", _WHO)
    stilling: Tekst | None = felt("Stilling", "Medarbejderens stilling", _WHO, erklaeret=True, default=None)
    ansaettelsessted: Tekst | None = felt(
        "Ansættelsessted", "Hvor medarbejderen er ansat", _WHO, erklaeret=True, default=None
    )
    telefon: Tekst | None = felt("Telefon", "Medarbejderens telefon", _WHO, default=None)
    mail: Tekst | None = felt("Mail", "Medarbejderens mail", _WHO, erklaeret=True, default=None)


class HenvendelseModtaget(Haendelse):
    """A referral to outreach casework. Who refers may reveal as much as a criterion, so it carries what it declares."""

    navn: ClassVar[str] = "henvendelse.modtaget"
    kaldenavn: ClassVar[str] = "Henvendelse"
    kerne: ClassVar[frozenset[Type]] = frozenset({_WORK})

    dato: date = felt("Dato for henvendelse", "Den dag, henvendelsen blev modtaget", _WORK)
    henviser: Tekst | None = felt("Hvem henviser", "Den, der henviser borgeren", _WORK, erklaeret=True, default=None)
    oplysningstyper: tuple[Type, ...] = felt(
        "Oplysningstyper",
        "Hvad henviseren og medarbejdernes arbejdssted afslører om borgeren",
        _WORK,
        erklaeret=True,
        default=(),
    )
    modtaget_af: Tekst = felt(
        "Sagsbehandler, der har modtaget henvendelsen", "Navnet på den, der tog imod henvendelsen", _WORK
    )
    videregivet_til: tuple[Medarbejder, ...] = felt(
        "Henvendelsen videregives herefter til", "Fremskudte sagsbehandlere, leder eller tovholder", default=()
    )
    adresse: Tekst | None = felt("Adresse", "Hvor borgeren bor eller opholder sig", Type.STAMDATA, default=None)
    telefon: Tekst | None = felt("Telefon nr.", "Borgerens telefon", Type.STAMDATA, default=None)
    kategori_1: tuple[
        Literal["opsoeger_ikke_hjaelp", "udebliver_fra_samtaler_og_aftaler", "svarer_ikke_paa_henvendelser"], ...
    ] = felt("Kategori 1", "Borgerens kontakt med det offentlige støttesystem", _WORK, Type.FREMMOEDE, default=())
    manglende_kontakt: tuple[
        Literal["manglende_kontakt", "problematisk_fravaer", "udeblivelse_fra_aktiviteter"], ...
    ] = felt(
        "Manglende kontakt til uddannelse, arbejde, offentlige myndigheder mv.",
        "Kategori 2 a: kontakt til læge, arbejdsgiver, bank mv., fravær og udeblivelse",
        _WORK,
        Type.FREMMOEDE,
        default=(),
    )
    oekonomiske_problemer: tuple[
        Literal[
            "manglende_forsoergelse",
            "manglende_betaling_af_husleje_varme_el",
            "risiko_for_opsigelse_af_lejemaal",
            "risiko_for_fogedretssager",
            "modtager_ikke_relevante_ydelser",
            "kan_ikke_administrere_sin_oekonomi",
        ],
        ...,
    ] = felt("Alvorlige økonomiske problemer", "Kategori 2 b", Type.OEKONOMI, default=())
    isolationsproblemer: tuple[Literal["intet_netvaerk", "ensom", "undgaar_kontakt_med_andre"], ...] = felt(
        "Isolationsproblemer", "Kategori 2 c", Type.NETVAERK_FAMILIE, default=()
    )
    boligproblemer: tuple[
        Literal[
            "voldsomt_misligholdt",
            "massivt_rod_og_ophobning",
            "adfaerd_til_gene_for_naboer",
            "uhensigtsmaessigt_dyrehold",
            "opholder_sig_ikke_i_boligen_eller_boligloes",
            "bor_hos_forskellige_eller_vagabonderer",
        ],
        ...,
    ] = felt("Boligproblemer", "Kategori 2 d", Type.BOLIG, default=())
    manglende_behandling: tuple[
        Literal["modtager_ikke_noedvendig_medicin", "ingen_eller_ringe_kontakt_med_behandlingssystem"], ...
    ] = felt("Modtager ikke nødvendige behandlings- og støttetilbud", "Kategori 2 e", Type.HELBRED, default=())
    misbrug: tuple[Literal["har_et_misbrug"], ...] = felt("Misbrug", "Kategori 2 f", Type.MISBRUG, default=())
    kriminalitet: tuple[Literal["kriminelle_handlinger"], ...] = felt(
        "Kriminalitet", "Kategori 2 g: har udført eller udfører", Type.STRAFBARE_FORHOLD, default=()
    )

    def declared(self) -> frozenset[Type]:
        """Return what the referrer's name reveals, as the sender says, or everything that free text may hold."""
        return frozenset(self.oplysningstyper) or super().declared()

    def emner(self) -> frozenset[Emne]:
        """Return the topics of category 2 with a criterion ticked."""
        return frozenset(emne for emne in Emne if getattr(self, emne))
