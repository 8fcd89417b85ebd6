"""The signature on a samtykke: what holds is read, what was altered, weakened or malformed is not."""

import logging
from base64 import b64encode
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from signxml.algorithms import SignatureMethod

from consent.document import MAX_DOCUMENT_BYTES, NAMESPACE, read_document, write_document
from consent.signatures import NotVerified, Reason, Trust, Verified, load_anchors, verify_signed
from ops.sample.pki import SamplePki
from schemas.xml import parse_xml

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ANE = "5f0c9f1a-3c55-4a0a-9c7e-1d2f3a4b5c6d"
DECLARATION = {
    "samtykke_id": "urn:uuid:11111111-1111-4111-8111-111111111111",
    "version": 1,
    "borger": "2509479989",
    "sag": "sag-1",
    "formaal": "rehabilitering",
    "punkter": [{"punkt": 1, "parter": ["jobcenter", "social"], "oplysningstyper": ["plan"]}],
    "spaerringer": [],
    "afgivet": "2026-11-21T11:00:00+01:00",
    "gyldig_til": "2027-03-01",
}
DOCUMENT = write_document(DECLARATION, {"jobcenter": "Jobcentret", "social": "Socialforvaltningen"}, "Eva Eksempel")
PKI = SamplePki.create()
ANCHORS = load_anchors(PKI.anchors_pem)
CREDENTIAL = PKI.issue(ANE, "Ane Eksempel", NOW - DAY, NOW + DAY)
SIGNED = PKI.sign(DOCUMENT, CREDENTIAL)


def verify(document: bytes) -> Verified | NotVerified:
    """Verify at noon of the sample day."""
    return verify_signed(document, Trust(ANCHORS), NOW)


def reason(document: bytes) -> Reason:
    """Return why the document is not verified."""
    outcome = verify(document)
    assert isinstance(outcome, NotVerified)
    return outcome.reason


