from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete

from consent.database import Database, metadata
from consent.disclosures import checkpoints, store, tiles
from consent.disclosures.merkle import consistency_proof, leaf_hash, node_hash, root, verify_consistency
from consent.disclosures.sequencer import Sequencer

if TYPE_CHECKING:
    from tests.consent.disclosures.conftest import Log

COUNT = 66_200
"""More than a full tile of level 1: the tree has nodes of level 2."""


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """Return a connection to a log of COUNT leaves, whose leaf n is the text n."""
    folder = tmp_path_factory.mktemp("grown")
    database = Database(f"sqlite:///{folder}/log.db")
    metadata.create_all(database.engine)
    sequencer = Sequencer(database, checkpoints.generate(folder / "signer", "tvaers.example/log"), "tvaers.example/log")
    sequencer.start()
    row = {"box": b"", "key_id": "", "art": "drift", "tid": ""}
    leaves = [str(number).encode() for number in range(COUNT)]
    with database.write() as connection:
        connection.execute(
            store.oplysning.insert(), [{"leaf": leaf, "leaf_hash": leaf_hash(leaf), **row} for leaf in leaves]
        )
    more = True
    while more:
        with database.write() as connection:
            more = sequencer.integrate(connection) is not None
    with database.read() as connection:
        yield connection
    database.close()


@pytest.fixture(scope="module")
def hashes() -> list[bytes]:
    """Return the leaf hashes of that log."""
    return [leaf_hash(str(number).encode()) for number in range(COUNT)]


def root_from_tiles(connection: Connection, size: int) -> bytes:
    """Build the root of the first `size` leaves as RFC 6962 defines it, reading nothing but tiles of that tree."""
    read: dict[tuple[int, int], bytes] = {}

    def node(level: int, index: int) -> bytes:
        number, place = divmod(index, 256)
        if (level, number) not in read:
            width = tiles.width_of(size, level, number)
            read[level, number] = tiles.tile(connection, level, number, width)
            assert len(read[level, number]) == 32 * width
        return read[level, number][32 * place : 32 * place + 32]

    def over(start: int, stop: int) -> bytes:
        for level in (2, 1, 0):
            if stop - start == 256**level and start % 256**level == 0:
                return node(level, start // 256**level)
        split = 1 << (stop - start - 1).bit_length() - 1
        return node_hash(over(start, start + split), over(start + split, stop))

    return over(0, size)


class TestTiles:
    @pytest.mark.parametrize("size", [1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, COUNT])
    def test_borders_reproduce_the_root(self, grown: Connection, hashes: list[bytes], size: int):
        """Around full tiles of every level, the tiles of a tree give its root."""
        assert root_from_tiles(grown, size) == root(hashes[:size])

    @given(st.integers(1, COUNT))
    @settings(max_examples=40)
    def test_every_size_reproduces_the_root(self, grown: Connection, hashes: list[bytes], size: int):
        """From the tiles of a tree of any size, and nothing else, comes the root that was signed for it."""
        assert root_from_tiles(grown, size) == root(hashes[:size])

    def test_widths_are_the_specifications(self):
        """A tree of 70 000 has the tiles that c2sp.org/tlog-tiles says of it, and one of 256 has a level 1."""
        full = [sum(tiles.width_of(70_000, level, number) == 256 for number in range(400)) for level in range(4)]
        assert full == [273, 1, 0, 0]
        assert [tiles.width_of(70_000, *tile) for tile in ((0, 273), (1, 1), (2, 0), (3, 0))] == [112, 17, 1, 0]
        assert [tiles.width_of(256, level, 0) for level in range(3)] == [256, 1, 0]

    def test_a_bundle_holds_the_leaves(self, grown: Connection):
        """Entries stand in a bundle one after the other, each after its length in two bytes."""
        assert tiles.bundle(grown, 0, 3) == b"\x00\x010\x00\x011\x00\x012"
        assert tiles.bundle(grown, 40, 1) == b"\x00\x05" + str(40 * 256).encode()

    def test_roots_of_an_older_log_are_made_up_for(self, log: "Log", plant: "Callable[[Log, int], list[bytes]]"):
        """A log from before roots were kept, or whose roots were lost in part, has them after a start."""
        hashes = plant(log, 1100)
        with log.database.write() as connection:
            connection.execute(delete(store.tree_node).where(store.tree_node.c.number >= 2))
        log.another()
        with log.database.read() as connection:
            assert root_from_tiles(connection, 1100) == root(hashes)


class TestConsistency:
    @given(st.data())
    @settings(max_examples=40)
    def test_the_proof_is_that_of_all_leaves(self, grown: Connection, hashes: list[bytes], data: st.DataObject):
        """The proof from tiles is, hash by hash, the one that RFC 6962 makes of all leaves."""
        new = data.draw(st.integers(1, COUNT))
        old = data.draw(st.integers(1, new))
        proof = tiles.consistency(grown, old, new)
        assert proof == consistency_proof(hashes[:new], old)
        verify_consistency(old, new, proof, root(hashes[:old]), root(hashes[:new]))

    def test_nothing_is_to_prove_from_nothing(self, grown: Connection):
        """From the empty tree, and from a tree to itself, the proof is empty."""
        assert tiles.consistency(grown, 0, COUNT) == []
        assert tiles.consistency(grown, COUNT, COUNT) == []
