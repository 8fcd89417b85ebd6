"""A samtykke on paper: an employee attests, with a signature of their own, what a citizen has signed by hand.

The attestation is XML: the hash of the scan, the employee's name, the words of the attestation, and the whole
declaration in the words that stand on the paper. The scan itself stays where the municipality keeps its cases.
"""

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from lxml import etree

from consent.document import DocumentRefused, SignedContent, read_document, write_document
from schemas.xml import parse_xml

NAMESPACE = "urn:dk:tvaers:papirattest:1.0"

WORDS = (
    "Jeg har set erklæringen underskrevet på papir. Jeg har sikret mig, hvem der har underskrevet den, og at den siger "
    "præcis det, der står her."
)
"""What the employee signs for; other words are another version of the namespace."""

_FIELDS = ("ScanHash", "UnderskriverIdentifikator", "MedarbejderNavn", "AttestTekst")
_HASH = re.compile(r"[0-9a-f]{64}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class Attestation:
    """What an employee attests. `scan` is the SHA-256 of the scan in hex.

    `underskriver` is empty where the citizen signed; else the id under which somebody is on record as one who may sign
    for the citizen.
    """

    content: SignedContent
    scan: str
    medarbejder: str
    underskriver: str


def write_attestation(
    declaration: Mapping[str, Any],
    names: Mapping[str, str],
    oplyst_af: str,
    scan: bytes,
    medarbejder: str,
    underskriver: str = "",
) -> bytes:
    """Return the attestation, unsigned, as UTF-8 XML.

    Raises:
        DocumentRefused: it would not read back as exactly the same.
    """
    digest = sha256(scan).hexdigest()
    root = etree.Element(f"{{{NAMESPACE}}}PapirAttest", nsmap={"attest": NAMESPACE})
    for name, text in zip(_FIELDS, (digest, underskriver, medarbejder, WORDS), strict=True):
        try:
            etree.SubElement(root, f"{{{NAMESPACE}}}{name}").text = text
        except ValueError:
            raise DocumentRefused("a character that XML has not", name) from None
    root.append(parse_xml(write_document(declaration, names, oplyst_af)))
    read = read_attestation(root)
    if (read.content.declaration, read.scan, read.underskriver) != (declaration, digest, underskriver):
        raise DocumentRefused("holds more than an attestation carries", "PapirAttest")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def read_attestation(element: etree._Element) -> Attestation:
    """Read an attestation from an element that a verified signature of an employee covers.

    Raises:
        DocumentRefused: it is none, or the declaration in it is not what a citizen signs.
    """
    # As in a declaration: what is invisible splits a text in two, of which we would read the first.
    if not all(isinstance(node.tag, str) for node in element.iter()):
        raise DocumentRefused("a comment or processing instruction", "PapirAttest")
    if any(node.attrib for node in element.iter()):
        raise DocumentRefused("an attribute, where an attestation has none", "PapirAttest")
    names = [f"{{{NAMESPACE}}}{name}" for name in _FIELDS]
    *fields, declaration = list(element) or [element]
    if element.tag != f"{{{NAMESPACE}}}PapirAttest" or [one.tag for one in fields] != names:
        raise DocumentRefused("not an attestation of a samtykke on paper", "PapirAttest")
    scan, underskriver, medarbejder, words = (one.text or "" for one in fields)
    _require(_HASH.fullmatch(scan) is not None, "not a SHA-256 in hexadecimal", "ScanHash")
    _require(not underskriver or _UUID.fullmatch(underskriver) is not None, "not a UUID", "UnderskriverIdentifikator")
    named = 0 < len(medarbejder) <= MAX_NAME and medarbejder == " ".join(medarbejder.split())
    _require(named and medarbejder.isprintable(), "no name", "MedarbejderNavn")
    _require(words == WORDS, "not the words of an attestation", "AttestTekst")
    return Attestation(read_document(deepcopy(declaration)), scan, medarbejder, underskriver)


def _require(holds: bool, reason: str, where: str) -> None:
    if not holds:
        raise DocumentRefused(reason, where)
