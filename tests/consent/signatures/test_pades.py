"""The signature on a PDF: what the pages show is what the XML says, and nothing is shown that was not signed."""

import logging
import re
import tracemalloc
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from asn1crypto import cms
from fpdf import FPDF
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import attributes, signers
from pyhanko.sign.fields import SigSeedSubFilter

from consent.document import read_document
from consent.pdf import write_pdf
from consent.signatures import LONG_TERM, NotVerified, Reason, Verified, verify_signed
from consent.signatures.revisions import MAX_PDF_BYTES, MAX_REVISIONS

if TYPE_CHECKING:
    from tests.consent.signatures.conftest import Lab

WORDS = b"- mine planer og m\xe5l"


@pytest.fixture(scope="module")
def signed(lab: "Lab") -> bytes:
    """Return a signed PDF without later revisions: its certificate needs no answer."""
    return lab.pdf(answers=[])


def reason(lab: "Lab", pdf: bytes) -> Reason | None:
    """Return why a PDF is not verified where no OCSP answer is asked for; None where it is."""
    return lab.reason(pdf, trust=lab.lax)


class TestVerified:
    def test_what_was_signed_is_what_is_read(self, lab: "Lab") -> None:
        """A signed PDF is verified, and its embedded XML reads as the declaration that was written."""
        outcome = verify_signed(lab.pdf(stamper=lab.stamper()), lab.trust, lab.now)
        assert isinstance(outcome, Verified)
        assert read_document(outcome.signed).declaration["punkter"][0]["oplysningstyper"] == ["plan"]
        assert (outcome.form, outcome.level, outcome.algorithm) == ("pdf", "T", "ECDSA_SHA256")
        assert outcome.signer.uuid == "5f0c9f1a-3c55-4a0a-9c7e-1d2f3a4b5c6d"
        assert outcome.signing_time.tzinfo is not None

    def test_both_forms_say_the_same(self, lab: "Lab") -> None:
        """XML and PDF of one declaration are read as the same value by the same signer."""
        xml, pdf = (verify_signed(one, lab.trust, lab.now) for one in (lab.xml(), lab.pdf()))
        assert isinstance(xml, Verified)
        assert isinstance(pdf, Verified)
        assert read_document(xml.signed) == read_document(pdf.signed)
        assert xml.signer == pdf.signer

    def test_a_document_timestamp_added_later(self, lab: "Lab", signed: bytes) -> None:
        """Archiving goes on after signing: a document timestamp is accepted, and not relied on."""
        stamped = signers.PdfTimeStamper(lab.stamper()).timestamp_pdf(
            IncrementalPdfFileWriter(BytesIO(signed)), "sha256"
        )
        outcome = verify_signed(stamped.getvalue(), lab.lax, lab.now)
        assert isinstance(outcome, Verified)
        assert (outcome.level, outcome.remark) == ("B", LONG_TERM)

    def test_signing_anew_holds(self, lab: "Lab", signed: bytes) -> None:
        """What the attacks below sign anew is refused for what they change: without a change it is verified."""
        assert reason(lab, lab.resigned(signed)) is None

    def test_nothing_of_the_document_reaches_the_log(self, lab: "Lab", caplog: pytest.LogCaptureFixture) -> None:
        """Even with every logger at its most talkative, no CPR number and no name is written."""
        caplog.set_level(logging.DEBUG)
        lab.reason(lab.pdf(stamper=lab.stamper()))
        lab.reason(lab.pdf(answers=[lab.good(lab.person())]))
        assert "2509479989" not in caplog.text
        assert "Ane Eksempel" not in caplog.text


