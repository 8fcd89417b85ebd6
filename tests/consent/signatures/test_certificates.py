"""Whose certificate signs a samtykke: a person's, valid now, strong, and under a pinned anchor."""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from inspect import signature

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml.algorithms import SignatureMethod
from signxml.util import SigningSettings
from signxml.xades.xades import XAdESSigner

from consent.signatures import AnchorsRefused, NotVerified, Reason, Trust, load_anchors, verify_signed
from consent.signatures.certificates import MAX_CERTIFICATES
from consent.signatures.shape import DS
from ops.sample.pki import SamplePki
from schemas.xml import parse_xml

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ANE = "5f0c9f1a-3c55-4a0a-9c7e-1d2f3a4b5c6d"
DOCUMENT = b"<Erklaering><Sag>sag-1</Sag></Erklaering>"

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Issuer:
    """Whoever issues a certificate: the name it states and the key it signs with."""

    name: x509.Name
    key: Key


def named(common_name: str, serial_number: str | None = None) -> x509.Name:
    """Name an authority, or a made-up person."""
    names = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if serial_number is not None:
        names.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, serial_number))
    return x509.Name(names)


def usage(**stated: bool) -> x509.KeyUsage:
    """State what a key is for; what is not named, it is not for."""
    return x509.KeyUsage(**{flag: stated.get(flag, False) for flag in signature(x509.KeyUsage).parameters})


SIGNS = usage(digital_signature=True)
CERTIFIES = usage(key_cert_sign=True)
PERSON = named("Ane Eksempel", f"UI:DK-P:G:{ANE}")


