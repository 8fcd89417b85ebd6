"""Verify a samtykke signed as XML: XAdES baseline B or T, enveloped (ETSI EN 319 132-1).

The signature's shape is settled first (`consent.signatures.shape`), then the time, then the certificate at that time,
then the cryptography; whatever fails, the answer is a value.
"""

import logging
from base64 import b64decode
from datetime import datetime

from cryptography import x509
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.exceptions import InvalidDigest, InvalidInput, InvalidSignature
from signxml.verifier import SignatureConfiguration, VerifyResult
from signxml.xades.xades import XAdESVerifier

from consent.document import MAX_DOCUMENT_BYTES
from consent.signatures.algorithms import CANONICALIZATIONS, DIGESTS, SIGNATURE_METHODS
from consent.signatures.certificates import Evidence, check_signer, load_certificates
from consent.signatures.outcome import LONG_TERM, NotVerified, Reason, SignatureRefused, Verified
from consent.signatures.shape import (
    DS,
    XADES,
    Shape,
    algorithm_of,
    check_algorithms,
    check_references,
    only_signature,
    shape_of,
)
from consent.signatures.timestamps import proven_time
from consent.signatures.trust import Trust
from schemas.xml import XmlRefused, parse_xml

# signxml writes the canonical document, CPR number and all, to its debug log.
logging.getLogger("signxml").setLevel(logging.WARNING)

_OF_LEVEL_T = {f"{XADES}SignatureTimeStamp"}


def verify_xades(document: bytes, trust: Trust, now: datetime) -> Verified | NotVerified:
    """Verify that a person signed the whole of `document`, and return what was signed. Never raises.

    `now` is an aware instant. The proof, in order:

    0. the file is XML as we read it, and nothing stands beside its root;
    1. it holds exactly one signature, a child of the root, and no Id twice;
    2. the signature has the one permitted shape: a certificate, one set of XAdES signed properties;
    3. it covers exactly the whole document (less itself) and those properties, and may cover its own KeyInfo;
    4. every algorithm named is permitted;
    5. a timestamp, if there is one, is over this signature and by a pinned authority: the trusted time is its own,
       and else it is `now`;
    6. the certificate that the signed properties bind is, at the trusted time, in force, unrevoked, strong, for
       signing, a person's, and chains to a pinned anchor;
    7. the signature and every digest hold under that certificate's key, and under no other key in the document.

    The caller MUST still establish that the signer may sign for the citizen.
    """
    try:
        root = parse_xml(document, max_bytes=MAX_DOCUMENT_BYTES)  # (0)
        shape = shape_of(only_signature(root))  # (0)-(2)
        check_references(shape)  # (3)
        check_algorithms(shape)  # (4)
        evidence = _evidence(shape)
        proven = proven_time(_tokens(shape), _stamped(shape), evidence, trust, now)  # (5)
        certificate = _bound(_embedded(shape), shape.properties)
        signer = check_signer(certificate, evidence, trust, proven or now)  # (6)
        document_result, properties_result = _verify(root, shape, certificate, proven or now)  # (7)
        return Verified(
            signed=_content(document_result),
            signer=signer,
            signing_time=_signing_time(properties_result),
            algorithm=SignatureMethod(algorithm_of(shape.signed_info, "SignatureMethod")).name,
            form="xml",
            proven_time=proven,
            remark=LONG_TERM if any(one.tag not in _OF_LEVEL_T for one in _unsigned(shape)) else "",
        )
    except XmlRefused as refused:
        return NotVerified(Reason.IKKE_XML, str(refused))
    except SignatureRefused as refused:
        return NotVerified(refused.reason, refused.where)
    except Exception:  # noqa: BLE001 - whatever a library stumbles over in a stranger's document is not verified
        return NotVerified(Reason.KONTROL_FEJLEDE, "the document")


# --- What was added after signing: step 5 ---------------------------------------------------------------------------


def _unsigned(shape: Shape) -> list[etree._Element]:
    if shape.unsigned is None:
        return []
    return shape.unsigned.findall(f"{XADES}UnsignedSignatureProperties/*")


def _tokens(shape: Shape) -> list[bytes]:
    stamps = [one for one in _unsigned(shape) if one.tag in _OF_LEVEL_T]
    found = [token for stamp in stamps for token in _decoded(stamp, "EncapsulatedTimeStamp")]
    if len(found) < len(stamps):
        raise SignatureRefused(Reason.TIDSSTEMPEL_UGYLDIGT, "SignatureTimeStamp: without a token")
    return found


def _stamped(shape: Shape) -> bytes:
    """Return what a signature timestamp is over: the canonical SignatureValue (ETSI EN 319 132-1, 5.3)."""
    named = [algorithm_of(one, "CanonicalizationMethod") for one in _unsigned(shape) if one.tag in _OF_LEVEL_T]
    method = next((one for one in named if one is not None), CanonicalizationMethod.CANONICAL_XML_1_0.value)
    if method not in CANONICALIZATIONS:
        raise SignatureRefused(Reason.ALGORITME_IKKE_TILLADT, "SignatureTimeStamp: CanonicalizationMethod")
    exclusive = method == CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0.value
    canonical: bytes = etree.tostring(shape.value, method="c14n", exclusive=exclusive, with_comments=False)
    return canonical


def _evidence(shape: Shape) -> Evidence:
    brought = [shape.key_info] if shape.unsigned is None else [shape.key_info, shape.unsigned]
    return Evidence(
        certificates=load_certificates(
            [one for part in brought for one in _decoded(part, "EncapsulatedX509Certificate")]
        )
        + _embedded(shape),
        ocsps=tuple(one for part in brought for one in _decoded(part, "EncapsulatedOCSPValue")),
        crls=tuple(one for part in brought for one in _decoded(part, "EncapsulatedCRLValue")),
    )


def _decoded(parent: etree._Element, name: str) -> list[bytes]:
    return [b64decode("".join((element.text or "").split())) for element in parent.iter(f"{XADES}{name}")]


# --- Certificate: step 6 --------------------------------------------------------------------------------------------


def _embedded(shape: Shape) -> tuple[x509.Certificate, ...]:
    elements = shape.key_info.findall(f"{DS}X509Data/{DS}X509Certificate")
    try:
        return load_certificates(b64decode(element.text or "") for element in elements)
    except ValueError:
        raise SignatureRefused(Reason.CERTIFIKAT_MANGLER, "X509Certificate: unreadable") from None


def _bound(certificates: tuple[x509.Certificate, ...], properties: etree._Element) -> x509.Certificate:
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


# --- Signature: step 7 ----------------------------------------------------------------------------------------------


def _verify(
    root: etree._Element, shape: Shape, certificate: x509.Certificate, moment: datetime
) -> tuple[VerifyResult, VerifyResult]:
    """Return what signxml verified of the document and of the signed properties."""
    uris = [reference.get("URI") for reference in shape.references]
    config = SignatureConfiguration(
        location="./",
        expect_references=len(uris),
        signature_methods=SIGNATURE_METHODS,
        digest_algorithms=DIGESTS,
        ignore_ambiguous_key_info=True,
        verification_time=moment,
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
