"""Signature wrapping and other shapes: a true signature, and something else put where a careless reader looks."""

from base64 import b64encode
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.signer import XMLSigner

from consent.document import write_document
from consent.signatures import NotVerified, Reason, Trust, load_anchors, verify_signed
from consent.signatures.shape import DS, XADES
from ops.sample.pki import Credential, SamplePki
from schemas.xml import parse_xml

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ANE = "5f0c9f1a-3c55-4a0a-9c7e-1d2f3a4b5c6d"
BO = "0b8e7f36-93a5-4d0e-8a41-7c6d5e4f3a2b"
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


def reason(document: bytes) -> Reason | None:
    """Return why the document is not verified; None where it is."""
    outcome = verify_signed(document, Trust(ANCHORS), NOW)
    return outcome.reason if isinstance(outcome, NotVerified) else None


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


def resigned(change: Callable[[etree._Element], object], credential: Credential = CREDENTIAL) -> bytes:
    """Return the document changed and then signed anew by its own signer, every digest right.

    Only the rule about shape stands between such a document and us: no cryptography would refuse it.
    """
    root = parse_xml(SIGNED)
    change(root)
    root = parse_xml(to_bytes(root))
    for reference in root.iter(f"{DS}Reference"):
        _digest_again(root, reference)
    signed_info = etree.tostring(find(root, "SignedInfo"), method="c14n")
    first, second = decode_dss_signature(credential.key.sign(signed_info, ec.ECDSA(SHA256())))
    find(root, "SignatureValue").text = b64encode(first.to_bytes(32) + second.to_bytes(32)).decode()
    return to_bytes(root)


def _digest_again(root: etree._Element, reference: etree._Element) -> None:
    uri = reference.get("URI")
    if uri == "":
        content = parse_xml(to_bytes(root))
        signature = find(content, "Signature")
        parent = signature.getparent()
        assert parent is not None
        parent.remove(signature)
    else:
        (content,) = [element for element in root.iter(etree.Element) if f"#{element.get('Id')}" == uri]
    find(reference, "DigestValue").text = b64encode(sha256(etree.tostring(content, method="c14n")).digest()).decode()


def rename(root: etree._Element, name: str, text: str) -> None:
    """Put another text into the first element with this local name."""
    find(root, name).text = text


def drop(root: etree._Element, name: str) -> None:
    """Remove the first element with this local name."""
    gone = find(root, name)
    parent = gone.getparent()
    assert parent is not None
    parent.remove(gone)


class TestTheAttacker:
    """That the tests below prove something."""

    def test_signing_anew_holds(self) -> None:
        """A document that is signed anew without a change is verified: it is the change that is refused below."""
        assert reason(resigned(lambda _: None)) is None

    def test_signing_anew_covers_a_change(self) -> None:
        """The signer may sign other content; the tests' own digests are right."""
        assert reason(resigned(lambda root: rename(root, "SagIdentifikator", "sag-2"))) is None


