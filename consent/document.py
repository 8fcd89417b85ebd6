"""The samtykke document: one declaration as XML, with the words that the citizen saw and signs.

The words are rendered from the scope by `consent.wording.render_text` and from nothing else, and a document whose
words are not exactly those is refused: what was shown is what is enforced. Only an element that a verified signature
covers may be given to `read_document` (see `consent.signatures`).
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from lxml import etree

from consent.wording import MODTAGERE, render_text
from schemas.identity import nummerart
from schemas.parties import Partsart
from schemas.xml import XmlRefused, parse_xml

NAMESPACE = "urn:dk:tvaers:samtykke:1.0"

MAX_DOCUMENT_BYTES = 256 * 1024
"""A long declaration takes 10 kB; a long-term signature with chain, timestamps and OCSP answers adds some 40 kB."""

_SCHEMA_ERROR_ELEMENT = re.compile(r"Element '(?:\{[^}]*\})?([A-Za-z]{1,40})'")
"""Letters alone: libxml2's message goes on to quote the value, and a stranger may name an element after one."""


@dataclass(eq=False, slots=True)
class DocumentRefused(Exception):  # noqa: N818 - "refused" is what happened; the family has this one member
    """This is not a samtykke document that we read or write. `where` names an element or field, never a value."""

    # Not frozen: contextlib sets __traceback__ on what passes through a context manager, and frozen forbids that.
    reason: str
    where: str

    def __str__(self) -> str:
        return f"{self.reason} ({self.where})"


@dataclass(frozen=True, slots=True)
class SignedContent:
    """What a document says.

    `declaration` is the value of DOMAIN section 5 that the citizen signs: `borger` is a CPR number or replacement CPR,
    and the keys that the service sets (underskrift, underskriver, tilbagekaldt) are absent. `names` maps each party id
    in it to the name under which the citizen saw it: the reader compares them with the party register. `text` is what
    the citizen saw and `text_hash` its SHA-256 in hexadecimal; `oplyst_af` is who informed the citizen.
    """

    declaration: dict[str, Any]
    names: dict[str, str]
    text: str
    text_hash: str
    oplyst_af: str


def write_document(declaration: Mapping[str, Any], names: Mapping[str, str], oplyst_af: str) -> bytes:
    """Return the document, unsigned, as UTF-8 XML.

    Of `names` (party id to name) only the parties that the declaration names are written.

    Raises:
        DocumentRefused: the declaration would not read back as exactly the same value, or a name is missing.
    """
    try:
        root = _tree(declaration, names, oplyst_af)
        document = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
        read = read_document(parse_xml(document, max_bytes=MAX_DOCUMENT_BYTES))
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
        raise DocumentRefused(
            "not of the form that a citizen signs, or a party without a name", "declaration"
        ) from None
    except XmlRefused as refused:
        raise DocumentRefused(refused.reason, "the whole document") from None
    if read.declaration != declaration:
        raise DocumentRefused("holds more than a document carries, or spaces that XML drops", "declaration")
    return document


def read_document(element: etree._Element) -> SignedContent:
    """Read a samtykke from an element that a verified signature covers.

    Raises:
        DocumentRefused: the element is not valid by samtykke.xsd, or its words are not those of its scope.
    """
    _refuse_the_invisible(element)
    _validate(element)
    fields = _by_name(element)
    declaration = _declaration(fields)
    names = {_text(name[0]): _text(name[1]) for name in fields["PartNavnSamling"]}
    text, text_hash = fields["ErklaeringTekst"].text or "", _text(fields["TekstHash"])
    if nummerart(declaration["borger"]) is None:
        raise DocumentRefused("not a CPR number or replacement CPR", "BorgerIdentifikator")
    if set(names) != set(_parties(declaration)) or not set(names).isdisjoint(Partsart):
        raise DocumentRefused("not exactly the parties that the declaration names", "PartNavnSamling")
    if hashlib.sha256(text.encode()).hexdigest() != text_hash:
        raise DocumentRefused("not the SHA-256 of ErklaeringTekst", "TekstHash")
    if text != render_text(declaration, names):
        raise DocumentRefused("not the words that the scope is shown in", "ErklaeringTekst")
    return SignedContent(declaration, names, text, text_hash, _text(fields["OplystAfTekst"]))


# --- Writing --------------------------------------------------------------------------------------------------------


def _tree(declaration: Mapping[str, Any], names: Mapping[str, str], oplyst_af: str) -> etree._Element:
    used = {party: names[party] for party in _parties(declaration)}
    text = render_text(declaration, used)
    until = declaration["gyldig_til"]
    return _group(
        "SamtykkeErklaering",
        _leaf("SamtykkeIdentifikator", declaration["samtykke_id"]),
        _leaf("VersionIdentifikator", str(declaration["version"])),
        _leaf("BorgerIdentifikator", declaration["borger"]),
        _leaf("SagIdentifikator", declaration["sag"]),
        _leaf("FormaalTekst", declaration["formaal"]),
        _group("PunktSamling", *map(_point_element, declaration["punkter"])),
        _group("SpaerringSamling", *map(_block_element, declaration["spaerringer"])),
        _leaf("AfgivetTidspunkt", declaration["afgivet"]),
        *([] if until is None else [_leaf("GyldigTilDato", until)]),
        _group("PartNavnSamling", *(_name_element(party, name) for party, name in used.items())),
        _leaf("OplystAfTekst", oplyst_af),
        _leaf("ErklaeringTekst", text),
        _leaf("TekstHash", hashlib.sha256(text.encode()).hexdigest()),
    )


