"""The citizens of the sample day, each with one case. All of them are made up.

The numbers are test numbers after MedCom's habit: a possible date, 99 before the last two digits, and a check digit
that is wrong, so that none of them can have been given to anybody before 2007.
"""

from dataclasses import dataclass, field

from ops.sample.dates import Day


@dataclass(frozen=True, slots=True)
class Citizen:
    """A made-up person and the series and purpose of the case that the day is about."""

    fornavn: str
    efternavn: str
    cpr: str = field(repr=False)
    serie: str
    formaal: str

    @property
    def navn(self) -> str:
        """The full name."""
        return f"{self.fornavn} {self.efternavn}"

    def case(self, day: Day) -> dict[str, str]:
        """Return the case's number and its purpose, as events and wrappings carry them."""
        return {"sag": day.number(self.serie), "formaal": self.formaal}


KARIN = Citizen("Karin", "Prøve", "1405729996", "SYG", "Opfølgning på sygedagpenge og vejen tilbage i arbejde")
"""In her fifties, cleaner for twenty years: a shoulder that does not heal, and a depression after it."""

MIKKEL = Citizen("Mikkel", "Prøve", "0308049989", "UNG", "Uddannelse og en stabil hverdag")
"""In his early twenties, a diagnosis of ADHD and a use of cannabis that he wants to be rid of."""

SOFIE = Citizen("Sofie", "Prøve", "2211889992", "FAM", "Samlet indsats for familien")
"""Mother of two on benefits; three departments and the GP work with the family."""

BENT = Citizen("Bent", "Prøve", "0902709993", "BOL", "Afklaring af bolig, økonomi og helbred")
"""Evicted once, in debt, in treatment for alcohol; at noon he changes his mind about who may know."""

OLE = Citizen("Ole", "Prøve", "3010659993", "SYG-2", "Afklaring efter indlæggelse")
"""Has consented to nothing; what crosses about him rests on a paragraph or not on anything."""

INGER = Citizen("Inger", "Prøve", "1712599992", "FLX", "Afklaring til fleksjob")
"""Her daughter signed for her by proxy, and that is more than a year ago."""

YUSUF = Citizen("Yusuf", "Prøve", "0607969995", "KTH", "Vejen til et job")
"""Has signed, but nobody has yet seen that the certificate is his."""

CITIZENS = (KARIN, MIKKEL, SOFIE, BENT, OLE, INGER, YUSUF)

UNLINKED = Citizen("Ukendt", "Kvinde", "1405721AB2", "SYG", KARIN.formaal)
"""A national replacement number (X-eCPR) that nothing links to anybody: found in the street, it may well be Karin."""
