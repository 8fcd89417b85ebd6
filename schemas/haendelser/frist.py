"""A deadline has passed without the event that was expected (the deadlines of the outreach and handover models)."""

from typing import Annotated, ClassVar, Literal

from pydantic import StringConstraints

from schemas.addressing import To
from schemas.categories import Oplysningstype as Type
from schemas.events import Haendelse
from schemas.fields import felt
from schemas.haendelser.rettelse import Haendelsesid
from schemas.identifiers import Tidspunkt

_TYPE = Type.SAGSFORLOEB

Fristnavn = Annotated[str, StringConstraints(pattern=r"^[a-z]+(_[a-z]+)*$")]
"""A deadline's name in the municipality's table, which is data and may grow."""

Haendelsesnavn = Annotated[str, StringConstraints(pattern=r"^[a-z]+\.[a-z]+(\([a-z_]+\))?$")]
"""An event's name, with its kind where the deadline is about one kind alone: `moede.afholdt(foerste)`."""

Forbehold = Literal["saa_vidt_muligt", "hvis_relevant"]
"""What the model that sets a deadline itself takes back of it."""


class FristOverskredet(Haendelse):
    """What should have happened has not, or too late. Nothing is told of the event that the deadline counts from.

    Whoever learns that a deadline was missed learns that there was one: the event carries the categories of what the
    deadline was read from, such as those of the plan's area, and goes only where all of them may.
    """

    navn: ClassVar[str] = "frist.overskredet"
    kaldenavn: ClassVar[str] = "Frist overskredet"
    kerne: ClassVar[frozenset[Type]] = frozenset({_TYPE})
    kerne_erklaeret: ClassVar[bool] = True
    to: ClassVar[To] = To.CASE

    oplysningstyper: tuple[Type, ...] = felt(
        "Oplysningstyper", "Hvad fristen selv afslører om borgeren", _TYPE, erklaeret=True, default=()
    )
    frist: Fristnavn = felt("Frist", "Hvilken frist, efter kommunens fristtabel", _TYPE, erklaeret=True)
    overskredet: Tidspunkt = felt("Overskredet siden", "Udløbet af fristens sidste dag", _TYPE, erklaeret=True)
    fra_haendelse: Haendelsesid = felt("Fra hændelse", "Id på den hændelse, fristen regnes fra", _TYPE, erklaeret=True)
    fra_type: Haendelsesnavn = felt("Regnet fra", "Hvad fristen regnes fra", _TYPE, erklaeret=True)
    ventet: Haendelsesnavn = felt("Ventet", "Hvad der skulle være sket inden fristens udløb", _TYPE, erklaeret=True)
    forbehold: Forbehold | None = felt(
        "Forbehold",
        "Om fristen kun gælder så vidt muligt, eller hvis det er relevant",
        _TYPE,
        erklaeret=True,
        default=None,
    )

    def declared(self) -> frozenset[Type]:
        """Return what the deadline itself reveals beyond the casework."""
        return frozenset(self.oplysningstyper)
