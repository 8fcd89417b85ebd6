"""Requests for medical certificates (the LÆ forms)."""

from datetime import date
from typing import ClassVar

from schemas.categories import Oplysningstype as Type
from schemas.events import Haendelse, Tekst
from schemas.fields import felt


class LaegeattestAnmodet(Haendelse):
    """A request for a certificate. It may go when the answer could come, so it carries what it asks for."""

    navn: ClassVar[str] = "laegeattest.anmodet"
    kerne_erklaeret: ClassVar[bool] = True
    asks: ClassVar[bool] = True

    oplysningstyper: tuple[Type, ...] = felt(
        "Oplysningstyper", "De oplysningstyper, der bedes om", erklaeret=True, min_length=1
    )
    blanket: Tekst = felt("Blanket", "LÆ-blankettens nummer", erklaeret=True, pattern=r"^LÆ ?[0-9]{3}$")
    lovgrundlag: Tekst = felt("Lovgrundlag", "Samtykke, eller det stykke og litra der påberåbes", erklaeret=True)
    anmodet: date = felt("Anmodet", "Datoen for anmodningen", erklaeret=True)
    svarfrist: date | None = felt("Svarfrist", "Hvornår svaret ønskes", erklaeret=True, default=None)
    spoergsmaal: Tekst | None = felt("Spørgsmål", "Hvad der ønskes belyst", erklaeret=True, default=None)

    def declared(self) -> frozenset[Type]:
        """Return the categories asked for."""
        return frozenset(self.oplysningstyper)
