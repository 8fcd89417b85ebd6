"""Do in a restored database what the journal tells, as far as it is not done: whatever is done twice is done once.

Everything here makes less cross. What would make more cross again (a document that was registered, a block that was
lifted) is not in the journal: it waits until its document is handed in again.
"""

import json
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from consent import store
from consent.database import host_time, instant
from consent.disclosures import store as log_store
from consent.disclosures.keys import Key, KeyStore
from consent.disclosures.recorder import Recorder
from consent.journal import Art, Fact, JournalError, Post
from consent.sealing import BoxUnopened, close_box, open_box
from consent.signers import confirm_anew

FROM_JOURNAL = "journal"
"""Who registered what a replay brought back."""


class Replay:
    """Applies entries of the journal in the caller's transaction."""

    def __init__(self, keys: KeyStore, recorder: Recorder) -> None:
        self._keys = keys
        self._recorder = recorder

    def destroy_keys(self, posts: Iterable[Post]) -> None:
        """Destroy again the keys that an erasure destroyed; no transaction can take that back, so it comes first.

        Raises:
            KeyStoreError: they may still be there; call again.
        """
        for borger_id in _erased(posts):
            self._keys.destroy(borger_id)

    def apply(self, connection: Connection, posts: Sequence[Post]) -> None:
        """Apply these entries in their order.

        Raises:
            JournalError: what a citizen wished does not open: the key store is not the one that belongs to it.
        """
        erased = _erased(posts)
        for post in posts:
            fact = post.fact
            if fact.art is Art.TILBAGEKALDELSE and fact.samtykke_id:
                self._withdraw(connection, fact, fact.samtykke_id, fact.tid)
            elif fact.art is Art.SPAERRING_OPHAEVET and fact.samtykke_id:
                store.lift(connection, fact.samtykke_id, fact.tid)
            elif fact.art is Art.SLETNING:
                _forget(connection, fact.borger_id)
            elif fact.borger_id not in erased:
                self._apply_sealed(connection, fact, self._content(post))

    def _apply_sealed(self, connection: Connection, fact: Fact, content: dict[str, Any]) -> None:
        if fact.art is Art.UNDERSKRIVER_AFVIST:
            self._reject_signer(connection, fact, content["underskriver"])
        elif fact.art is Art.ADRESSEBESKYTTET:
            store.protect_address(connection, _citizen(connection, fact, content["noegler"]), fact.tid)
        else:
            self._declare(connection, fact, content)

    def _content(self, post: Post) -> dict[str, Any]:
        fact = post.fact
        key = self._keys.find(fact.key_id or "")
        try:
            content: dict[str, Any] = json.loads(open_box(key, fact.box or b"", fact.place)) if key else {}
        except (BoxUnopened, ValueError):
            content = {}
        if not content:
            raise JournalError(f"entry {post.nummer} of the journal does not open: restore the key store that it is of")
        return content

    def _withdraw(
        self, connection: Connection, fact: Fact, samtykke_id: str, at: str, below: int | None = None
    ) -> None:
        """End the standing versions that were there when it was withdrawn, or those that a newer one replaced."""
        column = store.samtykke.c
        these = (column.samtykke_id == samtykke_id) & column.tilbagekaldt.is_(None) & (column.registreret <= fact.tid)
        if below is not None:
            these &= column.version < below
        version = connection.execute(select(func.max(column.version)).where(these)).scalar()
        if version is None:
            return
        store.lock_citizens(connection, [fact.borger_id], exclusive=True)
        connection.execute(update(store.samtykke).where(these).values(tilbagekaldt=at))
        store.note_instant(connection, fact.borger_id, fact.tid)
        self._note(connection, "tilbagekaldt", fact.borger_id, samtykke_id, version)

    def _reject_signer(self, connection: Connection, fact: Fact, signer: str) -> None:
        """Reject the record that was there then; a newer one has taken its place."""
        column = store.underskriver.c
        query = select(column.registreret).where(column.uuid == signer, column.borger_id == fact.borger_id)
        registered = connection.execute(query).scalar()
        if registered is None or registered > fact.tid:
            return
        store.lock_citizens(connection, [fact.borger_id], exclusive=True)
        if store.reject_signer(connection, signer, fact.borger_id, fact.tid):
            confirm_anew(connection, self._keys, fact.borger_id, signer, host_time(connection))

    def _declare(self, connection: Connection, fact: Fact, content: dict[str, Any]) -> None:
        """Let a missing version at least do what it did against crossing: end older ones, and block."""
        samtykke_id, version, since = fact.samtykke_id or "", fact.version or 1, fact.gaelder_fra or fact.tid
        if any(row.version == version for row in store.versions_of(connection, samtykke_id)):
            return
        self._withdraw(connection, fact, samtykke_id, since, below=version)
        if not content["spaerringer"]:
            return
        borger_id = _citizen(connection, fact, content["noegler"])
        if fact.art is Art.VERSION:  # its own place is kept for its document
            samtykke_id, version = _stand_in(samtykke_id, version), 1
        if store.versions_of(connection, samtykke_id):
            return
        value = {
            "samtykke_id": samtykke_id,
            "version": version,
            "borger": borger_id,
            "sag": "spaerring",
            "formaal": "spaerring",
            "punkter": [],
            "spaerringer": content["spaerringer"],
            "afgivet": since,
            "gyldig_til": None,
        }
        self._add(connection, value)

    def _add(self, connection: Connection, value: dict[str, Any]) -> None:
        now = instant(host_time(connection))
        key: Key = self._keys.key_for(value["borger"], now[:4])
        place = f"samtykke:{value['samtykke_id']}:{value['version']}"
        kept = {"vaerdi": value, "dokument": "", "underskrift": None}
        row = store.StoredSamtykke(
            samtykke_id=value["samtykke_id"],
            version=value["version"],
            borger_id=value["borger"],
            box=close_box(key, json.dumps(kept).encode(), place),
            key_id=key.key_id,
            underskrift="ugyldig",
            relation="borger",
            underskriver="",
            bekraeftet=False,
            tilbagekaldt=None,
            registreret_af=FROM_JOURNAL,
        )
        store.add_samtykke(connection, row, now)
        store.note_instant(connection, row.borger_id, now)
        self._note(connection, "registreret", row.borger_id, row.samtykke_id, row.version)

    def _note(self, connection: Connection, state: str, borger_id: str, samtykke_id: str, version: int) -> None:
        about = {"samtykke": {"samtykke_id": samtykke_id, "version": version}}
        now = host_time(connection)
        self._recorder.note(
            connection, "samtykke", state, now, tilladt=about, bemaerkning=FROM_JOURNAL, borger=borger_id
        )


def _citizen(connection: Connection, fact: Fact, numbers: Sequence[str]) -> str:
    """Return whom the numbers lead to now, making the citizen that the restored database does not know."""
    known = next((one for key in numbers if (one := store.citizen_by_key(connection, key)) is not None), None)
    if known is not None:
        return known
    if not store.lock_citizens(connection, [fact.borger_id], exclusive=True):
        connection.execute(insert(store.borger).values(borger_id=fact.borger_id, senest=fact.tid))
    for key in numbers:
        connection.execute(insert(store.borgernummer).values(noegle=key, borger_id=fact.borger_id))
    return fact.borger_id


def _forget(connection: Connection, borger_id: str) -> None:
    log_store.forget(connection, borger_id)
    connection.execute(delete(store.borgernummer).where(store.borgernummer.c.borger_id == borger_id))


def _erased(posts: Iterable[Post]) -> set[str]:
    return {post.fact.borger_id for post in posts if post.fact.art is Art.SLETNING}


def _stand_in(samtykke_id: str, version: int) -> str:
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, f'{samtykke_id}:{version}')}"