class TestChangedAfterSigning:
    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (WORDS, b"- mine planer og alt"),
            (b">plan<", b">alle<"),
            (b"2027-03-01", b"2029-03-01"),
            (b"2509479989", b"0201919990"),
            (b"/M (D\\07220", b"/M (D\\07221"),
        ],
    )
    def test_a_byte_under_the_signature(self, lab: "Lab", signed: bytes, old: bytes, new: bytes) -> None:
        """Pages, embedded XML and signing time are all under the signature's digest."""
        assert old in signed
        assert reason(lab, signed.replace(old, new)) == Reason.INDHOLD_AENDRET

    def test_the_signature_itself(self, lab: "Lab", signed: bytes) -> None:
        """Another signature value is none."""

        def alter(content: cms.SignedData) -> None:
            content["signer_infos"][0]["signature"] = content["signer_infos"][0]["signature"].native[::-1]

        assert reason(lab, lab.change_cms(signed, alter)) == Reason.UNDERSKRIFT_UGYLDIG

    def test_other_pages_in_a_later_revision(self, lab: "Lab", signed: bytes) -> None:
        """An update that draws other words over the signed ones is refused: readers would show them."""

        def redraw(writer: IncrementalPdfFileWriter) -> None:
            page = writer.root["/Pages"]["/Kids"][0].get_object()
            page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"BT ET"))
            writer.update_container(page)

        assert reason(lab, lab.revised(signed, redraw)) == Reason.AENDRET_EFTER_UNDERSKRIFT

    def test_another_embedded_file_in_a_later_revision(self, lab: "Lab", signed: bytes) -> None:
        """Nor is the embedded samtykke replaced later."""

        def replace_file(writer: IncrementalPdfFileWriter) -> None:
            files = writer.root["/AF"][0].get_object()["/EF"]
            other = generic.StreamObject(stream_data=lab.altered())
            files["/F"] = writer.add_object(other)
            writer.update_container(files)

        assert reason(lab, lab.revised(signed, replace_file)) == Reason.AENDRET_EFTER_UNDERSKRIFT

    def test_an_annotation_in_a_later_revision(self, lab: "Lab", signed: bytes) -> None:
        """Nor is a note put over the words."""

        def annotate(writer: IncrementalPdfFileWriter) -> None:
            page = writer.root["/Pages"]["/Kids"][0].get_object()
            page["/Annots"].append(writer.add_object(_note()))
            writer.update_container(page)

        assert reason(lab, lab.revised(signed, annotate)) == Reason.AENDRET_EFTER_UNDERSKRIFT

    def test_bytes_after_the_end(self, lab: "Lab", signed: bytes) -> None:
        """What is appended without being a revision is refused as well."""
        assert reason(lab, signed + b"\n% more\n") is not None

    def test_a_second_signature(self, lab: "Lab", signed: bytes) -> None:
        """Two signatures are refused, even where each would hold alone."""
        twice = lab.sign_again(signed)
        assert reason(lab, twice) == Reason.FLERE_UNDERSKRIFTER