def certify(
    key: Key,
    issuer: Issuer,
    *,
    subject: x509.Name = PERSON,
    purpose: x509.KeyUsage | None = SIGNS,
    path_length: int | None = None,
    until: datetime = NOW + DAY,
    more: x509.ExtensionType | None = None,
) -> x509.Certificate:
    """Issue a certificate as asked, sensible or not; with a path length it is an authority's."""
    public = key.public_key()
    builder = x509.CertificateBuilder(subject_name=subject, issuer_name=issuer.name, public_key=public)
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(NOW - 3 * DAY).not_valid_after(until)
    constraints = x509.BasicConstraints(ca=path_length is not None, path_length=path_length)
    builder = builder.add_extension(constraints, critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
    builder = builder.add_extension(issuer_key, critical=False)
    if purpose is not None:
        builder = builder.add_extension(purpose, critical=True)
    if more is not None:
        builder = builder.add_extension(more, critical=True)
    return builder.sign(issuer.key, SHA256())


def curve_key(curve: ec.EllipticCurve | None = None) -> ec.EllipticCurvePrivateKey:
    """Make an elliptic-curve key, on P-256 where nothing else is asked."""
    return ec.generate_private_key(curve or ec.SECP256R1())


def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """Make an RSA key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


ROOT = Issuer(named("Rod"), curve_key())
ANCHORS = (certify(ROOT.key, ROOT, subject=ROOT.name, purpose=CERTIFIES, path_length=2, until=NOW + DAY),)


class Signer(XAdESSigner):
    """Sign with anything, SHA-1 included."""

    def check_deprecated_methods(self) -> None:
        """Object to nothing."""


def sign(
    key: Key,
    *certificates: x509.Certificate,
    method: SignatureMethod = SignatureMethod.ECDSA_SHA256,
    key_value: bool = False,
) -> bytes:
    """Sign the document with a key and the certificates brought along, the signer's first."""
    signer = Signer(signature_algorithm=method)
    signed = signer.sign(parse_xml(DOCUMENT), key=key, cert=list(certificates), always_add_key_value=key_value)
    return etree.tostring(signed)


def reason(document: bytes, anchors: tuple[x509.Certificate, ...] = ANCHORS) -> Reason | None:
    """Return why the document is not verified; None where it is."""
    outcome = verify_signed(document, Trust(anchors), NOW)
    return outcome.reason if isinstance(outcome, NotVerified) else None


class TestAccepted:
    @pytest.mark.parametrize("method", ["RSA_SHA256", "RSA_SHA512", "SHA256_RSA_MGF1", "SHA384_RSA_MGF1"])
    def test_rsa_and_rsa_pss(self, method: str) -> None:
        """Both RSA paddings are accepted with SHA-2."""
        key = rsa_key()
        assert reason(sign(key, certify(key, ROOT), method=SignatureMethod[method])) is None

    @pytest.mark.parametrize(("curve", "method"), [(ec.SECP384R1(), "ECDSA_SHA384"), (ec.SECP521R1(), "ECDSA_SHA512")])
    def test_larger_curves(self, curve: ec.EllipticCurve, method: str) -> None:
        """P-384 and P-521 are accepted with the digest of their size."""
        key = curve_key(curve)
        assert reason(sign(key, certify(key, ROOT), method=SignatureMethod[method])) is None

    def test_a_qualified_certificate(self) -> None:
        """A certificate for contentCommitment alone, as qualified ones are, may sign."""
        key = curve_key()
        assert reason(sign(key, certify(key, ROOT, purpose=usage(content_commitment=True)))) is None

    def test_an_intermediate_in_any_order(self) -> None:
        """The chain may go over an authority that the document brings, whichever certificate is named first."""
        middle, key = Issuer(named("Mellem"), curve_key()), curve_key()
        between = certify(middle.key, ROOT, subject=middle.name, purpose=CERTIFIES, path_length=0)
        leaf = certify(key, middle)
        signed = sign(key, leaf, between)
        assert reason(signed) is None
        assert reason(_turned(key, leaf, between)) is None
        assert reason(sign(key, leaf)) == Reason.CERTIFIKAT_IKKE_BETROET

    def test_a_key_value_beside_the_certificate(self) -> None:
        """A KeyValue is passed over."""
        key = rsa_key()
        assert reason(sign(key, certify(key, ROOT), method=SignatureMethod.RSA_SHA256, key_value=True)) is None


class TestRefused:
    def test_another_authority(self) -> None:
        """A certificate from an authority that is not pinned is refused, though it bears the pinned one's name."""
        key = curve_key()
        assert reason(sign(key, certify(key, Issuer(ROOT.name, curve_key())))) == Reason.CERTIFIKAT_IKKE_BETROET

    def test_another_authority_brought_along(self) -> None:
        """An authority that the document brings along is no anchor."""
        other, key = Issuer(named("En anden"), curve_key()), curve_key()
        own = certify(other.key, other, subject=other.name, purpose=CERTIFIES, path_length=0)
        assert reason(sign(key, certify(key, other), own)) == Reason.CERTIFIKAT_IKKE_BETROET

    def test_self_signed(self) -> None:
        """A certificate that vouches for itself is refused."""
        key = curve_key()
        assert reason(sign(key, certify(key, Issuer(PERSON, key)))) == Reason.CERTIFIKAT_IKKE_BETROET

    def test_issued_by_a_person(self) -> None:
        """A person's certificate issues no others, whatever its key usage says."""
        bo, key = Issuer(named("Bo", f"UI:DK-P:G:{ANE}"), curve_key()), curve_key()
        issuer = certify(bo.key, ROOT, subject=bo.name, purpose=usage(digital_signature=True, key_cert_sign=True))
        assert reason(sign(key, certify(key, bo), issuer)) == Reason.CERTIFIKAT_IKKE_BETROET

    def test_no_anchors(self) -> None:
        """Without a pinned anchor nothing is trusted; the machine's own store is never asked."""
        key = curve_key()
        assert reason(sign(key, certify(key, ROOT)), anchors=()) == Reason.CERTIFIKAT_IKKE_BETROET

    def test_expired(self) -> None:
        """A certificate that ended before now is refused; the time that the signer claims changes nothing."""
        key = curve_key()
        assert reason(sign(key, certify(key, ROOT, until=NOW - DAY))) == Reason.CERTIFIKAT_UDLOEBET

    def test_not_yet_valid(self) -> None:
        """A certificate that begins after now is refused."""
        key = curve_key()
        signed = sign(key, certify(key, ROOT))
        outcome = verify_signed(signed, Trust(ANCHORS), NOW - 4 * DAY)
        assert isinstance(outcome, NotVerified)
        assert outcome.reason == Reason.CERTIFIKAT_IKKE_BEGYNDT

    @pytest.mark.parametrize(("until", "expected"), [(NOW + DAY, None), (NOW - DAY, Reason.CERTIFIKAT_IKKE_BETROET)])
    def test_expired_authority(self, until: datetime, expected: Reason | None) -> None:
        """An anchor that ended before now vouches for nobody; the same one before its end does."""
        anchor = certify(ROOT.key, ROOT, subject=ROOT.name, purpose=CERTIFIES, path_length=0, until=until)
        key = curve_key()
        assert reason(sign(key, certify(key, ROOT)), anchors=(anchor,)) == expected

    @pytest.mark.parametrize("purpose", [usage(key_encipherment=True), CERTIFIES, None])
    def test_not_meant_for_signing(self, purpose: x509.KeyUsage | None) -> None:
        """A certificate for encryption, for certificates, or for nothing stated, does not sign."""
        key = curve_key()
        assert reason(sign(key, certify(key, ROOT, purpose=purpose))) == Reason.CERTIFIKAT_ANDET_FORMAAL

    def test_a_limit_that_nobody_understands(self) -> None:
        """A critical extension that we do not know limits the certificate in a way we cannot honour (RFC 5280)."""
        key, unknown = curve_key(), x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")
        assert reason(sign(key, certify(key, ROOT, more=unknown))) == Reason.CERTIFIKAT_IKKE_BETROET

    def test_an_authority_as_signer(self) -> None:
        """An authority signs certificates, not declarations."""
        key = curve_key()
        assert reason(sign(key, certify(key, ROOT, path_length=0))) == Reason.CERTIFIKAT_ANDET_FORMAAL

    def test_a_weak_key(self) -> None:
        """RSA with 1024 bits and curves under 256 bits are refused, though the chain check lets them pass."""
        short, small = rsa_key(1024), curve_key(ec.SECP224R1())
        signed = sign(short, certify(short, ROOT), method=SignatureMethod.RSA_SHA256)
        assert reason(signed) == Reason.ALGORITME_IKKE_TILLADT
        assert reason(sign(small, certify(small, ROOT))) == Reason.ALGORITME_IKKE_TILLADT

    @pytest.mark.parametrize(("bits", "expected"), [(2048, None), (1024, Reason.CERTIFIKAT_IKKE_BETROET)])
    def test_a_weak_authority_between(self, bits: int, expected: Reason | None) -> None:
        """An intermediate authority with a weak key vouches for nobody."""
        middle, key = Issuer(named("Mellem"), rsa_key(bits)), curve_key()
        between = certify(middle.key, ROOT, subject=middle.name, purpose=CERTIFIES, path_length=0)
        assert reason(sign(key, certify(key, middle), between)) == expected

    def test_a_document_signed_over_sha1(self) -> None:
        """A signature that holds, over SHA-1, is refused."""
        key = rsa_key()
        signed = sign(key, certify(key, ROOT), method=SignatureMethod.RSA_SHA1)
        assert reason(signed) == Reason.ALGORITME_IKKE_TILLADT

    @pytest.mark.parametrize("number", [f"UI:DK-O:G:{ANE}", f"UI:DK-E:G:{ANE}", "2509479989", "UI:DK-P:G:x", None])
    def test_the_signer_is_no_person(self, number: str | None) -> None:
        """The certificate of an organisation, an employee or nobody in particular is no citizen's."""
        key = curve_key()
        signed = sign(key, certify(key, ROOT, subject=named("Ane Eksempel", number)))
        assert reason(signed) == Reason.UNDERSKRIVER_IKKE_PERSON

    def test_the_certificate_exchanged(self) -> None:
        """Another valid certificate in place of the one that was bound is refused."""
        key = curve_key()
        bound, other = certify(key, ROOT), certify(key, ROOT, subject=named("Bo", f"UI:DK-P:G:{ANE}"))
        assert reason(_exchanged(sign(key, bound), _text(other))) == Reason.CERTIFIKAT_IKKE_BUNDET

    def test_too_many_certificates(self) -> None:
        """A document may not make us build chains from a heap of certificates."""
        key = curve_key()
        assert reason(sign(key, *[certify(key, ROOT)] * (MAX_CERTIFICATES + 1))) == Reason.CERTIFIKAT_IKKE_BETROET

    def test_a_heap_of_authorities_of_one_name(self) -> None:
        """A chain is sought by signatures: by names, some twenty authorities could be put in order for years."""
        name = named("Mellem")
        heap = [certify(curve_key(), Issuer(name, curve_key()), subject=name, path_length=9) for _ in range(20)]
        key = curve_key()
        signed = sign(key, certify(key, Issuer(name, curve_key())), *heap)
        assert reason(signed) == Reason.CERTIFIKAT_IKKE_BETROET

    def test_authorities_that_vouch_for_each_other(self) -> None:
        """Nor does a circle of authorities lead anywhere, though each truly signed the next."""
        one, other, key = Issuer(named("En"), curve_key()), Issuer(named("To"), curve_key()), curve_key()
        circle = [
            certify(one.key, other, subject=one.name, purpose=CERTIFIES, path_length=1),
            certify(other.key, one, subject=other.name, purpose=CERTIFIES, path_length=1),
        ]
        assert reason(sign(key, certify(key, one), *circle)) == Reason.CERTIFIKAT_IKKE_BETROET

    def test_a_cross_signed_authority(self) -> None:
        """Where one of two certificates of an authority leads to an anchor, the other is no hindrance."""
        middle, stranger, key = Issuer(named("Mellem"), curve_key()), Issuer(named("Fremmed"), curve_key()), curve_key()
        away = certify(middle.key, stranger, subject=middle.name, purpose=CERTIFIES, path_length=0)
        home = certify(middle.key, ROOT, subject=middle.name, purpose=CERTIFIES, path_length=0)
        leaf = certify(key, middle)
        assert reason(sign(key, leaf, away, home)) is None
        assert reason(sign(key, leaf, away)) == Reason.CERTIFIKAT_IKKE_BETROET

    @pytest.mark.parametrize(("length", "expected"), [(1, None), (0, Reason.CERTIFIKAT_IKKE_BETROET)])
    def test_an_anchor_that_may_go_no_further(self, length: int, expected: Reason | None) -> None:
        """An anchor's own limit on authorities below it holds."""
        middle, key = Issuer(named("Mellem"), curve_key()), curve_key()
        anchor = certify(ROOT.key, ROOT, subject=ROOT.name, purpose=CERTIFIES, path_length=length)
        between = certify(middle.key, ROOT, subject=middle.name, purpose=CERTIFIES, path_length=0)
        assert reason(sign(key, certify(key, middle), between), anchors=(anchor,)) == expected

    @pytest.mark.parametrize("text", ["", "x", "AAAA", "ååå"])
    def test_an_unreadable_certificate(self, text: str) -> None:
        """What is no certificate is refused."""
        key = curve_key()
        assert reason(_exchanged(sign(key, certify(key, ROOT)), text)) == Reason.CERTIFIKAT_MANGLER


class TestKeyValue:
    def test_a_key_without_certificate(self) -> None:
        """A bare key proves nobody's identity, though the signature holds under it."""
        key = curve_key()
        root = parse_xml(sign(key, certify(key, ROOT), key_value=True))
        for data in list(root.iter(f"{DS}X509Data")):
            data.clear()
        assert reason(etree.tostring(root)) == Reason.CERTIFIKAT_MANGLER

    def test_a_strangers_key_beside_a_trusted_certificate(self) -> None:
        """A signature that holds under the key in KeyValue, beside another's certificate, is refused."""
        trusted = certify(curve_key(), ROOT)
        assert reason(sign(curve_key(), trusted, key_value=True)) == Reason.UNDERSKRIFT_UGYLDIG


class TestAnchors:
    @pytest.mark.parametrize("pem", [b"", b"x", certify(curve_key(), ROOT).public_bytes(Encoding.PEM)])
    def test_what_is_no_authority_is_no_anchor(self, pem: bytes) -> None:
        """Nothing, garbage and a person's certificate are refused as trust anchors."""
        with pytest.raises(AnchorsRefused):
            load_anchors(pem)

    def test_several_anchors(self) -> None:
        """An authority may be replaced while certificates of the old one live on."""
        key = curve_key()
        old = ANCHORS[0].public_bytes(Encoding.PEM)
        assert reason(sign(key, certify(key, ROOT)), load_anchors(SamplePki.create().anchors_pem + old)) is None


def _text(certificate: x509.Certificate) -> str:
    return b64encode(certificate.public_bytes(Encoding.DER)).decode()


def _exchanged(document: bytes, text: str) -> bytes:
    root = parse_xml(document)
    next(root.iter(f"{DS}X509Certificate")).text = text
    return etree.tostring(root)


class _LastFirst(XAdESSigner):
    """Name the signer's certificate last in KeyInfo, and first where it is bound."""

    def _add_key_info(self, sig_root: etree._Element, signing_settings: SigningSettings) -> None:
        super()._add_key_info(sig_root, signing_settings)
        data = next(sig_root.iter(f"{DS}X509Data"))
        data.append(data[0])


def _turned(key: Key, *certificates: x509.Certificate) -> bytes:
    signer = _LastFirst(signature_algorithm=SignatureMethod.ECDSA_SHA256)
    signed = signer.sign(parse_xml(DOCUMENT), key=key, cert=list(certificates), always_add_key_value=False)
    first = next(signed.iter(f"{DS}X509Certificate")).text
    assert b64decode(first or "") != certificates[0].public_bytes(Encoding.DER)
    return etree.tostring(signed)
