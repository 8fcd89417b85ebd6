"""What must be kept so that a second run plays the same day again: its date and the made-up authority."""

import os
from datetime import date
from pathlib import Path

from ops.sample.pki import PkiUnreadable, SamplePki

FOLDER = "sample"
_DAY_FILE = "dag"


class SampleUnreadable(Exception):  # noqa: N818 - the state of the folder, not a fault of the caller's
    """What an earlier run has kept in the data folder cannot be read; without it the same day cannot be played."""


def prepare(folder: Path, today: date) -> tuple[date, SamplePki]:
    """Return the day to play and the authority that signs, from `sample/` in the data folder (made with mode 0700).

    The first time that is `today` and a new authority, both kept; after that, what was kept. The authority is kept
    first: a run that was interrupted before the date was, has played nothing.

    Raises:
        SampleUnreadable: what was kept cannot be read.
    """
    kept = folder / FOLDER
    day_file = kept / _DAY_FILE
    if not day_file.exists():
        return _begin(kept, day_file, today)
    try:
        return date.fromisoformat(day_file.read_text("ascii").strip()), SamplePki.load(kept)
    except (PkiUnreadable, OSError, ValueError) as error:
        raise SampleUnreadable(f"the sample day in the data folder cannot be read ({type(error).__name__})") from None


def _begin(kept: Path, day_file: Path, today: date) -> tuple[date, SamplePki]:
    kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept.chmod(0o700)
    pki = SamplePki.create()
    pki.save(kept)
    unfinished = day_file.with_suffix(".ny")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(f"{today.isoformat()}\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(day_file)
    return today, pki
