"""A throw-away certificate authority for sample days and tests, made at run time: nothing secret is in the repository.

Its certificates look as OCES3 ones do (subject serial number `UI:DK-P:G:<uuid>`, no CPR number) and name nobody who
answers for their revocation; its signatures are XAdES or PAdES baseline B. It stands in for the national one and must
never be a trust anchor in production.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.xades.xades import XAdESDataObjectFormat, XAdESSigner

from schemas.xml import parse_xml

FROM, TO = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC)
"""The authority's own lifetime is wide, so that a sample day can be laid on any date."""

_KEY_FILE, _CERTIFICATE_FILE = "sample-ca.key.pem", "sample-ca.pem"


class PkiUnreadable(Exception):  # noqa: N818 - the state of the folder, not a fault of the caller's
    """The folder holds no sample authority that can be read."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A made-up person's certificate and its private key."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


@dataclass(frozen=True, slots=True)
class SamplePki:
    """One certificate authority (EC P-256) and what it issues."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def create(cls) -> Self:
        """Make a new authority; no two are the same."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name("Eksempel rod-CA")
        builder = _builder(subject, subject, key.public_key(), FROM, TO)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_usage(authority=True), critical=True)
        return cls(key, builder.sign(key, SHA256()))

    @property
    def anchors_pem(self) -> bytes:
        """The authority's certificate, as a trust anchor file has it."""
        return self.certificate.public_bytes(Encoding.PEM)

    def issue(
        self, uuid: str, name: str, not_before: datetime, not_after: datetime, *, employer: str = ""
    ) -> Credential:
        """Issue a certificate to a made-up person, or an employee of the CVR number `employer`.

        It is valid between two aware instants.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(name, serial_number=f"UI:DK-{'E' if employer else 'P'}:G:{uuid}", employer=employer)
        builder = _builder(subject, self.certificate.subject, key.public_key(), not_before, not_after)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(authority=False), critical=True)
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = builder.add_extension(authority, critical=False)
        return Credential(key, builder.sign(self.key, SHA256()))

    @staticmethod
    def sign(document: bytes, credential: Credential) -> bytes:
        """Sign an XML document as the citizen would: XAdES baseline B, enveloped, claimed role "borger".

        Raises:
            schemas.xml.XmlRefused: `document` is not XML that Tværs reads.
        """
        signer = XAdESSigner(
            claimed_roles=["borger"],
            data_object_format=XAdESDataObjectFormat(Description="Samtykke", MimeType="text/xml"),
            signature_algorithm=SignatureMethod.ECDSA_SHA256,
            digest_algorithm=DigestAlgorithm.SHA256,
        )
        signed = signer.sign(
            parse_xml(document), key=credential.key, cert=[credential.certificate], always_add_key_value=False
        )
        return etree.tostring(signed, xml_declaration=True, encoding="UTF-8")

    @staticmethod
    def sign_pdf(pages: bytes, credential: Credential) -> bytes:
        """Sign a PDF as the citizen would: PAdES baseline B, invisible. Not within an event loop: it starts one."""
        # Here and not above: whoever runs a command would wait for these.
        from asn1crypto.keys import PrivateKeyInfo
        from asn1crypto.x509 import Certificate
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.sign import signers
        from pyhanko.sign.fields import SigSeedSubFilter
        from pyhanko_certvalidator.registry import SimpleCertificateStore

        key = credential.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        signer = signers.SimpleSigner(
            signing_cert=Certificate.load(credential.certificate.public_bytes(Encoding.DER)),
            signing_key=PrivateKeyInfo.load(key),
            cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]  # pyhanko declares no types here
        )
        metadata = signers.PdfSignatureMetadata(field_name="Underskrift", subfilter=SigSeedSubFilter.PADES)
        return bytes(signers.sign_pdf(IncrementalPdfFileWriter(BytesIO(pages)), metadata, signer).getvalue())

    def save(self, folder: Path) -> None:
        """Write the authority's key (mode 0600) and certificate into `folder`, which is made if need be."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        pem = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        key_file = folder / _KEY_FILE
        key_file.unlink(missing_ok=True)
        with os.fdopen(os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as private:
            private.write(pem)
        (folder / _CERTIFICATE_FILE).write_bytes(self.anchors_pem)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read the authority that `save` wrote, to go on with a sample day.

        Raises:
            PkiUnreadable: there is none, or it cannot be read.
        """
        try:
            key = load_pem_private_key((folder / _KEY_FILE).read_bytes(), password=None)
            certificate = x509.load_pem_x509_certificate((folder / _CERTIFICATE_FILE).read_bytes())
        except (OSError, TypeError, ValueError) as error:
            raise PkiUnreadable(f"no sample authority can be read from the folder ({type(error).__name__})") from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
            raise PkiUnreadable("the key and the certificate in the folder do not belong together")
        return cls(key, certificate)


def _name(common_name: str, serial_number: str | None = None, employer: str = "") -> x509.Name:
    attributes = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "DK"),
        x509.NameAttribute(NameOID.COMMON_NAME, common_name),
    ]
    if serial_number is not None:
        attributes.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, serial_number))
    if employer:
        attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, f"NTRDK-{employer}"))
    return x509.Name(attributes)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, not_before: datetime, not_after: datetime
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder(issuer_name=issuer, subject_name=subject, public_key=key)
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(not_before).not_valid_after(not_after)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