def to_bytes(root: etree._Element) -> bytes:
    """Return the document as a stranger sends it."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def find(root: etree._Element, name: str) -> etree._Element:
    """Return the first element with this local name."""
    return next(element for element in root.iter(etree.Element) if etree.QName(element).localname == name)


def changed(change: Callable[[etree._Element], object]) -> bytes:
    """Return the signed document with something done to it afterwards."""
    root = parse_xml(SIGNED)
    change(root)
    return to_bytes(root)


def rename(root: etree._Element, name: str, text: str) -> None:
    """Put another text into the first element with this local name."""
    find(root, name).text = text


def drop(root: etree._Element, name: str) -> None:
    """Remove the first element with this local name."""
    gone = find(root, name)
    parent = gone.getparent()
    assert parent is not None
    parent.remove(gone)


class TestVerified:
    def test_what_was_signed_is_what_is_read(self) -> None:
        """A document signed under a pinned anchor is verified, and reads as the declaration that was written."""
        outcome = verify(SIGNED)
        assert isinstance(outcome, Verified)
        assert read_document(outcome.signed).declaration == DECLARATION
        assert outcome.signer.uuid == ANE
        assert outcome.signer.fingerprint == CREDENTIAL.certificate.fingerprint(SHA256()).hex()
        assert outcome.algorithm == "ECDSA_SHA256"
        assert abs(datetime.now(UTC) - outcome.signing_time) < timedelta(minutes=10)

    def test_the_signature_is_no_part_of_what_was_signed(self) -> None:
        """What may be read further holds no signature and nothing from inside one."""
        outcome = verify(SIGNED)
        assert isinstance(outcome, Verified)
        assert not [node for node in outcome.signed.iter() if etree.QName(node).namespace != NAMESPACE]

    def test_a_comment_added_later_is_not_read(self) -> None:
        """A comment is outside the signature, so what is read is as if it were not there."""
        outcome = verify(SIGNED.replace(b">sag-1<", b">sag-<!-- 2 -->1<"))
        assert isinstance(outcome, Verified)
        assert read_document(outcome.signed).declaration["sag"] == "sag-1"

    def test_nothing_of_the_document_reaches_the_debug_log(self, caplog: pytest.LogCaptureFixture) -> None:
        """Even with every logger at its most talkative, no CPR number is written."""
        caplog.set_level(logging.DEBUG)
        verify(SIGNED)
        assert "2509479989" not in caplog.text


class TestContent:
    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("OplysningstypeKode", "helbred"),
            ("PartIdentifikator", "politi"),
            ("GyldigTilDato", "2030-01-01"),
            ("BorgerIdentifikator", "0201919990"),
            ("SagIdentifikator", "sag-2"),
            ("VersionIdentifikator", "2"),
        ],
    )
    def test_an_altered_scope_is_refused(self, name: str, text: str) -> None:
        """A category, party, expiry, citizen, case or version changed after signing is found."""
        assert reason(changed(lambda root: rename(root, name, text))) == Reason.INDHOLD_AENDRET

    def test_an_added_or_removed_element_is_refused(self) -> None:
        """Nothing can be added to what was signed, nor taken from it."""
        point = deepcopy(find(parse_xml(SIGNED), "Punkt"))
        assert reason(changed(lambda root: find(root, "PunktSamling").append(point))) == Reason.INDHOLD_AENDRET
        assert reason(changed(lambda root: drop(root, "GyldigTilDato"))) == Reason.INDHOLD_AENDRET

    def test_altered_signed_properties_are_refused(self) -> None:
        """The time, role and certificate that the signer signed cannot be changed."""
        later = changed(lambda root: rename(root, "SigningTime", "2026-01-01T00:00:00Z"))
        assert reason(later) == Reason.INDHOLD_AENDRET

    def test_an_altered_signature_value_is_refused(self) -> None:
        """A signature value of other bytes, or of none, is no signature."""
        value = b64encode(bytes(64)).decode()
        assert reason(changed(lambda root: rename(root, "SignatureValue", value))) == Reason.UNDERSKRIFT_UGYLDIG
        assert isinstance(verify(changed(lambda root: rename(root, "SignatureValue", ""))), NotVerified)

    @given(st.integers(min_value=0, max_value=len(SIGNED) - 1), st.integers(min_value=0, max_value=255))
    @settings(max_examples=300, deadline=None)
    def test_no_single_byte_makes_anything_else_be_read(self, place: int, byte: int) -> None:
        """Whatever byte is put anywhere, the document is refused or reads as it was signed; nothing is raised."""
        outcome = verify(SIGNED[:place] + bytes([byte]) + SIGNED[place + 1 :])
        assert isinstance(outcome, NotVerified) or read_document(outcome.signed).declaration == DECLARATION

    @given(st.binary(max_size=200))
    @settings(max_examples=100, deadline=None)
    def test_garbage_is_refused_and_raises_nothing(self, garbage: bytes) -> None:
        """Any bytes at all are answered with a value."""
        assert isinstance(verify(garbage), NotVerified)


class TestXml:
    def test_a_bomb_is_refused(self) -> None:
        """Entities that multiply are refused with the DOCTYPE that they need."""
        entities = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10 if i else "x"}">' for i in range(10))
        body = SIGNED.split(b"?>", 1)[1]
        assert reason(f"<!DOCTYPE s [{entities}]>".encode() + body) == Reason.IKKE_XML

    def test_a_doctype_is_refused(self) -> None:
        """A DOCTYPE could declare what an Id is, so it is refused, whatever it says."""
        body = SIGNED.split(b"?>", 1)[1]
        assert reason(b'<!DOCTYPE s SYSTEM "file:///etc/hostname">' + body) == Reason.IKKE_XML

    @pytest.mark.parametrize(
        "document", [b"", b" ", b"<a>", b"samtykke", SIGNED[:-20], b"x" * (MAX_DOCUMENT_BYTES + 1)]
    )
    def test_what_is_not_xml_is_refused(self, document: bytes) -> None:
        """Empty, cut off, no XML, too large."""
        assert reason(document) == Reason.IKKE_XML

    @pytest.mark.parametrize("extra", [b"<?xml-stylesheet href='x'?>", b"<!-- x -->"])
    def test_nothing_stands_beside_the_root(self, extra: bytes) -> None:
        """An instruction outside the root could show the citizen something else and is signed by nobody."""
        head, body = SIGNED.split(b"?>", 1)
        assert reason(head + b"?>" + extra + body) == Reason.FORKERT_PLACERING
        assert reason(SIGNED + extra) == Reason.FORKERT_PLACERING


class TestAlgorithms:
    @pytest.mark.parametrize(
        ("name", "algorithm"),
        [
            ("SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1"),
            ("SignatureMethod", "http://www.w3.org/2000/09/xmldsig#rsa-sha1"),
            ("SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"),
            ("SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha224"),
            ("SignatureMethod", "http://example.invalid/none"),
            ("DigestMethod", "http://www.w3.org/2000/09/xmldsig#sha1"),
            ("DigestMethod", "http://www.w3.org/2001/04/xmldsig-more#sha224"),
            ("CanonicalizationMethod", "http://www.w3.org/2006/12/xml-c14n11#WithComments"),
        ],
    )
    def test_an_algorithm_that_is_not_ours(self, name: str, algorithm: str) -> None:
        """SHA-1, short digests, shared secrets, kept comments and the unknown are refused by name."""
        weak = changed(lambda root: find(root, name).set("Algorithm", algorithm))
        assert reason(weak) == Reason.ALGORITME_IKKE_TILLADT

    def test_a_method_of_another_kind_of_key(self) -> None:
        """An RSA method over an elliptic-curve key is refused, not stumbled over."""
        rsa_method = SignatureMethod.RSA_SHA256.value
        mixed = changed(lambda root: find(root, "SignatureMethod").set("Algorithm", rsa_method))
        assert reason(mixed) == Reason.UNDERSKRIFT_UGYLDIG
