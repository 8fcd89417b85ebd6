"""A public key infrastructure of our own, made for the tests: citizens' authority, OCSP responder, timestamping."""

import asyncio
import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import new as new_hash
from io import BytesIO
from typing import Any

import pytest
from asn1crypto import algos, cms, tsp
from asn1crypto import keys as asn1_keys
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID
from lxml import etree
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter, append_signature_field
from pyhanko.sign.general import as_signing_certificate, as_signing_certificate_v2, simple_cms_attribute
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator.registry import SimpleCertificateStore
from signxml.algorithms import CanonicalizationMethod

from consent.document import write_document
from consent.pdf import write_pdf
from consent.signatures import NotVerified, Reason, Trust, verify_signed
from consent.signatures.shape import DS, XADES
from ops.sample.pki import Credential, SamplePki
from schemas.xml import parse_xml

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ANE = "5f0c9f1a-3c55-4a0a-9c7e-1d2f3a4b5c6d"
NAMES = {"jobcenter": "Jobcentret", "social": "Socialforvaltningen"}
DECLARATION: dict[str, Any] = {
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


def document(**changed: Any) -> bytes:
    """Return the declaration as XML, unsigned."""
    return write_document({**DECLARATION, **changed}, NAMES, "Eva Eksempel")


def to_asn1(certificate: x509.Certificate) -> asn1.Certificate:
    """Return a certificate as pyhanko has them."""
    return asn1.Certificate.load(certificate.public_bytes(Encoding.DER))


@dataclass(frozen=True)
class Authority:
    """An authority that issues what it is asked for."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def create(cls, name: str, until: datetime = NOW + 3650 * DAY) -> "Authority":
        """Make an authority of this name."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = _builder(subject, subject, key.public_key(), NOW - 3650 * DAY, until)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=2), critical=True)
        return cls(key, builder.add_extension(_usage(key_cert_sign=True), critical=True).sign(key, SHA256()))

    def issue(
        self,
        name: x509.Name,
        *extensions: tuple[x509.ExtensionType, bool],
        since: datetime = NOW - DAY,
        until: datetime = NOW + DAY,
        usage: x509.KeyUsage | None = None,
        curve: ec.EllipticCurve | None = None,
    ) -> Credential:
        """Issue a certificate, with these extensions (and whether each is critical)."""
        key = ec.generate_private_key(curve or ec.SECP256R1())
        builder = _builder(name, self.certificate.subject, key.public_key(), since, until)
        builder = builder.add_extension(usage or _usage(content_commitment=True), critical=True)
        own = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = builder.add_extension(own, critical=False)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical=critical)
        return Credential(key, builder.sign(self.key, SHA256()))

    def answer(
        self,
        about: x509.Certificate,
        *,
        at: datetime = NOW,
        for_long: timedelta = DAY,
        revoked: datetime | None = None,
        responder: Credential | None = None,
        algorithm: HashAlgorithm | None = None,
    ) -> bytes:
        """Answer for a certificate by OCSP: good, or revoked since an instant."""
        signer = responder or Credential(self.key, self.certificate)
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=about,
            issuer=self.certificate,
            algorithm=SHA1(),  # noqa: S303 - names the issuer, as RFC 5019 has it, and protects nothing
            cert_status=ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD,
            this_update=at,
            next_update=at + for_long,
            revocation_time=revoked,
            revocation_reason=x509.ReasonFlags.key_compromise if revoked else None,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
        builder = builder.certificates([signer.certificate])
        return builder.sign(signer.key, algorithm or SHA256()).public_bytes(Encoding.DER)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, since: datetime, until: datetime
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder(issuer_name=issuer, subject_name=subject, public_key=key)
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(since).not_valid_after(until)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _usage(*, key_cert_sign: bool = False, content_commitment: bool = False, digital_signature: bool = False) -> Any:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=key_cert_sign,
        encipher_only=False,
        decipher_only=False,
    )


SIGNS = _usage(digital_signature=True)
STAMPS = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True)


