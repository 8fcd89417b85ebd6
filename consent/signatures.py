"""Verify the signature on a samtykke: XAdES baseline B, enveloped, under pinned trust anchors.

What is read further is what the signature covers (`Verified.signed`), never the file around it. The signature's shape
is settled first (`consent.xades`), then the certificate, then the cryptography; whatever fails, the answer is a value.
"""

import logging
import re
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import InvalidDigest, InvalidInput, InvalidSignature
from signxml.verifier import SignatureConfiguration, VerifyResult
from signxml.xades.xades import XAdESVerifier

from consent.document import MAX_DOCUMENT_BYTES
from consent.xades import (
    DIGESTS,
    DS,
    SIGNATURE_METHODS,
    XADES,
    Reason,
    Shape,
    SignatureRefused,
    algorithm_of,
    check_algorithms,
    check_references,
    only_signature,
    shape_of,
)
from schemas.xml import XmlRefused, parse_xml

# signxml writes the canonical document, CPR number and all, to its debug log.
logging.getLogger("signxml").setLevel(logging.WARNING)

MIN_RSA_BITS = 2048
CURVES = ("secp256r1", "secp384r1", "secp521r1")
"""Keys of ETSI TS 119 312. cryptography's chain check looks at the issuers' keys and not at the signer's own."""

MAX_CERTIFICATES = 8
"""A national chain has three or four; each one more is work that a stranger asks us to do."""

_PERSON = re.compile(r"UI:DK-P:G:([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})")
"""OCES3: the subject serial number of a person's certificate. Organisations and employees have other letters."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed: the person's UUID at the issuer, in lower case, and the certificate's SHA-256 in hexadecimal.

    The certificate holds no CPR number: that this UUID is the citizen is for the service to establish.
    """

    uuid: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Verified:
    """A document whose signature holds at the given instant.

    `signed` is the root element as it was signed, the signature itself removed: read nothing else. `signing_time` is
    the signer's claim, evidence of nothing. `level` is "B" whatever unsigned properties the document carries: its
    timestamps and revocation answers have not been looked at.
    """

    signed: etree._Element
    signer: Signer
    signing_time: datetime
    algorithm: str
    level: Literal["B"] = "B"


@dataclass(frozen=True, slots=True)
class NotVerified:
    """A document that counts as unsigned. `where` names a part of the signature, never content of the document."""

    reason: Reason
    where: str


class AnchorsRefused(Exception):  # noqa: N818 - the family of `load_anchors`, with this one member
    """The trust anchors are not certificates of certificate authorities in PEM."""


def load_anchors(pem: bytes) -> tuple[x509.Certificate, ...]:
    """Read the pinned trust anchors, once, when the process starts.

    Raises:
        AnchorsRefused: no certificate, one that cannot be read, or one that is no certificate authority's.
    """
    try:
        anchors = tuple(x509.load_pem_x509_certificates(pem))
    except ValueError:
        raise AnchorsRefused("the trust anchors hold no certificate, or one that cannot be read") from None
    if not all(_is_authority(anchor) for anchor in anchors):
        raise AnchorsRefused("a trust anchor is not the certificate of a certificate authority")
    return anchors


def verify_xades(document: bytes, anchors: Sequence[x509.Certificate], now: datetime) -> Verified | NotVerified:
    """Verify that a person signed the whole of `document`, and return what was signed. Never raises.

    `now` is an aware instant: the trusted time at which the certificate must be valid. The proof, in order:

    0. the file is XML as we read it, and nothing stands beside its root;
    1. it holds exactly one signature, a child of the root, and no Id twice;
    2. the signature has the one permitted shape: a certificate, one set of XAdES signed properties;
    3. it covers exactly the whole document (less itself) and those properties, and may cover its own KeyInfo;
    4. every algorithm named is permitted;
    5. the certificate that the signed properties bind is valid, strong, for signing, and chains to a pinned anchor;
    6. it is a person's;
    7. the signature and every digest hold under that certificate's key, and under no other key in the document.

    The caller MUST still establish that the signer may sign for the citizen, and ask for revocation.
    """
    try:
        root = parse_xml(document, max_bytes=MAX_DOCUMENT_BYTES)  # (0)
        shape = shape_of(only_signature(root))  # (0)-(2)
        check_references(shape)  # (3)
        check_algorithms(shape)  # (4)
        certificate = _trusted_certificate(shape, anchors, now)  # (5)
        signer = Signer(_person(certificate), certificate.fingerprint(SHA256()).hex())  # (6)
        document_result, properties_result = _verify(root, shape, certificate, now)  # (7)
        method = SignatureMethod(algorithm_of(shape.signed_info, "SignatureMethod")).name
        return Verified(_content(document_result), signer, _signing_time(properties_result), method)
    except XmlRefused as refused:
        return NotVerified(Reason.IKKE_XML, str(refused))
    except SignatureRefused as refused:
        return NotVerified(refused.reason, refused.where)
    except Exception:  # noqa: BLE001 - whatever a library stumbles over in a stranger's document is not verified
        return NotVerified(Reason.KONTROL_FEJLEDE, "the document")


# --- Certificate: steps 5 and 6 -------------------------------------------------------------------------------------


