"""The sample authority: made at run time, saved for its owner alone, and never the same twice."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.x509.oid import NameOID

from consent.signatures import NotVerified, Trust, Verified, load_anchors, verify_signed
from ops.sample.pki import PkiUnreadable, SamplePki
from schemas.xml import XmlRefused

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ANE = "5f0c9f1a-3c55-4a0a-9c7e-1d2f3a4b5c6d"
PKI = SamplePki.create()


def test_what_it_signs_is_verified_under_its_own_anchor_alone() -> None:
    """A document signed by a made-up person holds under this authority's anchor and under no other's."""
    signed = PKI.sign(b"<a><b>c</b></a>", PKI.issue(ANE, "Ane Eksempel", NOW - DAY, NOW + DAY))
    outcome = verify_signed(signed, Trust(load_anchors(PKI.anchors_pem)), NOW)
    assert isinstance(outcome, Verified)
    assert outcome.signer.uuid == ANE
    assert isinstance(verify_signed(signed, Trust(load_anchors(SamplePki.create().anchors_pem)), NOW), NotVerified)


def test_certificates_look_like_national_ones() -> None:
    """The subject holds the country, a made-up name and the OCES3 serial number, and no CPR number."""
    subject = PKI.issue(ANE, "Ane Eksempel", NOW - DAY, NOW + DAY).certificate.subject
    assert {name.oid: name.value for name in subject} == {
        NameOID.COUNTRY_NAME: "DK",
        NameOID.COMMON_NAME: "Ane Eksempel",
        NameOID.SERIAL_NUMBER: f"UI:DK-P:G:{ANE}",
    }


def test_what_is_not_xml_is_not_signed() -> None:
    """Only documents that Tværs reads are signed."""
    with pytest.raises(XmlRefused):
        PKI.sign(b"samtykke", PKI.issue(ANE, "Ane Eksempel", NOW - DAY, NOW + DAY))


def test_a_saved_authority_goes_on(tmp_path: Path) -> None:
    """What a loaded authority issues is trusted under the anchor that was saved before."""
    PKI.save(tmp_path / "pki")
    PKI.save(tmp_path / "pki")
    loaded = SamplePki.load(tmp_path / "pki")
    signed = loaded.sign(b"<a/>", loaded.issue(ANE, "Ane Eksempel", NOW - DAY, NOW + DAY))
    assert isinstance(verify_signed(signed, Trust(load_anchors(PKI.anchors_pem)), NOW), Verified)


def test_the_key_is_the_owners_alone(tmp_path: Path) -> None:
    """The key file has mode 0600, whatever stood there before."""
    (tmp_path / "sample-ca.key.pem").write_bytes(b"")
    PKI.save(tmp_path)
    assert stat.S_IMODE((tmp_path / "sample-ca.key.pem").stat().st_mode) == 0o600


def test_a_folder_without_one_is_refused(tmp_path: Path) -> None:
    """No authority, or a key beside another's certificate, is refused."""
    with pytest.raises(PkiUnreadable):
        SamplePki.load(tmp_path)
    PKI.save(tmp_path)
    (tmp_path / "sample-ca.pem").write_bytes(SamplePki.create().anchors_pem)
    with pytest.raises(PkiUnreadable):
        SamplePki.load(tmp_path)
