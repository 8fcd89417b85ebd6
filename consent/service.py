"""The consent service: who a number belongs to, what the citizen has declared, and how that changes.

Every method takes the connection of its caller's transaction, so that what is decided, recorded and changed stands or
falls together. What a method returns is true once that transaction has committed.
"""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

from consent import journal, store
from consent.changes import Changes
from consent.citizen import CitizenFile, Sagspart, shield
from consent.database import host_time, instant, parse_instant
from consent.declarations import Declaration, Spaerring, Unreadable
from consent.disclosures.keys import KeyStore
from consent.disclosures.recorder import Recorder
from consent.errors import ConsentRefused
from consent.history import ADRESSEBESKYTTELSE_OPHOERT, ADRESSEBESKYTTET, SPAERRING_OPHAEVET
from consent.refusals import Refusal, refuse
from consent.registering import Registered, Registering
from consent.sealing import BoxUnopened, close_box, open_box
from consent.signatures import Trust
from consent.signers import Signing, confirm_anew
from consent.stored import opened

__all__ = ["ConsentService", "Registered"]

CACHED_DECLARATIONS = 10_000
"""Declarations held read, some 10 kB each: those of the citizens about whom something crosses these hours."""

MAX_PARTS = 200
"""Parts a citizen's case index may hold: many times what casework has, and few enough to read at every decision."""


