"""FHIR's XML form, as the JSON values of the same message (FHIR R4, "XML Representation of Resources").

A value stands in the attribute `value`, an extension's address in `url`, and a resource inside an element of its own
name. Narrative is XHTML and passed over. Which elements may repeat is for the resource models to know: one that stands
once becomes a single value here, and the models take it for a list of one where FHIR has a list.
"""

from typing import Any

from lxml import etree

from schemas.errors import SchemaError
from schemas.xml import parse_xml

FHIR = "{http://hl7.org/fhir}"
XHTML = "{http://www.w3.org/1999/xhtml}"
MAX_DEPTH = 40
"""MedCom's messages are about ten elements deep; a bound keeps a hostile one from exhausting the stack."""


def read_xml(document: bytes) -> dict[str, Any]:
    """Return a Bundle as JSON values.

    Raises:
        XmlRefused: not XML that is accepted from strangers.
        SchemaError: XML, but no FHIR Bundle.
    """
    root = parse_xml(document)
    if root.tag != f"{FHIR}Bundle":
        raise SchemaError("not a FHIR Bundle", "the root element")
    return {"resourceType": "Bundle", **_object(root, 0)}


def _object(element: etree._Element, depth: int) -> dict[str, Any]:
    if depth > MAX_DEPTH:
        raise SchemaError("nested too deeply", f"line {element.sourceline}")
    found: dict[str, Any] = {}
    for child in element.iterchildren("*"):
        if child.tag.startswith(XHTML):
            continue
        name, value = _name(child), _value(child, depth + 1)
        found[name] = _together(found[name], value) if name in found else value
    return found


def _value(element: etree._Element, depth: int) -> Any:
    if "value" in element.attrib:
        return element.attrib["value"]
    if _name(element) == "resource":
        return _resource(element, depth)
    address = {"url": element.attrib["url"]} if "url" in element.attrib else {}
    return address | _object(element, depth)


def _resource(element: etree._Element, depth: int) -> dict[str, Any]:
    inside = list(element.iterchildren("*"))
    if len(inside) != 1:
        raise SchemaError("not exactly one resource", f"line {element.sourceline}")
    return {"resourceType": _name(inside[0]), **_object(inside[0], depth + 1)}


def _together(before: Any, value: Any) -> list[Any]:
    return [*before, value] if isinstance(before, list) else [before, value]


def _name(element: etree._Element) -> str:
    if not element.tag.startswith(FHIR):
        raise SchemaError("an element that is not FHIR's", f"line {element.sourceline}")
    return element.tag.removeprefix(FHIR)
