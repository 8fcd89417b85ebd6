"""Attacks that must fail, by name: each against a document whose untouched twin is verified, each with its own reason.

The signatures are of level T: made with a certificate of minutes, timestamped, with an OCSP answer.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable
from copy import deepcopy
from typing import TYPE_CHECKING

import pytest
from asn1crypto import cms
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.xades.xades import XAdESSigner

from consent.document import NAMESPACE, read_document
from consent.signatures import Reason, Verified, verify_signed
from consent.signatures.shape import DS, XADES
from ops.sample.pki import Credential
from schemas.xml import parse_xml

if TYPE_CHECKING:
    from tests.consent.signatures.conftest import Lab

BO = "0b8e7f36-93a5-4d0e-8a41-7c6d5e4f3a2b"


@pytest.fixture(scope="module")
def twin(lab: "Lab") -> bytes:
    """Return the document that nobody attacked."""
    signed = lab.xml(stamper=lab.stamper())
    assert lab.reason(signed) is None
    return signed


@pytest.fixture(scope="module")
def pdf_twin(lab: "Lab") -> bytes:
    """Return the PDF that nobody attacked."""
    signed = lab.pdf(stamper=lab.stamper())
    assert lab.reason(signed) is None
    return signed


def first(root: etree._Element, name: str) -> etree._Element:
    """Return the first element with this local name."""
    return next(one for one in root.iter(etree.Element) if etree.QName(one).localname == name)


def take(root: etree._Element, name: str) -> etree._Element:
    """Take the first element with this local name out of the tree, and return it."""
    taken = first(root, name)
    parent = taken.getparent()
    assert parent is not None
    parent.remove(taken)
    return taken


def forge(signed: bytes) -> etree._Element:
    """Return the document's root as an attacker would have it: helbred in place of plan, and no signature."""
    root = parse_xml(signed)
    take(root, "Signature")
    first(root, "OplysningstypeKode").text = "helbred"
    return root


def bare(signed: bytes) -> etree._Element:
    """Return what was signed, without its signature."""
    root = parse_xml(signed)
    take(root, "Signature")
    return root


def signature(signed: bytes) -> etree._Element:
    """Return the signature."""
    return take(parse_xml(signed), "Signature")


def xsw1(signed: bytes) -> etree._Element:
    """Build a forged root that holds the signature, with the signed original as an Object of the signature."""
    root, moved = forge(signed), signature(signed)
    etree.SubElement(moved, f"{DS}Object").append(bare(signed))
    root.append(moved)
    return root


def xsw2(signed: bytes) -> etree._Element:
    """Build a forged root with the signed original before the signature, which is detached from it."""
    root = forge(signed)
    root.append(bare(signed))
    root.append(signature(signed))
    return root


def xsw3(signed: bytes) -> etree._Element:
    """Build a new root with the forged declaration first and the signed original, signature and all, beside it."""
    root = etree.Element(f"{{{NAMESPACE}}}Samling")
    root.extend([forge(signed), parse_xml(signed)])
    return root


def xsw4(signed: bytes) -> etree._Element:
    """Build a forged root around the signed original, signature and all."""
    root = forge(signed)
    root.append(parse_xml(signed))
    return root


def xsw5(signed: bytes) -> etree._Element:
    """Build a forged root that holds the signature, with the signed original last, after the signature."""
    root = forge(signed)
    root.append(signature(signed))
    root.append(bare(signed))
    return root


def xsw6(signed: bytes) -> etree._Element:
    """Build a forged root whose signature has the signed original inside it, as no part of a signature."""
    root, moved = forge(signed), signature(signed)
    moved.insert(2, bare(signed))
    root.append(moved)
    return root


def xsw7(signed: bytes) -> etree._Element:
    """Build the signed original with the forged declaration in an extension before everything else."""
    root = parse_xml(signed)
    extension = etree.Element(f"{{{NAMESPACE}}}Udvidelse")
    extension.append(forge(signed))
    root.insert(0, extension)
    return root


