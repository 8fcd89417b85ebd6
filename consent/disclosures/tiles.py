"""The tree in tiles (c2sp.org/tlog-tiles), and proofs of consistency from them: what outsiders and witnesses are shown.

Every hash at level n is the root of 256**n leaves. Those of level 0 are the leaf hashes; those above are kept in the
table `tree_node`, one for each tile that is full. Measured on SQLite: a tile of level 1 takes 0.4 ms with them and
200 ms of one core without, for each who asks; one of level 2 would take 256 times as long.
"""

from collections.abc import Iterator
from itertools import count

from sqlalchemy import Connection

from consent.disclosures import store
from consent.disclosures.merkle import CompactRange, root

WIDTH = 256
"""Hashes of a full tile."""

HEIGHT = 8
"""Levels of the tree between the levels of tiles."""


def width_of(size: int, level: int, number: int) -> int:
    """Return how many hashes the tile `number` of `level` has in a tree of `size`; 0 where there is no such tile."""
    there = size // (1 << HEIGHT * level) - number * WIDTH
    return max(0, min(WIDTH, there))


def tile(connection: Connection, level: int, number: int, width: int) -> bytes:
    """Return the first `width` hashes of a tile, which the tree MUST have."""
    return b"".join(_hashes(connection, level, number * WIDTH, width))


def bundle(connection: Connection, number: int, width: int) -> bytes:
    """Return the first `width` entries of a bundle, each after its length in two bytes, big-endian."""
    start = number * WIDTH
    leaves = [leaf for _, _, leaf in store.leaves(connection, start, start + width)]
    return b"".join(len(leaf).to_bytes(2) + leaf for leaf in leaves)


def store_nodes(connection: Connection, size: int) -> None:
    """Keep the roots of the tiles that are full in a tree of `size` and not kept yet, in the caller's transaction."""
    for level in count(1):
        full = size // (1 << HEIGHT * level)
        if not full:
            return
        for index in range(store.node_count(connection, level), full):
            hashes = _hashes(connection, level - 1, index * WIDTH, WIDTH)
            store.save_node(connection, level, index, root(hashes))


def consistency(connection: Connection, old_size: int, new_size: int) -> list[bytes]:
    """Return the proof that the first `old_size` leaves are the beginning of the first `new_size`.

    As `merkle.consistency_proof` does (RFC 6962, section 2.1.2), but from some hundred hashes instead of all. The sizes
    MUST be in order, and of the tree; from nothing, and between equals, the proof is empty.
    """
    if old_size in (0, new_size):
        return []
    path, start, stop, whole = [], 0, new_size, True
    while old_size != stop:
        middle = start + (1 << (stop - start - 1).bit_length() - 1)
        if old_size <= middle:
            path.append(_range_root(connection, middle, stop))
            stop = middle
        else:
            path.append(_range_root(connection, start, middle))
            start, whole = middle, False
    return [*([] if whole else [_range_root(connection, start, stop)]), *reversed(path)]


def _range_root(connection: Connection, start: int, stop: int) -> bytes:
    """Return the root over leaves that begin at a multiple of the largest power of two in them."""
    perfect = [_perfect_root(connection, height, first) for height, first in _perfect(start, stop)]
    return CompactRange(stop - start, perfect).root()


def _perfect(start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Yield height and first leaf of the perfect subtrees that make up a range, the largest first."""
    while start < stop:
        height = (stop - start).bit_length() - 1
        yield height, start
        start += 1 << height


def _perfect_root(connection: Connection, height: int, first: int) -> bytes:
    level, above = divmod(height, HEIGHT)
    return root(_hashes(connection, level, first >> HEIGHT * level, 1 << above))


def _hashes(connection: Connection, level: int, start: int, width: int) -> list[bytes]:
    stop = start + width
    if level:
        return store.nodes(connection, level, start, stop)
    return [hashed for _, hashed in store.leaf_hashes(connection, start, stop)]
