"""What a signed PDF shows: the file that we write for the XML in it, one revision with the signature, no more.

A PDF may be changed by appending to it, and every reader then shows the last word. So the first revision must be ours,
byte for byte, and the one that made the signature may add the signature and change nothing that anybody sees.
"""

import re
from collections.abc import Iterator
from io import BytesIO

from lxml import etree
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodeLimits, DocumentDecodeBudget, StreamDecodeLimits
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields

from consent.document import MAX_DOCUMENT_BYTES, DocumentRefused
from consent.pdf import write_pdf
from consent.signatures.outcome import Reason, SignatureRefused
from schemas.xml import XmlRefused, parse_xml

MAX_PDF_BYTES = 1024 * 1024
"""The longest declaration makes some 700 kB of pages and XML; a long-term signature adds some 100 kB."""

MAX_REVISIONS = 16
"""Ours, the signature's, and two for each archive timestamp; comparing thousands of empty ones takes minutes."""

_PACKED_CONTENTS = re.compile(rb"/(X|#58)(R|#52)(e|#65)(f|#66)")
"""The name of a table of contents that is a stream, however it is spelled.

In one of those a few bytes claim any number of objects, and reading them takes minutes and memory without end. Ours is
none, and what is added to it by the standard is of the same kind (ISO 32000-1, 7.5.8).
"""

_LIMITS = DecodeLimits(
    per_stream=StreamDecodeLimits(max_output_size=4 * MAX_PDF_BYTES),
    document_budget=DocumentDecodeBudget(base_allowance=16 * MAX_PDF_BYTES, max_ratio=16),
)

_WITH_A_SIGNATURE = {
    "/Catalog": {"/AcroForm", "/DSS", "/Extensions", "/Metadata", "/Perms", "/Version"},
    "/Page": {"/Annots"},
}
"""What a signature adds to objects that were there before it."""

_FORM_KEYS = {"/DA", "/DR", "/Fields", "/SigFlags"}
"""All that a form with a signature needs: an /XFA form would be shown in place of the pages."""

_ACTIVE = {"/A", "/AA", "/Kids"}
"""What would make the signature's field do something, or be drawn in another place."""


def open_pdf(document: bytes) -> PdfFileReader:
    """Open a PDF that a stranger wrote: of bounded size, not encrypted, with one table of contents for every reader.

    Raises:
        SignatureRefused: it is no such file.
    """
    if len(document) > MAX_PDF_BYTES:
        raise SignatureRefused(Reason.IKKE_PDF, f"the document is larger than {MAX_PDF_BYTES} bytes")
    if _PACKED_CONTENTS.search(document):
        raise SignatureRefused(Reason.IKKE_PDF, "a table of contents that is a stream")
    try:
        reader = PdfFileReader(BytesIO(document), strict=True, decode_limits=_LIMITS)
        plain = not reader.encrypted and not reader.xrefs.hybrid_xrefs_present
        bounded = reader.xrefs.total_revisions <= MAX_REVISIONS
        readable = plain and bounded and isinstance(reader.root, generic.DictionaryObject)
    except (PdfError, AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError):
        readable = False
    if not readable:
        raise SignatureRefused(Reason.IKKE_PDF, "the document")
    return reader


def shown_samtykke(signed: bytes) -> etree._Element:
    """Return the embedded XML, if `signed`, the bytes that a signature covers, show exactly that.

    Raises:
        SignatureRefused: there is no samtykke in it, or the pages may say something else.
    """
    reader = open_pdf(signed)
    try:
        document = reader.get_historical_root(0)["/AF"][0]["/EF"]["/F"].data
        ours = write_pdf(document)
        root = parse_xml(document, max_bytes=MAX_DOCUMENT_BYTES)
    except (DocumentRefused, XmlRefused, PdfError, AttributeError, IndexError, KeyError, TypeError):
        raise SignatureRefused(Reason.SAMTYKKE_MANGLER, "the embedded file") from None
    if not signed.startswith(ours):
        raise SignatureRefused(Reason.VISNING_AFVIGER, "the pages are not those of the embedded samtykke")
    if any(_shown_otherwise(reader)):
        raise SignatureRefused(Reason.VISNING_AFVIGER, "more was added with the signature than a signature")
    return root


def _shown_otherwise(reader: PdfFileReader) -> Iterator[bool]:
    # Ours and the one that signs; between more of them something could be shown and hidden again.
    yield reader.xrefs.total_revisions != 1 + 1
    field = next(field.get_object() for _name, _value, field in enumerate_sig_fields(reader))
    left, bottom, right, top = (float(side) for side in field["/Rect"])
    yield not (left == right or bottom == top) or not _ACTIVE.isdisjoint(field)
    yield not set(reader.root["/AcroForm"]) <= _FORM_KEYS or len(reader.root["/AcroForm"]["/Fields"]) != 1
    info = reader.trailer.raw_get("/Info")
    before = reader.xrefs.explicit_refs_in_revision(0)
    yield bool(reader.xrefs.refs_freed_in_revision(1))
    for reference in reader.xrefs.explicit_refs_in_revision(1) & before - {info.reference}:
        yield _changed(reader, reference)
    for page in reader.root["/Pages"]["/Kids"]:
        drawn = [one.get_object().container_ref for one in page.get_object().get("/Annots", ())]
        yield drawn not in ([], [field.container_ref])


def _changed(reader: PdfFileReader, reference: generic.Reference) -> bool:
    """Whether an object of the first revision is another in the second, beyond what a signature needs."""
    old, new = (reader.get_historical_resolver(revision)(reference) for revision in (0, 1))
    if type(old) is not generic.DictionaryObject or type(new) is not generic.DictionaryObject:
        return True  # a stream, what is drawn, never needs to change
    allowed = _WITH_A_SIGNATURE.get(str(old.get("/Type")), set())
    return any(_written(old, key) != _written(new, key) for key in (old.keys() | new.keys()) - allowed)


def _written(dictionary: generic.DictionaryObject, key: str) -> bytes:
    if key not in dictionary:
        return b""
    output = BytesIO()
    dictionary.raw_get(key).write_to_stream(output)
    return output.getvalue()
