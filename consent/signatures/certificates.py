"""The signer's certificate: in force at a trusted time, strong, for signing, a person's, under a pinned anchor.

The chain is found by its signatures; whether it and its revocation hold is pyhanko's validator's word (RFC 5280, RFC
6960). It is given what the document brought along, and no network.
"""

import re
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from asn1crypto import crl, ocsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.authority import CertTrustAnchor, TrustQualifiers
from pyhanko_certvalidator.errors import InsufficientRevinfoError, RevokedError, ValidationError
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, RevocationCheckingPolicy, RevocationCheckingRule
from pyhanko_certvalidator.revinfo.archival import OCSPContainer
from pyhanko_certvalidator.validate import async_validate_path

from consent.signatures.algorithms import PinnedAlgorithms, is_strong
from consent.signatures.outcome import Reason, SignatureRefused, Signer
from consent.signatures.trust import Trust, is_authority

MAX_CERTIFICATES = 24
"""A national chain has three or four certificates, and so has a timestamp's; each more is work a stranger asks for."""

MAX_ANSWERS = 16
"""Revocation answers: one for each certificate of those chains."""

_SUBJECT = re.compile(r"UI:DK-([PE]):G:([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})")
"""OCES3: the subject serial number of a person's certificate, or of an employee's. Organisations have other letters."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a document brings along: certificates, OCSP answers and CRLs in DER. Nothing of it is trusted by itself."""

    certificates: tuple[x509.Certificate, ...] = ()
    ocsps: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()

    def with_certificates(self, more: Iterable[x509.Certificate]) -> "Evidence":
        """Return the same with more certificates."""
        return Evidence((*self.certificates, *more), self.ocsps, self.crls)


def load_certificates(encoded: Iterable[bytes]) -> tuple[x509.Certificate, ...]:
    """Read certificates in DER.

    Raises:
        SignatureRefused: one cannot be read, or there are more than any signature needs.
    """
    ders = list(encoded)
    if len(ders) > MAX_CERTIFICATES:
        raise SignatureRefused(Reason.CERTIFIKAT_IKKE_BETROET, "too many certificates")
    try:
        return tuple(x509.load_der_x509_certificate(der) for der in ders)
    except (ValueError, x509.InvalidVersion):
        raise SignatureRefused(Reason.CERTIFIKAT_MANGLER, "an unreadable certificate") from None


def check_signer(certificate: x509.Certificate, evidence: Evidence, trust: Trust, moment: datetime) -> Signer:
    """Return whose certificate this is, if at `moment` that person could sign with it.

    Raises:
        SignatureRefused: it was not in force then, is weak, for something else, revoked, or nobody's we trust.
    """
    if moment < certificate.not_valid_before_utc:
        raise SignatureRefused(Reason.CERTIFIKAT_IKKE_BEGYNDT, "the signer's certificate")
    if moment > certificate.not_valid_after_utc:
        raise SignatureRefused(Reason.CERTIFIKAT_UDLOEBET, "the signer's certificate")
    if not is_strong(certificate.public_key()):
        raise SignatureRefused(Reason.ALGORITME_IKKE_TILLADT, "the key of the signer's certificate")
    if not _may_sign(certificate) or is_authority(certificate):
        raise SignatureRefused(Reason.CERTIFIKAT_ANDET_FORMAAL, "the signer's certificate")
    check_chain(certificate, evidence, trust.signers, moment, ocsp_required=trust.ocsp_required)
    return Signer(_subject(certificate, trust), certificate.fingerprint(SHA256()).hex())


def check_chain(
    certificate: x509.Certificate,
    evidence: Evidence,
    anchors: Sequence[x509.Certificate],
    moment: datetime,
    *,
    ocsp_required: bool,
) -> None:
    """Require a chain from `certificate` to one of `anchors`, all of it in force and unrevoked at `moment`.

    Raises:
        SignatureRefused: there is none; or revoked; or, where it is required, revocation is not answered for.
    """
    if len(evidence.ocsps) + len(evidence.crls) > MAX_ANSWERS:
        raise SignatureRefused(Reason.OCSP_MANGLER, "too many revocation answers")
    anchor, *between = _towards_an_anchor(certificate, list(evidence.certificates), anchors)
    own = _asn1(certificate)
    path = ValidationPath(_pinned(_asn1(anchor)), [_asn1(one) for one in between], own)
    try:
        _settled(async_validate_path(_context(own, anchor, evidence, moment, ocsp_required=ocsp_required), path))
    except RevokedError:
        raise SignatureRefused(Reason.CERTIFIKAT_TILBAGEKALDT, "the chain of certificates") from None
    except InsufficientRevinfoError:
        raise SignatureRefused(Reason.OCSP_MANGLER, "the chain of certificates") from None
    except ValidationError:
        raise SignatureRefused(Reason.CERTIFIKAT_IKKE_BETROET, "the chain of certificates") from None