class TestShownOtherwise:
    """Shadow attacks: what is prepared before the citizen signs, so that the signature covers it and holds."""

    def test_other_words_on_the_pages(self, lab: "Lab") -> None:
        """Pages that say less than the embedded XML takes are refused, though all of it is signed."""
        milder = write_pdf(lab.document).replace(WORDS, b"- min adresse       ")
        assert reason(lab, lab.pdf(pages=milder, answers=[])) == Reason.VISNING_AFVIGER

    def test_pages_that_keep_silent_about_a_category(self, lab: "Lab") -> None:
        """XML that takes more than the pages say is refused: nothing but the pages was shown to the citizen."""
        pages = write_pdf(lab.altered()).replace(b"(  - mit helbred) Tj", b"(               ) Tj")
        assert reason(lab, lab.pdf(pages=pages, answers=[])) == Reason.VISNING_AFVIGER
        assert reason(lab, lab.pdf(pages=write_pdf(lab.altered()), answers=[])) is None

    def test_something_drawn_over_the_words(self, lab: "Lab") -> None:
        """A note over the words, prepared to be taken away after signing, is refused."""

        def cover(writer: IncrementalPdfFileWriter) -> None:
            page = writer.root["/Pages"]["/Kids"][0].get_object()
            page["/Annots"] = generic.ArrayObject([writer.add_object(_note())])
            writer.update_container(page)

        covered = lab.revised(write_pdf(lab.document), cover)
        assert reason(lab, lab.pdf(pages=covered, answers=[])) == Reason.VISNING_AFVIGER

    def test_a_signature_drawn_over_the_words(self, lab: "Lab") -> None:
        """A signature that is drawn could hide a line, so it is not drawn."""
        assert reason(lab, lab.pdf(box=(50, 550, 400, 700), answers=[])) == Reason.VISNING_AFVIGER

    def test_a_revision_without_effect(self, lab: "Lab") -> None:
        """Even an idle revision before the signature is refused: between two, things can be shown and hidden."""
        idle = lab.revised(write_pdf(lab.document), lambda writer: writer.add_object(generic.DictionaryObject()))
        assert reason(lab, lab.pdf(pages=idle, answers=[])) == Reason.VISNING_AFVIGER

    @pytest.mark.parametrize(
        ("key", "value"),
        [("/OpenAction", "/X"), ("/AA", "/X"), ("/Names", "/X"), ("/AcroForm", "/XFA"), ("/PageMode", "/X")],
    )
    def test_a_catalog_that_does_more(self, lab: "Lab", key: str, value: str) -> None:
        """Scripts, forms and names that come with the signature are refused."""
        assert reason(lab, lab.signed_with(lambda writer: _in_catalog(writer, key, value))) == Reason.VISNING_AFVIGER

    def test_a_note_that_comes_with_the_signature(self, lab: "Lab") -> None:
        """Nothing but the signature's own, invisible field is put on a page in the revision that signs."""

        def annotate(writer: IncrementalPdfFileWriter) -> None:
            page = writer.root["/Pages"]["/Kids"][0].get_object()
            page["/Annots"].append(writer.add_object(_note()))

        assert reason(lab, lab.signed_with(annotate)) == Reason.VISNING_AFVIGER

    def test_another_field_that_comes_with_the_signature(self, lab: "Lab") -> None:
        """Nor is there any other field, which could hold other words."""

        def add(writer: IncrementalPdfFileWriter) -> None:
            text = {pdf_name("/FT"): pdf_name("/Tx"), pdf_name("/T"): generic.pdf_string("Andet")}
            writer.root["/AcroForm"]["/Fields"].append(writer.add_object(generic.DictionaryObject(text)))

        assert reason(lab, lab.signed_with(add)) == Reason.VISNING_AFVIGER

    def test_a_signature_field_that_acts(self, lab: "Lab") -> None:
        """The signature's field does nothing when it is looked at."""

        def act(writer: IncrementalPdfFileWriter) -> None:
            writer.root["/AcroForm"]["/Fields"][0].get_object()[pdf_name("/AA")] = generic.DictionaryObject()

        assert reason(lab, lab.signed_with(act)) == Reason.VISNING_AFVIGER

    def test_a_page_that_comes_with_the_signature(self, lab: "Lab") -> None:
        """The words are not redrawn in the very revision that signs."""

        def redraw(writer: IncrementalPdfFileWriter) -> None:
            contents = writer.root["/Pages"]["/Kids"][0].get_object().raw_get("/Contents").reference
            writer.objects[(contents.generation, contents.idnum)] = generic.StreamObject(stream_data=b"BT ET")

        assert reason(lab, lab.signed_with(redraw)) == Reason.VISNING_AFVIGER

    def test_a_signature_alone(self, lab: "Lab") -> None:
        """The twin of the two tests above: with nothing added, the same way of signing is verified."""
        assert reason(lab, lab.signed_with(lambda _writer: None)) is None

    def test_a_pdf_of_something_else(self, lab: "Lab") -> None:
        """A PDF without a samtykke in it is none, though a citizen signed it."""
        other = FPDF()
        other.add_page()
        assert reason(lab, lab.pdf(pages=bytes(other.output()), answers=[])) == Reason.SAMTYKKE_MANGLER

    def test_a_pdf_of_an_xml_that_is_no_samtykke(self, lab: "Lab") -> None:
        """Nor is one whose embedded file is something else."""
        broken = write_pdf(lab.document).replace(b"<samtykke:TekstHash>", b"<samtykke:TekstHusk>")
        assert reason(lab, lab.pdf(pages=broken, answers=[])) == Reason.SAMTYKKE_MANGLER


class TestCoverage:
    @pytest.mark.parametrize(
        "ranges",
        [
            lambda one: [one[0], one[1], one[2], one[3] - 40],
            lambda one: [one[0], one[1] - 10, one[2], one[3]],
            lambda one: [one[0], one[1], one[2] + 10, one[3] - 10],
            lambda one: [9, one[1] - 9, one[2], one[3]],
            lambda one: [one[0], one[1] - 2, 7, 2],
            lambda one: [one[0], one[1], one[2] - 10, one[3]],
            lambda one: [one[0], one[1]],
            lambda one: [0, 0, one[2], one[3]],
        ],
        ids=["tail", "before the gap", "after the gap", "head", "twice", "shifted", "one range", "nothing before"],
    )
    def test_a_byte_range_that_leaves_something_out(
        self, lab: "Lab", signed: bytes, ranges: Callable[[list[int]], list[int]]
    ) -> None:
        """A signature over less than the whole file is refused, though it truly holds over what it covers."""
        assert reason(lab, lab.resigned(signed, ranges)) == Reason.FORKERT_DAEKNING


