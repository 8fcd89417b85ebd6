"""What was answered under an idempotency key, so that a request that is sent again does nothing again.

After draft-ietf-httpapi-idempotency-key-header: the same key with the same request gets the first answer, and with
another request is an error. Kept in the transaction of what was done, sealed, and for a day.
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Column, Connection, LargeBinary, String, Table, delete, insert, select

from consent.database import host_time, instant, metadata
from consent.disclosures.keys import KeyStore
from consent.disclosures.recorder import OPERATIONS
from consent.errors import ConsentRefused
from consent.sealing import BoxUnopened, close_box, open_box

KEPT = timedelta(days=1)
"""How long a request may be sent again; a sender that was away for longer looks before it asks anew."""

besvaret = Table(
    "besvaret",
    metadata,
    Column("noegle", String(64), primary_key=True, doc="keyed hash of who asked and the idempotency key"),
    Column("krav", String(64), nullable=False, doc="keyed hash of the request"),
    Column("tid", String(27), nullable=False, index=True),
    Column("box", LargeBinary, nullable=False, doc="status and answer"),
    Column("key_id", String(64), nullable=False),
)


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer: its HTTP status and JSON body, and the citizen whose file was changed, if one's was."""

    status: int
    body: dict[str, Any]
    borger_id: str | None = None


class AnswerBook:
    """Remembers answers."""

    def __init__(self, keys: KeyStore) -> None:
        self._keys = keys

    def recall(self, connection: Connection, who: str, key: str, request: bytes) -> Answered | None:
        """Return what this caller was answered under this key, or None where it was not used.

        Raises:
            ConsentRefused: the key was used for another request, or its answer can be read no more.
        """
        mark = self._mark(who, key)
        row = connection.execute(select(besvaret).where(besvaret.c.noegle == mark)).first()
        if row is None or row.tid < instant(host_time(connection) - KEPT):
            return None
        if row.krav != self._keys.keyed_hash(request):
            raise ConsentRefused("noegle_genbrugt", "this Idempotency-Key was used for another request")
        sealed = self._keys.find(row.key_id)
        erased = ConsentRefused("svar_slettet", "this was done; its answer was erased with the citizen")
        if sealed is None:
            raise erased
        try:
            return Answered(*json.loads(open_box(sealed, row.box, f"besvaret:{mark}")))
        except BoxUnopened:
            raise erased from None

    def keep(self, connection: Connection, who: str, key: str, request: bytes, answer: Answered) -> None:
        """Remember an answer, sealed under the key of the citizen it is about, and forget those of days before.

        Of two requests at once under one key the database keeps one, and the other fails as a whole.
        """
        now, mark = host_time(connection), self._mark(who, key)
        sealing = self._keys.key_for(answer.borger_id or OPERATIONS, f"{now.year}")
        box = close_box(
            sealing, json.dumps([answer.status, answer.body, answer.borger_id]).encode(), f"besvaret:{mark}"
        )
        connection.execute(delete(besvaret).where(besvaret.c.tid < instant(now - KEPT)))
        values = {"noegle": mark, "krav": self._keys.keyed_hash(request), "tid": instant(now), "box": box}
        connection.execute(insert(besvaret).values(**values, key_id=sealing.key_id))

    def _mark(self, who: str, key: str) -> str:
        return self._keys.index_of("idempotens", json.dumps([who, key]))
