"""What witnesses sign, and reading it: cosignatures of checkpoints (c2sp.org/tlog-cosignature)."""

from base64 import b64decode
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from consent.disclosures.checkpoints import COSIGNATURE, Signer, signature_line
from consent.disclosures.errors import SignerError

_KEY_ID_BYTES = 4
_TIME_BYTES = 8
_DASH = "\N{EM DASH} "


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """A witness's public key: its name and the 4 bytes by which a signature names it."""

    name: str
    key_id: bytes
    public: Ed25519PublicKey

    @classmethod
    def parse(cls, vkey: str) -> "WitnessKey":
        """Read `name+hash+base64(0x04 || public key)`.

        Raises:
            SignerError: it is not a witness's key in that form.
        """
        try:
            name, hashed, encoded = vkey.strip().split("+", 2)
            key = b64decode(encoded, validate=True)
            public = Ed25519PublicKey.from_public_bytes(key.removeprefix(COSIGNATURE))
        except ValueError:
            raise SignerError("a witness's key is not in the form name+hash+base64") from None
        key_id = sha256(name.encode() + b"\n" + key).digest()[:_KEY_ID_BYTES]
        if key[:1] != COSIGNATURE or not name or key_id.hex() != hashed:
            raise SignerError("a witness's key is not of type 4, or its hash is not its own")
        return cls(name, key_id, public)


def body_of(note: str) -> str:
    """Return the text of a signed note that is signed, with its last newline."""
    return note.rpartition("\n\n")[0] + "\n"


def cosign(body: str, seconds: int, signer: Signer) -> str:
    """Return a witness's signature line over a checkpoint's text, at `seconds` since 1970."""
    moment = seconds.to_bytes(_TIME_BYTES)
    return signature_line(signer, moment + signer.key.sign(_message(body, seconds)))


def cosignature_in(answer: str, body: str, key: WitnessKey) -> str | None:
    """Return the line of a witness's answer that is its cosignature of this text; lines of other keys are ignored."""
    return next((line + "\n" for line in answer.split("\n") if _is_cosignature(line, body, key)), None)


def _is_cosignature(line: str, body: str, key: WitnessKey) -> bool:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or name != key.name:
        return False
    try:
        signature = b64decode(encoded, validate=True)
        seconds = int.from_bytes(signature[_KEY_ID_BYTES : _KEY_ID_BYTES + _TIME_BYTES])
        key.public.verify(signature[_KEY_ID_BYTES + _TIME_BYTES :], _message(body, seconds))
    except (ValueError, InvalidSignature):
        return False
    return signature[:_KEY_ID_BYTES] == key.key_id


def _message(body: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{body}".encode()
