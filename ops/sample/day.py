"""The sample day from eight in the morning to half past one, as steps to be played."""

import json
import tomllib
from collections.abc import Iterable, Iterator
from datetime import date
from importlib.resources import files
from typing import Any

from ops.sample.dates import Day
from ops.sample.pki import SamplePki
from ops.sample.samtykker import BENTS, registrations
from ops.sample.steps import Fetch, Send, Settle, Step, Withdraw
from ops.sample.stories import attendance, bent, karin, lapsed, mikkel, ole, sofie
from schemas.parties import Partregister

_STORIES = (karin, mikkel, sofie, bent, ole, lapsed, attendance)


def build(day: date, pki: SamplePki) -> list[Step]:
    """Return the steps of the day in their order: the same bytes for the same day and authority, but for signatures.

    Between two `Settle` the order in which the parties' messages cross does not matter: nothing that is decided in
    such a stretch depends on another party's message in it.
    """
    played, register = Day(day), parties()
    sends = [send for story in _STORIES for send in story.sends(played, register)]
    timed = [*((send.klokken, send) for send in sends), *_between(played)]
    morning_to_noon = [step for _, step in sorted(timed, key=lambda one: one[0])]
    return [*registrations(played, pki, register), *morning_to_noon, *_evening(register)]


def parties() -> Partregister:
    """Return the register of the sample's parties."""
    return Partregister.read(tomllib.loads(files("ops.sample").joinpath("parter.toml").read_text("utf-8")))


def expectation() -> dict[str, Any]:
    """Return what must come of the day: `summary` in numbers, and `beskeder`, one object per message and recipient.

    Each of those has `besked` (the message's name), `nr` (which of its events, from 1), `til`, `udfald` (what the
    sender's receipt says) and `grund`: on what ground in the words of the form or, where all is withheld, the reason
    codes. `uden` gives the reason code of each category that a partial copy lacks, and `tilbagekaldt` marks a copy
    that is taken back before it is read.
    """
    found: dict[str, Any] = json.loads(files("ops.sample").joinpath("forventet.json").read_text("utf-8"))
    return found


def sends_of(steps: Iterable[Step]) -> Iterator[Send]:
    """Yield the messages among the steps."""
    return (step for step in steps if isinstance(step, Send))


def _between(day: Day) -> list[tuple[str, Step]]:
    """Return the steps between the messages.

    First it must be known who takes part in a case, then what is told to them can find them. Before Bent withdraws,
    jobcenter and boligforening have read theirs, and social and rusmiddel have not.
    """
    noon: list[Step] = [
        Settle(),
        Fetch("jobcenter"),
        Fetch("boligforening"),
        Settle(),
        Withdraw(BENTS.samtykke_id(day)),
    ]
    pauses = [(klokken, Settle()) for klokken in ("08:10", "08:22", "08:35", "11:28")]
    return [*pauses, *((bent.WITHDRAWN, step) for step in noon)]


def _evening(register: Partregister) -> list[Step]:
    return [Settle(), *(Fetch(part.id) for part in register.parter), Settle()]
