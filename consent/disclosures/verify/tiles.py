"""Proving a log that is served in tiles (c2sp.org/tlog-tiles), ours or anybody's, in memory that does not grow with it.

What is proven: `checkpoint` is a note that the log's key has signed; every entry hashes to its place in the tiles of
level 0; every hash of a higher level is the root of the full tile below it; and the tree over the first n entries has
the root that each checkpoint of size n was signed over.
"""

from collections.abc import Callable, Iterator, Sequence

from consent.disclosures.merkle import HASH_BYTES, VerificationError, leaf_hash, root
from consent.disclosures.verify.files import MAX_NOTE_BYTES, decoded
from consent.disclosures.verify.proof import Verified, entries, refuse_cut_tail, refuse_two_histories, replay
from consent.disclosures.verify.trust import trusting, witnessed

Read = Callable[[str, int], bytes | None]
"""Returns what stands at a path below the log's prefix, cut after one byte over a limit; None where nothing does."""

WIDTH = 256
"""Hashes of a full tile, and entries of a full bundle."""

MAX_BUNDLE_BYTES = WIDTH * (2 + 65_535)


def verify_tiles(
    read: Read, vkey: str, known: Sequence[str] = (), witnesses: Sequence[str] = (), *, hashes_only: bool = False
) -> Verified:
    """Prove the log that `read` reads; the module's docstring says what that means.

    Args:
        read: reads the log's resources.
        vkey: the log's public key, or several of it on a line each; the key's name is the log's origin.
        known: texts of checkpoints of this log that were kept outside its owner's reach.
        witnesses: public keys of those who must have cosigned the checkpoint.
        hashes_only: prove the tree without its entries, where these are not shown to everyone.

    Raises:
        VerificationError: something is not so; the message names the entry, by its index from 0, or the tile.
    """
    trust = trusting(vkey, decoded(read("keys", MAX_NOTE_BYTES) or b"", "keys"), witnesses)
    signed = read("checkpoint", MAX_NOTE_BYTES)
    if signed is None:
        raise VerificationError("checkpoint: is missing")
    latest = trust.newest(decoded(signed, "checkpoint"), "checkpoint", extensions=True)
    kept = [trust.older(text, f"known checkpoint {number}", extensions=True) for number, text in enumerate(known, 1)]
    notes = [*kept, latest]
    refuse_two_histories(notes)
    refuse_cut_tail(latest, notes)
    cosigned = witnessed(trust, notes)
    leaf_hashes = _leaf_hashes(read, latest.size, hashes_only=hashes_only)
    tree = replay(leaf_hashes, notes)
    next(leaf_hashes, None)  # nothing comes, but the tiles at the tree's right border are compared
    return Verified(tree.size, tree.root(), len({note.size for note in notes}), cosigned)


class _Levels:
    """The tiles above level 0 that are being filled, one per level, compared with the served ones when they are."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._filling: list[list[bytes]] = []
        self._done: list[int] = []

    def add(self, level: int, tile: Sequence[bytes]) -> None:
        """Put the root of a full tile of the level below in its place."""
        if level > len(self._filling):
            self._filling.append([])
            self._done.append(0)
        filling = self._filling[level - 1]
        filling.append(root(tile))
        if len(filling) == WIDTH:
            self._compare(level)
            self._done[level - 1] += 1
            self.add(level + 1, filling)
            filling.clear()

    def finish(self) -> None:
        """Compare the tiles that the tree leaves partly filled."""
        for level, filling in enumerate(self._filling, 1):
            if filling:
                self._compare(level)

    def _compare(self, level: int) -> None:
        filling, number = self._filling[level - 1], self._done[level - 1]
        if _tile(self._read, level, number, len(filling)) != b"".join(filling):
            raise VerificationError(f"{_path(str(level), number, len(filling))}: is not over the tiles below it")


def _leaf_hashes(read: Read, size: int, *, hashes_only: bool) -> Iterator[bytes]:
    levels = _Levels(read)
    for number in range(-(-size // WIDTH)):
        width = min(WIDTH, size - number * WIDTH)
        tile = _tile(read, 0, number, width)
        found = [tile[start : start + HASH_BYTES] for start in range(0, len(tile), HASH_BYTES)]
        if not hashes_only:
            _compare_entries(read, number, found)
        yield from found
        if width == WIDTH:
            levels.add(1, found)
    levels.finish()


def _compare_entries(read: Read, number: int, hashes: Sequence[bytes]) -> None:
    """Take a bundle apart: entries of two bytes of length, big-endian, and as many bytes."""
    where = _path("entries", number, len(hashes))
    bundle, held = _fetched(read, "entries", number, len(hashes), MAX_BUNDLE_BYTES)
    place = 0
    for index, expected in enumerate(hashes, number * WIDTH):
        start, stop = place + 2, place + 2 + int.from_bytes(bundle[place : place + 2])
        if len(bundle) < max(start, stop):
            raise VerificationError(f"{where}: ends before the end of entry {index}")
        if leaf_hash(bundle[start:stop]) != expected:
            raise VerificationError(f"entry {index}: does not hash to its place in the tile")
        place = stop
    if place != len(bundle) and len(hashes) == held:
        raise VerificationError(f"{where}: goes on after its last entry")


def _tile(read: Read, level: int, number: int, width: int) -> bytes:
    found, held = _fetched(read, str(level), number, width, WIDTH * HASH_BYTES)
    if len(found) != held * HASH_BYTES:
        raise VerificationError(f"{_path(str(level), number, width)}: has {len(found)} bytes, not {held} hashes")
    return found[: width * HASH_BYTES]


def _fetched(read: Read, level: str, number: int, width: int, limit: int) -> tuple[bytes, int]:
    """Read a tile, or the full one in place of a partial one that the log has done away with; say how wide it is."""
    found, held = read(_path(level, number, width), limit), width
    if found is None and width < WIDTH:
        found, held = read(_path(level, number, WIDTH), limit), WIDTH
    if found is None:
        start = number * WIDTH * WIDTH ** (0 if level == "entries" else int(level))
        raise VerificationError(
            f"{_path(level, number, width)}: is missing, with which {entries(start, start + 1)} gone"
        )
    if len(found) > limit:
        raise VerificationError(f"{_path(level, number, width)}: is larger than {limit} bytes")
    return found, held


def _path(level: str, number: int, width: int) -> str:
    """Write `tile/<level>/x001/x234/067[.p/<width>]`."""
    digits = str(number)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[start : start + 3] for start in range(0, len(digits), 3)]
    place = "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])
    return f"tile/{level}/{place}" + (f".p/{width}" if width < WIDTH else "")
