"""Case information from others, inside and outside the municipality (arbejdsgang, 5 and 7: sagsoplysning)."""

from datetime import date
from typing import ClassVar, Literal

from schemas.categories import TITLER
from schemas.categories import Oplysningstype as Type
from schemas.events import Haendelse, Tekst, Value
from schemas.fields import felt
from schemas.parties import Partsart

_WORK = Type.SAGSFORLOEB


class SagsoplysningAnmodet(Haendelse):
    """A request for case information. It may go when the answer could come, so it carries what it asks for.

    The answer is casework whatever is in it, so the request declares that too: it must not go where no answer could.
    """

    navn: ClassVar[str] = "sagsoplysning.anmodet"
    kaldenavn: ClassVar[str] = "Anmodning om sagsoplysning"
    kerne_erklaeret: ClassVar[bool] = True
    senders: ClassVar[frozenset[Partsart]] = frozenset({Partsart.FORVALTNING})
    asks: ClassVar[bool] = True

    anmodning: Tekst = felt("Anmodning", "Anmodningens id i afsenderens system", erklaeret=True)
    art: Literal["intern", "ekstern"] = felt("Art", "Intern eller ekstern sagsoplysning", erklaeret=True)
    anmodet: date = felt("Anmodet", "Datoen for anmodningen", erklaeret=True)
    oplysningstyper: tuple[Type, ...] = felt(
        "Oplysningstyper", "De oplysningstyper, der bedes om", erklaeret=True, min_length=1
    )
    begrundelse: Tekst = felt("Begrundelse", "Hvad oplysningerne skal bruges til", erklaeret=True)
    spoergsmaal: tuple[
        Literal["ivaerksatte_indsatser_og_status", "tidligere_socialfaglige_udredninger", "tilknyttede_personer"], ...
    ] = felt(
        "Spørgsmål",
        "Iværksatte indsatser og status, tidligere udredninger, hvem der har været tilknyttet",
        erklaeret=True,
        default=(),
    )

    def declared(self) -> frozenset[Type]:
        """Return the categories asked for, and the casework: who is asked for what."""
        return frozenset(self.oplysningstyper) | {_WORK}


class Oplysning(Value):
    """One piece of information; it carries the category of the list that it stands in."""

    tekst: Tekst = felt("Oplysning", "Hvad der oplyses")
    dato: date | None = felt("Dato", "Den dag, oplysningen er fra", default=None)


def _given(type_: Type) -> tuple[Oplysning, ...]:
    pieces: tuple[Oplysning, ...] = felt(TITLER[type_], f"Oplysninger under {TITLER[type_]}", type_, default=())
    return pieces


class SagsoplysningAfgivet(Haendelse):
    """The information itself, one list per category.

    Nothing lists the categories that are given: against it, a receiver could tell what was withheld.
    """

    navn: ClassVar[str] = "sagsoplysning.afgivet"
    kaldenavn: ClassVar[str] = "Sagsoplysning"
    kerne: ClassVar[frozenset[Type]] = frozenset({_WORK})

    anmodning: Tekst | None = felt("Anmodning", "Den anmodning, der svares på", _WORK, default=None)
    art: Literal["intern", "ekstern"] = felt("Art", "Intern eller ekstern sagsoplysning", _WORK)
    afgivet: date = felt("Afgivet", "Den dag, oplysningerne blev givet", _WORK)
    begrundelse: Tekst | None = felt("Begrundelse", "Hvorfor oplysningerne gives", _WORK, erklaeret=True, default=None)
    oplysningstyper: tuple[Type, ...] = felt(
        "Oplysningstyper", "Hvad begrundelsen afslører om borgeren", _WORK, erklaeret=True, default=()
    )
    stamdata: tuple[Oplysning, ...] = _given(Type.STAMDATA)
    kontaktpersoner: tuple[Oplysning, ...] = _given(Type.KONTAKTPERSONER)
    faglige_kompetencer: tuple[Oplysning, ...] = _given(Type.FAGLIGE_KOMPETENCER)
    motivation_oensker: tuple[Oplysning, ...] = _given(Type.MOTIVATION_OENSKER)
    helbred: tuple[Oplysning, ...] = _given(Type.HELBRED)
    misbrug: tuple[Oplysning, ...] = _given(Type.MISBRUG)
    oekonomi: tuple[Oplysning, ...] = _given(Type.OEKONOMI)
    bolig: tuple[Oplysning, ...] = _given(Type.BOLIG)
    netvaerk_familie: tuple[Oplysning, ...] = _given(Type.NETVAERK_FAMILIE)
    boern: tuple[Oplysning, ...] = _given(Type.BOERN)
    ydelser_tilbud: tuple[Oplysning, ...] = _given(Type.YDELSER_TILBUD)
    plan: tuple[Oplysning, ...] = _given(Type.PLAN)
    fremmoede: tuple[Oplysning, ...] = _given(Type.FREMMOEDE)
    progression: tuple[Oplysning, ...] = _given(Type.PROGRESSION)
    strafbare_forhold: tuple[Oplysning, ...] = _given(Type.STRAFBARE_FORHOLD)
    borgerens_kommentarer: tuple[Oplysning, ...] = _given(Type.BORGERENS_KOMMENTARER)
    sagsforloeb: tuple[Oplysning, ...] = _given(_WORK)

    def declared(self) -> frozenset[Type]:
        """Return what the sender says that the reason reveals, or everything that free text may hold."""
        return frozenset(self.oplysningstyper) or super().declared()
