"""One decision about one event and one recipient, and how it is put on record.

The entry of the disclosure log binds the bytes that leave by their keyed hash, so the copy is built before the
transaction commits; it leaves only after.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy import Connection

from consent.adjudication import Answer, Premises, Question, adjudicate
from consent.bases import Hjemmelregister
from consent.citizen import CitizenFile
from consent.database import instant
from consent.decisions import POLICY_VERSION, Reason
from consent.disclosures.entries import Entry
from consent.disclosures.keys import Key, KeyStore
from consent.disclosures.recorder import Recorder
from consent.sealing import BoxUnopened, close_box, open_box
from gateway import deliveries
from gateway.deliveries import Delivery, State, Udfald
from gateway.news import truthful
from schemas.events import SCHEMA_VERSION, Bruger, Event
from schemas.parties import Partregister
from schemas.redaction import redact

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was decided of one event for one recipient, and the copy that may leave (None where nothing may)."""

    event: Event
    question: Question
    answer: Answer
    forsoeg: int
    copy: bytes | None
    now: datetime

    @property
    def udfald(self) -> Udfald:
        """What the sender is told."""
        if self.copy is None:
            return Udfald.TILBAGEHOLDT
        return Udfald.DELVIST if self.answer.withheld else Udfald.AFLEVERET

    @property
    def state(self) -> State:
        """The state the delivery begins in."""
        return State.REFUSED if self.copy is None else State.DECIDED


class Judge:
    """Asks the rules, builds the copy, and writes entry and delivery."""

    def __init__(self, keys: KeyStore, recorder: Recorder, bases: Hjemmelregister, register: Partregister) -> None:
        self._keys = keys
        self._recorder = recorder
        self._bases = bases
        self.register = register
        self.versions = f"{register.version}.{bases.version}"

    def answer(self, question: Question, file: CitizenFile, now: datetime) -> Answer:
        """Ask the rules."""
        return adjudicate(question, Premises(file.consents, self._bases.bases, self.register.kinds, now))

    def judge(self, event: Event, question: Question, forsoeg: int, file: CitizenFile, now: datetime) -> Judgement:
        """Decide, and build the recipient's copy from the permitted categories alone."""
        answer = self.answer(question, file, now)
        if answer.alarm:
            log.error("rules_failed", haendelse=event.id)
        told = None if answer.refused else truthful(event, file)
        copy = redact(told.model_copy(update={"data": told.data.told_to(question.til)}), answer.types) if told else None
        if copy is None and not answer.refused:
            # Permitted, but no field of the event lies wholly inside it: there is nothing to send.
            nothing = dict.fromkeys(answer.permitted, Reason.OPLYSNINGSTYPE_IKKE_OMFATTET)
            answer = replace(answer, permitted={}, withheld={**nothing, **answer.withheld})
        return Judgement(event, question, answer, forsoeg, copy.as_json() if copy else None, now)

    def record(self, connection: Connection, judgements: Sequence[Judgement], *, keep: bool = False) -> list[Delivery]:
        """Append one entry and insert one delivery per judgement, in the caller's transaction; return the deliveries.

        Nothing of the judgements may leave before that transaction has committed. `keep` puts the copy, sealed, beside
        the delivery until it is sent: for copies that no message in SENT could make again.
        """
        self._recorder.record(connection, [self._entry(one) for one in judgements])
        rows = [self._row(one, keep=keep) for one in judgements]
        deliveries.add(connection, rows)
        return rows

    def note_states(
        self, connection: Connection, rows: Sequence[Delivery], state: State, now: datetime, why: str
    ) -> None:
        """Append one entry per delivery that has come into another state; `why` is an open code."""
        self._recorder.record(
            connection,
            [
                Entry(
                    art="tilstand",
                    tid=instant(now),
                    tilstand=state.value,
                    politik=POLICY_VERSION,
                    register=self.versions,
                    skema=SCHEMA_VERSION,
                    haendelse=row.event_id,
                    til=row.til,
                    forsoeg=row.forsoeg,
                    bemaerkning=why,
                    borger=row.borger_id,
                )
                for row in rows
            ],
        )

    def question_of(self, row: Delivery) -> Question:
        """Return the question that this delivery answered.

        Raises:
            BoxUnopened: its key is gone, and with it any way to decide it again.
        """
        return Question.from_json(json.loads(open_box(self._key_of(row), row.box, f"delivery:{row.delivery_id}")))

    def kept_copy(self, row: Delivery) -> bytes | None:
        """Return the copy that lies beside a delivery, if one does.

        Raises:
            BoxUnopened: its key is gone.
        """
        return open_box(self._key_of(row), row.kopi, f"kopi:{row.delivery_id}") if row.kopi else None

    def _key_of(self, row: Delivery) -> Key:
        key = self._keys.find(row.key_id)
        if key is None:
            raise BoxUnopened("the key of the delivery is gone")
        return key

    def _entry(self, one: Judgement) -> Entry:
        data, answer = one.event.data, one.answer
        bruger = data.bruger or Bruger(id="-", rolle="-")
        return Entry(
            art="afgoerelse",
            tid=instant(one.now),
            tilstand=one.state.value,
            politik=POLICY_VERSION,
            register=self.versions,
            skema=SCHEMA_VERSION,
            haendelse=one.event.id,
            type=one.event.type,
            fra=one.question.fra,
            til=one.question.til,
            forsoeg=one.forsoeg,
            tilladt={category: ground.as_json() for category, ground in answer.permitted.items()},
            tilbageholdt={category: reason.value for category, reason in answer.withheld.items()},
            bemaerkning=self._remark(answer),
            borger=one.question.borger,
            sag=answer.sag,
            formaal=answer.formaal,
            bruger=bruger.id,
            rolle=bruger.rolle,
            begrundelse=f"{data.hjemmel.paragraf}: {data.hjemmel.begrundelse}" if data.hjemmel else None,
            ansvarlig=data.hjemmel.ansvarlig if data.hjemmel else None,
            indhold=self._keys.keyed_hash(one.copy) if one.copy else None,
        )

    def _remark(self, answer: Answer) -> str | None:
        """Flag what a person must look at: a failure of the rules, and an emergency (within seven days)."""
        if answer.alarm:
            return "alarm"
        paragraphs = {getattr(ground, "paragraf", None) for ground in answer.permitted.values()}
        return "vaerdispring" if paragraphs & self._bases.vaerdispring else None

    def _row(self, one: Judgement, *, keep: bool) -> Delivery:
        key = self._keys.key_for(one.question.borger, f"{one.now.year}")
        row = Delivery(
            event_id=one.event.id,
            til=one.question.til,
            forsoeg=one.forsoeg,
            borger_id=one.question.borger,
            state=one.state,
            udfald=one.udfald,
            tilladt=",".join(sorted(one.answer.permitted)),
            seq=None,
            recall=False,
            uvis=False,
            kopi=None,
            box=b"",
            key_id=key.key_id,
            tid=instant(one.now),
        )
        question = json.dumps(one.question.as_json()).encode()
        kopi = close_box(key, one.copy, f"kopi:{row.delivery_id}") if keep and one.copy else None
        return replace(row, box=close_box(key, question, f"delivery:{row.delivery_id}"), kopi=kopi)
