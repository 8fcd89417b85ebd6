"""The Merkle tree of RFC 6962, section 2.1: hashes, proofs and their verification. Pure.

The only module that the writing side (sequencer) and the checking side (verify) share. Hashes are 32 bytes of SHA-256;
sizes count leaves; indexes count from 0.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Self

LEAF_PREFIX = b"\x00"
"""Before the data of a leaf, so that no leaf can be passed off as a node (RFC 6962, section 2.1)."""

NODE_PREFIX = b"\x01"
"""Before the two hashes of a node."""

HASH_BYTES = 32
EMPTY_ROOT = sha256().digest()


class VerificationError(ValueError):
    """What was claimed of the log is not so. The message says what was expected and where it failed."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf's bytes."""
    return sha256(LEAF_PREFIX + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node above two hashes."""
    return sha256(NODE_PREFIX + left + right).digest()


class CompactRange:
    """The right border of a growing tree: enough to append and to give the root, in memory that grows as log2(size)."""

    __slots__ = ("_nodes", "size")

    def __init__(self, size: int = 0, nodes: Iterable[bytes] = ()) -> None:
        self.size = size
        self._nodes = list(nodes)  # one perfect subtree per 1 bit of size, the largest first

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash at the end."""
        node, remaining = leaf, self.size
        while remaining & 1:
            node = node_hash(self._nodes.pop(), node)
            remaining >>= 1
        self._nodes.append(node)
        self.size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes in order."""
        for leaf in leaves:
            self.append(leaf)

    def root(self) -> bytes:
        """Return the root of the tree over everything appended so far."""
        if not self._nodes:
            return EMPTY_ROOT
        above = self._nodes[-1]
        for node in reversed(self._nodes[:-1]):
            above = node_hash(node, above)
        return above

    def copy(self) -> Self:
        """Return a range that grows on its own from here."""
        return type(self)(self.size, self._nodes)


def root(leaf_hashes: Sequence[bytes]) -> bytes:
    """Return the root of the tree over these leaf hashes; of none, the hash of nothing."""
    tree = CompactRange()
    tree.extend(leaf_hashes)
    return tree.root()


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int) -> list[bytes]:
    """Return the audit path of the leaf at `index`, lowest hash first (RFC 6962, section 2.1.1).

    Raises:
        VerificationError: no such leaf.
    """
    if not 0 <= index < len(leaf_hashes):
        raise VerificationError(f"no leaf {index} in a tree of size {len(leaf_hashes)}")
    if len(leaf_hashes) == 1:
        return []
    split = _split(len(leaf_hashes))
    left, right = leaf_hashes[:split], leaf_hashes[split:]
    if index < split:
        return [*inclusion_proof(left, index), root(right)]
    return [*inclusion_proof(right, index - split), root(left)]


def consistency_proof(leaf_hashes: Sequence[bytes], old_size: int) -> list[bytes]:
    """Return the proof that the tree's first `old_size` leaves are an earlier tree of its (RFC 6962, section 2.1.2).

    Raises:
        VerificationError: the old tree is empty, which proves nothing, or larger than this one.
    """
    if not 0 < old_size <= len(leaf_hashes):
        raise VerificationError(f"no consistency proof from size {old_size} to size {len(leaf_hashes)}")
    return _subproof(leaf_hashes, old_size, whole=True)


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that a leaf stands at `index` of the tree with this size and root (RFC 9162, section 2.1.3.2).

    Raises:
        VerificationError: it is not proven.
    """
    _check_hashes([leaf_hash, root, *proof])
    if not 0 <= index < size:
        raise VerificationError(f"no leaf {index} in a tree of size {size}")
    node, last, found = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            raise VerificationError(f"the proof of leaf {index} is longer than a tree of size {size} is deep")
        if node & 1 or node == last:
            found = node_hash(sibling, found)
            node, last = _skip_missing_siblings(node, last)
        else:
            found = node_hash(found, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise VerificationError(f"the proof of leaf {index} is shorter than a tree of size {size} is deep")
    _expect(found, root, f"leaf {index} in a tree of size {size}")


def verify_consistency(old_size: int, new_size: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Check that the tree of the new root begins with the tree of the old one (RFC 9162, section 2.1.4.2).

    Raises:
        VerificationError: it is not proven, or the old tree is empty, from which nothing follows.
    """
    _check_hashes([old_root, new_root, *proof])
    if not 0 < old_size <= new_size:
        raise VerificationError(f"no consistency proof from size {old_size} to size {new_size}")
    if old_size == new_size:
        if proof:
            raise VerificationError("a proof between trees of one size must be empty")
        _expect(old_root, new_root, f"two trees of size {new_size}")
        return
    if not proof:
        raise VerificationError(f"the proof from size {old_size} to size {new_size} is empty")
    _walk_consistency(old_size, new_size, list(proof), old_root, new_root)


def _walk_consistency(old_size: int, new_size: int, path: list[bytes], old_root: bytes, new_root: bytes) -> None:
    if old_size & (old_size - 1) == 0:
        path = [old_root, *path]  # a perfect old tree is a node of the new one and left out of the proof
    node, last = old_size - 1, new_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise VerificationError(f"the proof from size {old_size} to size {new_size} is too long")
        if node & 1 or node == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            node, last = _skip_missing_siblings(node, last)
        else:
            new = node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise VerificationError(f"the proof from size {old_size} to size {new_size} is too short")
    _expect(old, old_root, f"the old tree of size {old_size}")
    _expect(new, new_root, f"the new tree of size {new_size}")


def _skip_missing_siblings(node: int, last: int) -> tuple[int, int]:
    """Climb over the levels at which the right border has no sibling."""
    while node and not node & 1:
        node, last = node >> 1, last >> 1
    return node, last


def _split(size: int) -> int:
    """Return the largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def _subproof(leaf_hashes: Sequence[bytes], old_size: int, *, whole: bool) -> list[bytes]:
    size = len(leaf_hashes)
    if old_size == size:
        return [] if whole else [root(leaf_hashes)]
    split = _split(size)
    left, right = leaf_hashes[:split], leaf_hashes[split:]
    if old_size <= split:
        return [*_subproof(left, old_size, whole=whole), root(right)]
    return [*_subproof(right, old_size - split, whole=False), root(left)]


def _check_hashes(hashes: Iterable[bytes]) -> None:
    if any(len(candidate) != HASH_BYTES for candidate in hashes):
        raise VerificationError(f"every hash must have {HASH_BYTES} bytes")


def _expect(found: bytes, expected: bytes, what: str) -> None:
    if found != expected:
        raise VerificationError(f"{what}: the root should be {expected.hex()}, the proof gives {found.hex()}")