def _point_element(point: Mapping[str, Any]) -> etree._Element:
    categories = _leaves("OplysningstypeSamling", "OplysningstypeKode", point["oplysningstyper"])
    if point["punkt"] == "navngivet":
        sender = _leaves("FraSamling", "PartIdentifikator", point["fra"])
        return _group("Punkt", sender, _leaves("TilSamling", "PartIdentifikator", point["til"]), categories)
    parties = _leaves("PartSamling", "PartIdentifikator", point["parter"])
    return _group("Punkt", _leaf("PunktKode", str(point["punkt"])), parties, categories)


def _block_element(block: Mapping[str, Any]) -> etree._Element:
    recipients = _leaves("ModtagerSamling", "ModtagerIdentifikator", block["til"])
    return _group(
        "Spaerring", recipients, _leaves("OplysningstypeSamling", "OplysningstypeKode", block["oplysningstyper"])
    )


def _name_element(party: str, name: str) -> etree._Element:
    return _group("PartNavn", _leaf("PartIdentifikator", party), _leaf("NavnTekst", name))


def _leaf(name: str, text: str) -> etree._Element:
    element = etree.Element(f"{{{NAMESPACE}}}{name}", nsmap={"samtykke": NAMESPACE})
    element.text = text
    return element


def _leaves(group: str, name: str, texts: Iterable[str]) -> etree._Element:
    return _group(group, *(_leaf(name, text) for text in texts))


def _group(name: str, *children: etree._Element) -> etree._Element:
    element = etree.Element(f"{{{NAMESPACE}}}{name}", nsmap={"samtykke": NAMESPACE})
    element.extend(children)
    return element


# --- Reading --------------------------------------------------------------------------------------------------------


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(parse_xml(files("consent").joinpath("samtykke.xsd").read_bytes()))


def _refuse_the_invisible(element: etree._Element) -> None:
    # A comment or instruction splits a text in two, of which we would read the first; xsi attributes steer validation.
    for node in element.iter():
        if not isinstance(node.tag, str):
            raise DocumentRefused("a comment or processing instruction", f"line {node.sourceline}")
        if node.attrib:
            raise DocumentRefused("an attribute, where the schema has none", f"line {node.sourceline}")


def _validate(element: etree._Element) -> None:
    schema = _schema()
    if schema.validate(element):
        return
    log: Any = schema.error_log
    error = log.last_error
    named = _SCHEMA_ERROR_ELEMENT.match(error.message) if error else None
    kind = error.type_name if error else "unknown"
    raise DocumentRefused(f"not valid by samtykke.xsd ({kind})", named[1] if named else "the whole document")


def _by_name(element: etree._Element) -> dict[str, etree._Element]:
    return {etree.QName(child).localname: child for child in element}


def _text(element: etree._Element) -> str:
    # xs:token: white space around and between words is not part of the value.
    return " ".join((element.text or "").split())


def _texts(element: etree._Element) -> list[str]:
    return [_text(child) for child in element]


def _declaration(fields: Mapping[str, etree._Element]) -> dict[str, Any]:
    return {
        "samtykke_id": _text(fields["SamtykkeIdentifikator"]),
        "version": int(_text(fields["VersionIdentifikator"])),
        "borger": _text(fields["BorgerIdentifikator"]),
        "sag": _text(fields["SagIdentifikator"]),
        "formaal": _text(fields["FormaalTekst"]),
        "punkter": [_point(point) for point in fields["PunktSamling"]],
        "spaerringer": [{"til": _texts(b[0]), "oplysningstyper": _texts(b[1])} for b in fields["SpaerringSamling"]],
        "afgivet": _text(fields["AfgivetTidspunkt"]),
        "gyldig_til": _text(fields["GyldigTilDato"]) if "GyldigTilDato" in fields else None,
    }


def _point(point: etree._Element) -> dict[str, Any]:
    first, second, categories = point
    if etree.QName(first).localname == "PunktKode":
        return {"punkt": int(_text(first)), "parter": _texts(second), "oplysningstyper": _texts(categories)}
    return {"punkt": "navngivet", "fra": _texts(first), "til": _texts(second), "oplysningstyper": _texts(categories)}


def _parties(declaration: Mapping[str, Any]) -> list[str]:
    """List the ids of the parties that must have a name: all but the kinds and the wildcard that a block may hold."""
    places = [point[side] for point in declaration["punkter"] for side in ("parter", "fra", "til") if side in point]
    blocked = [id_ for block in declaration["spaerringer"] for id_ in block["til"] if id_ not in MODTAGERE]
    return list(dict.fromkeys([*(party for place in places for party in place), *blocked]))
