"""What a witness does with a checkpoint that it is sent (c2sp.org/tlog-witness), without clock, file or network.

A witness remembers, for every log that it watches, the largest tree that it has cosigned, and cosigns another only if
that is proven to begin with it. Two histories of a log can then not both carry its cosignature.
"""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from consent.disclosures.merkle import EMPTY_ROOT, HASH_BYTES, VerificationError, verify_consistency
from consent.disclosures.verify.notes import Checkpoint, Key, Note, decode_base64, prove, read_checkpoint, read_note

MAX_PROOF_LINES = 63
MAX_REQUEST_BYTES = 128 * 1024
"""A proof, and a note with more than the 16 signatures of up to 5 kB that signed-note asks for."""

_OLD = re.compile(r"old (0|[1-9][0-9]{0,17})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Seen:
    """The largest tree of a log that the witness has cosigned; `note` is the log's, with the witness's line below."""

    size: int
    root: bytes
    note: str


NOTHING = Seen(0, EMPTY_ROOT, "")
"""What is known of a log of which nothing was seen."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The checkpoint goes on from what was seen: cosign `body`, remember both durably, and only then answer.

    `note` is the checkpoint with the signatures that were proven, and no others.
    """

    origin: str
    size: int
    root: bytes
    body: str
    note: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The HTTP status and reason of a refusal; `size` is given with 409: what the witness has cosigned.

    `signed` says that the log's key did sign what was refused: it may prove that the log misbehaves.
    """

    status: int
    reason: str
    size: int | None = None
    signed: bool = False


@dataclass(frozen=True, slots=True)
class _Request:
    old_size: int
    proof: tuple[bytes, ...]
    note: str


def judge(request: bytes, logs: Mapping[str, Sequence[Key]], seen: Mapping[str, Seen]) -> Accepted | Refused:
    """Decide about the body of an `add-checkpoint` request.

    Args:
        request: the body, at most MAX_REQUEST_BYTES.
        logs: the keys of each log that is watched, by its origin.
        seen: what was cosigned of each, by its origin.
    """
    try:
        asked = _read(request)
        note = read_note(asked.note, "the checkpoint")
        checkpoint = read_checkpoint(note, extensions=True)
    except VerificationError as error:
        return Refused(400, str(error))
    if checkpoint.origin not in logs:
        return Refused(404, "this witness does not watch a log of this origin")
    keys = logs[checkpoint.origin]
    try:
        prove(note, keys)
    except VerificationError as error:
        return Refused(403, str(error))
    return _compared(asked, checkpoint, seen.get(checkpoint.origin, NOTHING)) or Accepted(
        checkpoint.origin, checkpoint.size, checkpoint.root, note.body, _only_of(note, keys)
    )


def _compared(asked: _Request, checkpoint: Checkpoint, seen: Seen) -> Refused | None:
    if asked.old_size > checkpoint.size:
        return Refused(400, "the old size is above the checkpoint's")
    if asked.old_size != seen.size:
        return Refused(409, "the old size is not the one last cosigned", seen.size)
    try:
        _prove_growth(asked, checkpoint, seen)
    except VerificationError as error:
        return Refused(422, str(error), signed=True)
    return None


def _prove_growth(asked: _Request, checkpoint: Checkpoint, seen: Seen) -> None:
    if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
        raise VerificationError("the empty tree has another root")
    if seen.size:
        verify_consistency(seen.size, checkpoint.size, asked.proof, seen.root, checkpoint.root)
    elif asked.proof:
        raise VerificationError("a proof from the empty tree must be empty")


def _only_of(note: Note, keys: Sequence[Key]) -> str:
    known = {(key.name, key.key_id) for key in keys}
    lines = (
        f"\N{EM DASH} {name} {b64encode(key_id + rest).decode()}\n"
        for name, key_id, rest in note.signatures
        if (name, key_id) in known
    )
    return f"{note.body}\n{''.join(lines)}"


def _read(request: bytes) -> _Request:
    """Take a request apart: the old size, the proof, a blank line, the checkpoint."""
    try:
        head, blank, note = request.decode().partition("\n\n")
        first, *proof = head.split("\n")
    except UnicodeDecodeError:
        raise VerificationError("the request is not text") from None
    hashes = tuple(decode_base64(line, "the proof") for line in proof)
    old = _OLD.fullmatch(first)
    if not blank or old is None:
        raise VerificationError("the request does not begin with the old size, or has no blank line after the proof")
    if len(hashes) > MAX_PROOF_LINES or any(len(one) != HASH_BYTES for one in hashes):
        raise VerificationError(f"the proof has more than {MAX_PROOF_LINES} lines, or one is no hash")
    return _Request(int(old[1]), hashes, note)