def xsw8(signed: bytes) -> etree._Element:
    """Build a forged root whose signature keeps the signed original where its shape leaves room for anything."""
    root, moved = forge(signed), signature(signed)
    holder = etree.SubElement(first(moved, "UnsignedProperties"), f"{XADES}UnsignedDataObjectProperties")
    etree.SubElement(holder, f"{XADES}UnsignedDataObjectProperty").append(bare(signed))
    root.append(moved)
    return root


class TestSignatureWrapping:
    """The eight classic shapes (Somorovsky et al., 2012), as they are for one enveloped signature."""

    @pytest.mark.parametrize(
        ("shape", "expected"),
        [
            (xsw1, Reason.IKKE_XADES),
            (xsw2, Reason.INDHOLD_AENDRET),
            (xsw3, Reason.FORKERT_PLACERING),
            (xsw4, Reason.FORKERT_PLACERING),
            (xsw5, Reason.INDHOLD_AENDRET),
            (xsw6, Reason.IKKE_XADES),
            (xsw7, Reason.INDHOLD_AENDRET),
            (xsw8, Reason.INDHOLD_AENDRET),
        ],
    )
    def test_shape(self, lab: "Lab", twin: bytes, shape: Callable[[bytes], etree._Element], expected: Reason) -> None:
        """The signed original is in the file, untouched, and something else is where a careless reader looks."""
        assert lab.reason(etree.tostring(shape(twin))) == expected

    def test_they_are_eight(self, twin: bytes) -> None:
        """No two shapes are the same tree, and each holds the forged category and the true signature value."""
        shapes = [shape(twin) for shape in (xsw1, xsw2, xsw3, xsw4, xsw5, xsw6, xsw7, xsw8)]
        assert len({etree.tostring(one, method="c14n") for one in shapes}) == len(shapes)
        value = first(parse_xml(twin), "SignatureValue").text
        for one in shapes:
            assert first(one, "SignatureValue").text == value
            assert {"plan", "helbred"} == {code.text for code in one.iter(f"{{{NAMESPACE}}}OplysningstypeKode")}


class TestCertificate:
    def test_substituted_certificate(self, lab: "Lab", twin: bytes) -> None:
        """Another citizen's certificate, as good as the signer's, is not the one that was bound."""
        root = parse_xml(twin)
        other = lab.to_asn1(lab.person(uuid=BO).certificate).dump()
        first(root, "X509Certificate").text = b64encode(other).decode()
        assert lab.reason(etree.tostring(root)) == Reason.CERTIFIKAT_IKKE_BUNDET

    def test_substituted_certificate_in_a_pdf(self, lab: "Lab", pdf_twin: bytes) -> None:
        """Nor in a PDF."""

        def exchange(content: cms.SignedData) -> None:
            content["certificates"] = [lab.to_asn1(lab.person(uuid=BO).certificate)]

        assert lab.reason(lab.change_cms(pdf_twin, exchange)) == Reason.CERTIFIKAT_IKKE_BUNDET

    def test_key_taken_from_the_document(self, lab: "Lab") -> None:
        """A signature that holds under the key it brings, beside a trusted certificate, is the attacker's own."""
        mallory = Credential(lab.person().key, lab.ane.certificate)
        assert lab.reason(_with_key_value(lab, lab.ane)) is None
        assert lab.reason(_with_key_value(lab, mallory)) == Reason.UNDERSKRIFT_UGYLDIG

    def test_key_taken_from_a_pdf(self, lab: "Lab") -> None:
        """The same in a PDF: the certificate is Ane's, the key is not."""
        mallory = Credential(lab.person().key, lab.ane.certificate)
        forged = lab.pdf(mallory, answers=[lab.good()], stamper=lab.stamper())
        assert lab.reason(forged) == Reason.UNDERSKRIFT_UGYLDIG

    @pytest.mark.parametrize("form", ["xml", "pdf"])
    def test_self_signed(self, lab: "Lab", form: str) -> None:
        """A certificate that says it is a citizen's, and that nobody vouches for, is nobody's."""
        own = lab.self_signed()
        forged = getattr(lab, form)(own, stamper=lab.stamper(), answers=[])
        assert lab.reason(forged, trust=lab.lax) == Reason.CERTIFIKAT_IKKE_BETROET

    @pytest.mark.parametrize("form", ["xml", "pdf"])
    def test_expired_at_signing(self, lab: "Lab", form: str) -> None:
        """A certificate that had ended when the timestamp was made, signed nothing; a minute before, it did."""
        short = lab.person(until=lab.now + 2 * lab.minute)
        for at, expected in ((1, None), (3, Reason.CERTIFIKAT_UDLOEBET)):
            signed = getattr(lab, form)(short, stamper=lab.stamper(at=lab.now + at * lab.minute))
            assert lab.reason(signed, lab.now + lab.day) == expected

    @pytest.mark.parametrize("form", ["xml", "pdf"])
    def test_revoked(self, lab: "Lab", form: str) -> None:
        """A certificate that was revoked when the timestamp was made, signed nothing."""
        answers = [lab.good(revoked=lab.now - lab.minute)]
        signed = getattr(lab, form)(stamper=lab.stamper(), answers=answers)
        assert lab.reason(signed) == Reason.CERTIFIKAT_TILBAGEKALDT


