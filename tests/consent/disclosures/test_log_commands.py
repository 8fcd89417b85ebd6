import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from consent.disclosures import checkpoints, store, tiles
from consent.disclosures.commands import app
from consent.disclosures.errors import LogError, SignerError
from consent.disclosures.merkle import VerificationError
from consent.disclosures.sequencer import Sequencer

if TYPE_CHECKING:
    from click.testing import Result

    from tests.consent.disclosures.conftest import Log

ORIGIN = "tvaers.example/log"


@dataclass
class Place:
    """What the commands need of an installation."""

    data: Path
    database_url: str

    @property
    def settings(self) -> "Place":
        """The settings."""
        return self


@pytest.fixture
def tvaers(tmp_path: Path, sqlite_url: str) -> Callable[..., "Result"]:
    """Return a function that runs `tvaers log ...` on the data folder of the tests' log."""
    (tmp_path / "data").mkdir(mode=0o700)

    def run(*arguments: object) -> Any:
        return CliRunner().invoke(app, [str(one) for one in arguments], obj=Place(tmp_path / "data", sqlite_url))

    return run


class TestKey:
    def test_the_way_of_a_rotation(self, log: "Log", tvaers: Callable[..., "Result"], tmp_path: Path):
        """Rotate, start, retire: the new key comes on record before the old one goes."""
        path = tmp_path / "data" / "checkpoint.key"
        old = checkpoints.generate(path, ORIGIN)
        assert tvaers("key").stdout == f"{old.vkey}\n"
        rotated = json.loads(tvaers("key", "rotate", "--json").stdout)
        assert rotated["old"] == [old.vkey]
        assert tvaers("key").stdout == f"{rotated['key']}\n"

        too_soon = tvaers("key", "retire")
        assert isinstance(too_soon.exception, SignerError)
        assert "not on record" in str(too_soon.exception)
        assert len(checkpoints.load(path).all) == 2

        Sequencer(log.database, checkpoints.load(path), ORIGIN).start()
        assert json.loads(tvaers("key", "retire", "--json").stdout) == {"key": rotated["key"]}
        assert len(checkpoints.load(path).all) == 1

    def test_no_key_yet(self, tvaers: Callable[..., "Result"]):
        """Before the first start there is no key to print, rotate or retire."""
        for arguments in (("key",), ("key", "rotate"), ("key", "retire")):
            assert isinstance(tvaers(*arguments).exception, LogError)


class TestVerify:
    def test_an_export(self, log: "Log", tvaers: Callable[..., "Result"], tmp_path: Path):
        """An export is verified with the key as text or in a file, and what is not so is said."""
        log.append(3)
        log.integrate()
        out = log.export(tmp_path / "out")
        (tmp_path / "key").write_text(f"{log.signer.vkey}\n")
        shown = json.loads(tvaers("verify", out, "--key", tmp_path / "key", "--json").stdout)
        assert (shown["size"], shown["verified"]) == (3, True)
        assert "witnessed" not in shown
        (out / "leaves.txt").write_text("")
        failed = tvaers("verify", out, "--key", log.signer.vkey, "--json")
        assert isinstance(failed.exception, VerificationError)
        assert json.loads(failed.stdout)["verified"] is False

    def test_a_log_in_tiles(self, log: "Log", tvaers: Callable[..., "Result"], tmp_path: Path):
        """A folder of tiles is verified with --tiles, with its entries or without."""
        log.append(3)
        newest = log.integrate()
        assert newest is not None
        with log.database.read() as connection:
            files = {
                "checkpoint": newest.note.encode(),
                "tile/0/000.p/3": tiles.tile(connection, 0, 0, 3),
                "tile/entries/000.p/3": tiles.bundle(connection, 0, 3),
            }
            assert store.node_count(connection, 1) == 0
        for name, content in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(content)
        asked = ("verify", "--tiles", tmp_path, "--key", log.signer.vkey)
        assert "verified" in tvaers(*asked).stdout
        (tmp_path / "tile/entries/000.p/3").unlink()
        assert "verified" in tvaers(*asked, "--hashes").stdout
        assert isinstance(tvaers(*asked).exception, VerificationError)

    def test_one_or_the_other(self, tvaers: Callable[..., "Result"], tmp_path: Path):
        """Neither a folder nor --tiles, or both, is wrong usage."""
        assert tvaers("verify", "--key", "k").exit_code == 2
        assert tvaers("verify", tmp_path, "--tiles", tmp_path, "--key", "k").exit_code == 2

    def test_a_server_that_is_not_there(self, tvaers: Callable[..., "Result"], log: "Log"):
        """An address where nothing answers is said to be one."""
        failed = tvaers("verify", "--tiles", "http://127.0.0.1:9", "--key", log.signer.vkey)
        assert isinstance(failed.exception, VerificationError)
        assert "cannot be fetched" in str(failed.exception)


class TestWitnessCommand:
    @pytest.mark.parametrize("listen", ["8080", "127.0.0.1", "127.0.0.1:x", ":1"])
    def test_where_to_listen(self, tvaers: Callable[..., "Result"], tmp_path: Path, listen: str):
        """Without a host and a port it does not start, and makes no key."""
        assert tvaers("witness", "--key", tmp_path / "key", "--log", "k", "--listen", listen).exit_code == 2
        assert not (tmp_path / "key").exists()
