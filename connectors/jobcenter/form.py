"""The plan document as a table: which element carries which field of the event, for reading and writing alike.

Order and names are those of indsatsplan.xsd. The table adds nothing to the schema's rules: what it reads is valid.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

NAMESPACE = "urn:dk:tvaers:jobcenter:indsatsplan:1.0"
ROOT = "FaellesIndsatsplan"

_words = etree.XPath("string()", smart_strings=False)


@dataclass(frozen=True, slots=True)
class Element:
    """One element and the field of the event that it carries.

    `value` turns its text into a JSON value. An element with `parts` is an object; one with `item` is a collection of
    elements of that name, each with the same value or parts.
    """

    felt: str
    name: str
    value: Callable[[str], Any] = str
    parts: tuple["Element", ...] = ()
    item: str = ""


def read_parts(parent: etree._Element, parts: tuple[Element, ...]) -> dict[str, Any]:
    """Return the fields that `parent`'s elements carry; an element that is absent gives no field."""
    found = [(part, parent.find(_tag(part.name))) for part in parts]
    return {part.felt: _read(child, part) for part, child in found if child is not None}


def write_parts(parent: etree._Element, parts: tuple[Element, ...], content: Mapping[str, Any]) -> None:
    """Put an element under `parent` for each field that `content` has.

    Raises:
        ValueError: a text holds a character that XML cannot carry.
    """
    for part in parts:
        if part.felt not in content:
            continue
        child = etree.SubElement(parent, _tag(part.name))
        if part.item:
            for one in content[part.felt]:
                _write(etree.SubElement(child, _tag(part.item)), part, one)
        else:
            _write(child, part, content[part.felt])


def new_root() -> etree._Element:
    """Return an empty document's root."""
    return etree.Element(_tag(ROOT), nsmap={None: NAMESPACE})  # type: ignore[dict-item]  # the default namespace, which lxml-stubs forgot


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _read(element: etree._Element, part: Element) -> Any:
    if part.item:
        return [_read_one(one, part) for one in element.iterchildren(_tag(part.item))]
    return _read_one(element, part)


def _read_one(element: etree._Element, part: Element) -> Any:
    # string() reads past comments and processing instructions; .text would silently stop at the first of them.
    return read_parts(element, part.parts) if part.parts else part.value(str(_words(element)))


def _write(element: etree._Element, part: Element, value: Any) -> None:
    if part.parts:
        write_parts(element, part.parts, value)
    else:
        element.text = str(value).lower() if isinstance(value, bool) else str(value)


def _true(text: str) -> bool:
    return text.strip() in ("true", "1")


# Whitespace around dates and numbers means nothing to XML Schema; within texts it is the writer's own.
_RAEKKE = (
    Element("delmaal", "DelmaalTekst"),
    Element("indsats", "IndsatsTekst"),
    Element("ansvarlige", "AnsvarligSamling", item="AnsvarligTekst"),
    Element("status", "StatusKode"),
    Element("raekkefoelge", "RaekkefoelgeNummer", int),
    Element("maaned", "StartMaaned"),
    Element("opfoelgning_dato", "OpfoelgningDato", str.strip),
    Element("opfoelgning_maade", "OpfoelgningMaadeTekst"),
    Element("naaet", "NaaetIndikator", _true),
    Element("aarsag", "AarsagTekst"),
)


def _area(felt: str, name: str) -> Element:
    return Element(felt, f"{name}RaekkeSamling", parts=_RAEKKE, item="Raekke")


HEAD = (
    Element("id", "MeddelelseIdentifikator"),
    Element("time", "DannetDatoTid", str.strip),
)
"""What becomes the event's envelope."""

KEY = (
    Element(
        "borger",
        "Borger",
        parts=(Element("cpr", "PersonCivilRegistrationIdentifier"), Element("navn", "BorgerNavnTekst")),
    ),
    Element("sag", "SagIdentifikator"),
    Element("formaal", "FormaalTekst"),
)

BUS_ONLY = (
    Element(
        "hjemmel",
        "Hjemmel",
        parts=(
            Element("paragraf", "ParagrafTekst"),
            Element("begrundelse", "BegrundelseTekst"),
            Element("ansvarlig", "AnsvarligTekst"),
        ),
    ),
    Element("modtagere", "ModtagerSamling", item="ModtagerIdentifikator"),
)
"""What the gateway reads and no receiver's copy ever has."""

PLAN = (
    Element("bruger", "Bruger", parts=(Element("id", "BrugerIdentifikator"), Element("rolle", "BrugerRolleTekst"))),
    Element("plan_id", "PlanIdentifikator"),
    Element("planversion", "PlanVersionNummer", int),
    Element("opdateret", "OpdateretDato", str.strip),
    Element("overordnet_maal", "OverordnetMaalTekst"),
    _area("faglige_kompetencer", "FagligeKompetencer"),
    _area("motivation_oensker", "MotivationOensker"),
    _area("helbred", "Helbred"),
    _area("misbrug", "Misbrug"),
    _area("netvaerk_familie", "NetvaerkFamilie"),
    _area("boern", "Boern"),
    _area("bolig_oekonomi", "BoligOekonomi"),
    _area("strafbare_forhold", "StrafbareForhold"),
)