@dataclass
class Stamper(TimeStamper):
    """A timestamping authority that stamps with any clock, digest and habit."""

    credential: Credential
    at: datetime = NOW
    digest: str = "sha256"
    imprint: str = "sha256"
    sha1_binding: bool = False
    brought: tuple[x509.Certificate, ...] = ()

    def __post_init__(self) -> None:
        """Let pyhanko set up its own."""
        super().__init__()

    def token(self, data: bytes) -> bytes:
        """Return a token over these bytes."""
        return self._token(new_hash(self.imprint, data).digest(), self.imprint).dump()

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Answer pyhanko's request."""
        imprint = req["message_imprint"]
        token = self._token(imprint["hashed_message"].native, imprint["hash_algorithm"]["algorithm"].native, req)
        return tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token})

    def _token(self, imprint: bytes, digest: str, request: tsp.TimeStampReq | None = None) -> cms.ContentInfo:
        own = to_asn1(self.credential.certificate)
        stated = {
            "version": "v1",
            "policy": "1.2.3.4.1",
            "message_imprint": {"hash_algorithm": {"algorithm": digest}, "hashed_message": imprint},
            "serial_number": 7,
            "gen_time": self.at,
        }
        nonce = {} if request is None or request["nonce"].native is None else {"nonce": request["nonce"]}
        info = tsp.TSTInfo({**stated, **nonce}).dump()
        binding = (
            simple_cms_attribute("signing_certificate", as_signing_certificate(own))
            if self.sha1_binding
            else simple_cms_attribute("signing_certificate_v2", as_signing_certificate_v2(own))
        )
        attributes = cms.CMSAttributes(
            [
                simple_cms_attribute("content_type", "tst_info"),
                simple_cms_attribute("message_digest", new_hash(self.digest, info).digest()),
                binding,
            ]
        )
        algorithm = {"sha1": SHA1(), "sha256": SHA256()}[self.digest]  # noqa: S303 - to see it refused
        signer = cms.SignerInfo(
            {
                "version": "v1",
                "sid": {"issuer_and_serial_number": {"issuer": own.issuer, "serial_number": own.serial_number}},
                "digest_algorithm": algos.DigestAlgorithm({"algorithm": self.digest}),
                "signature_algorithm": {"algorithm": f"{self.digest}_ecdsa"},
                "signed_attrs": attributes,
                "signature": self.credential.key.sign(attributes.dump(), ec.ECDSA(algorithm)),
            }
        )
        signed = {
            "version": "v3",
            "digest_algorithms": [{"algorithm": self.digest}],
            "encap_content_info": {"content_type": "tst_info", "content": cms.ParsableOctetString(info)},
            "certificates": [own, *map(to_asn1, self.brought)],
            "signer_infos": [signer],
        }
        return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)})


