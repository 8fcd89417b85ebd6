"""News of a declaration: what is told of it is what the declaration says, whatever the sender wrote. Pure."""

from consent.citizen import CitizenFile
from consent.declarations import NAVNGIVET, Punkt
from schemas.events import Event
from schemas.haendelser import SamtykkeAfgivet, SamtykkePunkt, SamtykkeTilbagekaldt


def declaration_told_of(event: Event) -> tuple[str, int] | None:
    """Return id and version of the declaration that an event brings news of, or None where it brings none."""
    if isinstance(event.data, SamtykkeAfgivet | SamtykkeTilbagekaldt):
        return event.data.samtykke_id, event.data.samtykkeversion
    return None


def truthful(event: Event, file: CitizenFile) -> Event | None:
    """Return the event with its content taken from the stored declaration; other events as they are.

    None where there is nothing to tell: no such declaration of this citizen, a sender that it does not name, or news of
    a withdrawal that has not happened.
    """
    told = declaration_told_of(event)
    if told is None:
        return event
    declaration = file.declaration(*told)
    if declaration is None or event.source not in declaration.parties:
        return None
    if isinstance(event.data, SamtykkeAfgivet):
        points = tuple(_point(one) for one in declaration.punkter)
        given = {"afgivet": declaration.afgivet, "gyldig_til": declaration.gyldig_til, "punkter": points}
        return event.model_copy(update={"data": event.data.model_copy(update=given)})
    if declaration.tilbagekaldt is None:
        return None
    withdrawn = {"tilbagekaldt": declaration.tilbagekaldt}
    return event.model_copy(update={"data": event.data.model_copy(update=withdrawn)})


def _point(punkt: Punkt) -> SamtykkePunkt:
    between = {"fra": punkt.fra, "til": punkt.til} if punkt.punkt == NAVNGIVET else {"parter": punkt.fra}
    return SamtykkePunkt.model_validate({"punkt": punkt.punkt, "oplysningstyper": punkt.oplysningstyper, **between})
