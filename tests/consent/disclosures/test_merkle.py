import json
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.disclosures import merkle
from consent.disclosures.merkle import (
    CompactRange,
    VerificationError,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

sizes = st.integers(1, 70)


def tree(size: int) -> list[bytes]:
    """Return the leaf hashes of a made-up tree."""
    return [leaf_hash(str(number).encode()) for number in range(size)]


def hashed(text: str | None) -> bytes:
    """Read a vector's base64, where nothing stands for no bytes."""
    return b64decode(text or "")


def check(vector: dict[str, Any], verify: Callable[[], None]) -> None:
    """Expect from a vector what its authors expected."""
    if vector["wantErr"]:
        with pytest.raises(VerificationError):
            verify()
    else:
        verify()


def vectors(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    """Return the vectors below a folder, which must have some."""
    found = [(str(path), json.loads(path.read_text())) for path in sorted(folder.rglob("*.json"))]
    assert len(found) > 10
    return found


class TestPublishedVectors:
    def test_reference_tree(self, real: Path):
        """Leaf hashes, node hash and roots are those of the RFC 6962 reference tree."""
        reference = json.loads((real / "merkle" / "rfc6962_reference_tree.json").read_text())
        leaves = [leaf_hash(bytes.fromhex(data)) for data in reference["leaf_inputs_hex"]]
        assert [leaf.hex() for leaf in leaves] == reference["leaf_hashes"]
        roots = [root(leaves[:size]).hex() for size in range(len(leaves) + 1)]
        assert roots == reference["root_hashes_by_size"][: len(roots)]
        node = next(case for case in reference["hasher"] if "left_ascii" in case)
        assert node_hash(node["left_ascii"].encode(), node["right_ascii"].encode()).hex() == node["hex"]

    def test_inclusion(self, real: Path):
        """Every published inclusion proof, good or bad, is judged as its authors judge it."""
        for path, vector in vectors(real / "merkle" / "inclusion"):
            proof = [hashed(text) for text in vector["proof"] or []]
            leaf, expected = hashed(vector["leafHash"]), hashed(vector["root"])
            index, size = vector["leafIdx"], vector["treeSize"]
            try:
                check(vector, lambda a=leaf, b=index, c=size, d=proof, e=expected: verify_inclusion(a, b, c, d, e))
            except BaseException as failure:
                failure.add_note(path)
                raise

    def test_consistency(self, real: Path):
        """Every published consistency proof, good or bad, is judged as its authors judge it."""
        for path, vector in vectors(real / "merkle" / "consistency"):
            proof = [hashed(text) for text in vector["proof"] or []]
            old, new = hashed(vector["root1"]), hashed(vector["root2"])
            first, second = vector["size1"], vector["size2"]
            try:
                check(vector, lambda a=first, b=second, c=proof, d=old, e=new: verify_consistency(a, b, c, d, e))
            except BaseException as failure:
                failure.add_note(path)
                raise


class TestTree:
    def test_a_leaf_is_no_node(self):
        """The bytes of a node, written as a leaf, do not hash to the node."""
        left, right = tree(2)
        assert leaf_hash(left + right) != node_hash(left, right)

    def test_published_roots_of_small_trees(self):
        """The empty tree's root is SHA-256 of nothing and a single leaf is its own root (RFC 6962, section 2.1)."""
        assert root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        assert root(tree(1)) == tree(1)[0]

    @given(st.integers(0, 70))
    @settings(deadline=None)
    def test_root_is_the_recursive_definition(self, size: int):
        """The root is that of RFC 6962's recursion on the largest power of two below the size."""

        def recursive(leaves: list[bytes]) -> bytes:
            if len(leaves) < 2:
                return leaves[0] if leaves else merkle.EMPTY_ROOT
            split = 1
            while split * 2 < len(leaves):
                split *= 2
            return node_hash(recursive(leaves[:split]), recursive(leaves[split:]))

        assert root(tree(size)) == recursive(tree(size))

    @given(st.integers(0, 40), st.integers(0, 40))
    @settings(deadline=None)
    def test_a_copied_range_grows_alone(self, first: int, more: int):
        """A copy goes on from where it was taken, and the original stays."""
        leaves = tree(first + more)
        original = CompactRange()
        original.extend(leaves[:first])
        copied = original.copy()
        copied.extend(leaves[first:])
        assert (original.size, original.root()) == (first, root(leaves[:first]))
        assert (copied.size, copied.root()) == (first + more, root(leaves))


class TestProofs:
    @given(sizes, st.data())
    @settings(deadline=None)
    def test_inclusion_is_proven(self, size: int, data: st.DataObject):
        """The proof of every leaf in every tree verifies."""
        index = data.draw(st.integers(0, size - 1))
        leaves = tree(size)
        verify_inclusion(leaves[index], index, size, inclusion_proof(leaves, index), root(leaves))

    @given(sizes, st.data())
    @settings(deadline=None)
    def test_consistency_is_proven(self, size: int, data: st.DataObject):
        """Every tree is proven to begin with each of its earlier, non-empty selves."""
        old = data.draw(st.integers(1, size))
        leaves = tree(size)
        verify_consistency(old, size, consistency_proof(leaves, old), root(leaves[:old]), root(leaves))

    @given(sizes, st.data())
    @settings(deadline=None)
    def test_inclusion_of_another_leaf_is_not(self, size: int, data: st.DataObject):
        """A proof does not hold for another leaf, index or root, nor with a hash changed, added or taken away."""
        index = data.draw(st.integers(0, size - 1))
        leaves = tree(size)
        proof, top = inclusion_proof(leaves, index), root(leaves)
        wrong = leaf_hash(b"wrong")
        attempts: list[tuple[bytes, int, list[bytes], bytes]] = [
            (wrong, index, proof, top),
            (leaves[index], index, proof, wrong),
            (leaves[index], index, [*proof, wrong], top),
            (leaves[index], index, [wrong, *proof], top),
            (leaves[index], size, proof, top),
            (leaves[index], -1, proof, top),
        ]
        attempts += [(leaves[index], other, proof, top) for other in {index ^ 1, (index + 1) % size} - {index}]
        attempts += [(leaves[index], index, [*proof[:i], wrong, *proof[i + 1 :]], top) for i in range(len(proof))]
        attempts += [(leaves[index], index, [*proof[:i], *proof[i + 1 :]], top) for i in range(len(proof))]
        for leaf, at, path, expected in attempts:
            with pytest.raises(VerificationError):
                verify_inclusion(leaf, at, size, path, expected)

    @given(st.integers(2, 70), st.data())
    @settings(deadline=None)
    def test_consistency_of_another_history_is_not(self, size: int, data: st.DataObject):
        """A proof does not hold for a changed past, nor with a hash changed, added or taken away."""
        old = data.draw(st.integers(1, size - 1))
        leaves = tree(size)
        proof, before, after = consistency_proof(leaves, old), root(leaves[:old]), root(leaves)
        wrong = leaf_hash(b"wrong")
        swapped = root([wrong, *leaves[1:old]])
        attempts = [(proof, swapped, after), (proof, before, wrong), ([*proof, wrong], before, after)]
        attempts += [([*proof[:i], wrong, *proof[i + 1 :]], before, after) for i in range(len(proof))]
        attempts += [([*proof[:i], *proof[i + 1 :]], before, after) for i in range(len(proof))]
        for path, first, second in attempts:
            with pytest.raises(VerificationError):
                verify_consistency(old, size, path, first, second)

    def test_nothing_follows_from_an_empty_tree(self):
        """A consistency proof from size 0 is refused on both sides."""
        leaves = tree(3)
        with pytest.raises(VerificationError):
            consistency_proof(leaves, 0)
        with pytest.raises(VerificationError):
            verify_consistency(0, 3, [], merkle.EMPTY_ROOT, root(leaves))

    def test_no_proof_beyond_the_tree(self):
        """Neither a leaf nor an old tree beyond the end can be proven."""
        with pytest.raises(VerificationError):
            inclusion_proof(tree(3), 3)
        with pytest.raises(VerificationError):
            consistency_proof(tree(3), 4)

    def test_trees_of_one_size_need_no_proof(self):
        """Two trees of one size are consistent when their roots are equal and the proof is empty."""
        leaves = tree(5)
        verify_consistency(5, 5, [], root(leaves), root(leaves))
        with pytest.raises(VerificationError, match="empty"):
            verify_consistency(5, 5, [leaves[0]], root(leaves), root(leaves))
        with pytest.raises(VerificationError):
            verify_consistency(5, 5, [], root(leaves), leaf_hash(b"other"))