class TestBounded:
    def test_revisions(self, lab: "Lab", signed: bytes) -> None:
        """A signature may be renewed for a long time, and nobody makes us compare thousands of empty revisions."""
        assert reason(lab, _revised(signed, MAX_REVISIONS - 2)) is None
        assert reason(lab, _revised(signed, MAX_REVISIONS - 1)) == Reason.IKKE_PDF

    @pytest.mark.parametrize("name", [b"/XRef", b"/#58R#65f"])
    def test_a_table_of_contents_that_claims_any_number_of_objects(
        self, lab: "Lab", signed: bytes, name: bytes
    ) -> None:
        """Entries of no bytes each cost nothing to write and for ever to read, so such a table is not read."""
        here = len(signed)
        before = int(re.findall(rb"startxref\s+([0-9]+)", signed)[-1])
        table = b"<</Type %s /Size 900000000 /W [0 0 0] /Index [99 800000000] /Root 1 0 R /Prev %d /Length 0>>"
        written = b"9 0 obj\n%s\nstream\n\nendstream\nendobj\n" % (table % (name, before))
        assert reason(lab, signed + written + b"startxref\n%d\n%%%%EOF\n" % here) == Reason.IKKE_PDF

    def test_what_is_packed(self, lab: "Lab", signed: bytes) -> None:
        """A small file that unpacks to many times its size is not unpacked."""
        packed = generic.StreamObject(stream_data=bytes(3 * 1024 * 1024))
        packed.compress()

        def pack(writer: IncrementalPdfFileWriter) -> None:
            answers = generic.ArrayObject([writer.add_object(packed)] * 40)
            store = generic.DictionaryObject({pdf_name("/OCSPs"): answers, pdf_name("/Certs"): generic.ArrayObject()})
            writer.root["/DSS"] = writer.add_object(store)
            writer.update_root()

        swollen = lab.revised(signed, pack)
        tracemalloc.start()
        try:
            assert reason(lab, swollen) == Reason.KONTROL_FEJLEDE
            assert tracemalloc.get_traced_memory()[1] < 40 * 1024 * 1024
        finally:
            tracemalloc.stop()