def _pinned(anchor: asn1.Certificate) -> CertTrustAnchor:
    # By RFC 5280, 6.1.1, an anchor is a name and a key; to us one that has ended, or went further than it may, is none.
    limits = TrustQualifiers(
        max_path_length=anchor.max_path_length,
        max_aa_path_length=anchor.max_path_length,  # pyhanko 0.33 stumbles over the one without the other
        valid_from=anchor.not_valid_before,
        valid_until=anchor.not_valid_after,
    )
    return CertTrustAnchor(anchor, limits)


def _towards_an_anchor(
    certificate: x509.Certificate, others: list[x509.Certificate], anchors: Sequence[x509.Certificate]
) -> list[x509.Certificate]:
    """Return a chain from an anchor to the issuer of `certificate`, by the signatures, trying each of `others` once.

    Not by names alone, as pyhanko's own search goes: a dozen authorities of one name keep that busy for days.
    """
    for anchor in anchors:
        if _issued(certificate, anchor):
            return [anchor]
    while issuer := next((other for other in others if _issued(certificate, other)), None):
        others.remove(issuer)
        try:
            return [*_towards_an_anchor(issuer, others, anchors), issuer]
        except SignatureRefused:
            continue
    raise SignatureRefused(Reason.CERTIFIKAT_IKKE_BETROET, "no chain to a trust anchor")


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return True


def _context(
    own: asn1.Certificate, anchor: x509.Certificate, evidence: Evidence, moment: datetime, *, ocsp_required: bool
) -> ValidationContext:
    declared = RevocationCheckingRule.CHECK_IF_DECLARED
    rule = declared if ocsp_required else RevocationCheckingRule.CHECK_IF_DECLARED_SOFT
    return ValidationContext(
        trust_roots=[_asn1(anchor)],
        other_certs=[_asn1(other) for other in evidence.certificates],
        moment=moment,
        allow_fetching=False,
        ocsps=_answers(own, evidence.ocsps),
        crls=_crls(own, evidence.crls),
        # Revocation is asked for after signing, so an answer is newer than the signature it belongs to.
        revinfo_policy=CertRevTrustPolicy(RevocationCheckingPolicy(rule, rule), retroactive_revinfo=True),
        signature_validator=PinnedAlgorithms(),
    )


def _answers(own: asn1.Certificate, encoded: Iterable[bytes]) -> list[OCSPContainer]:
    try:
        read = [ocsp.OCSPResponse.load(one, strict=True) for one in encoded]
        containers = [container for response in read for container in OCSPContainer.load_multi(response)]
        return [one for one in containers if not _given_after_the_end(one, own)]
    except (TypeError, ValueError):
        raise SignatureRefused(Reason.OCSP_MANGLER, "an unreadable OCSP answer") from None


def _crls(own: asn1.Certificate, encoded: Iterable[bytes]) -> list[crl.CertificateList]:
    try:
        read = [crl.CertificateList.load(one, strict=True) for one in encoded]
        return [one for one in read if not _listed_after_the_end(one, own)]
    except (TypeError, ValueError):
        raise SignatureRefused(Reason.OCSP_MANGLER, "an unreadable CRL") from None


def _given_after_the_end(container: OCSPContainer, own: asn1.Certificate) -> bool:
    # An authority may forget a certificate once it has ended, and answer "good" of what was revoked (RFC 6960, 4.4.4).
    answer = container.extract_single_response()
    about_it = answer is not None and answer["cert_id"]["serial_number"].native == own.serial_number
    return about_it and (container.issuance_date is None or container.issuance_date > own.not_valid_after)


def _listed_after_the_end(found: crl.CertificateList, own: asn1.Certificate) -> bool:
    # Nor need a list go on naming what was revoked and has ended since (RFC 5280, 3.3).
    updated = found["tbs_cert_list"]["this_update"].native
    return found.issuer == own.issuer and (updated is None or updated > own.not_valid_after)


def _settled(steps: Coroutine[Any, Any, Result]) -> Result:
    """Run what has nothing to wait for. It works inside and outside event loops, and stops what would use a network."""
    try:
        steps.send(None)
    except StopIteration as done:
        result: Result = done.value
        return result
    steps.close()
    raise SignatureRefused(Reason.KONTROL_FEJLEDE, "the validator waits for something")


def _asn1(certificate: x509.Certificate) -> asn1.Certificate:
    return asn1.Certificate.load(certificate.public_bytes(Encoding.DER))


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return usage.digital_signature or usage.content_commitment


def _subject(certificate: x509.Certificate, trust: Trust) -> str:
    numbers = [str(number.value) for number in certificate.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)]
    subject = _SUBJECT.fullmatch(numbers[0]) if len(numbers) == 1 else None
    if subject is None or subject[1] != ("E" if trust.employer else "P"):
        raise SignatureRefused(Reason.UNDERSKRIVER_IKKE_PERSON, "the certificate's subject")
    if trust.employer:
        employers = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)
        if [str(one.value) for one in employers] != [f"NTRDK-{trust.employer}"]:
            raise SignatureRefused(Reason.UNDERSKRIVER_IKKE_ANSAT, "the certificate's subject")
    return subject[2].lower()
