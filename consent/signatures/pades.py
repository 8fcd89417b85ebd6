"""Verify a samtykke signed as PDF: PAdES baseline B or T (ETSI EN 319 142-1), over the PDF that we write and no other.

What is read further is the embedded XML, and it is read from the bytes that the signature covers, never from the file
around them. The pages cannot say anything else: the PDF is written anew from that XML and must be the same bytes.
"""

import logging
from datetime import datetime

from asn1crypto import cms
from cryptography import x509
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation import DocumentSecurityStore, EmbeddedPdfSignature, SignatureCoverageLevel
from pyhanko.sign.validation.errors import NoDSSFoundError, SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_sig_integrity

from consent.signatures.algorithms import HASHES, PinnedAlgorithms, cms_algorithm
from consent.signatures.certificates import Evidence, check_signer, load_certificates
from consent.signatures.outcome import LONG_TERM, NotVerified, Reason, SignatureRefused, Verified
from consent.signatures.revisions import open_pdf, shown_samtykke
from consent.signatures.timestamps import proven_time
from consent.signatures.trust import Trust

# They log what is in certificates, and what a stranger wrote in a PDF.
for _talkative in ("pyhanko", "pyhanko_certvalidator", "fpdf"):
    logging.getLogger(_talkative).setLevel(logging.CRITICAL)

_ATTRIBUTES = frozenset({"content_type", "message_digest", "signing_certificate_v2"})
"""The signed attributes without which a signature is no PAdES baseline."""

_TIMESTAMP = "signature_time_stamp_token"


def verify_pades(document: bytes, trust: Trust, now: datetime) -> Verified | NotVerified:
    """Verify that a person signed the PDF of a samtykke, and return the XML that it holds. Never raises.

    `now` is an aware instant. The proof, in order:

    0. the file is a PDF as we read it: not encrypted, and with one table of contents for every reader;
    1. it holds exactly one signature; besides it there are at most document timestamps;
    2. the signature covers the file from its first byte to the end of the revision that it made, less itself;
    3. it is a PAdES signature, and every algorithm named is permitted;
    4. a timestamp, if there is one, is over this signature and by a pinned authority: the trusted time is its own,
       and else it is `now`;
    5. the certificate that the signed attributes bind is, at the trusted time, in force, unrevoked, strong, for
       signing, a person's, and chains to a pinned anchor;
    6. the signature and the digest of what it covers hold under that certificate's key;
    7. nothing was added after it but revocation answers and document timestamps;
    8. what was signed is, byte for byte, the PDF that we write for the XML in it, and an invisible signature.

    The caller MUST still establish that the signer may sign for the citizen.
    """
    try:
        reader = open_pdf(document)  # (0)
        signature, stamps = _only_signature(reader)  # (1)
        signed = document[: _covered(document, signature)]  # (2)
        info = signature.signer_info
        algorithm = _checked_algorithm(signature)  # (3)
        certificate, others = _bound(signature)
        evidence, long_term = _evidence(reader, others)
        proven = proven_time(_tokens(info), info["signature"].native, evidence, trust, now)  # (4)
        signer = check_signer(certificate, evidence, trust, proven or now)  # (5)
        _verify(signature)  # (6)
        _check_updates(signature, document[len(signed) :])  # (7)
        return Verified(
            signed=shown_samtykke(signed),  # (8)
            signer=signer,
            signing_time=_signing_time(signature),
            algorithm=algorithm,
            form="pdf",
            proven_time=proven,
            remark=LONG_TERM if long_term or stamps else "",
        )
    except SignatureRefused as refused:
        return NotVerified(refused.reason, refused.where)
    except Exception:  # noqa: BLE001 - whatever a library stumbles over in a stranger's document is not verified
        return NotVerified(Reason.KONTROL_FEJLEDE, "the document")


# --- The signature: steps 1 to 3 ------------------------------------------------------------------------------------


def _only_signature(reader: PdfFileReader) -> tuple[EmbeddedPdfSignature, int]:
    """Return the signature, and how many document timestamps there are beside it."""
    fields = list(enumerate_sig_fields(reader, filled_status=True))
    kinds = [value.get_object().get("/Type", "/Sig") for _name, value, _field in fields]
    if kinds.count("/Sig") > 1:
        raise SignatureRefused(Reason.FLERE_UNDERSKRIFTER, "the document")
    if "/Sig" not in kinds:
        raise SignatureRefused(Reason.INGEN_UNDERSKRIFT, "the document")
    if kinds.count("/DocTimeStamp") != len(kinds) - 1:
        raise SignatureRefused(Reason.IKKE_PADES, "a signature field of another type")
    name, _value, field = fields[kinds.index("/Sig")]
    try:
        return EmbeddedPdfSignature(reader, field.get_object(), name), len(kinds) - 1
    except (PdfError, SignatureValidationError, KeyError, TypeError, ValueError):
        raise SignatureRefused(Reason.IKKE_PADES, "the signature dictionary") from None


