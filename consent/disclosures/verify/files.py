"""Reading files that somebody else wrote: nothing is believed of their size, their kind or their bytes."""

from collections.abc import Iterator
from pathlib import Path

from consent.disclosures.merkle import VerificationError

MAX_NOTE_BYTES = 1_000_000
"""Room for the log's signature and any number of witnesses' (C2SP asks for 16, of up to 5 kB each)."""

MAX_LINE_BYTES = 1_000_000
"""Far above any honest entry; a file without line ends is refused before it fills the memory."""


def listing(directory: Path) -> list[Path]:
    """Return what a directory holds, by name.

    Raises:
        VerificationError: it cannot be listed.
    """
    try:
        return sorted(directory.iterdir())
    except OSError as error:
        raise VerificationError(f"{directory.name}: cannot be listed ({error.strerror})") from None


def read_text(path: Path, where: str) -> str:
    """Read a small file whose line ends and bytes all count.

    Raises:
        VerificationError: it is missing, no plain file, too large, or not UTF-8.
    """
    content = read_bytes(path, where, MAX_NOTE_BYTES)
    if content is None:
        raise VerificationError(f"{where}: is missing or not a plain file")
    return decoded(content, where)


def decoded(content: bytes, where: str) -> str:
    """Return the text of a note's bytes.

    Raises:
        VerificationError: they are too many, or not UTF-8.
    """
    try:
        if len(content) > MAX_NOTE_BYTES:
            raise VerificationError(f"{where}: is larger than {MAX_NOTE_BYTES} bytes")
        return content.decode()
    except UnicodeDecodeError:
        raise VerificationError(f"{where}: is not UTF-8") from None


def read_bytes(path: Path, where: str, limit: int) -> bytes | None:
    """Read at most one byte over `limit`; None where there is no such plain file.

    Raises:
        VerificationError: it cannot be read.
    """
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise VerificationError(f"{where}: cannot be read ({error.strerror})") from None


def lines(directory: Path, name: str) -> Iterator[bytes]:
    """Yield the lines of a file without their newline, which every one must have.

    Raises:
        VerificationError: it cannot be read, or a line does not end.
    """
    path, index = directory / name, 0
    try:
        if not path.is_file():
            raise VerificationError(f"{name}: is missing or not a plain file")
        with path.open("rb") as file:
            while line := file.readline(MAX_LINE_BYTES):
                if not line.endswith(b"\n"):
                    raise VerificationError(f"entry {index}: its line in {name} is cut off or far too long")
                yield line[:-1]
                index += 1
    except OSError as error:
        raise VerificationError(f"{name}: cannot be read ({error.strerror})") from None
