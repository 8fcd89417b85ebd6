"""Play a day's steps against a running system, and keep what each recipient saw."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ops.sample.steps import Block, ConfirmSigner, Fetch, Register, Send, Step, Withdraw

KILDE = "fremmøde i borgerservice"
REFERENCE = "prøvedag"


class PlayError(Exception):
    """A message was answered with another status than the one the day expects; the text names the step."""


class Actions(Protocol):
    """What a system must be able to do for a day to be played against it.

    Each returns when its effect is durable, and each may be done again without harm. What is to be tried again, the
    actions try again themselves.
    """

    async def confirm_signer(self, uuid: str, cpr: str, relation: str, kilde: str, reference: str) -> None:
        """Record that the person with this certificate is, or may sign for, the citizen, and how that is known."""

    async def register(self, document: bytes) -> None:
        """Hand in a signed samtykke document."""

    async def withdraw(self, samtykke_id: str) -> None:
        """Withdraw a declaration; when this returns, what was not fetched has been taken back."""

    async def block(self, cpr: str, til: Sequence[str], oplysningstyper: Sequence[str]) -> None:
        """Block these categories for these receivers."""

    async def send(self, party: str, connector: str, body: bytes, content_type: str) -> int:
        """Hand in a native message as `party` and return the HTTP status of the answer."""
        ...

    async def fetch(self, party: str) -> list[tuple[str, bytes]]:
        """Fetch and acknowledge all that waits for `party`; return delivery id and body of each copy, in order."""
        ...

    async def settled(self) -> None:
        """Wait until all that was accepted has crossed and all that was acknowledged is on record as delivered."""


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a day: what each recipient saw, by delivery id, and each message's status.

    `duplicates` counts the copies that came with a delivery id that the recipient had seen before.
    """

    seen: Mapping[str, Mapping[str, bytes]]
    statuses: Mapping[str, int]
    duplicates: int


@dataclass(slots=True)
class _Tally:
    seen: dict[str, dict[str, bytes]] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    duplicates: int = 0

    def take(self, party: str, copies: Iterable[tuple[str, bytes]]) -> None:
        box = self.seen.setdefault(party, {})
        for delivery_id, body in copies:
            self.duplicates += delivery_id in box
            box.setdefault(delivery_id, body)


async def play(steps: Iterable[Step], actions: Actions, on_step: Callable[[Step], None] | None = None) -> Played:
    """Play the steps in their order, calling `on_step` before each; nothing is tried twice.

    Played again against the same system, the day's messages are resends: they get the same statuses and cross nothing.

    Raises:
        PlayError: a message got another status than expected; the steps after it have not been played.
    """
    tally = _Tally()
    for step in steps:
        if on_step is not None:
            on_step(step)
        await _take(step, actions, tally)
    return Played(tally.seen, tally.statuses, tally.duplicates)


async def _take(step: Step, actions: Actions, tally: _Tally) -> None:
    match step:
        case Send():
            await _send(step, actions, tally)
        case Fetch(party):
            tally.take(party, await actions.fetch(party))
        case ConfirmSigner(uuid, cpr, relation):
            await actions.confirm_signer(uuid, cpr, relation, KILDE, REFERENCE)
        case Register():
            await actions.register(step.document)
        case Block(cpr, til, oplysningstyper):
            await actions.block(cpr, til, oplysningstyper)
        case Withdraw(samtykke_id):
            await actions.withdraw(samtykke_id)
        case _:
            await actions.settled()


async def _send(step: Send, actions: Actions, tally: _Tally) -> None:
    status = await actions.send(step.party, step.connector, step.body, step.content_type)
    tally.statuses[step.name] = status
    if status != step.expect_status:
        raise PlayError(f"{step.name} ({step.klokken}): answered with {status}, expected {step.expect_status}")
