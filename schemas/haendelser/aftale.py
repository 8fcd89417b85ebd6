"""Booking confirmations: MedCom DIS13 (BookingConfirmation), the answer to a referral."""

from typing import ClassVar

from schemas.categories import Oplysningstype as Type
from schemas.events import Tekst
from schemas.fields import felt
from schemas.haendelser.medcom import Klinisk, klinisk
from schemas.identifiers import Tidspunkt
from schemas.parties import Partsart


class AftaleBekraeftet(Klinisk):
    """The citizen has an appointment, or the referral has been received and the time comes later."""

    navn: ClassVar[str] = "aftale.bekraeftet"
    kaldenavn: ClassVar[str] = "Aftale"
    senders: ClassVar[frozenset[Partsart]] = frozenset({Partsart.SUNDHEDSVAESEN, Partsart.PRAKTISERENDE_LAEGE})

    tidspunkt: Tidspunkt | None = felt("Aftalt tid", "Hvornår borgeren skal møde", Type.HELBRED, default=None)
    henvisning: Tekst | None = felt("Henvisning", "Henvisningens nummer", Type.HELBRED, default=None)
    henvisning_modtaget: Tidspunkt | None = felt(
        "Henvisning modtaget", "Hvornår henvisningen blev modtaget", Type.HELBRED, default=None
    )
    bemaerkning: Tekst | None = klinisk("Klinisk information", "Bookingsvarets linje")
