"""What an installation trusts: its pinned anchors, and whether revocation must be answered for."""

from dataclasses import dataclass

from cryptography import x509


@dataclass(frozen=True, slots=True)
class Trust:
    """The pinned anchors, and how strict to be.

    `signers` are the authorities under which citizens' certificates must be, `timestampers` those of timestamping
    authorities: a certificate for the one is none for the other. With `ocsp_required`, a certificate that names where
    its revocation is answered for must come with such an answer (docs/adr/0008). With `employer`, a CVR number, the
    signer must be that organisation's employee, and else a person on their own behalf: neither may pass for the other.
    """

    signers: tuple[x509.Certificate, ...]
    timestampers: tuple[x509.Certificate, ...] = ()
    ocsp_required: bool = True
    employer: str | None = None


class AnchorsRefused(Exception):  # noqa: N818 - the family of `load_anchors`, with this one member
    """The trust anchors are not certificates of certificate authorities in PEM."""


def load_anchors(pem: bytes) -> tuple[x509.Certificate, ...]:
    """Read pinned trust anchors, once, when the process starts.

    Raises:
        AnchorsRefused: no certificate, one that cannot be read, or one that is no certificate authority's.
    """
    try:
        anchors = tuple(x509.load_pem_x509_certificates(pem))
    except ValueError:
        raise AnchorsRefused("the trust anchors hold no certificate, or one that cannot be read") from None
    if not all(is_authority(anchor) for anchor in anchors):
        raise AnchorsRefused("a trust anchor is not the certificate of a certificate authority")
    return anchors


def is_authority(certificate: x509.Certificate) -> bool:
    """Whether a certificate says of itself that it may issue others."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False
