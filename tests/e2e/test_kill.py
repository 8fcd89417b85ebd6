"""I4 and I5 on the sample day: kill -9 at ten random moments ends in the same state, nothing lost, nothing twice."""

import asyncio
import json
import random
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.client import ADDRESS_FILE, TvaersClient
from gateway.demo import EXPECTED
from ops.sample.day import build
from ops.sample.player import play
from ops.sample.store import prepare
from ops.sample.table import rows

pytestmark = pytest.mark.anyio

KILLS = 10
SEED = 20261121


class Victim:
    """A `tvaers run` in a process of its own, which is killed and started again."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it; it answers some time later."""
        command = [sys.executable, "-m", "gateway", "--data", str(self._data), "run"]
        self._process = await asyncio.create_subprocess_exec(
            *command,
            env={"TVAERS_PORT": "0", "PATH": ""},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )

    async def end(self, number: signal.Signals) -> int:
        """Send it a signal and wait until it is gone."""
        if self._process is None:
            return 0
        if self._process.returncode is None:
            self._process.send_signal(number)
        return await self._process.wait()


class Day:
    """The sample day on a data folder of its own, and everything that any round of it showed its recipients."""

    def __init__(self, data: Path) -> None:
        data.mkdir(mode=0o700)
        self.day, self.pki = prepare(data, date(2026, 11, 21))
        (data / "ankre.pem").write_bytes(self.pki.anchors_pem)
        self.victim, self.client = Victim(data), TvaersClient(data, patience=60.0)
        self.address = data / ADDRESS_FILE
        self.seen: dict[str, dict[str, bytes]] = {}

    async def start(self) -> None:
        """Start the process and wait until it has answered once."""
        await self.victim.start()
        while not self.address.exists():  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.05)

    async def play(self) -> None:
        """Play the whole day, from the start, as its users would who do not know what was answered."""
        played = await play(build(self.day, self.pki), self.client)
        for party, seen in played.seen.items():
            self.seen.setdefault(party, {}).update(seen)

    async def result(self) -> tuple[dict[str, Any], Counter[tuple[str, ...]]]:
        """Return the figures and what the log says of each message and recipient."""
        await self.client.settled()
        table = rows(await self.client.decisions())
        # After a killed broker nobody can say that a recalled copy was not read, so it may count as perhaps read.
        outcomes = (replace(row, udfald=row.udfald.removesuffix(", måske læst")) for row in table)
        lines = Counter((row.fra, row.til, row.hvad, row.udfald, row.grund) for row in outcomes)
        return await self.client.state(), lines

    def contents(self) -> dict[str, Counter[str]]:
        """Return how often each recipient has seen each content, less the instant of the withdrawal.

        Event ids are keyed, so no two systems' are alike.
        """
        return {party: Counter(_content(body) for body in seen.values()) for party, seen in self.seen.items()}

    async def end(self) -> int:
        """Stop the process as an operator does; return its exit status."""
        await self.client.close()
        return await self.victim.end(signal.SIGTERM)


def _content(body: bytes) -> str:
    data = json.loads(body)["data"]
    return json.dumps({name: value for name, value in data.items() if name != "tilbagekaldt"}, sort_keys=True)


@pytest.fixture
async def days(tmp_path) -> AsyncIterator[Callable[[str], Day]]:
    """Return a way to make sample days; whatever becomes of the test, their processes end with it."""
    made: list[Day] = []

    def make(name: str) -> Day:
        made.append(Day(tmp_path / name))
        return made[-1]

    yield make
    for day in made:
        await day.end()


async def test_ten_kills_change_nothing(days):
    """The day played under ten kills shows its recipients, and writes in its log, what an undisturbed day does."""
    quiet, killed = days("quiet"), days("killed")
    chance = random.Random(SEED)  # noqa: S311 - a schedule
    await quiet.start()
    await quiet.play()
    figures, log = await quiet.result()
    assert await quiet.end() == 0
    await killed.start()

    async def kill() -> None:
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(0.3, 1.5))
            await killed.victim.end(signal.SIGKILL)
            await killed.victim.start()

    killing = asyncio.create_task(kill())
    while not killing.done():
        await killed.play()
    await killing
    # What a recipient had in hand when its broker was killed comes again after PARTY_ACK_WAIT.
    for _ in range(20):
        await killed.play()
        figures_killed, log_killed = await killed.result()
        if figures_killed["delivered"] == figures["delivered"]:
            break
        await asyncio.sleep(2)
    assert await killed.end() == 0
    expected = json.loads(EXPECTED.read_text("utf-8"))["summary"]
    assert {name: figures[name] for name in expected} == expected
    assert {name: figures_killed[name] for name in expected} == expected
    assert log_killed == log
    assert killed.contents() == quiet.contents()
    for seen in killed.seen.values():
        ids = [json.loads(body)["id"] for body in seen.values()]
        assert len(set(ids)) == len(ids)