class TestTimestamp:
    def test_timestamp_from_another_document(self, lab: "Lab", twin: bytes) -> None:
        """A true timestamp, taken from another document of the same citizen, proves nothing of this one."""
        root, other = parse_xml(twin), parse_xml(lab.xml(stamper=lab.stamper()))
        first(root, "EncapsulatedTimeStamp").text = first(other, "EncapsulatedTimeStamp").text
        assert lab.reason(etree.tostring(root)) == Reason.TIDSSTEMPEL_ANDET_DOKUMENT

    def test_timestamp_from_another_pdf(self, lab: "Lab", pdf_twin: bytes) -> None:
        """Nor in a PDF, and nor from the XML of the same declaration."""
        other = parse_xml(lab.xml(stamper=lab.stamper()))
        token = cms.ContentInfo.load(b64decode(first(other, "EncapsulatedTimeStamp").text or ""))

        def exchange(content: cms.SignedData) -> None:
            content["signer_infos"][0]["unsigned_attrs"] = [
                cms.CMSAttribute({"type": "signature_time_stamp_token", "values": [token]})
            ]

        assert lab.reason(lab.change_cms(pdf_twin, exchange)) == Reason.TIDSSTEMPEL_ANDET_DOKUMENT

    def test_timestamp_taken_away(self, lab: "Lab") -> None:
        """Without its timestamp, a signature with a certificate of minutes is one whose certificate has ended."""
        short = lab.person(until=lab.now + lab.minute)
        root = parse_xml(lab.xml(short, stamper=lab.stamper()))
        assert lab.reason(etree.tostring(root), lab.now + lab.day) is None
        take(root, "SignatureTimeStamp")
        assert lab.reason(etree.tostring(root), lab.now + lab.day) == Reason.CERTIFIKAT_UDLOEBET


