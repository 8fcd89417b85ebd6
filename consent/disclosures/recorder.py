"""Write entries into the log from inside the transaction of what they record."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from consent.database import instant
from consent.decisions import POLICY_VERSION
from consent.disclosures.entries import Art, Entry, Sealed, seal
from consent.disclosures.keys import KeyStore
from consent.disclosures.store import append
from schemas.events import SCHEMA_VERSION

OPERATIONS = "drift"
"""Owner of the keys for entries that concern no citizen."""


class Recorder:
    """Seals entries under the key of their citizen and year and appends them."""

    def __init__(self, keys: KeyStore) -> None:
        self._keys = keys

    def record(self, connection: Connection, entries: Sequence[Entry]) -> list[Sealed]:
        """Append `entries` in the caller's transaction.

        The keys are durable when this returns; the entries MUST NOT be relied on before the transaction has committed.

        Raises:
            LogError: an entry could not be sealed; nothing of the transaction may then be kept.
        """
        if not entries:
            return []
        years = {entry.tid[:4] for entry in entries}
        keys = {
            year: self._keys.keys_for({one.borger or OPERATIONS for one in entries if one.tid[:4] == year}, year)
            for year in years
        }
        sealed = [seal(one, keys[one.tid[:4]][one.borger or OPERATIONS]) for one in entries]
        append(connection, sealed)
        return sealed

    def note(self, connection: Connection, art: Art, state: str, now: datetime, **fields: Any) -> None:
        """Append one entry of this kind and state, under today's versions; the rest are the fields of `Entry`.

        Raises:
            LogError: as `record`.
        """
        versions = {"politik": POLICY_VERSION, "register": "-", "skema": SCHEMA_VERSION}
        self.record(connection, [Entry(art=art, tilstand=state, tid=instant(now), **{**versions, **fields})])
