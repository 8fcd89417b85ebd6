"""Revocation: what the document brings is judged at the trusted time, and silence is no answer."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA224, SHA384
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from consent.signatures import Reason, Trust, Verified, verify_signed
from consent.signatures.certificates import MAX_ANSWERS
from ops.sample.pki import Credential, SamplePki

if TYPE_CHECKING:
    from tests.consent.signatures.conftest import Lab

RESPONDER = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Eksempel svarer")])
LISTED = (
    x509.CRLDistributionPoints(
        [x509.DistributionPoint([x509.UniformResourceIdentifier("http://crl.example.invalid")], None, None, None)]
    ),
    False,
)
ANSWERS = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False)


@pytest.fixture(params=["xml", "pdf"])
def sign(request: pytest.FixtureRequest, lab: "Lab") -> Callable[..., bytes]:
    """Return how a document is signed: as XML and as PDF, for what holds of both."""
    chosen: Callable[..., bytes] = getattr(lab, request.param)
    return chosen


class TestAnswered:
    def test_good(self, lab: "Lab", sign: Callable[..., bytes]) -> None:
        """A certificate that its authority answers for is accepted."""
        assert lab.reason(sign(answers=[lab.good()])) is None

    def test_good_when_asked_after_signing(self, lab: "Lab", sign: Callable[..., bytes]) -> None:
        """The answer may be newer than the timestamp: it is asked for when the signature is there."""
        signed = sign(stamper=lab.stamper(), answers=[lab.good(at=lab.now + lab.minute)])
        assert lab.reason(signed, lab.now + lab.day) is None

    def test_a_delegated_responder(self, lab: "Lab", sign: Callable[..., bytes]) -> None:
        """The authority may let another answer, whom it certified for that."""
        responder = lab.people.issue(RESPONDER, ANSWERS, (x509.OCSPNoCheck(), False))
        assert lab.reason(sign(answers=[lab.good(responder=responder)])) is None

    def test_another_strong_digest(self, lab: "Lab") -> None:
        """SHA-384 is as good as SHA-256."""
        assert lab.reason(lab.xml(answers=[lab.good(algorithm=SHA384())])) is None

    def test_a_certificate_that_names_nobody_to_ask(self) -> None:
        """A certificate that says of itself that nobody answers for it needs no answer: short-lived ones are such."""
        pki, now = SamplePki.create(), datetime.now(UTC)
        credential = pki.issue("5f0c9f1a-3c55-4a0a-9c7e-1d2f3a4b5c6d", "Ane", now, now + timedelta(hours=1))
        assert isinstance(verify_signed(pki.sign(b"<a/>", credential), Trust((pki.certificate,)), now), Verified)


class TestRevoked:
    @pytest.mark.parametrize("before", [timedelta(0), timedelta(minutes=1), timedelta(days=1)])
    def test_at_or_before_the_proven_time(self, lab: "Lab", sign: Callable[..., bytes], before: timedelta) -> None:
        """A certificate that was revoked when the signature was made, signed nothing."""
        answers = [lab.good(revoked=lab.now - before)]
        assert lab.reason(sign(stamper=lab.stamper(), answers=answers)) == Reason.CERTIFIKAT_TILBAGEKALDT

    def test_by_now(self, lab: "Lab", sign: Callable[..., bytes]) -> None:
        """Without a proven time, revoked by now is revoked."""
        signed = sign(answers=[lab.good(revoked=lab.now - lab.minute)])
        assert lab.reason(signed) == Reason.CERTIFIKAT_TILBAGEKALDT

    def test_after_the_proven_time(self, lab: "Lab", sign: Callable[..., bytes]) -> None:
        """What was signed before the revocation stands, where an answer of that time says good."""
        later = lab.good(at=lab.now + lab.day / 2, revoked=lab.now + lab.minute)
        signed = sign(stamper=lab.stamper(), answers=[later, lab.good()])
        assert lab.reason(signed, lab.now + lab.day) is None

    @pytest.mark.parametrize("first", [True, False])
    def test_the_newest_answer_counts(self, lab: "Lab", first: bool) -> None:
        """An older "good" does not hide a newer "revoked", in whatever order they stand."""
        good, revoked = lab.good(at=lab.now - lab.minute), lab.good(revoked=lab.now - lab.minute / 2)
        answers = [good, revoked] if first else [revoked, good]
        assert lab.reason(lab.xml(stamper=lab.stamper(), answers=answers)) == Reason.CERTIFIKAT_TILBAGEKALDT

    def test_even_where_no_answer_is_required(self, lab: "Lab", sign: Callable[..., bytes]) -> None:
        """The setting says what silence means, not what "revoked" means."""
        signed = sign(answers=[lab.good(revoked=lab.now - lab.minute)])
        lax = replace(lab.trust, ocsp_required=False)
        assert lab.reason(signed, trust=lax) == Reason.CERTIFIKAT_TILBAGEKALDT


class TestNotAnswered:
    def test_silence(self, lab: "Lab", sign: Callable[..., bytes]) -> None:
        """A certificate that names who answers for it needs the answer, unless the operator says otherwise."""
        signed = sign(answers=[])
        assert lab.reason(signed) == Reason.OCSP_MANGLER
        assert lab.reason(signed, trust=replace(lab.trust, ocsp_required=False)) is None

    def test_about_another_certificate(self, lab: "Lab", sign: Callable[..., bytes]) -> None:
        """An answer for somebody else is none."""
        assert lab.reason(sign(answers=[lab.good(lab.person())])) == Reason.OCSP_MANGLER

    def test_by_a_stranger(self, lab: "Lab", sign: Callable[..., bytes]) -> None:
        """An answer that the certificate's authority did not give is none, though it is signed and says good."""
        stranger = type(lab)().people
        forged = lab.good(responder=Credential(stranger.key, stranger.certificate))
        assert lab.reason(sign(answers=[forged])) == Reason.OCSP_MANGLER

    def test_by_somebody_whom_the_authority_certified_for_something_else(self, lab: "Lab") -> None:
        """A citizen answers for nobody's certificate, and not for their own."""
        assert lab.reason(lab.xml(answers=[lab.good(responder=lab.ane)])) == Reason.OCSP_MANGLER

    def test_over_a_weak_digest(self, lab: "Lab", sign: Callable[..., bytes]) -> None:
        """An answer is signed with the algorithms that we rely on, or it is none."""
        assert lab.reason(sign(answers=[lab.good(algorithm=SHA224())])) == Reason.OCSP_MANGLER

    def test_with_a_weak_key(self, lab: "Lab") -> None:
        """Nor is an answer under a weak key one, though the authority certified it."""
        for curve, expected in ((ec.SECP384R1(), None), (ec.SECP224R1(), Reason.OCSP_MANGLER)):
            responder = lab.people.issue(RESPONDER, ANSWERS, (x509.OCSPNoCheck(), False), curve=curve)
            assert lab.reason(lab.xml(answers=[lab.good(responder=responder)])) == expected

    def test_too_old(self, lab: "Lab", sign: Callable[..., bytes]) -> None:
        """An answer that had run out at the trusted time says nothing about it."""
        old = lab.good(at=lab.now - lab.day, for_long=lab.day / 2)
        assert lab.reason(sign(answers=[old])) == Reason.OCSP_MANGLER
        assert lab.reason(sign(stamper=lab.stamper(), answers=[old])) == Reason.OCSP_MANGLER

    @pytest.mark.parametrize(("after", "expected"), [(-1, None), (1, Reason.OCSP_MANGLER)])
    def test_given_when_the_certificate_had_ended(self, lab: "Lab", after: int, expected: Reason | None) -> None:
        """An authority may forget what has ended, and answer "good" of it (RFC 6960, 4.4.4)."""
        short = lab.person(until=lab.now + 5 * lab.minute)
        answer = lab.good(short, at=lab.now + (5 + after) * lab.minute)
        assert lab.reason(lab.xml(short, stamper=lab.stamper(), answers=[answer]), lab.now + lab.day) == expected

    @pytest.mark.parametrize(("after", "expected"), [(-1, None), (1, Reason.OCSP_MANGLER)])
    def test_listed_when_the_certificate_had_ended(self, lab: "Lab", after: int, expected: Reason | None) -> None:
        """Nor need a list of the revoked go on naming what has ended since (RFC 5280, 3.3)."""
        until = lab.now + 5 * lab.minute
        short = lab.people.issue(lab.ane.certificate.subject, LISTED, until=until)
        signed = lab.xml(short, stamper=lab.stamper(), answers=[])
        listed = lab.listing_nobody(signed, until + after * lab.minute)
        assert lab.reason(listed, lab.now + lab.day) == expected

    @pytest.mark.parametrize("garbage", [b"", b"x", b"\x30\x00", b"\x30\x03\x0a\x01\x06"])
    def test_garbage(self, lab: "Lab", garbage: bytes) -> None:
        """What is no answer, or one that says "try later", is none."""
        assert lab.reason(lab.xml(answers=[garbage])) == Reason.OCSP_MANGLER

    def test_too_many(self, lab: "Lab") -> None:
        """A document may not make us check answers by the heap."""
        assert lab.reason(lab.xml(answers=[lab.good()] * (MAX_ANSWERS + 1))) == Reason.OCSP_MANGLER
