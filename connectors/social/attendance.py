"""Attendance at offers, as the social department's systems register it: JSON after the form below.

A list of rows, one per citizen and period, with those who came among those who did not. Unknown fields are refused.
"""

from datetime import date
from typing import Any, Literal

from pydantic import AwareDatetime, Field, ValidationError

from connectors.contract import Hint, Malformed, NotExpressible
from schemas.events import Bruger, Event, Hjemmel, Tekst, Value, dump, event_from, read_json, schema_error
from schemas.haendelser import FravaerRegistreret, Tilbud
from schemas.identity import Personnummer
from schemas.ids import content_id, event_id
from schemas.parties import Partregister

VOLATILE = ("afsendt",)
"""A list that is sent again says the same at another time."""


class Fremmoederaekke(Value):
    """One citizen, one offer, one period: came, or stayed away and why.

    `raekke_id` is the sender's own name for the row. It makes no event id: a corrected row keeps it.
    """

    raekke_id: Tekst | None = None
    cpr: Personnummer
    navn: Tekst | None = None
    sag: Tekst | None = None
    formaal: Tekst | None = None
    modtagere: tuple[Tekst, ...] = ()
    hjemmel: Hjemmel | None = None
    tilbud: Tilbud
    fra: date
    til: date | None = None
    art: Literal["udeblevet", "lovligt", "syg", "fremmoedt"]
    timer: float | None = Field(default=None, ge=0)
    aarsag: Tekst | None = None
    registreret: AwareDatetime


class Fremmoedeliste(Value):
    """One message: when it was sent, by whom, and its rows."""

    meddelelse_id: Tekst | None = None
    afsendt: AwareDatetime
    medarbejder: Bruger | None = None
    raekker: tuple[Fremmoederaekke, ...]


def read(native: bytes, hint: Hint) -> list[Event] | Malformed:
    """Read one `fravaer.registreret` per row of absence; one bad row and nothing of the message is read.

    An event's id rests on its row's place in the message, so that its neighbours' presence or absence does not move it.
    Its time is when the absence was registered, so that it is the same event however often and late it is sent.

    Raises:
        SchemaError: naming the row and field, such as `raekker.3.cpr`, rows counted from 0.
    """
    form = _form(native)
    seed = form.meddelelse_id or content_id(dump(form.model_dump(mode="json", exclude={*VOLATILE})), hint.content_key)
    return [
        event_from(
            {
                "id": event_id(hint.source, seed, place, key=hint.content_key),
                "source": hint.source,
                "type": FravaerRegistreret.wire_type(),
                "time": row.registreret.isoformat(),
                "data": _data(row, form.medarbejder, hint),
            }
        )
        for place, row in enumerate(form.raekker)
        if row.art != "fremmoedt"
    ]


def write(event: Event, _register: Partregister) -> bytes | NotExpressible:
    """Write a receiver's copy of an absence as a message of one row.

    The event's id stands as the message's, for the sender's own is not in the event; so `read(write(event))` equals
    an event that was read here but for its id, which is derived anew. What only the bus reads, hjemmel and modtagere,
    is never written.
    """
    if not isinstance(event.data, FravaerRegistreret):
        return NotExpressible("an attendance list carries fravaer.registreret alone")
    row = event.content()
    row.pop("hjemmel", None)
    row.pop("modtagere", None)
    head = {"meddelelse_id": event.id, "afsendt": event.time.isoformat()}
    user = {"medarbejder": row.pop("bruger")} if "bruger" in row else {}
    return dump(head | user | {"raekker": [row.pop("borger") | row]})


def _form(native: bytes) -> Fremmoedeliste:
    read_json(native)  # refuses what pydantic reads without a word: a name that stands twice in one object
    try:
        return Fremmoedeliste.model_validate_json(native, strict=True)
    except ValidationError as error:
        raise schema_error(error) from None


def _data(row: Fremmoederaekke, medarbejder: Bruger | None, hint: Hint) -> dict[str, Any]:
    content = row.model_dump(mode="json", exclude={"raekke_id", "cpr", "navn"})
    tilbud = content["tilbud"]
    bruger, hjemmel = medarbejder or hint.bruger, row.hjemmel or hint.hjemmel
    return content | {
        "borger": {"cpr": row.cpr, "navn": row.navn},
        "sag": row.sag or hint.sag,
        "formaal": row.formaal or hint.formaal,
        "bruger": bruger and bruger.model_dump(),
        "hjemmel": hjemmel and hjemmel.model_dump(),
        "modtagere": row.modtagere or hint.modtagere,
        "tilbud": tilbud | {"oplysningstyper": tilbud["oplysningstyper"] or hint.oplysningstyper},
    }
