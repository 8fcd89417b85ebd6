"""Discharge letters, MedCom DIS01 to DIS10: ward, outpatient, casualty, imaging, on-call doctor, specialist, therapist.

They differ in what their two times are called (Admission and Discharge, first and last visit, start and end of the
examination) and share the rest, so they are one event that says which letter it is.
"""

from typing import ClassVar

from schemas.categories import Oplysningstype as Type
from schemas.events import Tekst
from schemas.fields import felt
from schemas.haendelser.medcom import Diagnose, Klinisk, Notat
from schemas.identifiers import Tidspunkt
from schemas.parties import Partsart


class EpikriseModtaget(Klinisk):
    """A discharge letter. Without what it declares, what remains is that there was one, from when to when."""

    navn: ClassVar[str] = "epikrise.modtaget"
    kaldenavn: ClassVar[str] = "Epikrise"
    senders: ClassVar[frozenset[Partsart]] = frozenset(
        {Partsart.SUNDHEDSVAESEN, Partsart.PRAKTISERENDE_LAEGE, Partsart.REGION_SUNDHEDSFAGLIG}
    )

    brevtype: Tekst = felt("Brevtype", "MedComs brevtype, DIS01 til DIS10", Type.HELBRED, pattern=r"^DIS[0-9]{2}$")
    begyndt: Tidspunkt | None = felt(
        "Begyndt", "Indlæggelse, første besøg eller undersøgelsens start", Type.HELBRED, default=None
    )
    sluttet: Tidspunkt | None = felt(
        "Sluttet", "Udskrivning, sidste besøg eller undersøgelsens slut", Type.HELBRED, default=None
    )
    henvisning: Tekst | None = felt("Henvisning", "Nummeret på henvisningen", Type.HELBRED, default=None)
    henvisning_modtaget: Tidspunkt | None = felt(
        "Henvisning modtaget", "Hvornår henvisningen blev modtaget", Type.HELBRED, default=None
    )
    henvisningsdiagnoser: tuple[Diagnose, ...] = felt(
        "Henvisningsdiagnoser", "Hvad der blev henvist for", Type.HELBRED, erklaeret=True, default=()
    )
    diagnoser: tuple[Diagnose, ...] = felt(
        "Diagnoser", "Aktionsdiagnosen først, så tillægskoder og øvrige", Type.HELBRED, erklaeret=True, default=()
    )
    notater: tuple[Notat, ...] = felt(
        "Klinisk information", "Epikrisens tekster", Type.HELBRED, erklaeret=True, default=()
    )