class TestWrapping:
    """Signature wrapping: a true signature, and something else put where a careless reader looks."""

    def test_unsigned(self) -> None:
        """A document without a signature is refused."""
        assert reason(DOCUMENT) == Reason.INGEN_UNDERSKRIFT

    def test_signature_removed(self) -> None:
        """A document whose signature was taken out is refused."""
        assert reason(changed(lambda root: drop(root, "Signature"))) == Reason.INGEN_UNDERSKRIFT

    def test_two_signatures(self) -> None:
        """Two signatures are refused, even where each would hold alone."""
        bo = PKI.issue(BO, "Bo Eksempel", NOW - DAY, NOW + DAY)
        twice = changed(lambda root: root.append(find(parse_xml(PKI.sign(DOCUMENT, bo)), "Signature")))
        assert reason(twice) == Reason.FLERE_UNDERSKRIFTER

    def test_signature_inside_a_signature(self) -> None:
        """A second signature is found wherever it hides."""
        inner = find(parse_xml(SIGNED), "Signature")
        assert reason(changed(lambda root: find(root, "Object").append(inner))) == Reason.FLERE_UNDERSKRIFTER

    def test_signature_moved_deeper(self) -> None:
        """A signature that is no child of the root is refused."""
        moved = changed(lambda root: find(root, "Punkt").append(find(root, "Signature")))
        assert reason(moved) == Reason.FORKERT_PLACERING

    def test_signature_as_root(self) -> None:
        """An enveloping signature, with the declaration inside it, is refused."""
        root = find(parse_xml(SIGNED), "Signature")
        etree.SubElement(root, f"{DS}Object").append(parse_xml(DOCUMENT))
        assert reason(to_bytes(root)) == Reason.FORKERT_PLACERING

    def test_wrapped_root(self) -> None:
        """The signed document, whole, inside another root is refused."""
        wrapper = parse_xml(DOCUMENT)
        wrapper.append(parse_xml(SIGNED))
        assert reason(to_bytes(wrapper)) == Reason.FORKERT_PLACERING

    def test_duplicated_root(self) -> None:
        """A forged declaration beside the signed one, under a new root that holds the signature, is refused."""
        original, forged = parse_xml(SIGNED), parse_xml(DOCUMENT)
        rename(forged, "OplysningstypeKode", "helbred")
        root = parse_xml(SIGNED)
        root[:] = [forged, original, find(original, "Signature")]
        assert reason(to_bytes(root)) == Reason.INDHOLD_AENDRET

    def test_original_moved_under_object(self) -> None:
        """The signed declaration moved into the signature, with a forged one in its place, is refused."""

        def hide(root: etree._Element) -> None:
            original = parse_xml(DOCUMENT)
            etree.SubElement(find(root, "Signature"), f"{DS}Object").append(original)
            rename(root, "OplysningstypeKode", "helbred")

        assert reason(changed(hide)) == Reason.IKKE_XADES

    def test_original_moved_under_unsigned_properties(self) -> None:
        """Nor is it found where the shape leaves room: the reference to the document stands for the root alone."""

        def hide(root: etree._Element) -> None:
            unsigned = etree.SubElement(find(root, "QualifyingProperties"), f"{XADES}UnsignedProperties")
            properties = etree.SubElement(unsigned, f"{XADES}UnsignedDataObjectProperties")
            etree.SubElement(properties, f"{XADES}UnsignedDataObjectProperty").append(parse_xml(DOCUMENT))
            rename(root, "OplysningstypeKode", "helbred")

        assert reason(changed(hide)) == Reason.INDHOLD_AENDRET

    def test_reference_by_id_to_a_sibling(self) -> None:
        """A signature over one element by its Id, truly signed, is refused: the rest would be read with it."""

        def by_id(root: etree._Element) -> None:
            find(root, "PunktSamling").set("Id", "punkter")
            find(root, "Reference").set("URI", "#punkter")
            drop(root, "Transforms")

        assert reason(resigned(by_id)) == Reason.FORKERT_REFERENCE

    def test_reference_by_id_to_the_root(self) -> None:
        """Nor is the root referenced by an Id, which a copy of it could carry as well."""

        def by_id(root: etree._Element) -> None:
            root.set("Id", "rod")
            find(root, "Reference").set("URI", "#rod")

        assert reason(changed(by_id)) == Reason.FORKERT_REFERENCE

    def test_second_reference_added(self) -> None:
        """A reference to anything more, truly signed, is refused."""

        def add(root: etree._Element) -> None:
            find(root, "PunktSamling").set("Id", "punkter")
            extra = deepcopy(find(root, "Reference"))
            extra.set("URI", "#punkter")
            del extra.attrib["Id"]
            drop(extra, "Transforms")
            find(root, "SignedInfo").append(extra)

        assert reason(resigned(add)) == Reason.FORKERT_REFERENCE

    def test_the_same_reference_twice(self) -> None:
        """Nor is the document referenced twice."""

        def add(root: etree._Element) -> None:
            extra = deepcopy(find(root, "Reference"))
            del extra.attrib["Id"]
            find(root, "SignedInfo").append(extra)

        assert reason(resigned(add)) == Reason.FORKERT_REFERENCE

    def test_document_not_referenced(self) -> None:
        """A signature over its own properties alone says nothing about the document."""
        assert reason(resigned(lambda root: drop(root, "Reference"))) == Reason.FORKERT_REFERENCE

    @pytest.mark.parametrize("attribute", ["Id", "ID", "id", "{http://www.w3.org/XML/1998/namespace}id"])
    def test_duplicate_ids(self, attribute: str) -> None:
        """An Id that two elements carry, however it is written, is refused."""
        taken = find(parse_xml(SIGNED), "SignedProperties").get("Id", "")
        assert reason(changed(lambda root: find(root, "Punkt").set(attribute, taken))) == Reason.DOBBELT_ID

    @pytest.mark.parametrize(
        "algorithm",
        [
            "http://www.w3.org/TR/1999/REC-xpath-19991116",
            "http://www.w3.org/2002/06/xmldsig-filter2",
            "http://www.w3.org/TR/1999/REC-xslt-19991116",
            "http://www.w3.org/2000/09/xmldsig#base64",
            "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
            "http://example.invalid/unknown",
        ],
    )
    def test_other_transforms(self, algorithm: str) -> None:
        """XPath, XSLT and every other transform that picks what is signed is refused, truly signed or not."""

        def transform(root: etree._Element) -> None:
            find(root, "Transforms")[-1].set("Algorithm", algorithm)

        assert reason(resigned(transform)) == Reason.FORKERT_REFERENCE

    def test_a_transform_with_parameters(self) -> None:
        """A transform that brings an expression is refused before anyone evaluates it."""

        def transform(root: etree._Element) -> None:
            etree.SubElement(find(root, "Transforms")[0], f"{DS}XPath").text = "not(ancestor::Punkt)"

        assert reason(resigned(transform)) == Reason.FORKERT_REFERENCE

    def test_without_the_enveloped_transform(self) -> None:
        """The document is signed without its signature, and says so."""

        def transform(root: etree._Element) -> None:
            find(root, "Transforms").remove(find(root, "Transform"))

        assert reason(changed(transform)) == Reason.FORKERT_REFERENCE


