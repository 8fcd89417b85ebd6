"""The independent verifier: proves an exported disclosure log against a public key and checkpoints kept outside.

Runs from the export alone, without a network. It shares with the writing side the hash functions of `merkle` and
nothing else; its parsers are its own, written from c2sp.org/signed-note, c2sp.org/tlog-checkpoint and RFC 6962.

What is proven, in this order:

1. `checkpoint` and every file of `checkpoints/` is a note that the key has signed, of one log, and each file is named
   after its size. So is every checkpoint in `known`.
2. No two of them give different roots for one size.
3. None is of a larger log than `checkpoint`: nothing was cut off.
4. Every line of `entries.jsonl` hashes to its line of `leaves.txt`, and there are exactly as many as were signed.
5. The tree over the first n of them has the root that each checkpoint of size n was signed over.

Without a known checkpoint this shows that the export is whole and is what the key's owner signs today. That the past
was not rewritten is proven from the first checkpoint that an outsider has kept. Older checkpoints missing from
`checkpoints/` are not missed.
"""

import argparse
import re
import sys
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from consent.disclosures.merkle import HASH_BYTES, CompactRange, VerificationError, leaf_hash

ED25519 = 1
"""The type byte of Ed25519 in signed notes."""

MAX_NOTE_BYTES = 1_000_000
"""Room for the log's signature and any number of witnesses' (C2SP asks for 16, of up to 5 kB each)."""

MAX_LINE_BYTES = 1_000_000
"""Far above any honest entry; a file without line ends is refused before it fills the memory."""

_SIZE = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_KEY_ID_BYTES = 4


@dataclass(frozen=True, slots=True)
class Verified:
    """What was proven: the number of entries, the root over them, and how many checkpoints agree with it."""

    size: int
    root: bytes
    checkpoints: int


@dataclass(frozen=True, slots=True)
class _Key:
    name: str
    key_id: bytes
    public: Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class _Note:
    where: str
    size: int
    root: bytes


