"""Which parties a message names: organisations by SOR number, GLN or ydernummer, looked up in the party register."""

import re
from collections.abc import Mapping

from connectors.contract import Hint
from connectors.region.message import Message
from connectors.region.resources import Destination, MessageHeader, Organization
from connectors.region.terminology import ENDPOINT, GLN, GLN_DK_CORE, SOR, YDERNUMMER
from schemas.errors import SchemaError
from schemas.parties import Partregister

NO_RECEIVER = "no SOR number, GLN or ydernummer says who the receiver is"

Numbers = Mapping[str, str]
"""An organisation's numbers by the register's names for their systems, `sor`, `gln` and `ydernummer`."""

_SYSTEMS = {SOR: "sor", GLN: "gln", GLN_DK_CORE: "gln", YDERNUMMER: "ydernummer"}
_SHAPES = {
    "sor": re.compile(r"[0-9]{11,18}"),
    "gln": re.compile(r"[0-9]{12,13}"),
    "ydernummer": re.compile(r"[0-9]{6}"),
}
"""What the numbers look like: dk-core's length of a SOR number, a GLN with or without its check digit. A number that an
unknown receiver is named by ends in the log, so nothing of a CPR number's length is taken for one."""


def receivers(message: Message, header: MessageHeader, register: Partregister) -> tuple[str, ...]:
    """Return the party id of every destination, primary and copies alike, each once.

    A destination that the register does not know becomes `sor:<number>`, `gln:<number>` or `ydernummer:<number>`, which
    no party is called. So does one whose endpoint and organisation disagree: neither is a receiver beyond doubt.

    Raises:
        SchemaError: there is no destination, or one without any number.
    """
    if not header.destination:
        raise SchemaError(NO_RECEIVER, "MessageHeader.destination")
    found = (_receiver(message, one, place, register) for place, one in enumerate(header.destination))
    return tuple(dict.fromkeys(found))


def check_sender(message: Message, header: MessageHeader, hint: Hint) -> None:
    """Check that the message's sender is the authenticated party, by the numbers that the register has of it.

    With a register of no parties nobody has authenticated: a file is being translated, and there is nothing to check.

    Raises:
        SchemaError: the sender is somebody else, or the register cannot tell.
    """
    if not hint.register.parter:
        return
    numbers = numbers_of(message.find(header.sender, "MessageHeader.sender", Organization))
    if party_with(numbers, hint.register) != hint.source:
        raise SchemaError("the sender is not the authenticated party", "MessageHeader.sender")


def party_with(numbers: Numbers, register: Partregister) -> str | None:
    """Return the party with these numbers.

    The SOR number decides where the register knows it. Departments share GLNs, so a party found by GLN or ydernummer is
    somebody else where both the message and the register have a SOR number, and so not the same.
    """
    sor = numbers.get("sor", "")
    found = register.party_of("sor", sor)
    if found is not None:
        return found
    others = (register.party_of(system, numbers.get(system, "")) for system in ("gln", "ydernummer"))
    return next((one for one in others if one and not (sor and register.by_id[one].identifikatorer.sor)), None)


def numbers_of(organisation: Organization) -> Numbers:
    """Return the numbers of an organisation that look like numbers of their kind.

    Raises:
        SchemaError: it has two different ones of the same kind.
    """
    numbers: dict[str, str] = {}
    for identifier in organisation.identifier:
        system = _SYSTEMS.get(identifier.system or "", "")
        value = identifier.value.zfill(6) if system == "ydernummer" else identifier.value
        if not system or not _SHAPES[system].fullmatch(value):
            continue
        if numbers.setdefault(system, value) != value:
            raise SchemaError("two different numbers of one kind", "Organization.identifier")
    return numbers


def sor_of(endpoint: str | None) -> str | None:
    """Return the SOR number in the address of a MedCom endpoint, or None where it has another form."""
    number = (endpoint or "").removeprefix(ENDPOINT)
    return number if number != endpoint and _SHAPES["sor"].fullmatch(number) else None


def _receiver(message: Message, destination: Destination, place: int, register: Partregister) -> str:
    where = f"MessageHeader.destination.{place}"
    organisation: Numbers = {}
    if destination.receiver is not None:
        organisation = numbers_of(message.find(destination.receiver, f"{where}.receiver", Organization))
    endpoint = sor_of(destination.endpoint)
    if endpoint and organisation.get("sor", endpoint) != endpoint:
        return f"sor:{endpoint}"
    numbers = {"sor": endpoint, **organisation} if endpoint else organisation
    unknown = next((f"{system}:{numbers[system]}" for system in _SHAPES if system in numbers), None)
    if unknown is None:
        raise SchemaError(NO_RECEIVER, where)
    return party_with(numbers, register) or unknown