class TestContent:
    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("OplysningstypeKode", "helbred"),
            ("GyldigTilDato", "2030-01-01"),
            ("PartIdentifikator", "politi"),
            ("BorgerIdentifikator", "0201919990"),
        ],
        ids=["scope", "expiry", "party", "citizen"],
    )
    def test_altered(self, lab: "Lab", twin: bytes, name: str, text: str) -> None:
        """A category, an end, a party or a citizen that was changed after signing is found."""
        root = parse_xml(twin)
        first(root, name).text = text
        assert lab.reason(etree.tostring(root)) == Reason.INDHOLD_AENDRET

    def test_signature_reused_for_another_case(self, lab: "Lab", twin: bytes) -> None:
        """The signature of one declaration, put into another for the next case, is not over it."""
        other = parse_xml(lab.document_for(sag="sag-2"))
        other.append(signature(twin))
        assert lab.reason(etree.tostring(other)) == Reason.INDHOLD_AENDRET

    def test_pdf_changed_after_signing(self, lab: "Lab", pdf_twin: bytes) -> None:
        """A word on the pages, or a code in the embedded XML, that was changed after signing is found."""
        for old, new in ((b"m\xe5l) Tj", b"alt) Tj"), (b">plan<", b">alle<")):
            assert old in pdf_twin
            assert lab.reason(pdf_twin.replace(old, new)) == Reason.INDHOLD_AENDRET

    def test_signature_of_one_pdf_in_another(self, lab: "Lab", pdf_twin: bytes) -> None:
        """The signature of one PDF, put into another of the same length, is not over it."""
        other = pdf_twin.replace(b"sag-1", b"sag-2")
        assert lab.reason(other) == Reason.INDHOLD_AENDRET

    @pytest.mark.parametrize("kind", ["entities", "quadratic", "external", "parameter"])
    def test_xml_bomb(self, lab: "Lab", twin: bytes, kind: str) -> None:
        """Entities that multiply, repeat or fetch are refused with the DOCTYPE that they need, before anything."""
        declared = {
            "entities": "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10 if i else "x"}">' for i in range(10)),
            "quadratic": f'<!ENTITY a "{"x" * 50_000}">',
            "external": '<!ENTITY a SYSTEM "file:///etc/hostname">',
            "parameter": '<!ENTITY % a SYSTEM "http://example.invalid/a.dtd"> %a;',
        }[kind]
        body = twin.split(b"?>", 1)[1].replace(b">sag-1<", b">&a9;<" if kind == "entities" else b">&a;<")
        assert lab.reason(f"<!DOCTYPE s [{declared}]>".encode() + body) == Reason.IKKE_XML

    def test_xml_bomb_in_a_pdf(self, lab: "Lab") -> None:
        """Nor does a PDF bring one past the same door, though it was truly signed."""
        start = b"<?xml version='1.0' encoding='UTF-8'?>"
        bomb = b"<!DOCTYPE s [<!ENTITY a 'x'>]>".ljust(len(start))
        pages = lab.pages().replace(start, bomb)
        assert lab.reason(lab.pdf(pages=lab.pages())) is None
        assert lab.reason(lab.pdf(pages=pages)) == Reason.SAMTYKKE_MANGLER

    def test_deep_xml(self, lab: "Lab", twin: bytes) -> None:
        """Elements nested without end are refused, not followed."""
        deep = b"<a>" * 5000 + b"</a>" * 5000
        assert lab.reason(twin.replace(b">sag-1<", b">" + deep + b"<")) == Reason.IKKE_XML


class TestTwins:
    def test_the_twin_is_read_as_it_was_written(self, lab: "Lab", twin: bytes, pdf_twin: bytes) -> None:
        """Both forms of the declaration, untouched, are verified at level T and read the same."""
        found = [verify_signed(one, lab.trust, lab.now) for one in (twin, pdf_twin)]
        read = [read_document(one.signed) for one in found if isinstance(one, Verified) and one.level == "T"]
        assert len(read) == 2
        assert read[0] == read[1]

    def test_a_copy_of_the_twin_is_the_twin(self, lab: "Lab", twin: bytes) -> None:
        """Parsing and writing again, as the attacks do, changes nothing by itself."""
        assert lab.reason(etree.tostring(deepcopy(parse_xml(twin)))) is None


def _with_key_value(lab: "Lab", credential: Credential) -> bytes:
    signer = XAdESSigner(signature_algorithm=SignatureMethod.ECDSA_SHA256, digest_algorithm=DigestAlgorithm.SHA256)
    root = parse_xml(lab.document)
    signed = signer.sign(root, key=credential.key, cert=[credential.certificate], always_add_key_value=True)
    return lab.xml(signed=etree.tostring(signed), stamper=lab.stamper())