class ConsentService:
    """The one door to the consent store."""

    def __init__(self, keys: KeyStore, recorder: Recorder, register_version: str) -> None:
        self._keys = keys
        self._changes = Changes(keys, recorder, register_version)
        self._registering = Registering(keys, self._changes, self.citizen)
        self._cached = lru_cache(maxsize=CACHED_DECLARATIONS)(lambda row: opened(keys, row))

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
        protected = store.protected_since(connection, wanted)
        return {
            borger_id: CitizenFile(
                borger_id,
                (
                    *(self._opened(row) for row in rows if row.borger_id == borger_id and row.ophaevet is None),
                    *([shield(borger_id, parse_instant(protected[borger_id]))] if borger_id in protected else []),
                ),
                tuple(one for part in parts if part[0] == borger_id and (one := self._part(part)) is not None),
            )
            for borger_id in wanted
        }

    def now(self, connection: Connection, ids: Iterable[str]) -> datetime:
        """Return the instant to decide by: the database host's, never earlier than the newest recorded for these."""
        newest = store.lock_citizens(connection, sorted(set(ids)), exclusive=False).values()
        return max([host_time(connection), *(parse_instant(one) for one in newest)])

    def register(
        self, connection: Connection, document: bytes, trust: Trust, names: Mapping[str, str], registrar: str
    ) -> Registered | ConsentRefused:
        """Register a signed document (`Registering.signed`)."""
        return self._registering.signed(connection, document, trust, names, registrar)

    def register_paper(
        self, connection: Connection, attestation: bytes, trust: Trust, names: Mapping[str, str], registrar: str
    ) -> Registered | ConsentRefused:
        """Register a samtykke on paper that an employee attests (`Registering.paper`)."""
        return self._registering.paper(connection, attestation, trust, names, registrar)

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
        added = self._registering.add(connection, value, None, registrar)
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
            journal.note_withdrawal(connection, borger_id, samtykke_id, instant(now))
            self._changes.note(connection, "tilbagekaldt", now, by=registrar, borger_id=borger_id, row=versions[-1])
        return borger_id

    def lift(self, connection: Connection, number: str, samtykke_id: str, reference: str, registrar: str) -> str:
        """Lift a block that was recorded on the citizen's word, on the citizen's word; return whose it is.

        `reference` says where the municipality has that word. Lifting twice is fine and keeps the first instant.

        Raises:
            ConsentRefused: this citizen has no such block, or it stands in something signed: then a new version of
                that, signed without the block, is what lifts it.
        """
        borger_id = self.known_citizen(connection, number)
        versions = [row for row in store.versions_of(connection, samtykke_id) if row.borger_id == borger_id]
        if borger_id is None or not versions:
            raise ConsentRefused("ukendt_spaerring", "the citizen has no block of this id")
        if any(row.form is not None for row in versions):
            reason = "this block stands in something signed; the citizen lifts it by signing a new version without it"
            raise ConsentRefused("underskrevet_spaerring", reason)
        self.files(connection, [borger_id], exclusive=True)
        # Only now, locked: of two at once the other has lifted it.
        if any(row.ophaevet is None for row in store.versions_of(connection, samtykke_id)):
            now = self.now(connection, [borger_id])
            store.lift(connection, samtykke_id, instant(now))
            store.note_instant(connection, borger_id, instant(now))
            journal.note_lifted_block(connection, borger_id, samtykke_id, instant(now))
            self._changes.note(
                connection,
                SPAERRING_OPHAEVET,
                now,
                by=registrar,
                borger_id=borger_id,
                row=versions[-1],
                begrundelse=reference,
            )
        return borger_id

    def protect_address(self, connection: Connection, borger_id: str, by: str, reference: str | None = None) -> bool:
        """Remember that the citizen is under name-and-address protection; return whether that is news.

        From now on no consent lets the address cross. It holds until `unprotect_address`, whatever anybody sends.
        """
        file = self.files(connection, [borger_id], exclusive=True)[borger_id]
        if file.adressebeskyttet:
            return False
        now = self.now(connection, [borger_id])
        store.protect_address(connection, borger_id, instant(now))
        store.note_instant(connection, borger_id, instant(now))
        journal.note_protected_address(connection, self._changes.key(borger_id, now), borger_id, instant(now))
        self._changes.note(connection, ADRESSEBESKYTTET, now, by=by, borger_id=borger_id, begrundelse=reference)
        return True

    def unprotect_address(self, connection: Connection, borger_id: str, by: str, reference: str) -> bool:
        """Remember that the protection has ended, and where that is said; return whether there was any."""
        file = self.files(connection, [borger_id], exclusive=True)[borger_id]
        if file.adressebeskyttet:
            now = self.now(connection, [borger_id])
            store.protect_address(connection, borger_id, None)
            store.note_instant(connection, borger_id, instant(now))
            self._changes.note(
                connection, ADRESSEBESKYTTELSE_OPHOERT, now, by=by, borger_id=borger_id, begrundelse=reference
            )
        return file.adressebeskyttet

    def refuse(self, connection: Connection, number: str, refusal: Refusal, by: str) -> str:
        """Record that the citizen said no; return the borger_id.

        Raises:
            ConsentRefused: as `consent.refusals.refuse`.
        """
        borger_id = self.citizen(connection, number)
        refuse(connection, self._changes, borger_id, refusal, by)
        return borger_id

    def confirm_signer(
        self,
        connection: Connection,
        signer: str,
        number: str,
        *,
        relation: str,
        source: str,
        reference: str,
        by: str,
        gyldig_fra: date | None = None,
        gyldig_til: date | None = None,
    ) -> str:
        """Record that the signer with this certificate id is, or may sign for, the citizen; return the borger_id.

        A newer record takes the place of the older one, with its days.

        Raises:
            ConsentRefused: as `consent.signers.Signing.checked`.
        """
        record = Signing(signer.lower(), relation, source, reference, gyldig_fra, gyldig_til)
        record = record.checked(host_time(connection))
        borger_id = self.citizen(connection, number)
        self.files(connection, [borger_id], exclusive=True)
        now = self.now(connection, [borger_id])
        values = {
            "uuid": record.uuid,
            "borger_id": borger_id,
            "relation": relation,
            "kilde": source,
            "reference": reference,
            "registreret": instant(now),
            "registreret_af": by,
            "gyldig_fra": record.gyldig_fra.isoformat() if record.gyldig_fra else None,
            "gyldig_til": record.gyldig_til.isoformat() if record.gyldig_til else None,
            "forkastet": None,
        }
        store.add_signer(connection, values)
        self._signers_changed(connection, "underskriver_bekraeftet", borger_id, record.uuid, now, by)
        return borger_id

    def reject_signer(self, connection: Connection, signer: str, number: str, *, reference: str, by: str) -> str:
        """Record that a signer's record was bad or is so now: it confirms nothing any more; return the borger_id.

        Raises:
            ConsentRefused: there is no record of this signer for this citizen, or it is rejected already.
        """
        borger_id = self.known_citizen(connection, number)
        if borger_id is not None:
            self.files(connection, [borger_id], exclusive=True)
            now = self.now(connection, [borger_id])
            if store.reject_signer(connection, signer.lower(), borger_id, instant(now)):
                key = self._changes.key(borger_id, now)
                journal.note_refused_signer(connection, key, borger_id, signer.lower(), instant(now))
                self._signers_changed(
                    connection, "underskriver_forkastet", borger_id, signer.lower(), now, by, begrundelse=reference
                )
                return borger_id
        raise ConsentRefused("ukendt_underskriver", "this signer is not on record for this citizen")

    def _signers_changed(
        self, connection: Connection, state: str, borger_id: str, signer: str, now: datetime, by: str, **sealed: Any
    ) -> None:
        confirm_anew(connection, self._keys, borger_id, signer, now)
        store.note_instant(connection, borger_id, instant(now))
        self._changes.note(connection, state, now, by=by, borger_id=borger_id, **sealed)

    def note_part(self, connection: Connection, borger_id: str, part: Sagspart) -> None:
        """Remember that a party takes part in one of the citizen's cases."""
        sag, formaal = part.case
        key = self._changes.key(borger_id, host_time(connection))
        mark = self._keys.index_of("sagspart", json.dumps([borger_id, sag, formaal, part.part, part.rolle]))
        box = close_box(key, json.dumps([sag, formaal]).encode(), f"sagspart:{borger_id}")
        values = {"borger_id": borger_id, "noegle": mark, "part": part.part, "rolle": part.rolle, "box": box}
        if len(store.sagsparter_of(connection, [borger_id])) < MAX_PARTS:
            store.add_sagspart(connection, {**values, "key_id": key.key_id})

    def _opened(self, row: store.StoredSamtykke) -> Declaration | Unreadable:
        """Read a stored version; one whose key is gone is unreadable, and refuses everything for its citizen."""
        if self._keys.find(row.key_id) is None:
            return Unreadable("the key of the stored declaration is gone", row.borger_id)
        return self._cached(row)

    def _part(self, row: tuple[str, str, str, bytes, str, str]) -> Sagspart | None:
        """Read a known part; one that does not open is forgotten, which takes part in nothing."""
        borger_id, part, rolle, box, key_id, _mark = row
        key = self._keys.find(key_id)
        try:
            sag, formaal = json.loads(open_box(key, box, f"sagspart:{borger_id}")) if key else (None, None)
        except (BoxUnopened, ValueError):
            return None
        return Sagspart((sag, formaal), part, rolle) if sag and formaal else None
