"""The network card (netværkskort: overblik over aktørerne i din sag), which citizen and outreach caseworker fill in.

That the citizen has to do with an actor is itself an information of the actor's area: each area of the card is a list
under its own categories. Relatives and friends on it are third parties, of whom nothing crosses but what the card has.
"""

from datetime import date
from typing import ClassVar

from schemas.addressing import To
from schemas.categories import Oplysningstype as Type
from schemas.events import Haendelse, Tekst, Value
from schemas.fields import felt
from schemas.parties import Partsart

_WHO = Type.KONTAKTPERSONER


class Aktoer(Value):
    """One actor; it carries `kontaktpersoner` and the categories of the area that it stands under."""

    aktoer: Tekst = felt("Navn", "Aktørens navn; arbejdsstedets, hvor ingen person er nævnt", _WHO)
    arbejdssted: Tekst | None = felt("Arbejdssted", "Hvor aktøren arbejder", _WHO, default=None)
    telefon: Tekst | None = felt("Telefon/mobil", "Aktørens telefon", _WHO, default=None)
    kontakt: bool | None = felt("Har du kontakt til", "Om borgeren har kontakt til aktøren", _WHO, default=None)


class Tolk(Value):
    """An interpreter and the language."""

    sprog: Tekst | None = felt("Tolkesprog", "Det sprog, der tolkes til og fra", _WHO, default=None)
    tolk: Tekst = felt("Navn", "Tolkens navn", _WHO)
    arbejdssted: Tekst | None = felt("Arbejdssted", "Hvor tolken arbejder", _WHO, default=None)
    telefon: Tekst | None = felt("Telefon/mobil", "Tolkens telefon", _WHO, default=None)


def _area(titel: str, beskrivelse: str, *typer: Type) -> tuple[Aktoer, ...]:
    actors: tuple[Aktoer, ...] = felt(titel, beskrivelse, *typer, default=())
    return actors


class NetvaerkskortOpdateret(Haendelse):
    """A new version of the card. Its box for full consent is a wish: only a signed declaration is consent."""

    navn: ClassVar[str] = "netvaerkskort.opdateret"
    kaldenavn: ClassVar[str] = "Netværkskort"
    kerne: ClassVar[frozenset[Type]] = frozenset({_WHO})
    senders: ClassVar[frozenset[Partsart]] = frozenset({Partsart.FORVALTNING})
    to: ClassVar[To] = To.CASE

    udarbejdet_af: Tekst = felt("Udarbejdet af", "Den, der har udarbejdet kortet", _WHO)
    opdateret: date = felt("Dato/senest opdateret", "Datoen for denne udgave", _WHO)
    adresse: Tekst | None = felt("Adresse", "Borgerens adresse", Type.STAMDATA, default=None)
    telefon: Tekst | None = felt("Telefon og mobil", "Borgerens telefon", Type.STAMDATA, default=None)
    brug_for_tolkning: bool | None = felt(
        "Brug for tolkning?", "Om borgeren har brug for tolk", Type.STAMDATA, default=None
    )
    tolkesprog: Tekst | None = felt(
        "Hvis ja, angiv venligst sprog", "Det sprog, der skal tolkes", Type.STAMDATA, default=None
    )
    oensker_fuldt_samtykke: bool | None = felt(
        "Fuld samtykke", "Borgerens ønske; giver ingen ret uden underskrevet erklæring", Type.SAGSFORLOEB, default=None
    )
    fremskudte_sagsbehandlere: tuple[Aktoer, ...] = _area(
        "Hvem er den Fremskudte Sagsbehandler?", "Den eller de fremskudte sagsbehandlere"
    )
    privat_netvaerk: tuple[Aktoer, ...] = _area(
        "Ressourcepersoner i det private netværk",
        "Samlever, børn, forældre, naboer, værested mv., der kan støtte",
        Type.NETVAERK_FAMILIE,
        Type.BOERN,
    )
    beskaeftigelse: tuple[Aktoer, ...] = _area(
        "Beskæftigelse", "Arbejdsgiver, jobcenter, a-kasse, praktik mv.", Type.FAGLIGE_KOMPETENCER, Type.YDELSER_TILBUD
    )
    uddannelsessted: tuple[Aktoer, ...] = _area(
        "Uddannelsessted", "Hvor borgeren er under uddannelse", Type.FAGLIGE_KOMPETENCER
    )
    bolig: tuple[Aktoer, ...] = _area("Bolig", "Boligselskab, boligsocial rådgiver, vicevært mv.", Type.BOLIG)
    hverdagen_i_hjemmet: tuple[Aktoer, ...] = _area(
        "Hverdagen i hjemmet",
        "Visitator, hjemmehjælper, hjemmevejleder, SKP, familievejleder mv.",
        Type.YDELSER_TILBUD,
        Type.HELBRED,
        Type.NETVAERK_FAMILIE,
        Type.BOERN,
    )
    egen_laege: Aktoer | None = felt("Egen læge", "Borgerens praktiserende læge", Type.HELBRED, default=None)
    sundhed_og_behandling: tuple[Aktoer, ...] = _area(
        "Sundhed og behandling", "Speciallæge, distriktspsykiatri og anden behandling", Type.HELBRED, Type.MISBRUG
    )
    socialforvaltning: tuple[Aktoer, ...] = _area(
        "Socialforvaltning",
        "Ydelse, borgerservice, familieafsnit, rusmiddelrådgivning, psykiatri og handicap mv.",
        Type.YDELSER_TILBUD,
        Type.OEKONOMI,
        Type.HELBRED,
        Type.MISBRUG,
        Type.BOERN,
    )
    kriminalforsorgen: tuple[Aktoer, ...] = _area(
        "Kriminalforsorgen", "Borgerens kontakter i Kriminalforsorgen", Type.STRAFBARE_FORHOLD
    )
    tolke: tuple[Tolk, ...] = felt("Tolk(e)", "De tolke, borgeren har", Type.STAMDATA, default=())
