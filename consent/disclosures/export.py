"""The log as files that anyone can check without us: see `verify` and the README.txt that is written beside them."""

from pathlib import Path

from sqlalchemy import Connection

from consent.disclosures import store
from consent.disclosures.errors import ExportError

MAX_CHECKPOINTS = 1_000
"""Checkpoints in an export, the newest ones."""

README = """\
DANSK

Denne mappe er en kopi af oplysningsloggen i Tværs: en linje for hver gang en oplysning om en borger blev videregivet,
tilbageholdt, kaldt tilbage eller slået op. Borgeren, sagen og medarbejderen står kun som forseglede koder, som ingen
kan læse ud af denne mappe.

  entries.jsonl   linje 1 er post 0, linje 2 er post 1 og så videre (JSON efter RFC 8785)
  leaves.txt      SHA-256 af byten 00 og samme linje i entries.jsonl uden linjeskift (RFC 6962), hexadecimalt
  checkpoint      det nyeste kontrolpunkt: loggens navn, antal poster, træets rod og loggens underskrift (C2SP)
  checkpoints/    tidligere kontrolpunkter; nogle er medunderskrevet af vidner
  keys            loggens nøgleskift, hvis der har været nogen: hvert er underskrevet af både den gamle og den nye nøgle

Sådan kontrolleres mappen, uden netværk og uden adgang til systemet:

  python -m consent.disclosures.verify MAPPE --key LOGGENS-OFFENTLIGE-NOEGLE --checkpoint ET-KONTROLPUNKT-DU-HAR-GEMT

Gem kontrolpunktet et sted, som loggens ejer ikke råder over. Ved næste kontrol viser det, om noget siden er ændret,
fjernet, indsat, flyttet eller skåret af. Uden et gemt kontrolpunkt vises kun, at mappen hænger sammen i sig selv.


ENGLISH

This directory is a copy of the disclosure log of Tværs: one line each time something about a citizen was passed on,
withheld, recalled or looked up. Citizen, case and employee appear as sealed codes only, which nobody can read from
this directory.

  entries.jsonl   line 1 is entry 0, line 2 is entry 1 and so on (JSON by RFC 8785)
  leaves.txt      SHA-256 of the byte 00 and the same line of entries.jsonl without its newline (RFC 6962), in hex
  checkpoint      the newest checkpoint: the log's name, number of entries, root of the tree, the log's signature (C2SP)
  checkpoints/    earlier checkpoints; some are cosigned by witnesses
  keys            the log's changes of keys, if there were any: each is signed by both the old and the new key

To check the directory, without a network and without access to the system:

  python -m consent.disclosures.verify DIRECTORY --key THE-LOGS-PUBLIC-KEY --checkpoint A-CHECKPOINT-YOU-KEPT

Keep the checkpoint where the log's owner cannot reach it. At the next check it shows whether anything has since been
changed, removed, inserted, moved or cut off. Without a kept checkpoint, only that the directory agrees with itself.
"""


def export_log(connection: Connection, directory: Path) -> int:
    """Write the tree's entries and checkpoints to a new or empty directory; return the number of entries.

    Streams: memory does not grow with the log. Entries that wait for their place in the tree are left out. The
    connection must see one state of the database or later ones, which `Database.read` gives.

    Raises:
        ExportError: the log has no checkpoint yet, or the directory is not empty or cannot be written.
    """
    latest = store.latest_checkpoint(connection)
    if latest is None:
        raise ExportError("the log has no checkpoint yet; the sequencer writes the first one")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if any(directory.iterdir()):
            raise ExportError("the directory is not empty")
        _write_leaves(connection, directory, latest.size)
        _write_checkpoints(connection, directory, latest)
        (directory / "README.txt").write_text(README, encoding="utf-8")
    except OSError as error:
        raise ExportError(f"the directory cannot be written ({error.strerror})") from error
    return latest.size


def _write_leaves(connection: Connection, directory: Path, size: int) -> None:
    with (directory / "entries.jsonl").open("wb") as entries, (directory / "leaves.txt").open("wb") as hashes:
        for _, leaf_hash, leaf in store.leaves(connection, 0, size):
            entries.write(leaf + b"\n")
            hashes.write(leaf_hash.hex().encode() + b"\n")


def _write_checkpoints(connection: Connection, directory: Path, latest: store.Checkpoint) -> None:
    (directory / "checkpoint").write_bytes(store.cosigned(connection, latest).note.encode())
    if changes := store.key_changes(connection):
        (directory / "keys").write_bytes("".join(note for _, note in changes).encode())
    notes = directory / "checkpoints"
    notes.mkdir()
    for kept in store.checkpoints(connection, MAX_CHECKPOINTS):
        if kept.size <= latest.size:  # a later one may have been committed since
            (notes / f"{kept.size:020}.note").write_bytes(store.cosigned(connection, kept).note.encode())
