"""A citizen's declarations as an earlier decision knew them: contents from the store, their order from the log.

The log's own order says what was there: a clock may have been set back, and a row that the log does not know of never
was. So is it with address protection and with blocks that were lifted.
"""

import json
from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from consent import store
from consent.citizen import shield
from consent.database import parse_instant
from consent.declarations import Unreadable
from consent.disclosures import store as log_store
from consent.disclosures.entries import unseal
from consent.disclosures.errors import SealError
from consent.disclosures.keys import KeyStore
from consent.recheck import KnownVersion
from consent.sealing import BoxUnopened
from consent.stored import box_content, declaration_of

ADRESSEBESKYTTET = "adressebeskyttet"
ADRESSEBESKYTTELSE_OPHOERT = "adressebeskyttelse_ophoert"
SPAERRING_OPHAEVET = "spaerring_ophaevet"
"""States of the log's entries that are read here, beside `registreret`."""

_Name = tuple[str, int]
"""Id and version of a declaration."""


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What an entry recorded: of which declaration, when, and the keyed hash of its document."""

    nummer: int
    tid: datetime
    tilstand: str
    samtykke: _Name | None
    digest: str | None


def known_versions(connection: Connection, keys: KeyStore, borger_id: str) -> tuple[KnownVersion, ...]:
    """Return every stored version of the citizen's declarations, and since when each was known and confirmed.

    Address protection is among them: a block for each time that it held.
    """
    recorded = sorted(_recorded(connection, keys, borger_id), key=lambda one: one.nummer)
    registered = {one.samtykke: one for one in recorded if one.tilstand == "registreret"}
    lifted = {one.samtykke[0]: one.nummer for one in recorded if one.samtykke and one.tilstand == SPAERRING_OPHAEVET}
    earlier = store.confirmations_of(connection, borger_id)
    versions = []
    for row, since in store.history_of(connection, borger_id):
        name = (row.samtykke_id, row.version)
        times = tuple((parse_instant(fra), parse_instant(til)) for fra, til in earlier.get(name, ()))
        known = _known(row, since, keys, registered.get(name))
        # A block that was lifted may have been followed by a signed version, which the lifting does not touch.
        ended = lifted.get(row.samtykke_id) if row.form is None else None
        versions.append(replace(known, tidligere=times, ophaevet=ended))
    return (*versions, *_shields(recorded, borger_id))


def _shields(recorded: Sequence[_Recorded], borger_id: str) -> Iterator[KnownVersion]:
    """Yield the block that address protection is, for each time that it began."""
    for one in recorded:
        if one.tilstand == ADRESSEBESKYTTET:
            ends = (
                later.nummer
                for later in recorded
                if later.tilstand == ADRESSEBESKYTTELSE_OPHOERT and later.nummer > one.nummer
            )
            block = shield(borger_id, one.tid)
            yield KnownVersion(block, one.nummer, None, uroert=True, ophaevet=next(ends, None))


def _recorded(connection: Connection, keys: KeyStore, borger_id: str) -> Iterator[_Recorded]:
    page = log_store.Search(borger_id=borger_id, art="samtykke", limit=log_store.MAX_PAGE)
    while entries := log_store.search(connection, page):
        for entry in entries:
            leaf = json.loads(entry.leaf)
            about = leaf["tilladt"].get("samtykke")
            name = (about["samtykke_id"], about["version"]) if about else None
            digest = _document(entry, keys) if leaf["tilstand"] == "registreret" else None
            yield _Recorded(entry.seq, parse_instant(leaf["tid"]), leaf["tilstand"], name, digest)
        page = replace(page, before_seq=entries[-1].seq)


def _document(entry: log_store.Stored, keys: KeyStore) -> str | None:
    key = keys.find(entry.key_id)
    try:
        return unseal(entry.leaf, entry.box, key).get("samtykkedokument") if key else None
    except SealError:
        return None


def _known(row: store.StoredSamtykke, since: str | None, keys: KeyStore, recorded: _Recorded | None) -> KnownVersion:
    try:
        content = box_content(keys, row)
        declaration = declaration_of(row, content["vaerdi"])
        found = keys.keyed_hash(b64decode(content["dokument"]))
    except (BoxUnopened, ValueError, KeyError):
        declaration, found = Unreadable("the stored declaration does not open", row.borger_id), None
    return KnownVersion(
        erklaering=declaration,
        nummer=recorded.nummer if recorded else None,
        bekraeftet=parse_instant(since) if since else None,
        uroert=found == (recorded.digest if recorded else None),
    )
