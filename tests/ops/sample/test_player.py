"""Playing a day: each step becomes one action, in order, and an unexpected answer ends it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from ops.sample.player import KILDE, REFERENCE, Actions, PlayError, play
from ops.sample.steps import Block, ConfirmSigner, Fetch, Register, Send, Settle, Step, Withdraw

pytestmark = pytest.mark.anyio

SENT = Send("plan", "08:15", "jobcenter", "jobcenter", b"<plan/>", "application/xml")


@dataclass(slots=True)
class Noted:
    """Notes what it is asked to do; answers each message with `status` and each fetch with the next of `copies`."""

    status: int = 202
    copies: list[list[tuple[str, bytes]]] = field(default_factory=list)
    done: list[tuple[object, ...]] = field(default_factory=list)

    async def confirm_signer(self, uuid: str, cpr: str, relation: str, kilde: str, reference: str) -> None:
        """Note it."""
        self.done.append(("confirm", uuid, cpr, relation, kilde, reference))

    async def register(self, document: bytes) -> None:
        """Note it."""
        self.done.append(("register", document))

    async def withdraw(self, samtykke_id: str) -> None:
        """Note it."""
        self.done.append(("withdraw", samtykke_id))

    async def block(self, cpr: str, til: Sequence[str], oplysningstyper: Sequence[str]) -> None:
        """Note it."""
        self.done.append(("block", cpr, til, oplysningstyper))

    async def send(self, party: str, connector: str, body: bytes, content_type: str) -> int:
        """Note it and answer."""
        self.done.append(("send", party, connector, body, content_type))
        return self.status

    async def fetch(self, party: str) -> list[tuple[str, bytes]]:
        """Note it and hand out the next copies."""
        self.done.append(("fetch", party))
        return self.copies.pop(0)

    async def settled(self) -> None:
        """Note it."""
        self.done.append(("settled",))


async def test_each_step_becomes_its_action_in_order() -> None:
    """Steps are carried out one after the other with what they hold, and each is announced before it is."""
    steps: list[Step] = [
        ConfirmSigner("uuid", "1405729996", "borger"),
        Register(b"<samtykke/>", "SYG-1"),
        Block("1405729996", ("social",), ("boern",)),
        SENT,
        Settle(),
        Fetch("social"),
        Withdraw("S-1"),
    ]
    actions, announced = Noted(copies=[[]]), list[Step]()
    checked: Actions = actions
    await play(steps, checked, announced.append)
    assert announced == steps
    assert actions.done == [
        ("confirm", "uuid", "1405729996", "borger", KILDE, REFERENCE),
        ("register", b"<samtykke/>"),
        ("block", "1405729996", ("social",), ("boern",)),
        ("send", "jobcenter", "jobcenter", b"<plan/>", "application/xml"),
        ("settled",),
        ("fetch", "social"),
        ("withdraw", "S-1"),
    ]


async def test_a_copy_counts_once_by_its_delivery_id() -> None:
    """A copy that comes again is counted as a duplicate; the first body stands; recipients are kept apart."""
    copies = [[("a", b"1"), ("b", b"2"), ("a", b"1")], [("b", b"changed")], [("a", b"3")]]
    played = await play([Fetch("social"), Fetch("social"), Fetch("familie")], Noted(copies=copies))
    assert played.seen == {"social": {"a": b"1", "b": b"2"}, "familie": {"a": b"3"}}
    assert played.duplicates == 2


async def test_an_expected_refusal_is_no_error() -> None:
    """A message that is meant to be malformed is answered with 400, and the day goes on."""
    refused = Send("afbrudt", "08:20", "social", "social", b"{", "application/json", expect_status=400)
    played = await play([refused, Settle()], Noted(status=400))
    assert played.statuses == {"afbrudt": 400}


async def test_another_status_ends_the_day_and_is_not_tried_again() -> None:
    """The error names the step and both statuses and nothing of the message; nothing is played after it."""
    actions = Noted(status=503)
    with pytest.raises(PlayError, match=r"^plan \(08:15\): answered with 503, expected 202$"):
        await play([SENT, Settle()], actions)
    assert len(actions.done) == 1