class TestShape:
    def test_unsigned(self, lab: "Lab") -> None:
        """A PDF that nobody signed is refused."""
        assert reason(lab, write_pdf(lab.document)) == Reason.INGEN_UNDERSKRIFT

    def test_an_empty_signature_field(self, lab: "Lab") -> None:
        """A place for a signature is none."""
        from pyhanko.sign.fields import SigFieldSpec, append_signature_field

        empty = lab.revised(
            write_pdf(lab.document), lambda writer: append_signature_field(writer, SigFieldSpec("Underskrift"))
        )
        assert reason(lab, empty) == Reason.INGEN_UNDERSKRIFT

    def test_not_pades(self, lab: "Lab") -> None:
        """The older CMS signature of PDF does not bind the certificate as PAdES does."""
        plain = lab.pdf(subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED, answers=[])
        assert reason(lab, plain) == Reason.IKKE_PADES

    def test_over_sha1(self, lab: "Lab") -> None:
        """A signature that holds, over SHA-1, is refused."""
        assert reason(lab, lab.pdf(md_algorithm="sha1", answers=[])) == Reason.ALGORITME_IKKE_TILLADT

    def test_a_certificate_bound_by_sha1(self, lab: "Lab", monkeypatch: pytest.MonkeyPatch) -> None:
        """The digest that binds the certificate is held to the same list."""
        bind = attributes.as_signing_certificate_v2
        monkeypatch.setattr(attributes, "as_signing_certificate_v2", lambda certificate: bind(certificate, "sha1"))
        assert reason(lab, lab.pdf(answers=[])) == Reason.ALGORITME_IKKE_TILLADT

    def test_no_certificate_bound(self, lab: "Lab", signed: bytes) -> None:
        """A signature that binds no certificate is no PAdES baseline."""

        def unbind(content: cms.SignedData) -> None:
            stated = content["signer_infos"][0]["signed_attrs"]
            content["signer_infos"][0]["signed_attrs"] = [
                one for one in stated if one["type"].native != "signing_certificate_v2"
            ]

        assert reason(lab, lab.change_cms(signed, unbind)) == Reason.IKKE_PADES

    def test_content_within_the_signature(self, lab: "Lab", signed: bytes) -> None:
        """The signature is over the file, and brings nothing of its own that a reader could take for it."""

        def enclose(content: cms.SignedData) -> None:
            content["encap_content_info"] = {"content_type": "data", "content": b"x"}

        assert reason(lab, lab.change_cms(signed, enclose)) == Reason.IKKE_PADES

    def test_another_certificate(self, lab: "Lab", signed: bytes) -> None:
        """Another citizen's certificate in place of the signer's is refused."""

        def exchange(content: cms.SignedData) -> None:
            content["certificates"] = [lab.to_asn1(lab.person(uuid="0b8e7f36-93a5-4d0e-8a41-7c6d5e4f3a2b").certificate)]

        assert reason(lab, lab.change_cms(signed, exchange)) == Reason.CERTIFIKAT_IKKE_BUNDET

    def test_no_certificate(self, lab: "Lab", signed: bytes) -> None:
        """A signature that brings no certificate proves nobody's identity."""

        def remove(content: cms.SignedData) -> None:
            content["certificates"] = []

        assert reason(lab, lab.change_cms(signed, remove)) == Reason.CERTIFIKAT_MANGLER

    @pytest.mark.parametrize("pdf", [b"%PDF-", b"%PDF-1.7\n%%EOF"])
    def test_no_pdf(self, lab: "Lab", pdf: bytes) -> None:
        """What is cut off or empty is no PDF."""
        assert reason(lab, pdf) == Reason.IKKE_PDF

    def test_too_large(self, lab: "Lab") -> None:
        """A PDF that no declaration needs is not looked into."""
        for size, said in (
            (MAX_PDF_BYTES, "the document"),
            (MAX_PDF_BYTES + 1, "the document is larger than 1048576 bytes"),
        ):
            assert verify_signed(b"%PDF-".ljust(size), lab.lax, lab.now) == NotVerified(Reason.IKKE_PDF, said)

    def test_encrypted(self, lab: "Lab") -> None:
        """A PDF that asks for a password is not read."""
        pages = FPDF()
        pages.add_page()
        pages.set_encryption(owner_password="made up", user_password="made up")
        assert reason(lab, bytes(pages.output())) == Reason.IKKE_PDF

    @given(place=st.integers(0, 13_000), byte=st.integers(0, 255))
    @settings(max_examples=60, deadline=None)
    def test_no_single_byte_makes_anything_else_be_read(self, lab: "Lab", signed: bytes, place: int, byte: int) -> None:
        """Whatever byte is put anywhere, the PDF is refused or reads as it was signed; nothing is raised."""
        outcome = verify_signed(signed[:place] + bytes([byte]) + signed[place + 1 :], lab.lax, lab.now)
        same = isinstance(outcome, Verified) and read_document(outcome.signed).declaration["sag"] == "sag-1"
        assert same or isinstance(outcome, NotVerified)

    @given(st.binary(max_size=200))
    @settings(max_examples=60, deadline=None)
    def test_garbage_is_refused_and_raises_nothing(self, lab: "Lab", garbage: bytes) -> None:
        """Any bytes at all are answered with a value."""
        assert isinstance(verify_signed(b"%PDF-" + garbage, lab.lax, lab.now), NotVerified)


def _revised(signed: bytes, times: int) -> bytes:
    """Append revisions that change nothing, each a cross-reference section and a trailer."""
    trailer = signed[signed.rindex(b"trailer") :]
    kept = b" ".join(re.findall(rb"/(?:Root|Info|Size) [0-9]+(?: 0 R)?|/ID ?\[[^]]*\]", trailer))
    before = int(re.findall(rb"startxref\s+([0-9]+)", signed)[-1])
    for _ in range(times):
        here = len(signed)
        signed += b"xref\n0 0\ntrailer\n<<%s /Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (kept, before, here)
        before = here
    return signed


def _note() -> generic.DictionaryObject:
    square = {"/Type": pdf_name("/Annot"), "/Subtype": pdf_name("/Square")}
    rectangle = generic.ArrayObject([generic.NumberObject(side) for side in (50, 550, 400, 700)])
    return generic.DictionaryObject({pdf_name(key): value for key, value in {**square, "/Rect": rectangle}.items()})


def _in_catalog(writer: IncrementalPdfFileWriter, key: str, value: str) -> None:
    place: Any = writer.root
    if key in place and value == "/XFA":
        place, key = place[key], value
    place[pdf_name(key)] = pdf_name(value)
    writer.update_container(place)


def test_a_pdf_reads_back_with_other_tools(lab: "Lab") -> None:
    """The file is a well-formed PDF by another library's strict reading, and its samtykke an associated file."""
    reader = PdfFileReader(BytesIO(write_pdf(lab.document)), strict=True)
    (attached,) = reader.root["/AF"]
    assert attached.get_object()["/EF"]["/F"].data == lab.document
    assert attached.get_object()["/UF"] == "samtykke.xml"
