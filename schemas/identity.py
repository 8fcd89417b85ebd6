"""Personal identification numbers as Danish systems really send them.

A CPR number must be a possible date, but its check digit proves nothing: numbers without it have been issued since
2007, and MedCom's national test numbers all lack it. Replacement numbers come in three forms (dk-core): national
X-eCPR, regional D-eCPR, and local ones whose first digit is raised by six.
"""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema
from stdnum.dk import cpr as danish_cpr
from stdnum.exceptions import ValidationError as NumberError


class Nummerart(StrEnum):
    """Which issuer a personal identification number comes from."""

    CPR = "cpr"
    X_ECPR = "x-ecpr"
    D_ECPR = "d-ecpr"
    LOKAL = "lokal"


_X_ECPR = re.compile(r"[0-9]{6}[17][A-Z]{2}[0-9]", re.ASCII)
_D_ECPR = re.compile(r"[0-9]{6}[056][A-Z]{2}[0-9]", re.ASCII)
_LOKAL = re.compile(r"[6-9][0-9]{9}", re.ASCII)


def nummerart(number: str) -> Nummerart | None:
    """Return the kind of a personal identification number of ten characters, or None where it is none."""
    if _X_ECPR.fullmatch(number):
        return Nummerart.X_ECPR
    if _D_ECPR.fullmatch(number):
        return Nummerart.D_ECPR
    if _LOKAL.fullmatch(number):
        return Nummerart.LOKAL if _possible(f"{int(number[0]) - 6}{number[1:]}") else None
    return Nummerart.CPR if re.fullmatch(r"[0-9]{10}", number) and _possible(number) else None


def _possible(number: str) -> bool:
    try:
        danish_cpr.validate(number)
    except NumberError:
        return False
    return True


def _checked(number: str) -> str:
    if nummerart(number) is None:
        raise ValueError("not a CPR number or replacement CPR: ten characters, beginning with a possible date")
    return number


Personnummer = Annotated[
    str,
    AfterValidator(_checked),
    WithJsonSchema({"type": "string", "pattern": "^([0-9]{10}|[0-9]{6}[015-7][A-Z]{2}[0-9])$"}),
]
"""A CPR number or replacement CPR, checked."""
