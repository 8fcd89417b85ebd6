"""How long a withdrawal takes, among many copies that nobody has fetched, while other messages cross.

`python -m ops.bench.recall` prints one JSON object; times in milliseconds. A whole gateway on the embedded default is
filled with copies; then events come in at a steady rate, their recipient fetches, and citizens withdraw:

    revoke   one citizen after the other, each with a few unfetched copies: how soon `revoke` has returned
    all      citizens with many unfetched copies each: how soon no copy of theirs is left
"""

import asyncio
import json
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import func, select

from consent.document import write_document
from gateway.bus.client import connect
from gateway.bus.publish import Outgoing, Stored, publish_all
from gateway.client import waiting
from gateway.deliveries import State, delivery
from gateway.process import Tvaers, running
from gateway.settings import read_settings
from ops.sample.pki import SamplePki
from schemas.events import dump

COPIES = int(os.environ.get("BENCH_COPIES", "100000"))
"""Copies that nobody has fetched."""
MANY, LARGE = 500, 5
"""Copies of a citizen who has many, and how many such citizens withdraw."""
FEW, SMALL = 2, 300
"""The same of those who have few."""
PER_SECOND = int(os.environ.get("BENCH_RATE", "200"))
SENDERS, RECIPIENT, READER = ("jobcenter", "rusmiddel", "familie"), "social", "uu-vejledning"
SIGNER = "11111111-2222-4333-8444-555555555555"
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Town:
    """A running gateway and who signs in it."""

    tvaers: Tvaers
    pki: SamplePki

    async def consents(self, numbers: Sequence[str]) -> None:
        """Let each of these citizens sign a declaration; its id follows from the number."""
        now = datetime.now(UTC)
        signer = self.pki.issue(SIGNER, "Testborger", now - timedelta(hours=1), now + timedelta(hours=3))
        records = self.tvaers.records
        names = {part.id: part.navn for part in records.register.parter}
        trust = records.trust()
        for number in numbers:
            document = self.pki.sign(write_document(_declaration(number, now), names, "Sagsbehandler"), signer)
            with records.database.write() as connection:
                records.consents.confirm_signer(
                    connection, SIGNER, number, relation="borger", source="bench", reference="bench", by="bench"
                )
                records.consents.register(connection, document, trust, names, "bench")
            await asyncio.sleep(0)

    async def send(self, sender: str, numbers: Sequence[str], til: str, first: int) -> None:
        """Have events about these citizens accepted, one each."""
        messages = [
            Outgoing(f"sent.{sender}.indsatsplan.opdateret.v1", _event(sender, one, til, first + at), f"{first + at}")
            for at, one in enumerate(numbers)
        ]
        outcomes = await publish_all(self.tvaers.connections["intake"].nc, messages, timeout=10.0)
        if not all(isinstance(one, Stored) for one in outcomes):
            raise RuntimeError("the bench could not hand in its events")

    async def fill(self, numbers: Sequence[str]) -> None:
        """Let a copy about each of these numbers, in this order, come to lie in DELIVERY."""
        for first in range(0, len(numbers), CHUNK):
            await self.send(SENDERS[first // CHUNK % len(SENDERS)], numbers[first : first + CHUNK], RECIPIENT, first)
            while await self.tvaers.waiting_sent() > 4 * CHUNK:  # noqa: ASYNC110 - the crossing works it off
                await asyncio.sleep(0.02)
        while await self.tvaers.waiting_sent():  # noqa: ASYNC110 - the same
            await asyncio.sleep(0.1)

    async def states(self) -> dict[str, int]:
        """Return how many deliveries there are in each state."""
        query = select(delivery.c.state, func.count()).group_by(delivery.c.state)
        return await self.tvaers.records.database.look(
            lambda connection: {str(state): int(number) for state, number in connection.execute(query)}
        )

    async def revoke(self, number: str) -> float:
        """Withdraw, and return how long it took, in milliseconds."""
        start = time.perf_counter()
        await self.tvaers.redecision.revoke(_samtykke_id(number), "bench")
        return (time.perf_counter() - start) * 1000

    @asynccontextmanager
    async def traffic(self, number: str) -> AsyncIterator[list[int]]:
        """Let events cross at the rate, and be fetched, inside the block; the list holds how many were."""
        sent = [0]

        async def send() -> None:
            began = time.perf_counter()
            while True:
                await self.send("jobcenter", [number], READER, 10 * COPIES + sent[0])
                sent[0] += 1
                await asyncio.sleep(max(0.0, began + sent[0] / PER_SECOND - time.perf_counter()))

        async def fetch() -> None:
            server = self.tvaers.server
            connection = await connect(server.url, READER, server.identities.seed_file(READER))
            try:
                while True:
                    async for message in waiting(connection.nc, "DELIVERY", READER):
                        await message.ack()
            finally:
                await connection.close()

        tasks = [asyncio.create_task(send()), asyncio.create_task(fetch())]
        try:
            yield sent
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task


def _number(place: int) -> str:
    """Return the place's made-up test number: a possible date, and 99 before the last two digits."""
    day, month, year, serial = place % 28 + 1, place // 28 % 12 + 1, place // 336 % 50 + 40, place // 16_800
    return f"{day:02}{month:02}{year % 100:02}99{serial:02}"


def _samtykke_id(number: str) -> str:
    return f"urn:uuid:00000000-0000-4000-8000-00{number}"


def _declaration(number: str, now: datetime) -> dict[str, object]:
    point = {"punkt": 1, "parter": [*SENDERS, RECIPIENT, READER], "oplysningstyper": ["plan", "misbrug"]}
    return {
        "samtykke_id": _samtykke_id(number),
        "version": 1,
        "borger": number,
        "sag": "sag-1",
        "formaal": "rehabilitering",
        "punkter": [point],
        "spaerringer": [],
        "afgivet": (now - timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "gyldig_til": None,
    }


def _event(sender: str, number: str, til: str, place: int) -> bytes:
    data = {
        "borger": {"cpr": number},
        "sag": "sag-1",
        "formaal": "rehabilitering",
        "modtagere": [til],
        "plan_id": "P-1",
        "planversion": 1,
        "opdateret": "2026-11-20",
        "overordnet_maal": "Gennemføre hf",
    }
    head = {"specversion": "1.0", "id": f"00000000-0000-5000-8000-{place:012}", "source": sender}
    kind = {"type": "dk.tvaers.indsatsplan.opdateret.v1", "time": "2026-11-20T10:00:00Z"}
    return dump({**head, **kind, "datacontenttype": "application/json", "data": data})


def _spread(copies: int) -> tuple[list[str], list[str], list[str], list[str]]:
    """Return who has many copies, who has few, who sends meanwhile, and whose the copies are, one after the other."""
    many = [_number(place) for place in range(copies // MANY)]
    few = [_number(len(many) + place) for place in range(SMALL)]
    others = [one for _ in range(MANY) for one in many]  # so that no citizen's copies lie together
    return many, few, [_number(len(many) + SMALL)], [*others, *(one for _ in range(FEW) for one in few)]


async def measure(folder: Path) -> dict[str, float]:
    """Fill, and measure."""
    pki = SamplePki.create()
    (folder / "ankre.pem").write_bytes(pki.anchors_pem)
    async with running(read_settings(data=folder)) as tvaers:
        town = Town(tvaers, pki)
        many, few, busy, copies = _spread(COPIES)
        await town.consents([*many, *few, *busy])
        start = time.perf_counter()
        await town.fill(copies)
        filled = time.perf_counter() - start
        before = await town.states()
        if before != {State.SENT: len(copies)}:
            raise RuntimeError(f"the bench wanted {len(copies)} unfetched copies and has {before}")
        async with town.traffic(busy[0]) as sent:
            await asyncio.sleep(2)
            counted, began = sent[0], time.perf_counter()
            single = []
            for number in few:
                single.append(await town.revoke(number))
                await asyncio.sleep(0.02)
            rate = (sent[0] - counted) / (time.perf_counter() - began)
            whole = [await town.revoke(number) for number in many[:LARGE]]
        after = await town.states()
    gone = len(few) * FEW + LARGE * MANY
    if after.get(State.RECALLED, 0) != gone:
        raise RuntimeError(f"the bench wanted {gone} copies recalled and has {after}")
    places = statistics.quantiles(single, n=100, method="inclusive")
    return {
        "copies": len(copies),
        "fill_per_s": round(len(copies) / filled),
        "events_per_s": round(rate),
        "revoke_p50_ms": round(places[49], 1),
        "revoke_p99_ms": round(places[98], 1),
        f"all_{MANY}_median_ms": round(statistics.median(whole), 1),
        f"all_{MANY}_worst_ms": round(max(whole), 1),
    }


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory(prefix="tvaers-bench-") as name:
        print(json.dumps(asyncio.run(measure(Path(name)))), file=sys.stdout)  # noqa: T201 - its one line of output
