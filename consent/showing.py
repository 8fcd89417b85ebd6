"""What a registrar sees of a citizen's file: everything that was declared, in which form, and who signs."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from consent import store
from consent.decisions import PAPIR
from consent.declarations import Declaration, Unreadable
from consent.disclosures.keys import KeyStore
from consent.refusals import refusals
from consent.sealing import BoxUnopened
from consent.stored import box_content, declaration_of


def shown(connection: Connection, keys: KeyStore, borger_id: str, samtykke_id: str | None = None) -> dict[str, Any]:
    """Return a citizen's file as JSON values, or of its declarations those of one id; the number is not repeated.

    Blocks that were lifted are shown as lifted; what does not open says so.
    """
    rows = [row for row in store.samtykker_of(connection, [borger_id]) if samtykke_id in (None, row.samtykke_id)]
    return {
        "samtykker": [_row(row, keys) for row in sorted(rows, key=lambda row: (row.samtykke_id, row.version))],
        "afslag": refusals(connection, keys, borger_id),
        "underskrivere": [
            {name: getattr(one, name) for name in one.__slots__} for one in store.signers_of(connection, borger_id)
        ],
        "adressebeskyttet": bool(store.protected_since(connection, [borger_id])),
    }


def scope(declaration: Declaration) -> dict[str, Any]:
    """Return what a registrar sees of a declaration."""
    signer = declaration.underskriver
    return {
        "samtykke_id": declaration.samtykke_id,
        "version": declaration.version,
        "sag": declaration.sag,
        "formaal": declaration.formaal,
        "punkter": [
            {"punkt": one.punkt, "fra": one.fra, "til": one.til, "oplysningstyper": one.oplysningstyper}
            for one in declaration.punkter
        ],
        "spaerringer": [{"til": one.til, "oplysningstyper": one.oplysningstyper} for one in declaration.spaerringer],
        "afgivet": declaration.afgivet.isoformat(),
        "gyldig_til": declaration.gyldig_til.isoformat() if declaration.gyldig_til else None,
        "tilbagekaldt": declaration.tilbagekaldt.isoformat() if declaration.tilbagekaldt else None,
        "underskrift": declaration.underskrift,
        "underskriver_relation": signer.relation,
        "underskriver_bekraeftet": signer.bekraeftet,
        "underskriver_til": signer.til.isoformat() if signer.til else None,
    }


def _row(row: store.StoredSamtykke, keys: KeyStore) -> dict[str, Any]:
    try:
        content = box_content(keys, row)
    except BoxUnopened as error:
        return _unreadable(row, str(error))
    declaration = declaration_of(row, content["vaerdi"])
    if isinstance(declaration, Unreadable):
        return _unreadable(row, declaration.reason)
    return {**scope(declaration), "ophaevet": row.ophaevet, **_form(row, content.get("underskrift") or {})}


def _unreadable(row: store.StoredSamtykke, reason: str) -> dict[str, Any]:
    return {"samtykke_id": row.samtykke_id, "version": row.version, "ulaeselig": reason}


def _form(row: store.StoredSamtykke, proven: Mapping[str, Any]) -> dict[str, Any]:
    """Return in which form it came, and of paper who attested it and by what its scan is known."""
    form = {"form": row.form, "niveau": proven.get("niveau")}
    if row.form != PAPIR:
        return form
    return {**form, **{name: proven.get(name) for name in ("medarbejder", "attesteret_af", "scan")}}
