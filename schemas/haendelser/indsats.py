"""The beginning and the end of a course at an offer, told to the keyworkers as absence from it is.

After the action plan's section of the two municipalities' project plan (004: which measures, when, and who provides
them) and the script for the start meeting (003: the offers' contact persons; whoever runs an offer tells the
coordinating caseworker when the course ends, and writes a short assessment of it).
"""

from datetime import date
from typing import ClassVar

from schemas.categories import Oplysningstype as Type
from schemas.events import Tekst
from schemas.fields import felt
from schemas.haendelser.fremmoede import Tilbudshaendelse


class IndsatsStartet(Tilbudshaendelse):
    """The citizen has begun at an offer, and this is whom to ask about it."""

    navn: ClassVar[str] = "indsats.startet"
    kaldenavn: ClassVar[str] = "Indsats startet"

    startet: date = felt("Startet", "Første dag i tilbuddet", Type.FREMMOEDE, erklaeret=True)
    forventet_slut: date | None = felt(
        "Forventet slut", "Hvornår forløbet er planlagt at slutte", Type.FREMMOEDE, erklaeret=True, default=None
    )
    kontaktperson: Tekst | None = felt(
        "Kontaktperson", "Tilbuddets kontaktperson for borgeren", Type.KONTAKTPERSONER, erklaeret=True, default=None
    )
    telefon: Tekst | None = felt(
        "Telefon", "Kontaktpersonens telefon", Type.KONTAKTPERSONER, erklaeret=True, default=None
    )
    mail: Tekst | None = felt("Mail", "Kontaktpersonens mail", Type.KONTAKTPERSONER, erklaeret=True, default=None)


class IndsatsAfsluttet(Tilbudshaendelse):
    """The course has ended. The keyworkers get to know that it has even where they may not read how it went."""

    navn: ClassVar[str] = "indsats.afsluttet"
    kaldenavn: ClassVar[str] = "Indsats afsluttet"

    startet: date | None = felt("Startet", "Første dag i tilbuddet", Type.FREMMOEDE, erklaeret=True, default=None)
    afsluttet: date = felt("Afsluttet", "Sidste dag i tilbuddet", Type.FREMMOEDE, erklaeret=True)
    statusvurdering: Tekst | None = felt(
        "Statusvurdering",
        "Kort statusvurdering over forløbet",
        Type.PROGRESSION,
        Type.HELBRED,
        erklaeret=True,
        default=None,
    )
