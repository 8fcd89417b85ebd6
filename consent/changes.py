"""How a change to a citizen's file is put on record: one entry of the log, under today's rules and registers."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from consent.decisions import PAPIR
from consent.disclosures.keys import Key, KeyStore
from consent.disclosures.recorder import Recorder
from consent.store import StoredSamtykke


class Changes:
    """Writes the entries of kind `samtykke`, and hands out the keys that belong to them."""

    def __init__(self, keys: KeyStore, recorder: Recorder, register_version: str) -> None:
        self._keys = keys
        self._recorder = recorder
        self._register_version = register_version

    def key(self, owner: str, now: datetime) -> Key:
        """Return the owner's key of this year."""
        return self._keys.key_for(owner, f"{now.year}")

    def note(
        self,
        connection: Connection,
        state: str,
        now: datetime,
        *,
        by: str,
        borger_id: str | None = None,
        row: StoredSamtykke | None = None,
        **sealed: Any,
    ) -> None:
        """Append an entry: what came about, when, by whom, and about which declaration; `sealed` are fields of `Entry`.

        Of a samtykke on paper the entry says so.
        """
        about: dict[str, Any] = {"samtykke_id": row.samtykke_id, "version": row.version} if row else {}
        paper = {"form": row.form} if row and row.form == PAPIR else {}
        self._recorder.note(
            connection,
            "samtykke",
            state,
            now,
            register=self._register_version,
            tilladt={"samtykke": {**about, **paper}} if about else {},
            bemaerkning=by,
            borger=borger_id,
            **sealed,
        )
