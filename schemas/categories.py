"""The categories of information (oplysningstyper) that a samtykke can name."""

from enum import StrEnum


class Oplysningstype(StrEnum):
    """One category of information about a citizen, after the headings of the municipality's own forms."""

    STAMDATA = "stamdata"
    KONTAKTPERSONER = "kontaktpersoner"
    FAGLIGE_KOMPETENCER = "faglige_kompetencer"
    MOTIVATION_OENSKER = "motivation_oensker"
    HELBRED = "helbred"
    MISBRUG = "misbrug"
    OEKONOMI = "oekonomi"
    BOLIG = "bolig"
    NETVAERK_FAMILIE = "netvaerk_familie"
    BOERN = "boern"
    YDELSER_TILBUD = "ydelser_tilbud"
    PLAN = "plan"
    FREMMOEDE = "fremmoede"
    PROGRESSION = "progression"
    STRAFBARE_FORHOLD = "strafbare_forhold"
    BORGERENS_KOMMENTARER = "borgerens_kommentarer"
    SAGSFORLOEB = "sagsforloeb"


TITLER: dict[Oplysningstype, str] = {
    Oplysningstype.STAMDATA: "Stamdata (adresse, telefon, mail)",
    Oplysningstype.KONTAKTPERSONER: "Kontaktpersoner",
    Oplysningstype.FAGLIGE_KOMPETENCER: "Faglige kompetencer",
    Oplysningstype.MOTIVATION_OENSKER: "Motivation og ønsker",
    Oplysningstype.HELBRED: "Helbred",
    Oplysningstype.MISBRUG: "Misbrug",
    Oplysningstype.OEKONOMI: "Økonomi",
    Oplysningstype.BOLIG: "Bolig",
    Oplysningstype.NETVAERK_FAMILIE: "Netværk og familie",
    Oplysningstype.BOERN: "Børn",
    Oplysningstype.YDELSER_TILBUD: "Ydelser og tilbud",
    Oplysningstype.PLAN: "Plan",
    Oplysningstype.FREMMOEDE: "Fremmøde",
    Oplysningstype.PROGRESSION: "Progression",
    Oplysningstype.STRAFBARE_FORHOLD: "Strafbare forhold",
    Oplysningstype.BORGERENS_KOMMENTARER: "Borgerens kommentarer",
    Oplysningstype.SAGSFORLOEB: "Sagens forløb",
}
"""The words of the forms, for people."""

FRITEKST = frozenset(
    {
        Oplysningstype.HELBRED,
        Oplysningstype.MISBRUG,
        Oplysningstype.STRAFBARE_FORHOLD,
        Oplysningstype.BOERN,
    }
)
"""What free text and attachments may hold unless their sender declares less: nobody has read them for us."""
