"""The algorithms that may stand in a signature, a certificate, a timestamp or a revocation answer: SHA-2, no weak key.

ETSI TS 119 312. Everything else is refused by name, SHA-1 with it.
"""

from asn1crypto.algos import SignedDigestAlgorithm
from asn1crypto.keys import PublicKeyInfo
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pyhanko_certvalidator.errors import AlgorithmNotSupported
from pyhanko_certvalidator.sig_validate import (
    DEFAULT_VALIDATION_CONTEXT,
    DefaultSignatureValidator,
    SignatureValidationContext,
)
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod

SIGNATURE_METHODS = frozenset(
    {
        SignatureMethod.RSA_SHA256,
        SignatureMethod.RSA_SHA384,
        SignatureMethod.RSA_SHA512,
        SignatureMethod.SHA256_RSA_MGF1,
        SignatureMethod.SHA384_RSA_MGF1,
        SignatureMethod.SHA512_RSA_MGF1,
        SignatureMethod.ECDSA_SHA256,
        SignatureMethod.ECDSA_SHA384,
        SignatureMethod.ECDSA_SHA512,
    }
)
"""RSA, RSA-PSS and ECDSA with SHA-2 from 256 bits, as XML names them."""

DIGESTS = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})

CANONICALIZATIONS = frozenset(
    {
        CanonicalizationMethod.CANONICAL_XML_1_0.value,
        CanonicalizationMethod.CANONICAL_XML_1_1.value,
        CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0.value,
    }
)
"""None of those that keep comments: a comment is content that nobody reads."""

HASHES = frozenset({"sha256", "sha384", "sha512"})
"""The same digests, as ASN.1 structures name them."""

_NAMES = {"ecdsa": "ECDSA_{}", "rsassa_pkcs1v15": "RSA_{}", "rsassa_pss": "{}_RSA_MGF1"}

MIN_RSA_BITS = 2048
CURVES = ("secp256r1", "secp384r1", "secp521r1")


def is_strong(key: PublicKeyTypes) -> bool:
    """Whether a key is of a kind and size that we rely on."""
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= MIN_RSA_BITS
    return isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in CURVES


def cms_algorithm(signature: SignedDigestAlgorithm, digest: str) -> str | None:
    """Return the name of a CMS signature's algorithm, in XML's manner, or None where it is not one of ours.

    `digest` is the digest that the signer states beside it: many a signature algorithm leaves it out.
    """
    try:
        kind, hashed = signature.signature_algo, signature.hash_algo
    except ValueError:
        kind, hashed = signature["algorithm"].native, digest
    name = _NAMES.get(kind)
    return name.format(hashed.upper()) if name and {hashed, digest} <= HASHES else None


class PinnedAlgorithms(DefaultSignatureValidator):
    """Checks signatures of certificates, revocation answers and CMS under our algorithms and keys alone."""

    def validate_signature(
        self,
        signature: bytes,
        signed_data: bytes,
        public_key_info: PublicKeyInfo,
        signature_algorithm: SignedDigestAlgorithm,
        context: SignatureValidationContext = DEFAULT_VALIDATION_CONTEXT,
    ) -> None:
        """Check one signature.

        Raises:
            InvalidSignature: it does not hold, or is of an algorithm or a key that is not ours.
        """
        try:
            hashed = signature_algorithm.hash_algo
        except ValueError:
            hashed = context.contextual_md_algorithm
        key = load_der_public_key(public_key_info.dump())
        if cms_algorithm(signature_algorithm, hashed or "") is None or not is_strong(key):
            raise AlgorithmNotSupported("an algorithm or a key that is not relied on")
        super().validate_signature(signature, signed_data, public_key_info, signature_algorithm, context)
