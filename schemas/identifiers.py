"""The numbers by which organisations, cases and instants are known, each as strict as the real ones allow.

A check digit refuses only where every real number holds it: old messages carry GLNs without a valid one.
"""

import re
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, StringConstraints, WithJsonSchema
from stdnum import ean
from stdnum.dk import cvr as danish_cvr


def _cvr(number: str) -> str:
    if not danish_cvr.is_valid(number) or danish_cvr.compact(number) != number:
        raise ValueError("not a CVR number: eight digits, the last of which checks the others")
    return number


def gln_holds(number: str) -> bool:
    """Return whether a GLN has its check digit (GS1, modulo 10)."""
    return len(number) == 13 and bool(ean.is_valid(number))  # noqa: PLR2004 - a GLN has 13 digits


Tidspunkt = AwareDatetime
"""An instant with its offset (RFC 3339): a time without one is nobody's time."""

Cvr = Annotated[str, AfterValidator(_cvr), WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]{7}$"})]
"""A company's or authority's number in the central business register, check digit included."""

Pnummer = Annotated[str, StringConstraints(pattern=r"^[0-9]{10}$")]
"""A production unit's number in the central business register."""

Gln = Annotated[str, StringConstraints(pattern=r"^[0-9]{12,13}$")]
"""A GLN (EAN) location number; `gln_holds` tells whether its check digit does, which old MedCom messages often lack."""

Sor = Annotated[str, StringConstraints(pattern=r"^[0-9]{11,18}$")]
"""An organisation's number in the health service's register (Sundhedsvæsenets Organisationsregister)."""

Ydernummer = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
"""A practice's number with the public health insurance, leading zeros kept."""

Afdelingsnummer = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{4,7}$")]
"""A hospital department's number (sygehusafdelingsnummer, SKS)."""

Kle = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}\.[0-9]{2}\.[0-9]{2}( [A-ZÆØÅ][0-9]{2})?$")]
"""A subject of the municipalities' common classification (KLE), with its handling facet or without."""


def ydernummer(written: str) -> str | None:
    """Return a practice's number with the leading zeros that some senders drop, or None where it is none."""
    return written.zfill(6) if re.fullmatch(r"[0-9]{4,6}", written, re.ASCII) else None
