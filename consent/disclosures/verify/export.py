"""Proving a directory that `tvaers log export` wrote."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from consent.disclosures.merkle import VerificationError, leaf_hash
from consent.disclosures.verify.files import lines, listing, read_text
from consent.disclosures.verify.notes import Checkpoint
from consent.disclosures.verify.proof import Verified, entries, refuse_cut_tail, refuse_two_histories, replay
from consent.disclosures.verify.trust import Trust, trusting, witnessed


def verify_export(directory: Path, vkey: str, known: Sequence[str] = (), witnesses: Sequence[str] = ()) -> Verified:
    """Prove the export in `directory` as the package's docstring lists it.

    Args:
        directory: what `export_log` wrote.
        vkey: the log's public key as text, `name+hash+base64`; several keys of one log stand on a line each.
        known: texts of checkpoints of this log that were kept outside its owner's reach.
        witnesses: public keys of those who must have cosigned.

    Raises:
        VerificationError: something is not so; the message names the entry, by its index from 0, or the file.
    """
    changes = read_text(directory / "keys", "keys") if (directory / "keys").exists() else ""
    trust = trusting(vkey, changes, witnesses)
    latest, notes = _exported_notes(directory, trust)  # (1)
    notes += [trust.older(text, f"known checkpoint {number}") for number, text in enumerate(known, 1)]
    refuse_two_histories(notes)  # (2)
    refuse_cut_tail(latest, notes)  # (3)
    cosigned = witnessed(trust, notes)  # (4)
    leaf_hashes = _leaf_hashes(directory, latest.size)
    tree = replay(leaf_hashes, notes)  # (5) and (6)
    next(leaf_hashes, None)  # nothing comes, or it finds that more was written than was signed
    return Verified(tree.size, tree.root(), len({note.size for note in notes}), cosigned)


def _exported_notes(directory: Path, trust: Trust) -> tuple[Checkpoint, list[Checkpoint]]:
    text = read_text(directory / "checkpoint", "checkpoint")
    latest = trust.newest(text, "checkpoint")
    notes = []
    for path in listing(directory / "checkpoints"):
        where = f"checkpoints/{path.name}"
        note = trust.older(read_text(path, where), where)
        if path.name != f"{note.size:020}.note":
            raise VerificationError(f"{where}: is a checkpoint of size {note.size}, its name says otherwise")
        notes.append(note)
    twin = f"{latest.size:020}.note"
    if text != read_text(directory / "checkpoints" / twin, f"checkpoints/{twin}"):
        raise VerificationError(f"checkpoint: differs from checkpoints/{twin}")
    return latest, [*notes, latest]


def _leaf_hashes(directory: Path, size: int) -> Iterator[bytes]:
    """Yield the hash of every entry, compared with its line of `leaves.txt`, and expect as many as were signed."""
    written, leaves = lines(directory, "entries.jsonl"), lines(directory, "leaves.txt")
    for index in range(size):
        yield _checked_leaf(index, size, next(written, None), next(leaves, None))
    for name, rest in (("entries.jsonl", written), ("leaves.txt", leaves)):
        if next(rest, None) is not None:
            raise VerificationError(f"entry {size}: is in {name}, but no checkpoint covers it")


def _checked_leaf(index: int, size: int, entry: bytes | None, leaf: bytes | None) -> bytes:
    if entry is None or leaf is None:
        name = "leaves.txt" if leaf is None else "entries.jsonl"
        raise VerificationError(f"{entries(index, size)} missing from {name}")
    if not entry:
        raise VerificationError(f"entry {index}: is a blank line")
    hashed = leaf_hash(entry)
    if hashed.hex().encode() != leaf:
        raise VerificationError(f"entry {index}: its line in entries.jsonl does not hash to its line in leaves.txt")
    return hashed