@dataclass
class Lab:
    """Everything that a citizen's signature needs, honest unless asked otherwise."""

    people: Authority = field(default_factory=lambda: Authority.create("Eksempel borgere"))
    times: Authority = field(default_factory=lambda: Authority.create("Eksempel tid"))
    now: datetime = NOW
    minute: timedelta = MINUTE
    day: timedelta = DAY

    def __post_init__(self) -> None:
        """Issue what is needed every time."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Eksempel tidsstempler")])
        self.stamping = self.times.issue(name, STAMPS, since=NOW - 3000 * DAY, until=NOW + 3000 * DAY, usage=SIGNS)
        self.trust = Trust((self.people.certificate,), (self.times.certificate,))
        self.lax = replace(self.trust, ocsp_required=False)
        self.ane = self.person()
        self.document = document()

    def person(self, *, uuid: str = ANE, since: datetime = NOW - DAY, until: datetime = NOW + DAY) -> Credential:
        """Issue a person's certificate, which names who answers for its revocation."""
        number = x509.NameAttribute(NameOID.SERIAL_NUMBER, f"UI:DK-P:G:{uuid}")
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Ane Eksempel"), number])
        return self.people.issue(name, self.answered_for(), since=since, until=until)

    @staticmethod
    def answered_for() -> tuple[x509.ExtensionType, bool]:
        """Name who answers for revocation."""
        where = x509.UniformResourceIdentifier("http://ocsp.example.invalid")
        return x509.AuthorityInformationAccess(
            [x509.AccessDescription(AuthorityInformationAccessOID.OCSP, where)]
        ), False

    @staticmethod
    def authority_under(above: Authority) -> Authority:
        """Make an authority that another one vouches for."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Eksempel udsteder")])
        constraints = (x509.BasicConstraints(ca=True, path_length=0), True)
        issued = above.issue(name, constraints, until=NOW + 1000 * DAY, usage=_usage(key_cert_sign=True))
        return Authority(issued.key, issued.certificate)

    def stamped(self, signed: bytes, method: CanonicalizationMethod | None = None) -> bytes:
        """Add a timestamp to signed XML."""
        return add_timestamp(signed, self.stamper(), method)

    def stamper(self, **habits: Any) -> Stamper:
        """Return the timestamping authority."""
        return Stamper(**{"credential": self.stamping, **habits})

    def good(self, credential: Credential | None = None, **said: Any) -> bytes:
        """Answer for a person's certificate: it is not revoked, or what else is `said`."""
        return self.people.answer((credential or self.ane).certificate, **said)

    def listing_nobody(self, signed: bytes, at: datetime) -> bytes:
        """Add a list of revoked certificates to signed XML, on which nobody stands."""
        own = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.people.key.public_key())
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.people.certificate.subject)
        builder = builder.last_update(at).next_update(at + DAY).add_extension(x509.CRLNumber(1), critical=False)
        listed = builder.add_extension(own, critical=False).sign(self.people.key, SHA256()).public_bytes(Encoding.DER)
        root = parse_xml(signed)
        holder = etree.SubElement(unsigned_properties(root), f"{XADES}RevocationValues")
        values = etree.SubElement(holder, f"{XADES}CRLValues")
        etree.SubElement(values, f"{XADES}EncapsulatedCRLValue").text = b64encode(listed).decode()
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8")

    def xml(
        self,
        credential: Credential | None = None,
        *,
        signed: bytes | None = None,
        stamper: Stamper | None = None,
        answers: Sequence[bytes] | None = None,
    ) -> bytes:
        """Sign as XML; with the OCSP answer that says good, unless others are given."""
        signed = signed or SamplePki.sign(self.document, credential or self.ane)
        answers = [self.good(credential)] if answers is None else answers
        stamped = add_timestamp(signed, stamper) if stamper else signed
        return add_answers(stamped, answers) if answers else stamped

    def pdf(
        self,
        credential: Credential | None = None,
        *,
        pages: bytes | None = None,
        stamper: Stamper | None = None,
        answers: Sequence[bytes] | None = None,
        **metadata: Any,
    ) -> bytes:
        """Sign as PDF; with the OCSP answer that says good, unless others are given."""
        signed = sign_pdf(pages or write_pdf(self.document), credential or self.ane, stamper, **metadata)
        answers = [self.good(credential)] if answers is None else answers
        return add_store(signed, answers) if answers else signed

    def self_signed(self) -> Credential:
        """Make a citizen's certificate that vouches for itself."""
        subject = self.ane.certificate.subject
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(subject, subject, key.public_key(), NOW - DAY, NOW + DAY)
        return Credential(key, builder.add_extension(SIGNS, critical=True).sign(key, SHA256()))

    @staticmethod
    def document_for(**changed: Any) -> bytes:
        """Return another declaration, as XML."""
        return document(**changed)

    def pages(self) -> bytes:
        """Return the declaration as an unsigned PDF."""
        return write_pdf(self.document)

    @staticmethod
    def altered() -> bytes:
        """Return a declaration that takes more, as XML."""
        points = [{"punkt": 1, "parter": list(NAMES), "oplysningstyper": ["plan", "helbred"]}]
        return document(punkter=points)

    @staticmethod
    def to_asn1(certificate: x509.Certificate) -> asn1.Certificate:
        """Return a certificate as pyhanko has them."""
        return to_asn1(certificate)

    @staticmethod
    def change_cms(signed: bytes, change: Callable[[cms.SignedData], object]) -> bytes:
        """Return a signed PDF with something done to the signature itself, which no signature covers."""
        found = _CONTENTS.search(signed)
        assert found
        content = cms.ContentInfo.load(bytes.fromhex(found[1].decode()))
        change(content["content"])
        return _with_contents(signed, content.dump())

    def resigned(self, signed: bytes, ranges: Callable[[list[int]], list[int]] = list) -> bytes:
        """Sign the PDF's bytes anew, as its ByteRange says after `ranges` has had its say; every digest is right."""
        found = _BYTE_RANGE.search(signed)
        assert found
        stated = ranges([int(one) for one in found[1].split()])
        written = b" ".join(b"%d" % one for one in stated).ljust(len(found[1]))
        signed = signed[: found.start(1)] + written + signed[found.end(1) :]
        parts = [signed[start : start + length] for start, length in zip(stated[::2], stated[1::2], strict=True)]
        digest = new_hash("sha256", b"".join(parts)).digest()
        content = asyncio.run(pdf_signer(self.ane).async_sign(digest, "sha256", use_pades=True))
        return _with_contents(signed, content.dump())

    def sign_again(self, signed: bytes) -> bytes:
        """Let another citizen sign a signed PDF as well."""
        bo = self.person(uuid="0b8e7f36-93a5-4d0e-8a41-7c6d5e4f3a2b")
        return sign_pdf(signed, bo, field_name="En anden")

    def signed_with(self, change: Callable[[IncrementalPdfFileWriter], object]) -> bytes:
        """Sign the PDF, and do something to it in the very revision that signs."""
        writer = IncrementalPdfFileWriter(BytesIO(write_pdf(self.document)))
        append_signature_field(writer, SigFieldSpec("Underskrift"))
        change(writer)
        return _sign(writer, self.ane, None, {})

    @staticmethod
    def revised(pages: bytes, change: Callable[[IncrementalPdfFileWriter], object]) -> bytes:
        """Return a PDF with a later revision, in which something is done to it."""
        writer = IncrementalPdfFileWriter(BytesIO(pages))
        change(writer)
        output = BytesIO()
        writer.write(output)
        return output.getvalue()

    def reason(self, signed: bytes, now: datetime = NOW, trust: Trust | None = None) -> Reason | None:
        """Return why a document is not verified; None where it is."""
        outcome = verify_signed(signed, trust or self.trust, now)
        return outcome.reason if isinstance(outcome, NotVerified) else None


