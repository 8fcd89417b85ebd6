"""Reading keys, signed notes and checkpoints, and proving their signatures: the checking side's own parsers.

Written from c2sp.org/signed-note, c2sp.org/tlog-checkpoint and c2sp.org/tlog-cosignature.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from consent.disclosures.merkle import HASH_BYTES, VerificationError

ED25519 = 1
"""The type byte of a log's Ed25519 key in signed notes."""

COSIGNATURE = 4
"""The type byte of a witness's key, whose signatures carry a time (c2sp.org/tlog-cosignature)."""

_SIZE = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_KEY_ID_BYTES = 4
_TIME_BYTES = 8
_BODY_LINES = 3


@dataclass(frozen=True, slots=True)
class Key:
    """A public key: its name, the 4 bytes by which a signature names it, and what it signs (`ED25519`...)."""

    name: str
    key_id: bytes
    kind: int
    public: Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class Note:
    """A note whose form is right and whose signatures nobody has proven yet. `where` names it in messages.

    `body` ends in a newline. Each signature is (name, key id, the rest).
    """

    where: str
    body: str
    signatures: tuple[tuple[str, bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a note says of a tree: whose it is, how many leaves it has, and its root."""

    where: str
    origin: str
    size: int
    root: bytes
    note: Note


def parse_key(text: str, kind: int = ED25519) -> Key:
    """Read `name+hash+base64(type || public key)`.

    Raises:
        VerificationError: it is not a key of this kind in that form.
    """
    parts = text.removesuffix("\n").split("+", 2)  # base64 may hold a plus, the name may not
    if len(parts) != 3 or not parts[0]:  # noqa: PLR2004 - name, hash, key
        raise VerificationError("the key: is not in the form name+hash+base64")
    name, hashed, encoded = parts
    key = decode_base64(encoded, "the key")
    if len(key) != 1 + HASH_BYTES or key[0] != kind:
        what = "a witness's public key (type 4)" if kind == COSIGNATURE else "an Ed25519 public key"
        raise VerificationError(f"the key: is not {what}")
    key_id = sha256(utf8(name, "the key") + b"\n" + key).digest()[:_KEY_ID_BYTES]
    if key_id.hex() != hashed:
        raise VerificationError(f"the key: its hash should be {key_id.hex()}")
    return Key(name, key_id, kind, Ed25519PublicKey.from_public_bytes(key[1:]))


def read_note(text: str, where: str) -> Note:
    """Take a signed note apart; its signatures are not proven yet.

    Raises:
        VerificationError: it is not in the form of a signed note.
    """
    if _CONTROL.search(text) or not text.endswith("\n"):
        raise VerificationError(f"{where}: holds control characters or ends in the middle of a line")
    body, blank, signatures = text.rpartition("\n\n")
    if not blank:
        raise VerificationError(f"{where}: has no blank line before its signatures")
    lines = signatures.removesuffix("\n").split("\n")
    return Note(where, body + "\n", tuple(_signature(line, where) for line in lines))


def read_checkpoint(note: Note, *, extensions: bool = False) -> Checkpoint:
    """Read origin, size and root; `extensions` allows the further lines that other logs may write.

    Raises:
        VerificationError: the text is no checkpoint.
    """
    lines = note.body.removesuffix("\n").split("\n")
    more = lines[_BODY_LINES:]
    wrong = len(lines) < _BODY_LINES or not all(lines) or (more and not extensions)
    if wrong or not _SIZE.fullmatch(lines[1]):
        raise VerificationError(f"{note.where}: is not a checkpoint in three lines: origin, size, root")
    root = decode_base64(lines[2], note.where)
    if len(root) != HASH_BYTES:
        raise VerificationError(f"{note.where}: its root has {len(root)} bytes, not {HASH_BYTES}")
    return Checkpoint(note.where, lines[0], int(lines[1]), root, note)


def prove(note: Note, keys: Sequence[Key]) -> None:
    """Prove that at least one of `keys` signed the note, each at most once, and that no signature of theirs is wrong.

    Signatures of keys that we do not know are left aside, as signed-note demands.

    Raises:
        VerificationError: it is not so.
    """
    proven = sum(_proven(note, key) for key in keys)
    if not proven:
        raise VerificationError(f"{note.where}: has 0 signatures of the log's key, not one")


def cosigned_at(note: Note, key: Key) -> int | None:
    """Return when the witness `key` cosigned the note, in seconds since 1970, or None where it did not.

    Raises:
        VerificationError: what stands there as its cosignature is none.
    """
    found = _of(note, key)
    if not found:
        return None
    moment = int.from_bytes(found[0][:_TIME_BYTES])
    signed = f"cosignature/v1\ntime {moment}\n{note.body}"
    if len(found) > 1:
        raise VerificationError(f"{note.where}: has {len(found)} cosignatures of {key.name}, not one")
    _verify(key, found[0][_TIME_BYTES:], signed, f"{note.where}: the cosignature is not of {key.name} over this text")
    return moment


def utf8(text: str, where: str) -> bytes:
    """Return the text's bytes.

    Raises:
        VerificationError: it holds what is no character.
    """
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise VerificationError(f"{where}: is not Unicode text") from None


def decode_base64(text: str, where: str) -> bytes:
    """Decode standard base64 in its one canonical spelling.

    Raises:
        VerificationError: it is not base64, or spelled otherwise.
    """
    try:
        decoded = b64decode(text, validate=True)
    except (Base64Error, ValueError):
        raise VerificationError(f"{where}: is not valid base64") from None
    if b64encode(decoded).decode() != text:
        raise VerificationError(f"{where}: is not canonical base64")
    return decoded


def _proven(note: Note, key: Key) -> bool:
    found = _of(note, key)
    if len(found) > 1:
        raise VerificationError(f"{note.where}: has {len(found)} signatures of the log's key, not one")
    if found:
        _verify(key, found[0], note.body, f"{note.where}: the signature is not of the log's key over this text")
    return bool(found)


def _of(note: Note, key: Key) -> list[bytes]:
    return [rest for name, key_id, rest in note.signatures if (name, key_id) == (key.name, key.key_id)]


def _verify(key: Key, signature: bytes, signed: str, wrong: str) -> None:
    try:
        key.public.verify(signature, utf8(signed, "the text"))
    except InvalidSignature:
        raise VerificationError(wrong) from None


def _signature(line: str, where: str) -> tuple[str, bytes, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    signature = decode_base64(encoded, where)
    if dash != "\N{EM DASH}" or not name or len(signature) <= _KEY_ID_BYTES:
        raise VerificationError(f"{where}: a signature line is not in the form of a signed note")
    return name, signature[:_KEY_ID_BYTES], signature[_KEY_ID_BYTES:]
