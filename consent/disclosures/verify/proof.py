"""What follows from the signed checkpoints of a log, and from its leaves, wherever these were read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from consent.disclosures.merkle import CompactRange, VerificationError
from consent.disclosures.verify.notes import Checkpoint


@dataclass(frozen=True, slots=True)
class Verified:
    """What was proven: the number of entries, the root over them, and how many checkpoints agree with it.

    `witnessed` is the size up to which all the witnesses asked for have cosigned; None where none was asked for.
    """

    size: int
    root: bytes
    checkpoints: int
    witnessed: int | None = None


def refuse_two_histories(notes: Sequence[Checkpoint]) -> None:
    """Compare checkpoints of one size.

    Raises:
        VerificationError: two have different roots.
    """
    by_size: dict[int, Checkpoint] = {}
    for note in notes:
        other = by_size.setdefault(note.size, note)
        if other.root != note.root:
            raise VerificationError(
                f"{other.where} and {note.where} are both signed for size {note.size} and have different roots: "
                "the log has been shown in two histories"
            )


def refuse_cut_tail(latest: Checkpoint, notes: Sequence[Checkpoint]) -> None:
    """Compare the newest checkpoint with the others.

    Raises:
        VerificationError: one of them is of a larger log.
    """
    largest = max(notes, key=lambda note: note.size)
    if largest.size > latest.size:
        missing = entries(latest.size, largest.size)
        raise VerificationError(f"{missing} missing: {largest.where} covers {largest.size}, the log has {latest.size}")


def replay(leaf_hashes: Iterator[bytes], notes: Sequence[Checkpoint]) -> CompactRange:
    """Build the tree leaf by leaf, stop at every checkpoint on the way, and return the tree of the largest.

    Raises:
        VerificationError: the leaves do not give the root that a checkpoint was signed over, or are too few.
    """
    tree, proven = CompactRange(), 0
    for note in sorted(notes, key=lambda one: one.size):
        while tree.size < note.size:
            leaf = next(leaf_hashes, None)
            if leaf is None:
                raise VerificationError(f"{entries(tree.size, note.size)} missing")
            tree.append(leaf)
        if tree.root() != note.root:
            changed = entries(proven, note.size) if note.size else "the empty tree"
            raise VerificationError(f"{changed} not what {note.where} (size {note.size}) was signed over")
        proven = note.size
    return tree


def entries(start: int, stop: int) -> str:
    """Name a range of entries, as the subject of a sentence."""
    return f"entry {start} is" if stop == start + 1 else f"entries {start} to {stop - 1} are"