class TestXades:
    def test_a_plain_xml_signature(self) -> None:
        """XMLDSig without XAdES properties does not bind the certificate, and is refused."""
        plain = XMLSigner(signature_algorithm=SignatureMethod.ECDSA_SHA256).sign(
            parse_xml(DOCUMENT), key=CREDENTIAL.key, cert=[CREDENTIAL.certificate]
        )
        assert reason(to_bytes(plain)) == Reason.IKKE_XADES

    @pytest.mark.parametrize("name", ["SigningTime", "SigningCertificateV2"])
    def test_a_missing_property(self, name: str) -> None:
        """Baseline B needs the signing time and the certificate, signed."""
        assert reason(resigned(lambda root: drop(root, name))) == Reason.IKKE_XADES

    def test_a_signing_time_without_zone(self) -> None:
        """A claimed time that is no instant is refused."""
        claimed = resigned(lambda root: rename(root, "SigningTime", "2026-11-21T12:00:00"))
        assert reason(claimed) == Reason.IKKE_XADES

    def test_properties_not_referenced_as_such(self) -> None:
        """The reference to the signed properties says that it is one (ETSI EN 319 132-1)."""

        def untype(root: etree._Element) -> None:
            for reference in root.iter(f"{DS}Reference"):
                reference.attrib.pop("Type", "")

        assert reason(resigned(untype)) == Reason.FORKERT_REFERENCE

    def test_properties_of_another_signature(self) -> None:
        """The properties are those of this signature."""
        other = resigned(lambda root: find(root, "QualifyingProperties").set("Target", "#other"))
        assert reason(other) == Reason.IKKE_XADES

    def test_properties_without_an_id(self) -> None:
        """Properties that cannot be referenced were not signed."""

        def unname(root: etree._Element) -> None:
            del find(root, "SignedProperties").attrib["Id"]

        assert reason(changed(unname)) == Reason.IKKE_XADES

    def test_an_altered_scope_with_its_digest_put_right_is_refused(self) -> None:
        """Whoever also puts the digest right lacks the signer's key."""
        mallory = Credential(ec.generate_private_key(ec.SECP256R1()), CREDENTIAL.certificate)
        forged = resigned(lambda root: rename(root, "OplysningstypeKode", "helbred"), mallory)
        assert reason(forged) == Reason.UNDERSKRIFT_UGYLDIG

    def test_a_certificate_bound_by_sha1(self) -> None:
        """The digest that binds the certificate is held to the same list."""

        def weaken(root: etree._Element) -> None:
            bound = find(root, "CertDigest")
            find(bound, "DigestMethod").set("Algorithm", DigestAlgorithm.SHA1.value)

        assert reason(resigned(weaken)) == Reason.ALGORITME_IKKE_TILLADT
