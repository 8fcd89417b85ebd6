"""The samtykke on paper's terms: words on pages, the XML within, and a slip for taking it back."""

import hashlib
import re
from io import BytesIO
from typing import Any

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from consent.document import DocumentRefused, read_document, write_document
from consent.pdf import write_pdf
from consent.wording import render_withdrawal
from schemas.xml import parse_xml

NAMES = {"jobcenter": "Jobcentret", "social": "Socialforvaltningen"}
DECLARATION: dict[str, Any] = {
    "samtykke_id": "urn:uuid:11111111-1111-4111-8111-111111111111",
    "version": 2,
    "borger": "2509479989",
    "sag": "sag-1",
    "formaal": "rehabilitering",
    "punkter": [{"punkt": 1, "parter": ["jobcenter", "social"], "oplysningstyper": ["plan"]}],
    "spaerringer": [],
    "afgivet": "2026-11-21T11:00:00+01:00",
    "gyldig_til": None,
}
_SHOWN = re.compile(rb"\((.*?)(?<!\\)\) Tj")


def document(names: dict[str, str] | None = None, **changed: Any) -> bytes:
    """Return a declaration as XML."""
    return write_document({**DECLARATION, **changed}, names or NAMES, "Ane Eksempel, jobcentret")


def shown(pdf: bytes) -> list[str]:
    """Return what each page shows, line after line."""
    pages = PdfFileReader(BytesIO(pdf), strict=True).root["/Pages"]["/Kids"]
    contents = [page.get_object()["/Contents"].data for page in pages]
    lines = [[one.decode("cp1252").replace("\\", "") for one in _SHOWN.findall(content)] for content in contents]
    return [" ".join(" ".join(page).split()) for page in lines]


class TestPages:
    def test_the_pages_show_the_words_of_the_declaration(self) -> None:
        """Every word that was rendered from the scope is on the pages, with who informed and the words' hash."""
        content = read_document(parse_xml(document()))
        *pages, _slip = shown(write_pdf(document()))
        said = " ".join(pages)
        assert " ".join(content.text.split()) in said
        assert content.text_hash in said
        assert "Jeg er oplyst om samtykket af Ane Eksempel, jobcentret." in said

    def test_the_last_page_is_a_slip_for_withdrawing(self) -> None:
        """One page, the last, tells which declaration it takes back and how that is done, in Danish."""
        *_pages, slip = shown(write_pdf(document()))
        assert " ".join(render_withdrawal(DECLARATION).split()) in slip
        for word in ("Tilbagekaldelse af samtykke", DECLARATION["samtykke_id"], "trækker hele samtykket tilbage"):
            assert word in slip

    @pytest.mark.parametrize("points", [1, 40])
    def test_the_slip_is_one_page_however_long_the_declaration(self, points: int) -> None:
        """A long declaration takes more pages, numbered so that a missing one is missed."""
        pages = shown(write_pdf(document(punkter=DECLARATION["punkter"] * points, sag="s" * 200)))
        assert (len(pages) > 2) == (points > 1)
        assert ["Tilbagekaldelse" in page for page in pages] == [False] * (len(pages) - 1) + [True]
        assert all(f"Side {number} af {len(pages)}" in page for number, page in enumerate(pages, 1))

    def test_nothing_in_a_declaration_is_a_command(self) -> None:
        """Parentheses, braces and backslashes are shown as they are."""
        words = "a) Tj (b {nb} \\n **c** --d--"
        page, _slip = shown(write_pdf(document(formaal=words)))
        assert words.replace("\\", "") in page

    @pytest.mark.parametrize("name", ["Łódź", "Ő", "Kontoret \u2013 nord", "€-kontoret"])
    def test_a_letter_that_the_fonts_lack_is_refused(self, name: str) -> None:
        """No letter is shown as another: such a declaration is signed as XML."""
        with pytest.raises(DocumentRefused, match="letter"):
            write_pdf(document({**NAMES, "social": f"A{name}"}))

    def test_what_is_no_samtykke_is_not_printed(self) -> None:
        """Only a document that would be read is written."""
        for other in (b"<a/>", b"", document().replace(b">plan<", b">helbred<")):
            with pytest.raises(DocumentRefused):
                write_pdf(other)


class TestFile:
    def test_the_xml_is_embedded_as_it_is(self) -> None:
        """The PDF holds exactly one associated file, the XML byte for byte."""
        root = PdfFileReader(BytesIO(write_pdf(document())), strict=True).root
        (attached,) = root["/AF"]
        assert attached.get_object()["/EF"]["/F"].data == document()
        assert attached.get_object()["/AFRelationship"] == "/Source"

    def test_the_bytes_of_version_one_are_frozen(self) -> None:
        """Verification writes the file anew: other bytes would refuse every PDF that was printed and not handed in."""
        assert write_pdf(document()) == write_pdf(document())
        assert (
            hashlib.sha256(write_pdf(document())).hexdigest()
            == "bbc864001db1bee4acf8b2d145779458fd30f8b1543ccbea253e683d119e28ed"
        )
