from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from consent.disclosures import export, store
from consent.disclosures.entries import unseal
from consent.disclosures.errors import ExportError, SealError
from consent.disclosures.verify import verify_export

if TYPE_CHECKING:
    from tests.consent.disclosures.conftest import Log


class TestExport:
    def test_a_full_directory_is_refused(self, log: "Log", tmp_path: Path):
        """An export never mixes with files that are there already."""
        log.integrate()
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "entries.jsonl").write_text("mine")
        with pytest.raises(ExportError, match="not empty"):
            log.export(tmp_path / "out")
        with pytest.raises(ExportError):
            log.export(tmp_path / "out" / "entries.jsonl")
        assert (tmp_path / "out" / "entries.jsonl").read_text() == "mine"

    def test_a_log_never_signed_is_refused(self, log: "Log", tmp_path: Path):
        """Without a checkpoint there is nothing an outsider could check."""
        with pytest.raises(ExportError, match="no checkpoint"):
            log.export(tmp_path / "out")

    def test_it_explains_itself(self, log: "Log", tmp_path: Path):
        """The export says in Danish and in English what it is and how to check it, and names the files that it has."""
        log.integrate()
        directory = log.export(tmp_path / "out")
        told = (directory / "README.txt").read_text(encoding="utf-8")
        assert "DANSK" in told
        assert "ENGLISH" in told
        assert all(
            told.count(f"  {name}") == 2 for name in ("entries.jsonl", "leaves.txt", "checkpoint ", "checkpoints/")
        )
        assert "python -m consent.disclosures.verify" in told

    def test_the_newest_checkpoints_are_kept(self, log: "Log", tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        """A long log exports its newest checkpoints only."""
        monkeypatch.setattr(export, "MAX_CHECKPOINTS", 2)
        for number in range(4):
            log.append(1, first=number)
            log.integrate()
        directory = log.export(tmp_path / "out")
        assert sorted(file.name for file in (directory / "checkpoints").iterdir()) == [f"{3:020}.note", f"{4:020}.note"]

    def test_a_checkpoint_signed_meanwhile_is_left_out(
        self, log: "Log", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        """An export is of one size: a checkpoint committed while it is written does not get into it."""
        log.append(1)
        first = log.integrate()
        log.append(1, first=1)
        log.integrate()
        monkeypatch.setattr(store, "latest_checkpoint", lambda _: first)
        assert verify_export(log.export(tmp_path / "out"), log.signer.vkey).size == 1

    def test_many_pages(self, log: "Log", tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        """A log longer than the rows read at a time is exported whole and in order."""
        monkeypatch.setattr(store, "STREAM_ROWS", 7)
        log.append(50)
        log.integrate()
        assert verify_export(log.export(tmp_path / "out"), log.signer.vkey).size == 50


class TestErasure:
    def test_a_destroyed_key_leaves_the_proof(self, log: "Log", tmp_path: Path):
        """After erasing a citizen the log verifies against a checkpoint from before, and the boxes stay shut."""
        log.append(9)
        before = log.integrate()
        assert before is not None
        with log.database.read() as connection:
            rows = store.search(connection, store.Search(borger_id="borger-1"))
        key = log.keys.find(rows[0].key_id)
        assert key is not None
        assert unseal(rows[0].leaf, rows[0].box, key)["borger"] == "borger-1"

        assert log.keys.destroy("borger-1") == 1
        with log.database.write() as connection:
            assert store.forget(connection, "borger-1") == 3
        log.append(1, first=9)
        log.integrate()

        assert log.keys.find(rows[0].key_id) is None
        for other in [log.keys.key_for("borger-0", "2026"), log.keys.key_for("borger-1", "2026")]:
            with pytest.raises(SealError):
                unseal(rows[0].leaf, rows[0].box, other)
        directory = log.export(tmp_path / "out")
        assert verify_export(directory, log.signer.vkey, [before.note]).size == 10
        left = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
        assert key.secret not in left