def _covered(document: bytes, signature: EmbeddedPdfSignature) -> int:
    """Return where what the signature covers ends: all from the first byte on, but for the signature itself.

    pyhanko counts bytes; that the gap is this signature's own and nothing else's is settled here.
    """
    try:
        _start, first, second, length = (int(one) for one in signature.byte_range)
    except (TypeError, ValueError):
        raise SignatureRefused(Reason.FORKERT_DAEKNING, "ByteRange: not two ranges") from None
    gap, end = document[first:second], second + length
    own = gap[:1] == b"<" and gap[-1:] == b">" and gap[1:-1].lower() == signature.pkcs7_content.hex().encode()
    if not 0 < first < second < end <= len(document) or not own:
        raise SignatureRefused(Reason.FORKERT_DAEKNING, "ByteRange")
    signature.compute_integrity_info()  # type: ignore[no-untyped-call]  # pyhanko's own declaration lacks them
    if signature.summarise_integrity_info()["coverage"] < SignatureCoverageLevel.ENTIRE_REVISION:
        raise SignatureRefused(Reason.FORKERT_DAEKNING, "ByteRange: not a whole revision")
    return end


def _checked_algorithm(signature: EmbeddedPdfSignature) -> str:
    attributes = _attributes(signature.signer_info["signed_attrs"])
    detached = signature.signed_data["encap_content_info"]["content"].native is None
    if signature.sig_object.get("/SubFilter") != "/ETSI.CAdES.detached" or not detached:
        raise SignatureRefused(Reason.IKKE_PADES, "SubFilter")
    if not attributes.keys() >= _ATTRIBUTES or any(len(values) != 1 for values in attributes.values()):
        raise SignatureRefused(Reason.IKKE_PADES, "the signed attributes")
    bound = attributes["signing_certificate_v2"][0]["certs"][0]["hash_algorithm"]["algorithm"].native
    algorithm = cms_algorithm(signature.signer_info["signature_algorithm"], signature.md_algorithm)
    if algorithm is None or bound not in HASHES:
        raise SignatureRefused(Reason.ALGORITME_IKKE_TILLADT, "the signature")
    return algorithm


def _attributes(attributes: cms.CMSAttributes) -> dict[str, cms.SetOf]:
    return {one["type"].native: one["values"] for one in attributes or ()}


# --- Time and certificate: steps 4 and 5 ----------------------------------------------------------------------------


def _tokens(info: cms.SignerInfo) -> list[bytes]:
    stamps = [one["values"] for one in info["unsigned_attrs"] or () if one["type"].native == _TIMESTAMP]
    return [token.dump() for values in stamps for token in values]


def _bound(signature: EmbeddedPdfSignature) -> tuple[x509.Certificate, tuple[x509.Certificate, ...]]:
    """Return the certificate that the signed attributes bind, and the others that came with it."""
    if not signature.signed_data["certificates"]:
        raise SignatureRefused(Reason.CERTIFIKAT_MANGLER, "the signature")
    try:
        found = [signature.signer_cert, *signature.other_embedded_certs]
    except SignatureValidationError:
        raise SignatureRefused(Reason.CERTIFIKAT_IKKE_BUNDET, "SigningCertificateV2") from None
    own, *others = load_certificates(one.dump() for one in found)
    return own, tuple(others)


def _evidence(reader: PdfFileReader, others: tuple[x509.Certificate, ...]) -> tuple[Evidence, bool]:
    """Return what came with the signature, and whether the document has a security store."""
    try:
        store = DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return Evidence(others), False
    ocsps, crls = (
        tuple(one.get_object().read_data(purpose) for one in found)
        for found, purpose in ((store.ocsps, DecodePurpose.OCSP_RESPONSE), (store.crls, DecodePurpose.CRL))
    )
    stored = load_certificates(one.dump() for one in store.load_certs())
    return Evidence((*others, *stored), ocsps, crls), True


def _signing_time(signature: EmbeddedPdfSignature) -> datetime:
    claimed = signature.self_reported_timestamp
    if claimed is None or claimed.tzinfo is None:
        raise SignatureRefused(Reason.IKKE_PADES, "M: the signing time")
    return claimed


# --- What was signed, and what came after: steps 6 to 8 -------------------------------------------------------------


def _verify(signature: EmbeddedPdfSignature) -> None:
    digest = signature.compute_digest()
    try:
        intact, valid = validate_sig_integrity(
            signature.signer_info, signature.signer_cert, "data", digest, sig_validator=PinnedAlgorithms()
        )
    except SignatureValidationError:
        raise SignatureRefused(Reason.UNDERSKRIFT_UGYLDIG, "the signed attributes") from None
    if not valid:
        raise SignatureRefused(Reason.UNDERSKRIFT_UGYLDIG, "the signature")
    if not intact:
        raise SignatureRefused(Reason.INDHOLD_AENDRET, "MessageDigest")


def _check_updates(signature: EmbeddedPdfSignature, later: bytes) -> None:
    found = signature.summarise_integrity_info()["diff_result"]
    revised = signature.reader.xrefs.total_revisions > signature.signed_revision + 1
    permitted = isinstance(found, DiffResult) and found.modification_level <= ModificationLevel.LTA_UPDATES
    if not permitted or (later.strip() and not revised):
        raise SignatureRefused(Reason.AENDRET_EFTER_UNDERSKRIFT, "what follows the signed revision")
