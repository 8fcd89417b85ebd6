"""The consent service: who a number belongs to, what the citizen has declared, and how that changes.

Every method takes the connection of its caller's transaction, so that what is decided, recorded and changed stands or
falls together. What a method returns is true once that transaction has committed.
"""

import json
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from cryptography import x509
from sqlalchemy import Connection

from consent import store
from consent.citizen import CitizenFile, Sagspart
from consent.database import host_time, instant, parse_instant
from consent.declarations import RELATIONER, Declaration, Spaerring, Unreadable, read_declaration
from consent.disclosures.keys import Key, KeyStore
from consent.disclosures.recorder import OPERATIONS, Recorder
from consent.document import DocumentRefused, read_document
from consent.errors import ConsentRefused
from consent.sealing import BoxUnopened, close_box, open_box
from consent.signatures import NotVerified, Verified, verify_xades

CACHED_DECLARATIONS = 10_000
"""Declarations held read, some 10 kB each: those of the citizens about whom something crosses these hours."""

MAX_PARTS = 200
"""Parts a citizen's case index may hold: many times what casework has, and few enough to read at every decision."""

_SAMTYKKE_ID = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Registered:
    """A declaration as the service now has it. `new` is False where the very same one was there already."""

    declaration: Declaration
    new: bool


class ConsentService:
    """The one door to the consent store."""

    def __init__(self, keys: KeyStore, recorder: Recorder, register_version: str) -> None:
        self._keys = keys
        self._recorder = recorder
        self._register_version = register_version
        self._cached = lru_cache(maxsize=CACHED_DECLARATIONS)(self._open_declaration)

    def citizen(self, connection: Connection, number: str) -> str:
        """Return the borger_id of a CPR or replacement CPR; a number never seen before is a citizen of its own."""
        key = self._keys.index_of("borgernummer", number)
        known = store.citizen_by_key(connection, key)
        if known is not None:
            return known
        borger_id = str(uuid.uuid4())
        store.add_citizen(connection, borger_id, key, instant(host_time(connection)))
        return borger_id

    def known_citizen(self, connection: Connection, number: str) -> str | None:
        """Return the borger_id of a number, or None where the bus has never seen it."""
        return store.citizen_by_key(connection, self._keys.index_of("borgernummer", number))

    def files(self, connection: Connection, ids: Iterable[str], *, exclusive: bool = False) -> dict[str, CitizenFile]:
        """Lock these citizens and return what is known of each."""
        wanted = sorted(set(ids))
        store.lock_citizens(connection, wanted, exclusive=exclusive)
        rows, parts = store.samtykker_of(connection, wanted), store.sagsparter_of(connection, wanted)
        return {
            borger_id: CitizenFile(
                borger_id,
                tuple(self._opened(row) for row in rows if row.borger_id == borger_id),
                tuple(one for part in parts if part[0] == borger_id and (one := self._part(part)) is not None),
            )
            for borger_id in wanted
        }

    def now(self, connection: Connection, ids: Iterable[str]) -> datetime:
        """Return the instant to decide by: the database host's, never earlier than the newest recorded for these."""
        newest = store.lock_citizens(connection, sorted(set(ids)), exclusive=False).values()
        return max([host_time(connection), *(parse_instant(one) for one in newest)])

    def register(
        self,
        connection: Connection,
        document: bytes,
        anchors: Sequence[x509.Certificate],
        names: Mapping[str, str],
        registrar: str,
    ) -> Registered | ConsentRefused:
        """Verify a signed samtykke document and record it as a version.

        A document that does not verify is kept for the record and logged, and never becomes a version; the same
        declaration twice is one; the same id and version with other content is refused, and so is an id that another
        citizen holds. The names that the citizen was shown must be those of the register (`names`, party id to name):
        the signature proves what was shown, not that it was true. A refusal is returned, not raised: it is recorded in
        the same transaction.
        """
        now = host_time(connection)
        verified = verify_xades(document, anchors, now)
        if isinstance(verified, NotVerified):
            return self._refuse(
                connection, document, verified.reason.value, f"{verified.reason.value}: {verified.where}"
            )
        try:
            content = read_document(verified.signed)
        except DocumentRefused as refused:
            return self._refuse(connection, document, "dokument_afvist", str(refused))
        if not _SAMTYKKE_ID.fullmatch(content.declaration["samtykke_id"]):
            reason = "the samtykke_id must be a urn:uuid: it stands in the log for ever, so it must say nothing"
            return self._refuse(connection, document, "samtykke_id", reason)
        if any(names.get(party, name) != name for party, name in content.names.items()):
            reason = "the citizen was shown another name for a party than the register has"
            return self._refuse(connection, document, "andet_navn", reason)
        borger_id = self.citizen(connection, content.declaration["borger"])
        self.files(connection, [borger_id], exclusive=True)
        return self._add(connection, {**content.declaration, "borger": borger_id}, verified, document, registrar)

    def block(
        self, connection: Connection, number: str, til: Sequence[str], oplysningstyper: Sequence[str], registrar: str
    ) -> Registered:
        """Record the citizen's wish that something must not reach someone, at once and without a signature.

        A block fails towards silence, so it needs no signature to stand; lifting one does. It is recorded as a
        declaration with no points; the same block twice is one.
        """
        borger_id = self.citizen(connection, number)
        file = self.files(connection, [borger_id], exclusive=True)[borger_id]
        scope = {"til": sorted(set(til)), "oplysningstyper": sorted(set(oplysningstyper))}
        wish = Spaerring(tuple(scope["til"]), tuple(scope["oplysningstyper"]))
        newest = {one.samtykke_id: one for one in sorted(file.declarations, key=lambda one: one.version)}
        now = self.now(connection, [borger_id])
        standing = next((one for one in newest.values() if wish in one.spaerringer and one.afgivet <= now), None)
        if standing is not None:
            return Registered(standing, new=False)
        value = {
            "samtykke_id": f"urn:uuid:{uuid.uuid4()}",
            "version": 1,
            "borger": borger_id,
            "sag": "spaerring",
            "formaal": "spaerring",
            "punkter": [],
            "spaerringer": [scope],
            "afgivet": instant(host_time(connection)),
            "gyldig_til": None,
        }
        added = self._add(connection, value, None, b"", registrar)
        if isinstance(added, ConsentRefused):
            raise added
        return added

    def withdraw(self, connection: Connection, samtykke_id: str, registrar: str) -> str:
        """Withdraw every version of a declaration from this instant on; return whose it is.

        Withdrawing twice is fine and keeps the first instant.

        Raises:
            ConsentRefused: nobody has a declaration of this id.
        """
        versions = store.versions_of(connection, samtykke_id)
        if not versions:
            raise ConsentRefused(
                "ukendt_samtykke", "no declaration has this id; list the citizen's with `consent show`"
            )
        borger_id = versions[-1].borger_id
        self.files(connection, [borger_id], exclusive=True)
        if any(row.tilbagekaldt is None for row in versions):
            now = self.now(connection, [borger_id])
            store.withdraw_versions(connection, samtykke_id, instant(now))
            store.note_instant(connection, borger_id, instant(now))
            self._note(connection, "tilbagekaldt", now, borger_id, versions[-1], registrar)
        return borger_id

    def confirm_signer(
        self, connection: Connection, signer: str, number: str, *, relation: str, source: str, reference: str, by: str
    ) -> str:
        """Record that the signer with this certificate id is, or may sign for, the citizen; return the borger_id.

        Raises:
            ConsentRefused: the relation is none of borger, vaerge, foraeldremyndighed, fuldmagt.
        """
        if relation not in RELATIONER:
            raise ConsentRefused("ukendt_relation", f"the relation must be one of {', '.join(sorted(RELATIONER))}")
        borger_id = self.citizen(connection, number)
        self.files(connection, [borger_id], exclusive=True)
        now = host_time(connection)
        values = {"uuid": signer, "borger_id": borger_id, "relation": relation, "kilde": source, "reference": reference}
        store.add_signer(connection, {**values, "registreret": instant(now), "registreret_af": by})
        store.confirm_signatures(connection, signer, borger_id, relation)
        self._note(connection, "underskriver_bekraeftet", now, borger_id, None, by)
        return borger_id

    def note_part(self, connection: Connection, borger_id: str, part: Sagspart) -> None:
        """Remember that a party takes part in one of the citizen's cases."""
        sag, formaal = part.case
        key = self._key(borger_id, host_time(connection))
        mark = self._keys.index_of("sagspart", json.dumps([borger_id, sag, formaal, part.part, part.rolle]))
        box = close_box(key, json.dumps([sag, formaal]).encode(), f"sagspart:{borger_id}")
        values = {"borger_id": borger_id, "noegle": mark, "part": part.part, "rolle": part.rolle, "box": box}
        if len(store.sagsparter_of(connection, [borger_id])) < MAX_PARTS:
            store.add_sagspart(connection, {**values, "key_id": key.key_id})

    def _add(
        self,
        connection: Connection,
        signed: Mapping[str, Any],
        verified: Verified | None,
        document: bytes,
        registrar: str,
    ) -> Registered | ConsentRefused:
        borger_id, samtykke_id, version = signed["borger"], signed["samtykke_id"], signed["version"]
        uuid_of_signer = verified.signer.uuid if verified else ""
        relation = store.relation_of(connection, uuid_of_signer, borger_id)
        now = host_time(connection)
        key = self._key(borger_id, now)
        row = store.StoredSamtykke(
            samtykke_id=samtykke_id,
            version=version,
            borger_id=borger_id,
            box=close_box(key, _box_content(signed, document), f"samtykke:{samtykke_id}:{version}"),
            key_id=key.key_id,
            underskrift="gyldig" if verified else "ugyldig",
            relation=relation or "borger",
            underskriver=uuid_of_signer,
            bekraeftet=relation is not None,
            tilbagekaldt=None,
            registreret_af=registrar,
        )
        declaration = self._open_declaration(row)
        if isinstance(declaration, Unreadable):
            return self._refuse(
                connection, document, "laesefejl", f"the declaration cannot be read: {declaration.reason}"
            )
        versions = store.versions_of(connection, samtykke_id)
        if any(one.borger_id != borger_id for one in versions):
            reason = "this samtykke_id belongs to another citizen's declaration"
            return self._refuse(connection, document, "anden_borgers_id", reason)
        # The instants of documents have whole seconds.
        ended = [parse_instant(one.tilbagekaldt).replace(microsecond=0) for one in versions if one.tilbagekaldt]
        if any(withdrawn > declaration.afgivet for withdrawn in ended):
            reason = "it was signed before the withdrawal of an earlier version; the citizen must sign anew"
            if not any(one.version == version for one in versions):
                return self._refuse(connection, document, "givet_foer_tilbagekaldelsen", reason)
        same = next((one for one in versions if one.version == version), None)
        if same is not None and not self._same(same, signed):
            reason = "this version exists with other content; a change is a higher version"
            return self._refuse(connection, document, "version_optaget", reason)
        if same is not None:
            return Registered(declaration, new=False)
        store.add_samtykke(connection, row, instant(now))
        store.note_instant(connection, borger_id, instant(now))
        self._note(connection, "registreret", now, borger_id, row, registrar, self._keys.keyed_hash(document))
        return Registered(declaration, new=True)

    def _refuse(self, connection: Connection, document: bytes, code: str, reason: str) -> ConsentRefused:
        now = host_time(connection)
        key = self._key(OPERATIONS, now)
        box = close_box(key, document, f"afvist_dokument:{instant(now)}")
        store.keep_refused(connection, instant(now), code[:60], box, key.key_id)
        self._note(connection, "afvist", now, None, None, code)
        return ConsentRefused(code, reason)

    def _note(
        self,
        connection: Connection,
        state: str,
        now: datetime,
        borger_id: str | None,
        row: store.StoredSamtykke | None,
        by: str,
        digest: str | None = None,
    ) -> None:
        grounds = {"samtykke": {"samtykke_id": row.samtykke_id, "version": row.version}} if row else {}
        self._recorder.note(
            connection,
            "samtykke",
            state,
            now,
            register=self._register_version,
            tilladt=grounds,
            bemaerkning=by,
            borger=borger_id,
            samtykkedokument=digest,
        )

    def _key(self, owner: str, now: datetime) -> Key:
        return self._keys.key_for(owner, f"{now.year}")

    def _signed_value(self, row: store.StoredSamtykke) -> dict[str, Any]:
        key = self._keys.find(row.key_id)
        if key is None:
            raise BoxUnopened("the key of the declaration is gone")
        value: dict[str, Any] = json.loads(open_box(key, row.box, f"samtykke:{row.samtykke_id}:{row.version}"))[
            "vaerdi"
        ]
        return value

    def _opened(self, row: store.StoredSamtykke) -> Declaration | Unreadable:
        """Read a stored version; one whose key is gone is unreadable, and refuses everything for its citizen."""
        if self._keys.find(row.key_id) is None:
            return Unreadable("the key of the stored declaration is gone", row.borger_id)
        return self._cached(row)

    def _open_declaration(self, row: store.StoredSamtykke) -> Declaration | Unreadable:
        try:
            value = self._signed_value(row)
        except (BoxUnopened, ValueError, KeyError):
            return Unreadable("the stored declaration does not open", row.borger_id)
        state = {
            "borger": row.borger_id,
            "tilbagekaldt": row.tilbagekaldt,
            "underskrift": row.underskrift,
            "underskriver": {"relation": row.relation, "bekraeftet": row.bekraeftet},
        }
        return read_declaration({**value, **state})

    def _same(self, row: store.StoredSamtykke, signed: Mapping[str, Any]) -> bool:
        """Whether a stored version says the same; one that does not open is never taken for the same."""
        try:
            return self._signed_value(row) == dict(signed)
        except (BoxUnopened, ValueError, KeyError):
            return False

    def _part(self, row: tuple[str, str, str, bytes, str, str]) -> Sagspart | None:
        """Read a known part; one that does not open is forgotten, which takes part in nothing."""
        borger_id, part, rolle, box, key_id, _mark = row
        key = self._keys.find(key_id)
        try:
            sag, formaal = json.loads(open_box(key, box, f"sagspart:{borger_id}")) if key else (None, None)
        except (BoxUnopened, ValueError):
            return None
        return Sagspart((sag, formaal), part, rolle) if sag and formaal else None


def _box_content(signed: Mapping[str, Any], document: bytes) -> bytes:
    return json.dumps({"vaerdi": dict(signed), "dokument": document.decode("utf-8", "replace")}).encode()
