"""Write entries into the log from inside the transaction of what they record."""

from collections.abc import Sequence

from sqlalchemy import Connection

from consent.disclosures.entries import Entry, Sealed, seal
from consent.disclosures.keys import KeyStore
from consent.disclosures.store import append

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
