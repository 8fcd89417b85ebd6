"""Signing the tree: checkpoints as C2SP signed notes (c2sp.org/signed-note, c2sp.org/tlog-checkpoint), Ed25519.

The key file holds one line, `PRIVATE+KEY+name+hash+base64(0x01 || seed)`, the form other note tools read and write.
The name is the log's origin: one key, one log, so that no other log's checkpoint can be shown for this one's.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consent.disclosures.errors import SignerError
from consent.private_files import write_once

ED25519 = b"\x01"
"""The signature type byte of Ed25519 in signed notes."""

_PREFIX = "PRIVATE+KEY+"


@dataclass(frozen=True, slots=True)
class Signer:
    """The log's signing key and its name."""

    name: str
    key: Ed25519PrivateKey = field(repr=False)

    @property
    def key_id(self) -> bytes:
        """The first 4 bytes of SHA-256(name || newline || type || public key)."""
        return sha256(self.name.encode() + b"\n" + self._public).digest()[:4]

    @property
    def vkey(self) -> str:
        """The public key as text for outsiders: `name+hash+base64(0x01 || public key)`."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(self._public).decode()}"

    @property
    def _public(self) -> bytes:
        return ED25519 + self.key.public_key().public_bytes_raw()


def generate(path: Path, name: str) -> Signer:
    """Make a new key, write it to a new file that the owner alone may read, and return it.

    Raises:
        SignerError: the name cannot be a key's, the file exists, or it cannot be written.
    """
    if not name or "+" in name or any(character.isspace() or not character.isprintable() for character in name):
        raise SignerError("a key's name is not empty and has neither spaces nor plus signs")
    signer = Signer(name, Ed25519PrivateKey.generate())
    secret = b64encode(ED25519 + signer.key.private_bytes_raw()).decode()
    if path.exists():
        raise SignerError("the signing key exists already")
    try:
        write_once(path, f"{_PREFIX}{name}+{signer.key_id.hex()}+{secret}\n".encode())
    except OSError as error:
        raise SignerError(f"the signing key cannot be written ({error.strerror})") from error
    return signer


def load(path: Path) -> Signer:
    """Read the key that `generate` wrote.

    Raises:
        SignerError: the file is missing, readable by other users, or not such a key.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise SignerError("other users may read the signing key; its mode must be 0600")
        return _parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SignerError(f"the signing key cannot be read ({error.strerror})") from error
    except ValueError:
        raise SignerError("the file does not hold an Ed25519 note signing key") from None


def sign_checkpoint(origin: str, size: int, root: bytes, key: Signer) -> str:
    """Return the checkpoint of a tree as a signed note.

    Raises:
        SignerError: the key belongs to another log than `origin`.
    """
    if origin != key.name:
        raise SignerError(f"the signing key is named {key.name!r}; the log is {origin!r}")
    text = f"{origin}\n{size}\n{b64encode(root).decode()}\n"
    signature = b64encode(key.key_id + key.key.sign(text.encode())).decode()
    return f"{text}\n\N{EM DASH} {key.name} {signature}\n"


def _parse(text: str) -> Signer:
    name, hashed, encoded = text.removesuffix("\n").removeprefix(_PREFIX).split("+", 2)
    secret = b64decode(encoded, validate=True)
    signer = Signer(name, Ed25519PrivateKey.from_private_bytes(secret.removeprefix(ED25519)))
    if not text.startswith(_PREFIX) or secret[:1] != ED25519 or signer.key_id.hex() != hashed:
        raise ValueError("prefix, type or hash is wrong")
    return signer
