from base64 import b64encode
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.disclosures import sources, store, tiles
from consent.disclosures.merkle import EMPTY_ROOT, VerificationError, leaf_hash, root
from consent.disclosures.verify import Verified, verify_tiles
from consent.disclosures.verify.tiles import _path

if TYPE_CHECKING:
    from tests.consent.disclosures.conftest import Log

ORIGIN = "elsewhere.example/log"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
RAW = b"\x01" + KEY.public_key().public_bytes_raw()
KEY_ID = sha256(f"{ORIGIN}\n".encode() + RAW).digest()[:4]
VKEY = f"{ORIGIN}+{KEY_ID.hex()}+{b64encode(RAW).decode()}"

Files = dict[str, bytes]


def signed(size: int, top: bytes, more: str = "") -> str:
    """Sign a checkpoint as another log would."""
    body = f"{ORIGIN}\n{size}\n{b64encode(top).decode()}\n{more}"
    return f"{body}\n\u2014 {ORIGIN} {b64encode(KEY_ID + KEY.sign(body.encode())).decode()}\n"


def place(number: int) -> str:
    """Write a tile's number as a path."""
    thousands = f"x{number // 1000:03}/" if number >= 1000 else ""
    return f"{thousands}{number % 1000:03}"


def foreign(leaves: Sequence[bytes]) -> Files:
    """Return the files of somebody else's log, made here by the letter of c2sp.org/tlog-tiles."""
    found, level, below = {}, 0, [leaf_hash(leaf) for leaf in leaves]
    found["checkpoint"] = signed(len(leaves), root(below)).encode()
    while below:
        for number in range(-(-len(below) // 256)):
            tile = below[256 * number : 256 * number + 256]
            suffix = f".p/{len(tile)}" if len(tile) < 256 else ""
            found[f"tile/{level}/{place(number)}{suffix}"] = b"".join(tile)
            if level == 0:
                entries = leaves[256 * number : 256 * number + 256]
                content = b"".join(len(one).to_bytes(2, "big") + one for one in entries)
                found[f"tile/entries/{place(number)}{suffix}"] = content
        full = len(below) // 256
        below = [root(below[256 * number : 256 * number + 256]) for number in range(full)]
        level += 1
    return found


def verify(files: Files, known: Sequence[str] = (), **options: bool) -> Verified:
    """Verify files that are held in memory."""
    return verify_tiles(lambda path, _limit: files.get(path), VKEY, known, **options)


def refused(files: Files, match: str | None, known: Sequence[str] = (), **options: bool) -> None:
    """Expect the verifier to refuse."""
    with pytest.raises(VerificationError, match=match):
        verify(files, known, **options)


def made(count: int) -> list[bytes]:
    """Return leaves, some empty and some long."""
    return [bytes([number % 251]) * (number % 7) for number in range(count)]


HONEST = foreign(made(600))


class TestForeignLogs:
    @pytest.mark.parametrize("size", [1, 255, 256, 257, 600, 65_536, 65_800])
    def test_sizes_around_full_tiles(self, size: int):
        """A foreign log is proven whatever tiles its size leaves partly filled."""
        leaves = made(size)
        assert verify(foreign(leaves)) == Verified(size, root([leaf_hash(leaf) for leaf in leaves]), 1)

    @given(st.lists(st.binary(max_size=20), max_size=700))
    @settings(max_examples=30)
    def test_any_entries(self, leaves: list[bytes]):
        """Entries may be any bytes, none at all included."""
        assert verify(foreign(leaves)).size == len(leaves)

    def test_the_empty_log(self):
        """A log without entries has a checkpoint and nothing else."""
        assert verify({"checkpoint": signed(0, EMPTY_ROOT).encode()}) == Verified(0, EMPTY_ROOT, 1)

    def test_paths_of_large_numbers(self):
        """Tile 1234067 of a level lies under x001/x234/067, as c2sp.org/tlog-tiles writes it."""
        assert _path("0", 1_234_067, 256) == "tile/0/x001/x234/067"
        assert _path("entries", 1000, 3) == "tile/entries/x001/000.p/3"
        assert _path("2", 999, 255) == "tile/2/999.p/255"

    def test_extension_lines_are_the_logs_own(self):
        """Another log may say more in its checkpoint; it is signed with the rest."""
        top = root([leaf_hash(leaf) for leaf in made(600)])
        assert verify(HONEST | {"checkpoint": signed(600, top, "more\n").encode()}).size == 600

    def test_kept_checkpoints(self):
        """A checkpoint kept from before is proven to be a beginning of the log; another history is refused."""
        hashes = [leaf_hash(leaf) for leaf in made(600)]
        assert verify(HONEST, [signed(300, root(hashes[:300]))]).checkpoints == 2
        refused(HONEST, "entries 0 to 299 are not what known checkpoint 1", [signed(300, root(hashes[:301]))])
        refused(HONEST, "two histories", [signed(600, root(hashes[:300]))])
        refused(HONEST, "entry 600 is missing", [signed(601, root(hashes))])

    def test_a_full_tile_stands_in_for_a_partial_one(self):
        """A log that has grown may have done away with partial tiles: the full ones begin with them."""
        grown = foreign(made(1024))
        older = {
            name: content for name, content in HONEST.items() if not name.startswith(("tile/0/002", "tile/entries/002"))
        }
        assert verify(grown | older).size == 600

    def test_entries_may_be_left_out(self):
        """Where the entries are not shown, the tree alone is proven when that is what was asked for."""
        bare = {name: content for name, content in HONEST.items() if "entries" not in name}
        assert verify(bare, hashes_only=True).size == 600
        refused(bare, "tile/entries/000: is missing")


class TestDishonestLogs:
    @given(st.sampled_from(sorted(HONEST)), st.data())
    @settings(max_examples=60)
    def test_any_changed_byte_shows(self, name: str, data: st.DataObject):
        """No byte of any file can be changed, added or taken away unseen."""
        content = HONEST[name]
        at = data.draw(st.integers(0, len(content) - 1))
        other = bytes([content[at] ^ data.draw(st.integers(1, 255))])
        longer = content[:at] + other + content[at:]
        for changed in (
            content[:at] + other + content[at + 1 :],
            content[:at] + content[at + 1 :],
            longer,
            content + other,
        ):
            refused(HONEST | {name: changed}, None)

    @pytest.mark.parametrize("name", [name for name in sorted(HONEST) if ".p/" in name or name.startswith("tile/1")])
    def test_a_missing_tile_shows(self, name: str):
        """Every tile that the size demands must be there, those above level 0 included."""
        refused({one: content for one, content in HONEST.items() if one != name}, f"{name}: is missing")

    def test_a_changed_entry_is_named(self):
        """The message says which entry it is, and not what it holds."""
        leaves = made(600)
        leaves[300] = b"other"
        refused(HONEST | {"tile/entries/001": foreign(leaves)["tile/entries/001"]}, "^entry 300: does not hash")

    def test_a_node_that_is_not_over_its_tile(self):
        """A tile of level 1 that differs from the tiles below it is refused, though the root does not need it."""
        other = HONEST["tile/1/000.p/2"][:32] + bytes(32)
        refused(HONEST | {"tile/1/000.p/2": other}, "tile/1/000.p/2: is not over the tiles below it")

    def test_endless_answers(self):
        """A server that sends without end is not read to it."""
        refused(HONEST | {"tile/0/000": bytes(8193)}, "larger than 8192")
        refused(HONEST | {"checkpoint": b"x" * 1_000_001}, "larger than")

    def test_no_checkpoint(self):
        """Without a checkpoint there is nothing to prove."""
        refused({}, "checkpoint: is missing")

    def test_another_logs_checkpoint(self):
        """A checkpoint of the right key and another origin is refused."""
        body = f"other.example/log\n0\n{b64encode(EMPTY_ROOT).decode()}\n"
        note = f"{body}\n\u2014 {ORIGIN} {b64encode(KEY_ID + KEY.sign(body.encode())).decode()}\n"
        refused({"checkpoint": note.encode()}, "is not a checkpoint of")


class TestOurOwnTiles:
    def test_what_we_serve_verifies(self, log: "Log", plant: "Callable[[Log, int], list[bytes]]", tmp_path: Path):
        """Our tiles and bundles, written to a folder as they are served, are proven from there."""
        hashes = plant(log, 1300)
        with log.database.read() as connection:
            newest = store.latest_checkpoint(connection)
            assert newest is not None
            for level in range(3):
                for number in range(8):
                    if width := tiles.width_of(1300, level, number):
                        suffix = f".p/{width}" if width < 256 else ""
                        write(
                            tmp_path / f"tile/{level}/{number:03}{suffix}", tiles.tile(connection, level, number, width)
                        )
                        if level == 0:
                            content = tiles.bundle(connection, number, width)
                            write(tmp_path / f"tile/entries/{number:03}{suffix}", content)
            write(tmp_path / "checkpoint", newest.note.encode())
        proven = verify_tiles(sources.folder(tmp_path), log.signer.vkey)
        assert (proven.size, proven.root) == (1300, root(hashes))


def write(path: Path, content: bytes) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
