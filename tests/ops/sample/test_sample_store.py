"""What is kept of the sample day, so that a second run plays the same one."""

import stat
from datetime import date
from pathlib import Path

import pytest

from ops.sample.store import SampleUnreadable, prepare

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


def test_the_first_day_is_played_for_good(tmp_path: Path) -> None:
    """The second run, on another day, gets the first one's day and the same authority."""
    day, pki = prepare(tmp_path, MONDAY)
    again, loaded = prepare(tmp_path, TUESDAY)
    assert day == again == MONDAY
    assert loaded.anchors_pem == pki.anchors_pem


def test_what_is_kept_is_the_owners_alone(tmp_path: Path) -> None:
    """The folder has mode 0700, its day and key 0600, even where the folder stood open before."""
    (tmp_path / "sample").mkdir(mode=0o755)
    prepare(tmp_path, MONDAY)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [tmp_path / "sample", *tmp_path.rglob("*")]}
    assert (modes["sample"], modes["dag"], modes["sample-ca.key.pem"]) == (0o700, 0o600, 0o600)


def test_an_interrupted_first_run_begins_anew(tmp_path: Path) -> None:
    """Where the authority was kept and the day was not, nothing has been played: the next day begins."""
    prepare(tmp_path, MONDAY)
    (tmp_path / "sample" / "dag").rename(tmp_path / "sample" / "dag.ny")
    assert prepare(tmp_path, TUESDAY)[0] == TUESDAY


@pytest.mark.parametrize(("name", "content"), [("dag", b"i dag"), ("dag", b"\xff"), ("sample-ca.key.pem", b"")])
def test_what_cannot_be_read_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    """A day or a key that is damaged is an error, never a new beginning: another authority would sign for nobody."""
    prepare(tmp_path, MONDAY)
    (tmp_path / "sample" / name).write_bytes(content)
    with pytest.raises(SampleUnreadable):
        prepare(tmp_path, MONDAY)
