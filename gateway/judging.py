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

from consent import answering
from consent.adjudication import Answer, Question
from consent.bases import Hjemmelregister
from consent.citizen import CitizenFile
from consent.database import instant
from consent.decisions import POLICY_VERSION, Hjemmelsgrundlag, Reason
from consent.disclosures.entries import Entry, Sealed
from consent.disclosures.keys import Key, KeyStore
from consent.disclosures.recorder import Recorder
from consent.reviews import open_review
from consent.sealing import BoxUnopened, close_box, open_box
from gateway import deliveries
from gateway.deliveries import Delivery, State, Udfald
from gateway.news import discreet, truthful
from schemas.events import SCHEMA_VERSION, Bruger, Event
from schemas.parties import Partregister
from schemas.versions import copy_for

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was decided of one event for one recipient, and the copy that may leave (None where nothing may).

    `type` is the type of the copy as a subject has it: its recipient may read an older major than the event's.
    """

    event: Event
    question: Question
    answer: Answer
    forsoeg: int
    copy: bytes | None
    type: str
    now: datetime
    nothing: bool = False
    """Something was permitted, but no field of the event lay wholly inside it."""

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
        return answering.answer(question, file.consents, self._bases, self.register.kinds, now)

    def judge(self, event: Event, question: Question, forsoeg: int, file: CitizenFile, now: datetime) -> Judgement:
        """Decide, and build the recipient's copy from the permitted categories alone."""
        answer = self.answer(question, file, now)
        if answer.alarm:
            log.error("rules_failed", haendelse=event.id)
        told = None if answer.refused else truthful(event, file, now)
        copy = self._copy(told, question.til, answer) if told else None
        nothing = copy is None and not answer.refused
        if nothing:
            unsent = dict.fromkeys(answer.permitted, Reason.OPLYSNINGSTYPE_IKKE_OMFATTET)
            answer = replace(answer, permitted={}, withheld={**unsent, **answer.withheld})
        body, kind = (copy.as_json(), copy.subject_type) if copy else (None, event.subject_type)
        return Judgement(event, question, answer, forsoeg, body, kind, now, nothing)

    def _copy(self, event: Event, til: str, answer: Answer) -> Event | None:
        concerned = discreet(event.model_copy(update={"data": event.data.told_to(til)}), til, self.register)
        if concerned is None:
            return None
        reader = self.register.by_id.get(til)
        return copy_for(concerned, answer.types, reader.hovedversioner.get(event.data.navn) if reader else None)

    def record(self, connection: Connection, judgements: Sequence[Judgement], *, keep: bool = False) -> list[Delivery]:
        """Append one entry and insert one delivery per judgement, in the caller's transaction; return the deliveries.

        Nothing of the judgements may leave before that transaction has committed. `keep` puts the copy, sealed, beside
        the delivery until it is sent: for copies that no message in SENT could make again.
        """
        entries = self._recorder.record(connection, [self._entry(one) for one in judgements])
        for one, entry in zip(judgements, entries, strict=True):
            self._open_review(connection, one, entry)
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

    def again(self, row: Delivery, file: CitizenFile, now: datetime) -> Answer | None:
        """Ask a delivery's question again; None where its copy may no longer go as it is."""
        try:
            answer = self.answer(self.question_of(row), file, now)
        except BoxUnopened:
            return None
        return answer if row.types <= frozenset(answer.permitted) else None

    def anything(self, row: Delivery, file: CitizenFile, now: datetime) -> bool:
        """Whether anything of what a delivery's copy holds may still go."""
        try:
            question = replace(self.question_of(row), oplysningstyper=tuple(sorted(row.types)))
        except BoxUnopened:
            return False
        return not self.answer(question, file, now).refused

    def revoke(self, connection: Connection, rows: Sequence[Delivery], now: datetime) -> None:
        """Revoke those of these deliveries that still are decided, and put it on record."""
        revoked = deliveries.revoke(connection, [row.key for row in rows])
        gone = [row for row in rows if row.key in revoked]
        self.note_states(connection, gone, State.REVOKED, now, "holder_ikke_laengere")

    def seal(self, row: Delivery, copy: bytes) -> bytes | None:
        """Seal the copy that is to lie beside a delivery; None where its key is gone: nobody may read it any more."""
        key = self._keys.find(row.key_id)
        return close_box(key, copy, _place(row)) if key else None

    def kept_copy(self, row: Delivery) -> bytes | None:
        """Return the copy that lies beside a delivery, if one does.

        Raises:
            BoxUnopened: its key is gone.
        """
        return open_box(self._key_of(row), row.kopi, _place(row)) if row.kopi else None

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
            bemaerkning=answering.INTET_AT_SENDE if one.nothing else self._remark(answer),
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
        """Flag what a person must look at: a failure of the rules, and what must be reviewed within seven days."""
        if answer.alarm:
            return "alarm"
        if _paragraphs(answer) & self._bases.vaerdispring:
            return "vaerdispring"
        return "gennemsyn" if _paragraphs(answer) & self._bases.gennemses else None

    def _open_review(self, connection: Connection, one: Judgement, entry: Sealed) -> None:
        """Put what must be reviewed into the data-protection officer's queue, and say so to operations."""
        paragraphs = sorted(_paragraphs(one.answer) & self._bases.gennemses)
        if paragraphs:
            key = self._keys.key_for(one.question.borger, f"{one.now.year}")
            due = open_review(connection, key, entry, ", ".join(paragraphs), one.now)
            log.info("review_opened", haendelse=one.event.id, til=one.question.til, frist=due)

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
            udloeber=until(one.answer) if one.copy else None,
        )
        question = json.dumps(one.question.as_json()).encode()
        kopi = close_box(key, one.copy, _place(row)) if keep and one.copy else None
        return replace(row, box=close_box(key, question, f"delivery:{row.delivery_id}"), kopi=kopi)


def _paragraphs(answer: Answer) -> set[str]:
    return {ground.paragraf for ground in answer.permitted.values() if isinstance(ground, Hjemmelsgrundlag)}


def until(answer: Answer) -> str | None:
    """Return, as the table writes it, when the clock alone may end what was answered; None where it cannot."""
    return instant(answer.until) if answer.until else None


def _place(row: Delivery) -> str:
    return f"kopi:{row.delivery_id}"
