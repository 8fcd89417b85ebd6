"""Which keys are the log's: those you were given, and those that its changes of keys lead to from them.

A change is a signed note that both keys have signed:

    tvaers/noegleskift/v1
    old <public key>
    new <public key>

Whoever trusts the old key is led to the new one. Whoever trusts the new one learns which keys were the log's before;
an earlier key proves earlier checkpoints, never the newest: it may have been given up because it was stolen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from consent.disclosures.merkle import VerificationError
from consent.disclosures.verify.notes import (
    COSIGNATURE,
    Checkpoint,
    Key,
    cosigned_at,
    parse_key,
    prove,
    read_checkpoint,
    read_note,
)

CHANGE = "tvaers/noegleskift/v1"
"""The first line of a change of keys; no checkpoint begins so."""

_PARTS = 3


@dataclass(frozen=True, slots=True)
class Trust:
    """The keys that may sign the newest checkpoint, the earlier ones, and the witnesses who must have cosigned."""

    name: str
    keys: tuple[Key, ...]
    earlier: tuple[Key, ...]
    witnesses: tuple[Key, ...]

    def newest(self, text: str, where: str, *, extensions: bool = False) -> Checkpoint:
        """Read and prove the newest checkpoint.

        Raises:
            VerificationError: it is not a checkpoint that the log's key has signed.
        """
        return self._checkpoint(text, where, self.keys, extensions=extensions)

    def older(self, text: str, where: str, *, extensions: bool = False) -> Checkpoint:
        """Read and prove any other checkpoint; an earlier key is enough.

        Raises:
            VerificationError: it is not a checkpoint that a key of the log has signed.
        """
        return self._checkpoint(text, where, self.keys + self.earlier, extensions=extensions)

    def _checkpoint(self, text: str, where: str, keys: Sequence[Key], *, extensions: bool) -> Checkpoint:
        note = read_note(text, where)
        prove(note, keys)
        found = read_checkpoint(note, extensions=extensions)
        if found.origin != self.name:
            raise VerificationError(f"{where}: is not a checkpoint of {self.name!r}")
        return found


def trusting(vkey: str, changes: str = "", witnesses: Sequence[str] = ()) -> Trust:
    """Return whom to believe.

    Args:
        vkey: the log's public key, or several of one log, one per line.
        changes: the log's changes of keys, oldest first, one note after the other.
        witnesses: public keys of witnesses.

    Raises:
        VerificationError: a key or a change is not in its form, or a change does not concern any of these keys.
    """
    given = [parse_key(line) for line in vkey.removesuffix("\n").split("\n")]
    if len({key.name for key in given}) > 1:
        raise VerificationError("the key: keys of different logs were given")
    found = [_change(text, number) for number, text in enumerate(_split(changes), 1)]
    keys = {key.key_id: key for key in given}
    for old, new in found:
        if _among(keys, old):
            keys[new.key_id] = new
    known = dict(keys)
    for old, new in reversed(found):
        if _among(known, new):
            known.setdefault(old.key_id, old)
    for number, change in enumerate(found, 1):
        if not all(_among(known, key) for key in change):
            raise VerificationError(f"keys: change {number} does not lead to or from a key that you gave")
    earlier = tuple(key for key_id, key in known.items() if key_id not in keys)
    return Trust(given[0].name, tuple(keys.values()), earlier, tuple(parse_key(one, COSIGNATURE) for one in witnesses))


def witnessed(trust: Trust, notes: Sequence[Checkpoint]) -> int | None:
    """Return the size up to which every witness of `trust` has cosigned; None where none is asked for.

    Raises:
        VerificationError: a witness has cosigned none of the checkpoints, or its cosignature is wrong.
    """
    sizes = []
    for witness in trust.witnesses:
        cosigned = [note.size for note in notes if cosigned_at(note.note, witness) is not None]
        if not cosigned:
            raise VerificationError(f"no checkpoint here is cosigned by {witness.name}")
        sizes.append(max(cosigned))
    return min(sizes, default=None)


def _among(keys: dict[bytes, Key], key: Key) -> bool:
    known = keys.get(key.key_id)
    return known is not None and known.public == key.public and known.name == key.name


def _split(changes: str) -> list[str]:
    head, *rest = changes.split(f"{CHANGE}\n")
    if head:
        raise VerificationError("keys: does not begin with a change of keys")
    return [f"{CHANGE}\n{one}" for one in rest]


def _change(text: str, number: int) -> tuple[Key, Key]:
    where = f"keys: change {number}"
    note = read_note(text, where)
    lines = note.body.removesuffix("\n").split("\n")
    if len(lines) != _PARTS or not lines[1].startswith("old ") or not lines[2].startswith("new "):
        raise VerificationError(f"{where}: is not in three lines: what it is, the old key, the new key")
    old, new = parse_key(lines[1].removeprefix("old ")), parse_key(lines[2].removeprefix("new "))
    if old.name != new.name:
        raise VerificationError(f"{where}: is from one log's key to another log's")
    for key in (old, new):
        prove(note, [key])
    return old, new
