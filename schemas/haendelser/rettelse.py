"""What follows when a copy may have been read that should not have been, or that was wrong.

Both events speak of a delivery by its id (the `Nats-Msg-Id` under which the copy was fetched) and say nothing of what
stood in it. The receiver confirms by acknowledging this event, and does so only when it has struck or corrected what it
holds: that acknowledgement is on record in the disclosure log.
"""

from typing import Annotated, ClassVar

from pydantic import StringConstraints

from schemas.categories import Oplysningstype as Type
from schemas.events import Haendelse
from schemas.fields import felt
from schemas.identifiers import Tidspunkt

_TYPE = Type.SAGSFORLOEB

Haendelsesid = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
]
"""An event's id on the bus, a UUIDv5."""

Leveringsid = Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{36}:[a-z][a-z0-9-]{0,40}:[1-9][0-9]*$")]
"""A delivery's id: event, recipient and attempt."""


class OplysningTilbagekaldt(Haendelse):
    """What was delivered is withdrawn: the receiver strikes it, and confirms."""

    navn: ClassVar[str] = "oplysning.tilbagekaldt"
    kaldenavn: ClassVar[str] = "Oplysning kaldt tilbage"
    kerne: ClassVar[frozenset[Type]] = frozenset({_TYPE})

    levering: Leveringsid = felt("Levering", "Id på den levering, der trækkes tilbage", _TYPE)
    tilbagekaldt: Tidspunkt = felt("Tilbagekaldt", "Hvornår oplysningen blev trukket tilbage", _TYPE)


class OplysningRettet(Haendelse):
    """What was delivered was wrong: the receiver puts the named event in its place, or strikes it, and confirms."""

    navn: ClassVar[str] = "oplysning.rettet"
    kaldenavn: ClassVar[str] = "Oplysning rettet"
    kerne: ClassVar[frozenset[Type]] = frozenset({_TYPE})

    levering: Leveringsid = felt("Levering", "Id på den levering, der rettes", _TYPE)
    rettet: Tidspunkt = felt("Rettet", "Hvornår oplysningen blev rettet", _TYPE)
    erstattes_af: Haendelsesid | None = felt(
        "Erstattes af", "Id på den hændelse, der træder i stedet; tom, hvis oplysningen slettes", _TYPE, default=None
    )
