"""The time at which a signature provably existed: an RFC 3161 timestamp over its very bytes, by a pinned authority.

The token is checked by rfc3161-client (signature, what is stamped, the certificate's purpose); the chain of the
timestamping authority, under anchors of its own, as a signer's is. SHA-2 throughout.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import extract_certs_for_validation
from rfc3161_client import TimeStampResponse, VerifierBuilder, decode_timestamp_response
from rfc3161_client.errors import VerificationError

from consent.signatures.algorithms import HASHES, cms_algorithm, is_strong
from consent.signatures.certificates import Evidence, check_chain, load_certificates
from consent.signatures.outcome import Reason, SignatureRefused
from consent.signatures.trust import Trust

CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead of ours a timestamping authority's clock may be; beyond that, one of the two proves nothing."""


@dataclass(frozen=True, slots=True)
class _Token:
    """A timestamp token as it was read: what it stamps, who signed it, and what its own client needs."""

    digest: str
    imprint: bytes
    signer: cms.SignerInfo
    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]
    response: TimeStampResponse


def proven_time(
    tokens: Sequence[bytes], stamped: bytes, evidence: Evidence, trust: Trust, now: datetime
) -> datetime | None:
    """Return the instant at which the signature `stamped` existed, or None where no timestamp says so.

    A timestamp that cannot be relied on is not passed over: whoever put it there meant it to count.

    Raises:
        SignatureRefused: the token is not sound, is over other bytes, or is not of a pinned authority.
    """
    if not tokens:
        return None
    if len(tokens) > 1:
        raise SignatureRefused(Reason.TIDSSTEMPEL_UGYLDIGT, "more than one signature timestamp")
    token = _read(tokens[0])
    if token.imprint != hashlib.new(token.digest, stamped).digest():
        raise SignatureRefused(Reason.TIDSSTEMPEL_ANDET_DOKUMENT, "the timestamp is over other bytes")
    moment = token.response.tst_info.gen_time
    if moment > now + CLOCK_SKEW:
        raise SignatureRefused(Reason.TIDSSTEMPEL_UGYLDIGT, "a timestamp of the future")
    _check_authority(token, evidence, trust, now)
    _verify(token, stamped, trust)
    return moment


def _read(encoded: bytes) -> _Token:
    try:
        content = cms.ContentInfo.load(encoded, strict=True)
        granted = tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": content})
        signed = content["content"]
        found = extract_certs_for_validation(signed)
        own, *others = load_certificates(one.dump() for one in [found.signer_cert, *found.other_certs])
        imprint = signed["encap_content_info"]["content"].parsed["message_imprint"]
        token = _Token(
            digest=imprint["hash_algorithm"]["algorithm"].native,
            imprint=imprint["hashed_message"].native,
            signer=signed["signer_infos"][0],
            certificate=own,
            others=tuple(others),
            response=decode_timestamp_response(granted.dump()),
        )
    except (SignatureValidationError, AttributeError, KeyError, TypeError, ValueError):
        raise SignatureRefused(Reason.TIDSSTEMPEL_UGYLDIGT, "the timestamp token") from None
    _check_algorithms(token)
    return token


def _check_algorithms(token: _Token) -> None:
    if cms_algorithm(token.signer["signature_algorithm"], token.signer["digest_algorithm"]["algorithm"].native) is None:
        raise SignatureRefused(Reason.ALGORITME_IKKE_TILLADT, "the timestamp's signature")
    if token.digest not in HASHES:
        raise SignatureRefused(Reason.ALGORITME_IKKE_TILLADT, "the timestamp's digest")
    if "signing_certificate" in {attribute["type"].native for attribute in token.signer["signed_attrs"]}:
        raise SignatureRefused(Reason.ALGORITME_IKKE_TILLADT, "the timestamp's SigningCertificate: its digest is SHA-1")


def _check_authority(token: _Token, evidence: Evidence, trust: Trust, now: datetime) -> None:
    """Require a timestamping authority's certificate: pinned, for nothing else, and not ended yet.

    One that has ended may have lost its key since, and then anybody stamps any time (only an archive timestamp would
    prove otherwise). Whether it is revoked is asked of the answers that are there, and none is required.
    """
    own = token.certificate
    if now > own.not_valid_after_utc or not is_strong(own.public_key()) or not _stamps_and_no_more(own):
        raise SignatureRefused(Reason.TIDSSTEMPEL_IKKE_BETROET, "the timestamping authority's certificate")
    brought = evidence.with_certificates(token.others)
    try:
        check_chain(own, brought, trust.timestampers, token.response.tst_info.gen_time, ocsp_required=False)
    except SignatureRefused:
        raise SignatureRefused(Reason.TIDSSTEMPEL_IKKE_BETROET, "the timestamping authority's chain") from None


def _stamps_and_no_more(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        return False
    return usage.critical and list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


def _verify(token: _Token, stamped: bytes, trust: Trust) -> None:
    try:
        VerifierBuilder(roots=list(trust.timestampers)).build().verify_message(token.response, stamped)
    except (VerificationError, ValueError):
        raise SignatureRefused(Reason.TIDSSTEMPEL_UGYLDIGT, "the timestamp token") from None
