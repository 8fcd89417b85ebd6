"""A sample day, and a bus in memory that answers it by the real connectors, routing and rules."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from importlib.resources import files
from itertools import groupby
from tomllib import loads
from typing import Any

import pytest

from connectors.contract import Hint, Malformed, read_safely
from connectors.registry import CONNECTORS
from consent import answering
from consent.adjudication import Answer, Question
from consent.bases import read_bases
from consent.citizen import CitizenFile, Sagspart
from consent.declarations import read_declaration
from consent.document import read_document
from consent.signatures import Trust, Verified, load_anchors, verify_signed
from gateway.intake import unwrap
from gateway.routing import questions
from ops.sample.day import build, parties
from ops.sample.pki import SamplePki
from ops.sample.steps import Send, Step
from schemas.events import Event
from schemas.haendelser import KontaktpersonTildelt
from schemas.redaction import redact

DAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 11, tzinfo=UTC)
REGISTER = parties()
BASES = read_bases(loads(files("ops").joinpath("hjemler.toml").read_text("utf-8")))


@dataclass(slots=True)
class Crossed:
    """One event for one recipient: what was asked and answered, and where the copy is."""

    besked: str
    nr: int
    til: str
    delivery_id: str
    question: Question
    answer: Answer
    copy: bytes | None
    state: str

    @property
    def udfald(self) -> str:
        """What the sender's receipt says."""
        if self.copy is None:
            return "tilbageholdt"
        return "delvist" if self.answer.withheld else "afleveret"


@dataclass(slots=True)
class MemoryBus:
    """Does what `ops.sample.player.Actions` says; between two `settled` messages cross party by party, in `order`."""

    anchors: bytes
    order: int = 1
    playing: Step | None = None
    crossed: list[Crossed] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)
    known: dict[str, Event] = field(default_factory=dict)
    _signers: dict[tuple[str, str], str] = field(default_factory=dict)
    _consents: dict[str, dict[str, Any]] = field(default_factory=dict)
    _parts: list[tuple[str, Sagspart]] = field(default_factory=list)
    _waiting: list[tuple[str, int, Event]] = field(default_factory=list)

    async def confirm_signer(self, uuid: str, cpr: str, relation: str, kilde: str, reference: str) -> None:
        """Remember the signer; how it is known must be told."""
        assert kilde
        assert reference
        self._signers[uuid, cpr] = relation

    async def register(self, document: bytes) -> None:
        """Verify and keep a declaration."""
        verified = verify_signed(document, Trust(load_anchors(self.anchors)), NOW)
        assert isinstance(verified, Verified)
        declaration = read_document(verified.signed).declaration
        relation = self._signers.get((verified.signer.uuid, declaration["borger"]))
        state = {
            "tilbagekaldt": None,
            "underskrift": "gyldig",
            "underskriver": {"relation": relation or "borger", "bekraeftet": relation is not None},
        }
        self._consents.setdefault(declaration["samtykke_id"], declaration | state)

    async def block(self, cpr: str, til: Sequence[str], oplysningstyper: Sequence[str]) -> None:
        """Keep a block as a declaration without points, as the consent service does."""
        block = {"til": list(til), "oplysningstyper": list(oplysningstyper)}
        head = {"samtykke_id": f"spaerring {cpr}", "version": 1, "borger": cpr, "sag": "-", "formaal": "-"}
        signer = {"underskrift": "ugyldig", "underskriver": {"relation": "borger", "bekraeftet": False}}
        times = {"afgivet": "2026-11-23T05:00:00Z", "gyldig_til": None, "tilbagekaldt": None}
        self._consents[f"spaerring {cpr}"] = head | {"punkter": [], "spaerringer": [block]} | times | signer

    async def withdraw(self, samtykke_id: str) -> None:
        """Withdraw, and take back what waits and no longer holds."""
        self._consents[samtykke_id]["tilbagekaldt"] = "2026-11-23T10:59:00Z"
        for one in self.crossed:
            if one.state == "sent" and not one.answer.permitted.keys() <= self._answer(one.question).permitted.keys():
                one.state = "recalled"

    async def send(self, party: str, connector: str, body: bytes, content_type: str) -> int:
        """Translate with the real connector and let the events wait."""
        assert isinstance(self.playing, Send)
        native, hint = unwrap(body, content_type, Hint(party, REGISTER))
        events = read_safely(CONNECTORS[connector], native, hint)
        if isinstance(events, Malformed):
            self.dead.add(self.playing.name)
            return 400
        if any(self.known.get(event.id, event) != event for event in events):
            return 409
        self._waiting += [(self.playing.name, nr, event) for nr, event in enumerate(events, start=1)]
        return 202

    async def fetch(self, party: str) -> list[tuple[str, bytes]]:
        """Hand out what waits."""
        copies = [one for one in self.crossed if one.til == party and one.state == "sent"]
        for one in copies:
            one.state = "delivered"
        return [(one.delivery_id, one.copy) for one in copies if one.copy is not None]

    async def settled(self) -> None:
        """Cross what waits, one party's messages as one batch after the other's."""
        batches = groupby(
            sorted(self._waiting, key=lambda one: one[2].source, reverse=self.order < 0), key=lambda one: one[2].source
        )
        for _, batch in batches:
            new = [one for one in batch if one[2].id not in self.known]
            for _, _, event in new:
                self._meet(event)
            for name, nr, event in new:
                self._cross(name, nr, event)
        self._waiting = []

    def _meet(self, event: Event) -> None:
        data = event.data
        if isinstance(data, KontaktpersonTildelt) and data.sag and data.formaal:
            self._parts.append((data.borger.cpr, Sagspart((data.sag, data.formaal), event.source, data.rolle)))

    def _cross(self, name: str, nr: int, event: Event) -> None:
        asked = questions(event, self._file(event.data.borger.cpr), REGISTER)
        if not asked:
            self.dead.add(name)
            return
        self.known[event.id] = event
        for question in asked:
            answer = self._answer(question)
            copy = None if answer.refused else redact(event, answer.types)
            assert (copy is None) == answer.refused
            delivery_id = f"{event.id}:{question.til}:1"
            body, state = (copy.as_json(), "sent") if copy else (None, "refused")
            self.crossed.append(Crossed(name, nr, question.til, delivery_id, question, answer, body, state))

    def _answer(self, question: Question) -> Answer:
        consents = self._file(question.borger).consents
        return answering.answer(question, consents, BASES, REGISTER.kinds, NOW)

    def _file(self, cpr: str) -> CitizenFile:
        consents = tuple(read_declaration(one) for one in self._consents.values() if one["borger"] == cpr)
        return CitizenFile(cpr, consents, tuple(part for whose, part in self._parts if whose == cpr))

    def watch(self, step: Step) -> None:
        """Remember which step is being played."""
        self.playing = replace(step)


@pytest.fixture(scope="session")
def pki() -> SamplePki:
    """Return one made-up authority for the session."""
    return SamplePki.create()


@pytest.fixture(scope="session")
def steps(pki: SamplePki) -> list[Step]:
    """Return the sample day of a fixed date."""
    return build(DAY, pki)


@pytest.fixture(params=[1, -1], ids=["parties a to z", "parties z to a"])
def bus(request: pytest.FixtureRequest, pki: SamplePki) -> MemoryBus:
    """Return a bus in memory, once for each of two orders in which parties' messages cross."""
    return MemoryBus(pki.anchors_pem, request.param)
