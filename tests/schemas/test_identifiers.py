"""The numbers of organisations: as strict as the real ones allow."""

import pytest
from pydantic import TypeAdapter, ValidationError

from schemas.identifiers import (
    Afdelingsnummer,
    Cvr,
    Gln,
    Kle,
    Pnummer,
    Sor,
    Tidspunkt,
    Ydernummer,
    gln_holds,
    ydernummer,
)

GOOD = [
    (Cvr, "25313763"),
    (Pnummer, "1003388394"),
    (Gln, "5790000121526"),
    (Gln, "570000121526"),
    (Gln, "5790000120400"),
    (Sor, "953741000016009"),
    (Sor, "10000000001"),
    (Ydernummer, "079741"),
    (Afdelingsnummer, "2001060"),
    (Afdelingsnummer, "1301"),
    (Kle, "27.35.28"),
    (Kle, "27.35.28 G01"),
    (Tidspunkt, "2026-10-25T02:30:00+01:00"),
    (Tidspunkt, "2026-10-25T00:30:00Z"),
]
BAD = [
    (Cvr, "25313764"),
    (Cvr, "05313763"),
    (Cvr, "DK25313763"),
    (Cvr, "2531376"),
    (Pnummer, "100338839"),
    (Gln, "57900001215"),
    (Gln, "579000012152٣"),
    (Sor, "1234567890"),
    (Sor, "95374100001600A"),
    (Ydernummer, "44164"),
    (Ydernummer, "07974a"),
    (Afdelingsnummer, "20010601"),
    (Afdelingsnummer, "200-1"),
    (Kle, "27.35"),
    (Kle, "27.35.28G01"),
    (Kle, "27.35.28\n"),
    (Tidspunkt, "2026-10-25T02:30:00"),
    (Tidspunkt, ""),
]


@pytest.mark.parametrize(("kind", "number"), GOOD)
def test_good(kind: object, number: str):
    """Numbers of the form that real registers give out, old GLNs without a valid check digit among them."""
    TypeAdapter(kind).validate_json(f'"{number}"', strict=True)


@pytest.mark.parametrize(("kind", "number"), BAD)
def test_bad(kind: object, number: str):
    """A wrong length, letter or check digit, another script's digits, an instant without an offset."""
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(number)


@pytest.mark.parametrize(
    ("number", "holds"),
    [("5790000121526", True), ("5790000120400", False), ("570000121526", False), ("0000000000000", True)],
)
def test_whether_a_gln_has_its_check_digit(number: str, holds: bool):
    """For a remark, never for a refusal: real old messages lack it."""
    assert gln_holds(number) is holds


@pytest.mark.parametrize(
    ("written", "number"), [("44164", "044164"), ("079741", "079741"), ("x", None), ("0797410", None), ("", None)]
)
def test_a_practices_number_gets_its_leading_zeros_back(written: str, number: str | None):
    """Some senders drop them."""
    assert ydernummer(written) == number
