"""The citizen of a MedCom message."""

from collections.abc import Sequence

from connectors.region.elements import Identifier
from connectors.region.message import Message
from connectors.region.resources import Communication, Patient
from connectors.region.terminology import CPR, D_ECPR, X_ECPR
from schemas.errors import SchemaError
from schemas.events import Borger
from schemas.identity import nummerart


def read_patient(message: Message, communications: Sequence[Communication]) -> Borger:
    """Return whom the message is about (medcom-careCommunication-2: exactly one Patient).

    Raises:
        SchemaError: there is not exactly one, the communications are about somebody else, or the number is wrong.
    """
    patients = message.every(Patient)
    if len(patients) != 1:
        raise SchemaError("not exactly one Patient", "Bundle.entry")
    for communication in communications:
        message.find(communication.subject, "Communication.subject", Patient)
    return Borger(cpr=_number(patients[0]), navn=_name(patients[0]))


def _number(patient: Patient) -> str:
    """Return the CPR number, or else the replacement number; two of one kind are nobody's."""
    for of_kind in (_is_cpr, _is_national, _is_regional):
        numbers = {identifier.value for identifier in patient.identifier if of_kind(identifier)}
        if len(numbers) == 1:
            return _checked(numbers.pop())
        if numbers:
            raise SchemaError("two different numbers of one kind", "Patient.identifier")
    raise SchemaError("neither a CPR number nor a replacement CPR", "Patient.identifier")


def _is_cpr(identifier: Identifier) -> bool:
    return identifier.system == CPR


def _is_national(identifier: Identifier) -> bool:
    return identifier.system == X_ECPR


def _is_regional(identifier: Identifier) -> bool:
    return f"{identifier.system}.".startswith(f"{D_ECPR}.")


def _checked(number: str) -> str:
    if nummerart(number) is None:
        raise SchemaError("not a possible CPR number or replacement CPR", "Patient.identifier")
    return number


def _name(patient: Patient) -> str | None:
    return patient.name[0].in_full() if patient.name else None
