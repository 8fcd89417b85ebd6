"""Level T: a timestamp that was verified says when the signature existed, and the certificate is judged then."""

from base64 import b64decode, b64encode
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from lxml import etree
from signxml.algorithms import CanonicalizationMethod

from consent.document import read_document
from consent.signatures import LONG_TERM, Reason, Trust, Verified, verify_signed
from consent.signatures.shape import DS, XADES
from schemas.xml import parse_xml

if TYPE_CHECKING:
    from tests.consent.signatures.conftest import Lab

TSA = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Et tidsstempel")])
STAMPING = ExtendedKeyUsageOID.TIME_STAMPING


@pytest.fixture(params=["xml", "pdf"])
def sign(request: pytest.FixtureRequest, lab: "Lab") -> Callable[..., bytes]:
    """Return how a document is signed: as XML and as PDF, for what holds of both."""
    chosen: Callable[..., bytes] = getattr(lab, request.param)
    return chosen


def token_changed(signed: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Return the XML document with another timestamp token in it."""
    root = parse_xml(signed)
    (token,) = root.iter(f"{XADES}EncapsulatedTimeStamp")
    token.text = b64encode(change(b64decode(token.text or ""))).decode()
    return etree.tostring(root)


class TestProven:
    def test_a_certificate_of_minutes_holds_at_the_proven_time(self, lab: "Lab", sign: Callable[..., bytes]) -> None:
        """A signature made with a one-time certificate holds for ever after, as of the timestamp."""
        short = lab.person(since=lab.now - lab.minute, until=lab.now + 9 * lab.minute)
        signed = sign(short, stamper=lab.stamper(at=lab.now + lab.minute))
        outcome = verify_signed(signed, lab.trust, lab.now + 400 * lab.day)
        assert isinstance(outcome, Verified)
        assert (outcome.level, outcome.proven_time) == ("T", lab.now + lab.minute)
        assert read_document(outcome.signed).declaration["sag"] == "sag-1"

    def test_without_a_timestamp_it_holds_while_it_lasts(self, lab: "Lab", sign: Callable[..., bytes]) -> None:
        """At level B the certificate is judged now, whatever time the signer claims."""
        short = lab.person(since=lab.now - lab.minute, until=lab.now + 9 * lab.minute)
        signed = sign(short)
        outcome = verify_signed(signed, lab.trust, lab.now)
        assert isinstance(outcome, Verified)
        assert (outcome.level, outcome.proven_time) == ("B", None)
        assert lab.reason(signed, lab.now + 10 * lab.minute) == Reason.CERTIFIKAT_UDLOEBET

    def test_before_the_certificate_began(self, lab: "Lab", sign: Callable[..., bytes]) -> None:
        """What was stamped before the certificate was issued was not signed with it."""
        later = lab.person(since=lab.now + lab.minute)
        signed = sign(later, stamper=lab.stamper(), answers=[lab.good(later, at=lab.now + lab.minute)])
        assert lab.reason(signed, lab.now + lab.day) == Reason.CERTIFIKAT_IKKE_BEGYNDT

    def test_more_than_t_is_taken_as_t_and_said(self, lab: "Lab", sign: Callable[..., bytes]) -> None:
        """A long-term signature is verified as T, and a remark says what nobody looked at."""
        outcome = verify_signed(sign(stamper=lab.stamper()), lab.trust, lab.now)
        assert isinstance(outcome, Verified)
        assert (outcome.level, outcome.remark) == ("T", LONG_TERM)

    def test_an_archive_timestamp_is_not_relied_on(self, lab: "Lab") -> None:
        """The archive timestamps of LTA neither prove nor spoil anything, garbage among them."""
        root = parse_xml(lab.xml(stamper=lab.stamper()))
        holder = next(root.iter(f"{XADES}UnsignedSignatureProperties"))
        stamp = etree.SubElement(holder, "{http://uri.etsi.org/01903/v1.4.1#}ArchiveTimeStamp")
        etree.SubElement(stamp, f"{XADES}EncapsulatedTimeStamp").text = "AAAA"
        outcome = verify_signed(etree.tostring(root), lab.trust, lab.now)
        assert isinstance(outcome, Verified)
        assert (outcome.level, outcome.remark) == ("T", LONG_TERM)

    def test_plain_b_and_t_carry_no_remark(self, lab: "Lab") -> None:
        """Where everything was looked at there is nothing to remark."""
        trust = replace(lab.trust, ocsp_required=False)
        for stamper in (None, lab.stamper()):
            outcome = verify_signed(lab.xml(stamper=stamper, answers=[]), trust, lab.now)
            assert isinstance(outcome, Verified)
            assert outcome.remark == ""

    @pytest.mark.parametrize(
        "method",
        [CanonicalizationMethod.CANONICAL_XML_1_1, CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0],
    )
    def test_canonicalized_as_it_says(self, lab: "Lab", method: CanonicalizationMethod) -> None:
        """The timestamp is over SignatureValue in the canonical form that it names (ETSI EN 319 132-1, 5.3)."""
        assert lab.reason(lab.stamped(lab.xml(), method=method)) is None

    def test_an_intermediate_timestamping_authority(self, lab: "Lab") -> None:
        """A token may bring the authority between its own certificate and the anchor."""
        below = lab.authority_under(lab.times)
        stamping = below.issue(TSA, (x509.ExtendedKeyUsage([STAMPING]), True), until=lab.now + lab.day)
        signed = lab.xml(stamper=lab.stamper(credential=stamping, brought=(below.certificate,)))
        assert lab.reason(signed) is None
        without = lab.xml(stamper=lab.stamper(credential=stamping))
        assert lab.reason(without) == Reason.TIDSSTEMPEL_IKKE_BETROET


class TestRefused:
    def test_a_timestamp_from_another_document(self, lab: "Lab") -> None:
        """A true timestamp over another signature, though by the same citizen, proves nothing of this one."""
        stamped, other = lab.xml(stamper=lab.stamper()), lab.xml(stamper=lab.stamper())
        (foreign,) = parse_xml(other).iter(f"{XADES}EncapsulatedTimeStamp")
        taken = token_changed(stamped, lambda _token: b64decode(foreign.text or ""))
        assert lab.reason(taken) == Reason.TIDSSTEMPEL_ANDET_DOKUMENT

    def test_another_authority(self, lab: "Lab", sign: Callable[..., bytes]) -> None:
        """A timestamping authority that is not pinned proves nothing, though its token is sound."""
        signed = sign(stamper=type(lab)().stamper())
        assert lab.reason(signed) == Reason.TIDSSTEMPEL_IKKE_BETROET

    def test_no_anchors(self, lab: "Lab", sign: Callable[..., bytes]) -> None:
        """Where no timestamping authority is pinned, no timestamp is relied on, and none is passed over."""
        signed = sign(stamper=lab.stamper())
        assert lab.reason(signed, trust=Trust(lab.trust.signers)) == Reason.TIDSSTEMPEL_IKKE_BETROET

    def test_the_citizens_authority_vouches_for_no_timestamps(self, lab: "Lab") -> None:
        """Anchors are for one thing each."""
        stamping = lab.people.issue(TSA, (x509.ExtendedKeyUsage([STAMPING]), True))
        assert lab.reason(lab.xml(stamper=lab.stamper(credential=stamping))) == Reason.TIDSSTEMPEL_IKKE_BETROET

    @pytest.mark.parametrize(
        "purpose",
        [
            [],
            [(x509.ExtendedKeyUsage([STAMPING]), False)],
            [(x509.ExtendedKeyUsage([STAMPING, ExtendedKeyUsageOID.CODE_SIGNING]), True)],
            [(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), True)],
        ],
    )
    def test_a_certificate_for_something_else(self, lab: "Lab", purpose: list[tuple[x509.ExtensionType, bool]]) -> None:
        """The certificate is for timestamping alone, and critically so (RFC 3161, 2.3)."""
        stamping = lab.times.issue(TSA, *purpose)
        assert lab.reason(lab.xml(stamper=lab.stamper(credential=stamping))) == Reason.TIDSSTEMPEL_IKKE_BETROET

    @pytest.mark.parametrize(("ends", "expected"), [(10, None), (4, Reason.TIDSSTEMPEL_IKKE_BETROET)])
    def test_an_authority_whose_certificate_has_ended(self, lab: "Lab", ends: int, expected: Reason | None) -> None:
        """A timestamp whose authority has ended since may be anybody's."""
        stamping = lab.times.issue(TSA, (x509.ExtendedKeyUsage([STAMPING]), True), until=lab.now + ends * lab.day)
        signed = lab.xml(stamper=lab.stamper(credential=stamping))
        assert lab.reason(signed, lab.now + 5 * lab.day) == expected

    @pytest.mark.parametrize(("revoked", "expected"), [(False, None), (True, Reason.TIDSSTEMPEL_IKKE_BETROET)])
    def test_a_revoked_authority(self, lab: "Lab", revoked: bool, expected: Reason | None) -> None:
        """An answer that the authority is revoked, then or later, ends what it proves."""
        stamping = lab.times.issue(TSA, (x509.ExtendedKeyUsage([STAMPING]), True), lab.answered_for())
        since = lab.now + lab.minute if revoked else None
        answers = [lab.good(), lab.times.answer(stamping.certificate, revoked=since)]
        assert lab.reason(lab.xml(stamper=lab.stamper(credential=stamping), answers=answers)) == expected

    @pytest.mark.parametrize("habit", [{"imprint": "sha1"}, {"digest": "sha1"}, {"sha1_binding": True}])
    def test_sha1_anywhere(self, lab: "Lab", habit: dict[str, object]) -> None:
        """SHA-1 stamps nothing, signs no token and binds no certificate."""
        assert lab.reason(lab.xml(stamper=lab.stamper(**habit))) == Reason.ALGORITME_IKKE_TILLADT

    def test_a_token_that_was_changed(self, lab: "Lab") -> None:
        """Another time written into the token breaks it."""
        stamped = lab.xml(stamper=lab.stamper())
        moved = token_changed(stamped, lambda token: token.replace(b"20261121120000Z", b"20261121110000Z"))
        assert lab.reason(moved) == Reason.TIDSSTEMPEL_UGYLDIGT

    @pytest.mark.parametrize("garbage", [b"", b"x", b"\x30\x00", b"\x30\x80"])
    def test_no_token(self, lab: "Lab", garbage: bytes) -> None:
        """What is no token is not passed over as if there were none."""
        stamped = lab.xml(stamper=lab.stamper())
        assert lab.reason(token_changed(stamped, lambda _token: garbage)) == Reason.TIDSSTEMPEL_UGYLDIGT

    def test_a_cut_off_token(self, lab: "Lab") -> None:
        """Nor half of one, wherever it is cut."""
        stamped = lab.xml(stamper=lab.stamper())
        for kept in range(10, 700, 97):
            assert lab.reason(token_changed(stamped, lambda token, kept=kept: token[:kept])) is not None

    def test_two_timestamps(self, lab: "Lab") -> None:
        """Two signature timestamps would leave the choice of time to whoever added the second."""
        root = parse_xml(lab.xml(stamper=lab.stamper()))
        stamp = next(root.iter(f"{XADES}SignatureTimeStamp"))
        stamp.addnext(deepcopy(stamp))
        assert lab.reason(etree.tostring(root)) == Reason.TIDSSTEMPEL_UGYLDIGT

    def test_an_empty_timestamp(self, lab: "Lab") -> None:
        """A timestamp without a token is none, and not level B."""
        root = parse_xml(lab.xml(stamper=lab.stamper()))
        next(root.iter(f"{XADES}SignatureTimeStamp")).clear()
        assert lab.reason(etree.tostring(root)) == Reason.TIDSSTEMPEL_UGYLDIGT

    def test_a_timestamp_of_the_future(self, lab: "Lab", sign: Callable[..., bytes]) -> None:
        """A clock that is far ahead of ours proves nothing."""
        assert lab.reason(sign(stamper=lab.stamper(at=lab.now + 4 * lab.minute))) is None
        assert lab.reason(sign(stamper=lab.stamper(at=lab.now + 6 * lab.minute))) == Reason.TIDSSTEMPEL_UGYLDIGT

    def test_another_canonical_form(self, lab: "Lab") -> None:
        """A form with comments, or one we do not know, is refused by name."""
        root = parse_xml(lab.xml(stamper=lab.stamper()))
        stamp = next(root.iter(f"{XADES}SignatureTimeStamp"))
        method = etree.Element(f"{DS}CanonicalizationMethod", Algorithm="http://example.invalid/c14n")
        stamp.insert(0, method)
        assert lab.reason(etree.tostring(root)) == Reason.ALGORITME_IKKE_TILLADT
