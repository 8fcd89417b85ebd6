"""Read XML that a stranger wrote.

Every XML document that enters Tværs comes through `parse_xml`: DOCTYPE, entities, external references and the network
are refused, and size and depth are bounded, before anything looks at the content.
"""

from dataclasses import dataclass

from lxml import etree

MAX_XML_BYTES = 5 * 1024 * 1024
"""Native input above 5 MiB is refused (HTTP 413 or a negative acknowledgement); the broker's own limit is 8 MB."""


@dataclass(slots=True, eq=False)  # not frozen: contextlib sets the traceback of an exception that passes through it
class XmlRefused(Exception):  # noqa: N818 - "refused" is what happened; the family has this one member
    """The document is not XML that we read. `where` is a line and column or an element, never content."""

    reason: str
    where: str

    def __str__(self) -> str:
        return f"{self.reason} ({self.where})"


def parse_xml(document: bytes, *, max_bytes: int = MAX_XML_BYTES) -> etree._Element:
    """Return the root element of `document`.

    Raises:
        XmlRefused: empty, too large, not well-formed, wrongly encoded, or carrying a DOCTYPE.
    """
    if not document.strip():
        raise XmlRefused("the document is empty", "line 1")
    if len(document) > max_bytes:
        raise XmlRefused(f"the document is larger than {max_bytes} bytes", "the whole document")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        collect_ids=False,
    )
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        # libxml2's message may quote content; its position does not.
        line, column = error.position
        raise XmlRefused("not well-formed XML", f"line {line}, column {column}") from None
    except (ValueError, LookupError):
        raise XmlRefused("the declared encoding is unknown or wrong", "line 1") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise XmlRefused("a DOCTYPE is not accepted", "line 1")
    return root
