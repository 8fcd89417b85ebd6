"""The samtykke as a PDF: the words on its pages, the XML embedded, a slip for withdrawing as its last page.

The file is a function of the XML alone, byte for byte: whoever verifies a signed PDF writes it anew and compares, so
what the citizen saw on the pages is what the XML says (`consent.signatures.pades`). So nothing here may depend on the
clock, the machine or the libraries' versions, and another layout is another version of the document.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from fpdf import FPDF
from fpdf.errors import FPDFException

from consent.document import MAX_DOCUMENT_BYTES, DocumentRefused, read_document
from consent.wording import render_withdrawal
from schemas.xml import XmlRefused, parse_xml

EMBEDDED_NAME = "samtykke.xml"
"""The name of the embedded file, which is the document that the pages show."""

_FONT, _SIZE, _LINE_MM, _MARGIN_MM = "Helvetica", 10, 5, 20
_TOTAL = "\x01"
"""Stands for the number of pages until it is known: a character that no declaration may hold, so none is replaced."""


class _Pages(FPDF):
    """Pages of A4 with numbered feet, and a file that names neither the library nor the moment it was made."""

    def footer(self) -> None:
        """Number the page, so that a missing one is missed."""
        self.set_y(-15)
        self.set_font(_FONT, size=8)
        self.cell(0, _LINE_MM, f"Side {self.page_no()} af {_TOTAL}", align="C")

    def file_id(self) -> Literal[-1]:
        """Derive the file's identifier from its content."""
        return -1


def write_pdf(document: bytes) -> bytes:
    """Return the PDF of an unsigned samtykke document (`consent.document.write_document`), for the citizen to sign.

    Raises:
        DocumentRefused: it is no such document, or has letters that the PDF's fonts lack.
    """
    try:
        content = read_document(parse_xml(document, max_bytes=MAX_DOCUMENT_BYTES))
    except XmlRefused as refused:
        raise DocumentRefused(refused.reason, "the whole document") from None
    pages = _pages(content.declaration)
    pages.embed_file(
        bytes=document, basename=EMBEDDED_NAME, mime_type="text/xml", associated_file_relationship="Source"
    )
    try:
        _write_text(pages, content.text)
        _write_text(
            pages, f"Jeg er oplyst om samtykket af {content.oplyst_af}.\nTekstens SHA-256 er {content.text_hash}."
        )
        pages.add_page()
        _write_text(pages, render_withdrawal(content.declaration))
        return bytes(pages.output())
    except FPDFException:
        raise DocumentRefused("a letter that the PDF's fonts lack; sign the XML instead", "ErklaeringTekst") from None


def _pages(declaration: Mapping[str, Any]) -> _Pages:
    pages = _Pages(format="A4")
    pages.set_compression(False)  # zlib's output differs between versions
    pages.set_creation_date(datetime.fromisoformat(declaration["afgivet"]))
    pages.set_producer("tvaers samtykke 1.0")
    pages.set_title(f"Samtykke {declaration['samtykke_id']}, version {declaration['version']}")
    pages.set_lang("da")
    pages.alias_nb_pages(_TOTAL)
    pages.set_margin(_MARGIN_MM)
    pages.set_auto_page_break(auto=True, margin=_MARGIN_MM)
    pages.add_page()
    return pages


def _write_text(pages: _Pages, text: str) -> None:
    for line in text.splitlines():
        pages.set_font(_FONT, size=_SIZE)
        pages.multi_cell(0, _LINE_MM, line, align="L", new_x="LMARGIN", new_y="NEXT")
    pages.ln(_LINE_MM)