# --- XML ------------------------------------------------------------------------------------------------------------


def unsigned_properties(root: etree._Element) -> etree._Element:
    """Return where unsigned properties of the signature go."""
    (holder,) = root.iter(f"{XADES}QualifyingProperties")
    properties = holder.find(f"{XADES}UnsignedProperties")
    if properties is None:
        properties = etree.SubElement(holder, f"{XADES}UnsignedProperties")
        etree.SubElement(properties, f"{XADES}UnsignedSignatureProperties")
    return properties[0]


def add_timestamp(signed: bytes, stamper: Stamper, method: CanonicalizationMethod | None = None) -> bytes:
    """Add a timestamp over the canonical SignatureValue."""
    root = parse_xml(signed)
    exclusive = method is CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
    (value,) = root.iter(f"{DS}SignatureValue")
    token = stamper.token(etree.tostring(value, method="c14n", exclusive=exclusive))
    stamp = etree.SubElement(unsigned_properties(root), f"{XADES}SignatureTimeStamp")
    if method is not None:
        etree.SubElement(stamp, f"{DS}CanonicalizationMethod").set("Algorithm", method.value)
    etree.SubElement(stamp, f"{XADES}EncapsulatedTimeStamp").text = b64encode(token).decode()
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def add_answers(signed: bytes, answers: Sequence[bytes]) -> bytes:
    """Add OCSP answers as RevocationValues."""
    root = parse_xml(signed)
    holder = etree.SubElement(unsigned_properties(root), f"{XADES}RevocationValues")
    values = etree.SubElement(holder, f"{XADES}OCSPValues")
    for answer in answers:
        etree.SubElement(values, f"{XADES}EncapsulatedOCSPValue").text = b64encode(answer).decode()
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


# --- PDF ------------------------------------------------------------------------------------------------------------


def pdf_signer(credential: Credential) -> signers.SimpleSigner:
    """Return a signer as pyhanko has them."""
    key = credential.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return signers.SimpleSigner(
        signing_cert=to_asn1(credential.certificate),
        signing_key=asn1_keys.PrivateKeyInfo.load(key),
        cert_registry=SimpleCertificateStore(),
    )


def sign_pdf(
    pages: bytes, credential: Credential, stamper: Stamper | None = None, *, box: Any = None, **metadata: Any
) -> bytes:
    """Sign a PDF as PAdES; `box` is where the signature is drawn, if it is."""
    writer = IncrementalPdfFileWriter(BytesIO(pages))
    append_signature_field(writer, SigFieldSpec(metadata.get("field_name", "Underskrift"), box=box))
    return _sign(writer, credential, stamper, metadata)


def _sign(
    writer: IncrementalPdfFileWriter, credential: Credential, stamper: Stamper | None, metadata: dict[str, Any]
) -> bytes:
    chosen = {"field_name": "Underskrift", "subfilter": SigSeedSubFilter.PADES, "md_algorithm": "sha256", **metadata}
    signer = signers.PdfSigner(
        signers.PdfSignatureMetadata(**chosen), signer=pdf_signer(credential), timestamper=stamper
    )
    return bytes(signer.sign_pdf(writer).getvalue())


def add_store(signed: bytes, answers: Sequence[bytes]) -> bytes:
    """Add OCSP answers in a document security store, as a later revision."""
    output = BytesIO(signed)
    DocumentSecurityStore.add_dss(
        output, sig_contents=None, ocsps=[asn1_ocsp.OCSPResponse.load(answer) for answer in answers]
    )
    return output.getvalue()


_CONTENTS = re.compile(rb"/Contents ?<([0-9A-Fa-f]{1000,})>")
_BYTE_RANGE = re.compile(rb"/ByteRange \[([0-9 ]+)\]")


def _with_contents(signed: bytes, content: bytes) -> bytes:
    found = _CONTENTS.search(signed)
    assert found
    assert len(content) * 2 <= len(found[1])
    return signed[: found.start(1)] + content.hex().encode().ljust(len(found[1]), b"0") + signed[found.end(1) :]


@pytest.fixture(scope="session")
def lab() -> Lab:
    """Return one infrastructure for all tests."""
    return Lab()
