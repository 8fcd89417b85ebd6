"""Take a declaration in: verify what stands behind it, and record it as a version.

A document that does not verify is kept for the record and logged, and never becomes a version.
"""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from consent import journal, store
from consent.changes import Changes
from consent.database import host_time, instant, parse_instant
from consent.decisions import PAPIR
from consent.declarations import Declaration, Unreadable
from consent.disclosures.keys import KeyStore
from consent.disclosures.recorder import OPERATIONS
from consent.document import DocumentRefused, SignedContent, read_document
from consent.errors import ConsentRefused
from consent.paper import read_attestation
from consent.sealing import BoxUnopened, close_box
from consent.signatures import NotVerified, Trust, Verified, verify_signed
from consent.signers import BORGER, Confirmation, confirmation
from consent.stored import box_content, declaration_of, place

_SAMTYKKE_ID = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Registered:
    """A declaration as the service now has it. `new` is False where the very same one was there already.

    `form` ("xml", "pdf", "papir") is that of the version on record, and `level` ("B", "T") that of the signature handed
    in; None for a block.
    """

    declaration: Declaration
    new: bool
    form: str | None = None
    level: str | None = None


@dataclass(frozen=True, slots=True)
class _Proof:
    """What stands behind a declaration: the file handed in, and what was verified of it.

    `signer` is the id of the certificate that signed it; on paper the id of who may sign for the citizen, and empty for
    the citizen, whom the attesting employee has seen.
    """

    verified: Verified
    document: bytes
    form: str
    signer: str
    scan: str | None = None
    medarbejder: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return what is kept of it beside the file."""
        verified = self.verified
        paper = {"scan": self.scan, "medarbejder": self.medarbejder, "attesteret_af": verified.signer.uuid}
        return {
            "form": self.form,
            "niveau": verified.level,
            "bevist_tid": verified.proven_time.isoformat() if verified.proven_time else None,
            "certifikat": verified.signer.fingerprint,
            "bemaerkning": verified.remark,
            **(paper if self.form == PAPIR else {}),
        }


class Registering:
    """Registers declarations: signed ones, those on paper, and blocks that the citizen asks for."""

    def __init__(self, keys: KeyStore, changes: Changes, citizen: Callable[[Connection, str], str]) -> None:
        self._keys = keys
        self._changes = changes
        self._citizen = citizen

    def signed(
        self,
        connection: Connection,
        document: bytes,
        trust: Trust,
        names: Mapping[str, str],
        registrar: str,
    ) -> Registered | ConsentRefused:
        """Verify a signed samtykke document, XML or PDF, and record it as a version.

        A document that does not verify is kept for the record and logged, and never becomes a version; the same
        declaration twice is one; the same id and version with other content is refused, and so is an id that another
        citizen holds. The names that the citizen was shown must be those of the register (`names`, party id to name):
        the signature proves what was shown, not that it was true. A refusal is returned, not raised: it is recorded in
        the same transaction.
        """
        verified = verify_signed(document, trust, host_time(connection))
        if isinstance(verified, NotVerified):
            return self._refuse_unverified(connection, document, verified)
        try:
            content = read_document(verified.signed)
        except DocumentRefused as refused:
            return self._refuse(connection, document, "dokument_afvist", str(refused))
        proof = _Proof(verified, document, verified.form, verified.signer.uuid)
        return self._register(connection, content, proof, names, registrar)

    def paper(
        self, connection: Connection, attestation: bytes, trust: Trust, names: Mapping[str, str], registrar: str
    ) -> Registered | ConsentRefused:
        """Verify an employee's attestation of a samtykke on paper, and record what it attests as a version.

        `trust` MUST name the employer. All that holds for a signed document holds here; and paper never takes the place
        of what the citizen signed digitally and has not withdrawn.
        """
        verified = verify_signed(attestation, trust, host_time(connection))
        if isinstance(verified, NotVerified):
            return self._refuse_unverified(connection, attestation, verified)
        try:
            attested = read_attestation(verified.signed)
        except DocumentRefused as refused:
            return self._refuse(connection, attestation, "attest_afvist", str(refused))
        scan = self._keys.keyed_hash(bytes.fromhex(attested.scan))
        proof = _Proof(verified, attestation, PAPIR, attested.underskriver, scan, attested.medarbejder)
        return self._register(connection, attested.content, proof, names, registrar)

    def _register(
        self,
        connection: Connection,
        content: SignedContent,
        proof: _Proof,
        names: Mapping[str, str],
        registrar: str,
    ) -> Registered | ConsentRefused:
        if not _SAMTYKKE_ID.fullmatch(content.declaration["samtykke_id"]):
            reason = "the samtykke_id must be a urn:uuid: it stands in the log for ever, so it must say nothing"
            return self._refuse(connection, proof.document, "samtykke_id", reason)
        if any(names.get(party, name) != name for party, name in content.names.items()):
            reason = "the citizen was shown another name for a party than the register has"
            return self._refuse(connection, proof.document, "andet_navn", reason)
        borger_id = self._citizen(connection, content.declaration["borger"])
        store.lock_citizens(connection, [borger_id], exclusive=True)
        return self.add(connection, {**content.declaration, "borger": borger_id}, proof, registrar)

    def add(
        self, connection: Connection, signed: Mapping[str, Any], proof: _Proof | None, registrar: str
    ) -> Registered | ConsentRefused:
        """Record a version; without proof it is a block that the citizen asks for. The citizen's row MUST be locked."""
        now = host_time(connection)
        document = proof.document if proof else b""
        row = self._row(signed, proof, registrar, now)
        declaration = declaration_of(row, signed)
        if isinstance(declaration, Unreadable):
            return self._refuse(
                connection, document, "laesefejl", f"the declaration cannot be read: {declaration.reason}"
            )
        found = _confirmation(connection, declaration, proof, now) if proof else None
        if found is not None:
            signer = replace(declaration.underskriver, relation=found.relation, bekraeftet=True, til=found.til)
            declaration = replace(declaration, underskriver=signer)
        row = _confirmed(row, found)
        versions = store.versions_of(connection, row.samtykke_id)
        same = next((one for one in versions if one.version == row.version), None)
        hindered = self._hindrance(connection, row, signed, declaration.afgivet, versions)
        if hindered is not None:
            return self._refuse(connection, document, *hindered)
        level = proof.verified.level if proof else None
        if same is not None:
            return Registered(declaration, new=False, form=same.form, level=level)
        self._keep(connection, row, declaration, proof, registrar, now)
        return Registered(declaration, new=True, form=row.form, level=level)

    def _row(
        self, signed: Mapping[str, Any], proof: _Proof | None, registrar: str, now: datetime
    ) -> store.StoredSamtykke:
        key = self._changes.key(signed["borger"], now)
        row = store.StoredSamtykke(
            samtykke_id=signed["samtykke_id"],
            version=signed["version"],
            borger_id=signed["borger"],
            box=b"",
            key_id=key.key_id,
            underskrift="gyldig" if proof else "ugyldig",
            relation=BORGER,
            underskriver=proof.signer if proof else "",
            bekraeftet=False,
            tilbagekaldt=None,
            registreret_af=registrar,
            form=proof.form if proof else None,
        )
        return replace(row, box=close_box(key, _box_content(signed, proof), place(row)))

    def _hindrance(
        self,
        connection: Connection,
        row: store.StoredSamtykke,
        signed: Mapping[str, Any],
        afgivet: datetime,
        versions: Sequence[store.StoredSamtykke],
    ) -> tuple[str, str] | None:
        """Return why a version cannot be recorded beside those there are, as code and reason."""
        if any(one.borger_id != row.borger_id for one in versions):
            return "anden_borgers_id", "this samtykke_id belongs to another citizen's declaration"
        known = {one.version for one in versions}
        ends = [one.tilbagekaldt for one in versions if one.tilbagekaldt]
        if row.version not in known:
            # The instants of documents have whole seconds.
            ends += journal.ended(connection, row.samtykke_id, row.version, known)
            if any(parse_instant(end).replace(microsecond=0) > afgivet for end in ends):
                reason = "it was signed before the withdrawal of an earlier version; the citizen must sign anew"
                return "givet_foer_tilbagekaldelsen", reason
        same = next((one for one in versions if one.version == row.version), None)
        if same is not None and not self._same(same, signed):
            return "version_optaget", "this version exists with other content; a change is a higher version"
        digital = any(one.form not in {None, PAPIR} and one.tilbagekaldt is None for one in versions)
        if same is None and row.form == PAPIR and digital:
            reason = "the citizen signed this samtykke digitally; paper takes its place only once that is withdrawn"
            return "papir_efter_digital", reason
        return None

    def _keep(
        self,
        connection: Connection,
        row: store.StoredSamtykke,
        declaration: Declaration,
        proof: _Proof | None,
        registrar: str,
        now: datetime,
    ) -> None:
        store.add_samtykke(connection, row, instant(now))
        store.note_instant(connection, row.borger_id, instant(now))
        key = self._changes.key(row.borger_id, now)
        journal.note_declaration(connection, key, declaration, instant(now), signed=proof is not None)
        attested = {"bruger": proof.verified.signer.uuid, "rolle": "attest"} if proof and row.form == PAPIR else {}
        digest = self._keys.keyed_hash(proof.document if proof else b"")
        self._changes.note(
            connection,
            "registreret",
            now,
            by=registrar,
            borger_id=row.borger_id,
            row=row,
            samtykkedokument=digest,
            **attested,
        )

    def _refuse_unverified(self, connection: Connection, document: bytes, found: NotVerified) -> ConsentRefused:
        return self._refuse(connection, document, found.reason.value, f"{found.reason.value}: {found.where}")

    def _refuse(self, connection: Connection, document: bytes, code: str, reason: str) -> ConsentRefused:
        now = host_time(connection)
        key = self._changes.key(OPERATIONS, now)
        box = close_box(key, document, f"afvist_dokument:{instant(now)}")
        store.keep_refused(connection, instant(now), code[:60], box, key.key_id)
        self._changes.note(connection, "afvist", now, by=code)
        return ConsentRefused(code, reason)

    def _same(self, row: store.StoredSamtykke, signed: Mapping[str, Any]) -> bool:
        """Whether a stored version says the same; one that does not open is never taken for the same."""
        try:
            return bool(box_content(self._keys, row)["vaerdi"] == dict(signed))
        except BoxUnopened:
            return False


def _confirmation(
    connection: Connection, declaration: Declaration, proof: _Proof, now: datetime
) -> Confirmation | None:
    if proof.form == PAPIR and not proof.signer:
        # The employee has made sure that it was the citizen who signed.
        return Confirmation(BORGER, None)
    return confirmation(connection, declaration, proof.signer, now)


def _confirmed(row: store.StoredSamtykke, found: Confirmation | None) -> store.StoredSamtykke:
    if found is None:
        return row
    until = instant(found.til) if found.til else None
    return replace(row, bekraeftet=True, relation=found.relation, bekraeftet_til=until)


def _box_content(signed: Mapping[str, Any], proof: _Proof | None) -> bytes:
    """Return what is kept of a version: what was declared, the very document, and what its signature proved."""
    document = b64encode(proof.document).decode() if proof else ""
    found = proof.as_json() if proof else None
    return json.dumps({"vaerdi": dict(signed), "dokument": document, "underskrift": found}).encode()
