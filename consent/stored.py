"""Read a stored version of a declaration: what was signed lies in its box, what the service says of it in its row."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from consent.database import parse_instant
from consent.decisions import PAPIR
from consent.declarations import Declaration, Unreadable, read_declaration
from consent.disclosures.keys import KeyStore
from consent.sealing import BoxUnopened, open_box
from consent.store import StoredSamtykke


def place(row: StoredSamtykke) -> str:
    """Return the context that the box of a row is bound to."""
    return f"samtykke:{row.samtykke_id}:{row.version}"


def box_content(keys: KeyStore, row: StoredSamtykke) -> dict[str, Any]:
    """Return what lies in the box: `vaerdi` as it was signed, `dokument` in base64, `underskrift` as it was proven.

    Raises:
        BoxUnopened: its key is gone, or it was changed.
    """
    key = keys.find(row.key_id)
    if key is None:
        raise BoxUnopened("the key of the declaration is gone")
    try:
        content: dict[str, Any] = json.loads(open_box(key, row.box, place(row)))
    except ValueError:
        raise BoxUnopened("the stored declaration is not JSON") from None
    if not isinstance(content.get("vaerdi"), dict):
        raise BoxUnopened("the stored declaration has another form")
    return content


def declaration_of(row: StoredSamtykke, vaerdi: Mapping[str, Any]) -> Declaration | Unreadable:
    """Return the declaration as the rules see it: what was signed, and what the row says of it now."""
    state = {
        "borger": row.borger_id,
        "tilbagekaldt": row.tilbagekaldt,
        "underskrift": row.underskrift,
        "underskriver": {"relation": row.relation, "bekraeftet": row.bekraeftet},
    }
    read = read_declaration({**vaerdi, **state})
    if isinstance(read, Unreadable):
        return read
    til = parse_instant(row.bekraeftet_til) if row.bekraeftet_til else None
    return replace(read, underskriver=replace(read.underskriver, til=til, papir=row.form == PAPIR))


def opened(keys: KeyStore, row: StoredSamtykke) -> Declaration | Unreadable:
    """Return the declaration of a row; one that does not open is unreadable, and refuses everything for its citizen."""
    try:
        return declaration_of(row, box_content(keys, row)["vaerdi"])
    except BoxUnopened:
        return Unreadable("the stored declaration does not open", row.borger_id)
