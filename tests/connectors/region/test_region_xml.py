"""FHIR XML as the JSON values of the same message."""

from collections.abc import Callable
from typing import Any

import pytest

from connectors.region.xml import read_xml
from schemas.errors import SchemaError
from schemas.xml import XmlRefused

Json = dict[str, Any]
Write = Callable[[Json], bytes]


def _bundle(inside: str, root: str = "Bundle") -> bytes:
    return f'<{root} xmlns="http://hl7.org/fhir">{inside}</{root}>'.encode()


def test_values_extensions_and_resources_are_jsons() -> None:
    """A value is an attribute, an extension has an address, and a resource stands in an element of its name."""
    patient = '<Patient><active value="true"/><extension url="u"><valueCode value="v"/></extension></Patient>'
    assert read_xml(_bundle(f"<type value='message'/><entry><resource>{patient}</resource></entry>")) == {
        "resourceType": "Bundle",
        "type": "message",
        "entry": {
            "resource": {
                "resourceType": "Patient",
                "active": "true",
                "extension": {"url": "u", "valueCode": "v"},
            }
        },
    }


def test_what_stands_more_than_once_is_a_list() -> None:
    """Elements of one name are one list, in order."""
    found = read_xml(_bundle('<given value="a"/><family value="f"/><given value="b"/><given value="c"/>'))
    assert found == {"resourceType": "Bundle", "given": ["a", "b", "c"], "family": "f"}


def test_narrative_comments_and_instructions_are_passed_over() -> None:
    """What is there for people or for other programs is not read."""
    found = read_xml(_bundle('<!-- a --><?b c?><text><div xmlns="http://www.w3.org/1999/xhtml"><p>d</p></div></text>'))
    assert found == {"resourceType": "Bundle", "text": {}}


@pytest.mark.parametrize(
    ("document", "where"),
    [
        (b"<Bundle/>", "the root element"),
        (b'<Bundle xmlns="http://hl7.org/other"/>', "the root element"),
        (_bundle("", "Patient"), "the root element"),
        (_bundle('<a xmlns="urn:other" value="b"/>'), "line 1"),
        (_bundle("<entry><resource/></entry>"), "line 1"),
        (_bundle("<entry><resource><A/><B/></resource></entry>"), "line 1"),
        (_bundle("<a>" * 60 + "</a>" * 60), "line 1"),
    ],
)
def test_xml_that_is_no_bundle_is_refused(document: bytes, where: str) -> None:
    """Other roots, namespaces and depths than FHIR's are refused by place."""
    with pytest.raises(SchemaError) as refused:
        read_xml(document)
    assert refused.value.where == where


def test_hostile_xml_is_refused_at_the_door() -> None:
    """A document type is refused before anything is read."""
    with pytest.raises(XmlRefused):
        read_xml(b'<!DOCTYPE Bundle [<!ENTITY a "b">]>' + _bundle('<a value="&a;"/>'))
