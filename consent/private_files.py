"""Small files that only their owner may read, written whole and durably, or not at all."""

import os
import secrets
from pathlib import Path


def write_once(path: Path, content: bytes) -> None:
    """Write `content` to a new file of mode 0600, or leave what is there.

    A crash in between leaves no half a file; when this returns the file survives a power cut.
    """
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make what was created or removed in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