def _trusted_certificate(shape: Shape, anchors: Sequence[x509.Certificate], now: datetime) -> x509.Certificate:
    certificates = _certificates(shape.key_info)
    signing = _bound(certificates, shape.properties)
    if now < signing.not_valid_before_utc:
        raise SignatureRefused(Reason.CERTIFIKAT_IKKE_BEGYNDT, "X509Certificate")
    if now > signing.not_valid_after_utc:
        raise SignatureRefused(Reason.CERTIFIKAT_UDLOEBET, "X509Certificate")
    if not _strong(signing):
        raise SignatureRefused(Reason.ALGORITME_IKKE_TILLADT, "X509Certificate: the key")
    if not _may_sign(signing) or _is_authority(signing):
        raise SignatureRefused(Reason.CERTIFIKAT_ANDET_FORMAAL, "X509Certificate")
    _check_chain(signing, [other for other in certificates if other != signing], anchors, now)
    return signing


def _certificates(key_info: etree._Element) -> list[x509.Certificate]:
    elements = key_info.findall(f"{DS}X509Data/{DS}X509Certificate")
    if len(elements) > MAX_CERTIFICATES:
        raise SignatureRefused(Reason.CERTIFIKAT_IKKE_BETROET, "KeyInfo: too many certificates")
    try:
        return [x509.load_der_x509_certificate(b64decode(element.text or "")) for element in elements]
    except (ValueError, x509.InvalidVersion):
        raise SignatureRefused(Reason.CERTIFIKAT_MANGLER, "X509Certificate: unreadable") from None


def _bound(certificates: list[x509.Certificate], properties: etree._Element) -> x509.Certificate:
    """Return the certificate that the first CertDigest of SigningCertificateV2 names (ETSI EN 319 132-1, 5.2.2)."""
    place = f"{XADES}SignedSignatureProperties/{XADES}SigningCertificateV2"
    digests = properties.findall(f"{place}/{XADES}Cert/{XADES}CertDigest")
    if len(properties.findall(place)) != 1 or not digests:
        raise SignatureRefused(Reason.IKKE_XADES, "SigningCertificateV2")
    algorithm = DigestAlgorithm(algorithm_of(digests[0], "DigestMethod")).implementation()
    expected = b64decode(digests[0].findtext(f"{DS}DigestValue") or "")
    for certificate in certificates:
        if certificate.fingerprint(algorithm) == expected:
            return certificate
    raise SignatureRefused(Reason.CERTIFIKAT_IKKE_BUNDET, "SigningCertificateV2")


def _check_chain(
    signing: x509.Certificate, others: list[x509.Certificate], anchors: Sequence[x509.Certificate], now: datetime
) -> None:
    # Not signxml's own chain check: it reads a file each time and refuses certificates for contentCommitment alone,
    # which is what qualified ones carry. With no anchors, Store raises ValueError: nothing is trusted.
    try:
        policy = PolicyBuilder().store(Store(list(anchors))).time(now)
        policy = policy.extension_policies(
            ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=ExtensionPolicy.permit_all()
        )
        policy.build_client_verifier().verify(signing, others)
    except (VerificationError, ValueError):
        raise SignatureRefused(Reason.CERTIFIKAT_IKKE_BETROET, "X509Data") from None


def _strong(certificate: x509.Certificate) -> bool:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= MIN_RSA_BITS
    return isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in CURVES


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return usage.digital_signature or usage.content_commitment


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _person(certificate: x509.Certificate) -> str:
    numbers = [str(number.value) for number in certificate.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)]
    person = _PERSON.fullmatch(numbers[0]) if len(numbers) == 1 else None
    if person is None:
        raise SignatureRefused(Reason.UNDERSKRIVER_IKKE_PERSON, "the certificate's subject")
    return person[1].lower()


# --- Signature: step 7 ----------------------------------------------------------------------------------------------


def _verify(
    root: etree._Element, shape: Shape, certificate: x509.Certificate, now: datetime
) -> tuple[VerifyResult, VerifyResult]:
    """Return what signxml verified of the document and of the signed properties."""
    uris = [reference.get("URI") for reference in shape.references]
    config = SignatureConfiguration(
        location="./",
        expect_references=len(uris),
        signature_methods=SIGNATURE_METHODS,
        digest_algorithms=DIGESTS,
        ignore_ambiguous_key_info=True,
        verification_time=now,
    )
    try:
        results = XAdESVerifier().verify(root, x509_cert=certificate, expect_config=config)
    except InvalidDigest:
        raise SignatureRefused(Reason.INDHOLD_AENDRET, "DigestValue") from None
    except (InvalidSignature, InvalidInput):
        raise SignatureRefused(Reason.UNDERSKRIFT_UGYLDIG, "SignatureValue") from None
    except etree.DocumentInvalid:
        raise SignatureRefused(Reason.IKKE_XADES, "Signature: not valid by the XAdES schema") from None
    return results[uris.index("")], results[uris.index(f"#{shape.properties.get('Id')}")]


def _content(result: VerifyResult) -> etree._Element:
    if result.signed_xml is None:
        raise SignatureRefused(Reason.INDHOLD_AENDRET, "the signed content is not XML")
    return result.signed_xml


def _signing_time(result: VerifyResult) -> datetime:
    times = _content(result).findall(f"{XADES}SignedSignatureProperties/{XADES}SigningTime")
    if len(times) != 1:
        raise SignatureRefused(Reason.IKKE_XADES, "SigningTime")
    try:
        moment = datetime.fromisoformat((times[0].text or "").strip())
    except ValueError:
        raise SignatureRefused(Reason.IKKE_XADES, "SigningTime") from None
    if moment.tzinfo is None:
        raise SignatureRefused(Reason.IKKE_XADES, "SigningTime: without time zone")
    return moment
