"""Fetch what a decision of the log rested on, to decide it again or to explain it; each read as it was known then."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from consent.adjudication import Answer, Premises, Question
from consent.answering import premises
from consent.database import parse_instant
from consent.decisions import Reason, read_ground
from consent.disclosures.entries import unseal
from consent.disclosures.errors import SealError
from consent.disclosures.keys import KeyStore
from consent.disclosures.store import Stored
from consent.explanation import Explanation, explain, explain_erased
from consent.history import known_versions
from consent.recheck import Finding, KnownVersion, Outcome, Recorded, Registers, Rested, Why, as_known, recheck
from consent.sealing import BoxUnopened
from gateway import deliveries
from gateway.judging import Judge
from gateway.registers import kept_registers


@dataclass(slots=True)
class Rechecking:
    """Works inside one transaction: what several entries rest on is fetched once."""

    connection: Connection
    keys: KeyStore
    judge: Judge
    _registers: dict[str, Registers | None] = field(default_factory=dict)
    _versions: dict[str, tuple[KnownVersion, ...]] = field(default_factory=dict)

    def recheck(self, entries: Sequence[Stored]) -> list[Finding]:
        """Decide each of these entries again."""
        return [self._recheck(one) for one in entries]

    def explain(self, entry: Stored) -> Explanation:
        """Explain a decision as it was recorded; of one that is erased, what the open part of the log says."""
        recorded = self._recorded(entry)
        rested = self._rested(entry, recorded) if isinstance(recorded, Recorded) else None
        answer = _answer(recorded) if isinstance(recorded, Recorded) else None
        names = {part.id: part.navn for part in self.judge.register.parter}
        if isinstance(recorded, Why) or rested is None or isinstance(rested.question, Why) or answer is None:
            leaf = json.loads(entry.leaf)
            return explain_erased(leaf["fra"], leaf["til"], leaf["tilladt"], leaf["tilbageholdt"], names)
        then = rested.registers
        there = self._premises(recorded, rested, rested.question)
        return explain(rested.question, answer, there, then.names if then else names, then.bases if then else None)

    def _recheck(self, entry: Stored) -> Finding:
        recorded = self._recorded(entry)
        if isinstance(recorded, Why):
            outcome = Outcome.UMULIG if recorded is Why.SLETTET else Outcome.FORSKELLIG
            return Finding(entry.seq, outcome, recorded)
        return recheck(recorded, self._rested(entry, recorded))

    def _recorded(self, entry: Stored) -> Recorded | Why:
        key = self.keys.find(entry.key_id)
        if key is None:
            return Why.SLETTET
        try:
            sealed = unseal(entry.leaf, entry.box, key)
        except SealError:
            return Why.ANDET_SPOERGSMAAL
        leaf = json.loads(entry.leaf)
        names = ("politik", "register", "fra", "til", "tilladt", "tilbageholdt", "bemaerkning")
        return Recorded(
            nummer=entry.seq,
            tid=parse_instant(leaf["tid"]),
            **{name: leaf[name] for name in names},
            borger=sealed["borger"],
            sag=sealed.get("sag"),
            formaal=sealed.get("formaal"),
        )

    def _rested(self, entry: Stored, recorded: Recorded) -> Rested:
        if recorded.register not in self._registers:
            self._registers[recorded.register] = kept_registers(self.connection, recorded.register)
        if recorded.borger not in self._versions:
            self._versions[recorded.borger] = known_versions(self.connection, self.keys, recorded.borger)
        return Rested(
            question=self._question(entry),
            versions=self._versions[recorded.borger],
            registers=self._registers[recorded.register],
        )

    def _question(self, entry: Stored) -> Question | Why:
        leaf: dict[str, Any] = json.loads(entry.leaf)
        rows = deliveries.of_keys(self.connection, [(leaf["haendelse"], leaf["til"], leaf["forsoeg"])])
        if not rows:
            return Why.INTET_SPOERGSMAAL
        if self.keys.find(rows[0].key_id) is None:
            return Why.SLETTET
        try:
            return self.judge.question_of(rows[0])
        except BoxUnopened:
            return Why.ANDET_SPOERGSMAAL

    def _premises(self, recorded: Recorded, rested: Rested, question: Question) -> Premises:
        consents = as_known(rested.versions, recorded.nummer, recorded.tid)
        if rested.registers is None:
            return Premises(consents, (), self.judge.register.kinds, recorded.tid)
        return premises(question, consents, rested.registers.bases, rested.registers.kinds, recorded.tid)


def _answer(recorded: Recorded) -> Answer | None:
    """Return the answer as it was recorded; None where a later version wrote it, in codes that are not known here."""
    try:
        return Answer(
            permitted={category: read_ground(ground) for category, ground in recorded.tilladt.items()},
            withheld={category: Reason(code) for category, code in recorded.tilbageholdt.items()},
            sag=recorded.sag,
            formaal=recorded.formaal,
        )
    except (ValueError, KeyError):
        return None
