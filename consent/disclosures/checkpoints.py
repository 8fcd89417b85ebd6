"""Signing the tree: checkpoints as C2SP signed notes (c2sp.org/signed-note, c2sp.org/tlog-checkpoint), Ed25519.

A key file holds a line per key, `PRIVATE+KEY+name+hash+base64(type || seed)`, the form other note tools read and write.
The name is the log's origin: one log, its keys, so that no other log's checkpoint can be shown for this one's.

Keys are rotated in two steps, with `rotate` and `retire`. In between the file holds the new key and, below it, the old
one; both sign every checkpoint, so that an outsider who knows either can verify, and a note signed by both says that
the one follows the other (`key_changes`).
"""

import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consent.disclosures.errors import SignerError
from consent.private_files import sync_folder, write_once

ED25519 = b"\x01"
"""The signature type byte of a log's Ed25519 key in signed notes."""

COSIGNATURE = b"\x04"
"""The signature type byte of a witness's key (c2sp.org/tlog-cosignature)."""

CHANGE = "tvaers/noegleskift/v1"
"""The first line of a note that says which key follows which."""

_PREFIX = "PRIVATE+KEY+"


@dataclass(frozen=True, slots=True)
class Signer:
    """A signing key, its name and its type; `older` are keys that still sign beside it, the newest first."""

    name: str
    key: Ed25519PrivateKey = field(repr=False)
    kind: bytes = ED25519
    older: tuple["Signer", ...] = ()

    @property
    def key_id(self) -> bytes:
        """The first 4 bytes of SHA-256(name || newline || type || public key)."""
        return sha256(self.name.encode() + b"\n" + self._public).digest()[:4]

    @property
    def vkey(self) -> str:
        """The public key as text for outsiders: `name+hash+base64(type || public key)`."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(self._public).decode()}"

    @property
    def all(self) -> tuple["Signer", ...]:
        """Every key that signs, the newest first."""
        return (self, *self.older)

    @property
    def _public(self) -> bytes:
        return self.kind + self.key.public_key().public_bytes_raw()


def generate(path: Path, name: str, kind: bytes = ED25519) -> Signer:
    """Make a new key, write it to a new file that the owner alone may read, and return it.

    Raises:
        SignerError: the name cannot be a key's, the file exists, or it cannot be written.
    """
    if not name or "+" in name or any(character.isspace() or not character.isprintable() for character in name):
        raise SignerError("a key's name is not empty and has neither spaces nor plus signs")
    signer = Signer(name, Ed25519PrivateKey.generate(), kind)
    if path.exists():
        raise SignerError("the signing key exists already")
    try:
        write_once(path, _written(signer))
    except OSError as error:
        raise SignerError(f"the signing key cannot be written ({error.strerror})") from error
    return signer


def load(path: Path, kind: bytes = ED25519) -> Signer:
    """Read the keys that `generate` and `rotate` wrote.

    Raises:
        SignerError: the file is missing, readable by other users, or does not hold keys of this type.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise SignerError("other users may read the signing key; its mode must be 0600")
        text = path.read_text(encoding="utf-8")
        newest, *older = (_parse(line, kind) for line in text.removesuffix("\n").split("\n"))
    except OSError as error:
        raise SignerError(f"the signing key cannot be read ({error.strerror})") from error
    except ValueError:
        raise SignerError("the file does not hold an Ed25519 note signing key") from None
    if {one.name for one in older} - {newest.name}:
        raise SignerError("the file holds keys of different logs")
    return replace(newest, older=tuple(older))


def rotate(path: Path) -> Signer:
    """Put a new key of the log in front of the one in the file; return it. It signs from the next start on.

    Raises:
        SignerError: as `load`; or an earlier rotation is not finished; or the file cannot be written.
    """
    old = load(path)
    if old.older:
        raise SignerError("the last rotation is not finished; retire the old key first")
    new = Signer(old.name, Ed25519PrivateKey.generate(), older=(old,))
    _replace(path, new)
    return new


def retire(path: Path) -> Signer:
    """Take the old key out of the file; return the new one, which signs alone from the next start on.

    The caller MUST know that the change of keys is on record (`store.key_changes`): it cannot be signed afterwards.

    Raises:
        SignerError: as `load`; or there is no old key; or the file cannot be written.
    """
    signer = load(path)
    if not signer.older:
        raise SignerError("there is no old key to retire; rotate first")
    alone = replace(signer, older=())
    _replace(path, alone)
    return alone


def sign_checkpoint(origin: str, size: int, root: bytes, key: Signer) -> str:
    """Return the checkpoint of a tree as a signed note, with a line for every key that signs.

    Raises:
        SignerError: the key belongs to another log than `origin`.
    """
    if origin != key.name:
        raise SignerError(f"the signing key is named {key.name!r}; the log is {origin!r}")
    return _signed(f"{origin}\n{size}\n{b64encode(root).decode()}\n", key.all)


def key_changes(signer: Signer) -> list[tuple[str, str]]:
    """Return (new public key, note) of each change that this signer can still say: oldest first, signed by both."""
    pairs = zip(signer.all[1:], signer.all, strict=False)
    said = [(new, old, f"{CHANGE}\nold {old.vkey}\nnew {new.vkey}\n") for old, new in pairs]
    return [(new.vkey, _signed(text, (old, new))) for new, old, text in reversed(said)]


def is_signed_by(note: str, signer: Signer) -> bool:
    """Whether one of our own notes carries a line of this key, by its name and id."""
    lines = note.rpartition("\n\n")[2].splitlines()
    ours = [line for line in lines if line.startswith(f"\N{EM DASH} {signer.name} ")]
    return any(b64decode(line.rpartition(" ")[2])[:4] == signer.key_id for line in ours)


def _signed(text: str, keys: Sequence[Signer]) -> str:
    lines = (signature_line(one, one.key.sign(text.encode())) for one in keys)
    return f"{text}\n{''.join(lines)}"


def signature_line(signer: Signer, signature: bytes) -> str:
    """Write a line of a signed note: dash, name, key id and signature."""
    return f"\N{EM DASH} {signer.name} {b64encode(signer.key_id + signature).decode()}\n"


def _written(signer: Signer) -> bytes:
    lines = (
        f"{_PREFIX}{one.name}+{one.key_id.hex()}+{b64encode(one.kind + one.key.private_bytes_raw()).decode()}\n"
        for one in signer.all
    )
    return "".join(lines).encode()


def _replace(path: Path, signer: Signer) -> None:
    """Write the file anew, whole and durably."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        write_once(draft, _written(signer))
        draft.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise SignerError(f"the signing key cannot be written ({error.strerror})") from error


def _parse(line: str, kind: bytes) -> Signer:
    name, hashed, encoded = line.removeprefix(_PREFIX).split("+", 2)
    secret = b64decode(encoded, validate=True)
    signer = Signer(name, Ed25519PrivateKey.from_private_bytes(secret.removeprefix(kind)), kind)
    if not line.startswith(_PREFIX) or secret[:1] != kind or signer.key_id.hex() != hashed:
        raise ValueError("prefix, type or hash is wrong")
    return signer