def verify_export(directory: Path, vkey: str, known: Sequence[str] = ()) -> Verified:
    """Prove the export in `directory` as the module's docstring lists it.

    Args:
        directory: what `export_log` wrote.
        vkey: the log's public key as text, `name+hash+base64`.
        known: texts of checkpoints of this log that were kept outside its owner's reach.

    Raises:
        VerificationError: something is not so; the message names the entry, by its index from 0, or the file.
    """
    key = _parse_key(vkey)
    latest, notes = _exported_notes(directory, key)  # (1)
    notes += [_parse_note(text, key, f"known checkpoint {number}") for number, text in enumerate(known, 1)]
    _refuse_two_histories(notes)  # (2)
    _refuse_cut_tail(latest, notes)  # (3)
    tree = _replay(directory, sorted(notes, key=lambda note: note.size))  # (4) and (5)
    return Verified(tree.size, tree.root(), len({note.size for note in notes}))


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify from the command line; return 0 when everything is proven and 1 when not."""
    parser = argparse.ArgumentParser(
        prog="consent.disclosures.verify", description="Verify an exported disclosure log."
    )
    parser.add_argument("directory", type=Path)
    parser.add_argument("--key", required=True, help="the log's public key, or a file that holds it")
    parser.add_argument(
        "--checkpoint", action="append", default=[], type=Path, help="a checkpoint you kept; repeatable"
    )
    chosen = parser.parse_args(arguments)
    try:
        vkey = _read_text(Path(chosen.key), chosen.key) if Path(chosen.key).is_file() else chosen.key
        known = [_read_text(path, str(path)) for path in chosen.checkpoint]
        proven = verify_export(chosen.directory, vkey, known)
    except VerificationError as error:
        sys.stderr.write(f"NOT VERIFIED: {error}\n")
        return 1
    root = b64encode(proven.root).decode()
    sys.stdout.write(f"verified: {proven.size} entries, root {root}, {proven.checkpoints} checkpoints\n")
    return 0


def _exported_notes(directory: Path, key: _Key) -> tuple[_Note, list[_Note]]:
    text = _read_text(directory / "checkpoint", "checkpoint")
    latest = _parse_note(text, key, "checkpoint")
    notes = []
    for path in _listing(directory / "checkpoints"):
        where = f"checkpoints/{path.name}"
        note = _parse_note(_read_text(path, where), key, where)
        if path.name != f"{note.size:020}.note":
            raise VerificationError(f"{where}: is a checkpoint of size {note.size}, its name says otherwise")
        notes.append(note)
    twin = f"{latest.size:020}.note"
    if text != _read_text(directory / "checkpoints" / twin, f"checkpoints/{twin}"):
        raise VerificationError(f"checkpoint: differs from checkpoints/{twin}")
    return latest, [*notes, latest]


def _refuse_two_histories(notes: Sequence[_Note]) -> None:
    by_size: dict[int, _Note] = {}
    for note in notes:
        other = by_size.setdefault(note.size, note)
        if other.root != note.root:
            raise VerificationError(
                f"{other.where} and {note.where} are both signed for size {note.size} and have different roots: "
                "the log has been shown in two histories"
            )


def _refuse_cut_tail(latest: _Note, notes: Sequence[_Note]) -> None:
    largest = max(notes, key=lambda note: note.size)
    if largest.size > latest.size:
        missing = _entries(latest.size, largest.size)
        raise VerificationError(f"{missing} missing: {largest.where} covers {largest.size}, the log has {latest.size}")


def _replay(directory: Path, notes: Sequence[_Note]) -> CompactRange:
    """Build the tree line by line and stop at every checkpoint on the way."""
    tree = CompactRange()
    entries, leaves = _lines(directory, "entries.jsonl"), _lines(directory, "leaves.txt")
    proven, size = 0, notes[-1].size
    for note in notes:
        while tree.size < note.size:
            tree.append(_checked_leaf(tree.size, size, next(entries, None), next(leaves, None)))
        if tree.root() != note.root:
            changed = _entries(proven, note.size) if note.size else "the empty tree"
            raise VerificationError(f"{changed} not what {note.where} (size {note.size}) was signed over")
        proven = note.size
    for name, rest in (("entries.jsonl", entries), ("leaves.txt", leaves)):
        if next(rest, None) is not None:
            raise VerificationError(f"entry {size}: is in {name}, but no checkpoint covers it")
    return tree


def _checked_leaf(index: int, size: int, entry: bytes | None, leaf: bytes | None) -> bytes:
    if entry is None or leaf is None:
        name = "leaves.txt" if leaf is None else "entries.jsonl"
        raise VerificationError(f"{_entries(index, size)} missing from {name}")
    if not entry:
        raise VerificationError(f"entry {index}: is a blank line")
    hashed = leaf_hash(entry)
    if hashed.hex().encode() != leaf:
        raise VerificationError(f"entry {index}: its line in entries.jsonl does not hash to its line in leaves.txt")
    return hashed


def _entries(start: int, stop: int) -> str:
    return f"entry {start} is" if stop == start + 1 else f"entries {start} to {stop - 1} are"


def _parse_key(text: str) -> _Key:
    """Read `name+hash+base64(0x01 || public key)`."""
    parts = text.removesuffix("\n").split("+", 2)  # base64 may hold a plus, the name may not
    if len(parts) != 3 or not parts[0]:  # noqa: PLR2004 - name, hash, key
        raise VerificationError("the key: is not in the form name+hash+base64")
    name, hashed, encoded = parts
    key = _base64(encoded, "the key")
    if len(key) != 1 + HASH_BYTES or key[0] != ED25519:
        raise VerificationError("the key: is not an Ed25519 public key")
    key_id = sha256(_utf8(name, "the key") + b"\n" + key).digest()[:_KEY_ID_BYTES]
    if key_id.hex() != hashed:
        raise VerificationError(f"the key: its hash should be {key_id.hex()}")
    return _Key(name, key_id, Ed25519PublicKey.from_public_bytes(key[1:]))


def _parse_note(text: str, key: _Key, where: str) -> _Note:
    """Read a checkpoint and prove its signature. Signatures of keys that we do not know are left aside (C2SP)."""
    if _CONTROL.search(text) or not text.endswith("\n"):
        raise VerificationError(f"{where}: holds control characters or ends in the middle of a line")
    body, blank, signatures = text.rpartition("\n\n")
    if not blank:
        raise VerificationError(f"{where}: has no blank line before its signatures")
    _prove_signature(_utf8(body + "\n", where), signatures.removesuffix("\n").split("\n"), key, where)
    lines = body.split("\n")
    if len(lines) != 3 or lines[0] != key.name or not _SIZE.fullmatch(lines[1]):  # noqa: PLR2004 - origin, size, root
        raise VerificationError(f"{where}: is not a checkpoint of {key.name!r} in three lines: origin, size, root")
    root = _base64(lines[2], where)
    if len(root) != HASH_BYTES:
        raise VerificationError(f"{where}: its root has {len(root)} bytes, not {HASH_BYTES}")
    return _Note(where, int(lines[1]), root)


def _prove_signature(signed: bytes, lines: Sequence[str], key: _Key, where: str) -> None:
    ours = []
    for line in lines:
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        signature = _base64(encoded, where)
        if dash != "\N{EM DASH}" or not name or len(signature) <= _KEY_ID_BYTES:
            raise VerificationError(f"{where}: a signature line is not in the form of a signed note")
        if name == key.name and signature[:_KEY_ID_BYTES] == key.key_id:
            ours.append(signature[_KEY_ID_BYTES:])
    if len(ours) != 1:
        raise VerificationError(f"{where}: has {len(ours)} signatures of the log's key, not one")
    try:
        key.public.verify(ours[0], signed)
    except InvalidSignature:
        raise VerificationError(f"{where}: the signature is not of the log's key over this text") from None


def _base64(text: str, where: str) -> bytes:
    """Decode standard base64 in its one canonical spelling."""
    try:
        decoded = b64decode(text, validate=True)
    except (Base64Error, ValueError):
        raise VerificationError(f"{where}: is not valid base64") from None
    if b64encode(decoded).decode() != text:
        raise VerificationError(f"{where}: is not canonical base64")
    return decoded


def _utf8(text: str, where: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise VerificationError(f"{where}: is not Unicode text") from None


def _listing(directory: Path) -> list[Path]:
    try:
        return sorted(directory.iterdir())
    except OSError as error:
        raise VerificationError(f"{directory.name}: cannot be listed ({error.strerror})") from None


def _read_text(path: Path, where: str) -> str:
    """Read a small file whose line ends and bytes all count."""
    try:
        if not path.is_file():
            raise VerificationError(f"{where}: is missing or not a plain file")
        with path.open("rb") as file:
            content = file.read(MAX_NOTE_BYTES + 1)
        if len(content) > MAX_NOTE_BYTES:
            raise VerificationError(f"{where}: is larger than {MAX_NOTE_BYTES} bytes")
        return content.decode()
    except UnicodeDecodeError:
        raise VerificationError(f"{where}: is not UTF-8") from None
    except OSError as error:
        raise VerificationError(f"{where}: cannot be read ({error.strerror})") from None


def _lines(directory: Path, name: str) -> Iterator[bytes]:
    """Yield the lines of a file without their newline, which every one must have."""
    path, index = directory / name, 0
    try:
        if not path.is_file():
            raise VerificationError(f"{name}: is missing or not a plain file")
        with path.open("rb") as file:
            while line := file.readline(MAX_LINE_BYTES):
                if not line.endswith(b"\n"):
                    raise VerificationError(f"entry {index}: its line in {name} is cut off or far too long")
                yield line[:-1]
                index += 1
    except OSError as error:
        raise VerificationError(f"{name}: cannot be read ({error.strerror})") from None


if __name__ == "__main__":
    sys.exit(main())
