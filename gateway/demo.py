"""The sample day played through a running Tværs; the demonstration adds its figures and the proof of its log."""

import asyncio
import json
import signal
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from consent.database import Database
from consent.declarations import COPENHAGEN
from consent.disclosures.checkpoints import load
from consent.disclosures.export import export_log
from consent.disclosures.merkle import VerificationError
from consent.disclosures.verify import verify_export
from gateway.client import POLL_SECONDS, TvaersClient
from gateway.serving import serving
from gateway.settings import OPS, Settings
from gateway.tokens import role
from ops.sample.day import build
from ops.sample.player import play
from ops.sample.store import prepare
from ops.sample.table import Row, rows

EXPECTED = OPS / "sample" / "forventet.json"
"""What the sample day must come to; tests compare with it too."""

PATIENCE_SECONDS = 10.0
"""How long the last acknowledgements may take to come on record."""


@dataclass(frozen=True, slots=True)
class Demonstration:
    """The day as a table, its figures, and what was not as it must be."""

    rows: Sequence[Row]
    summary: dict[str, Any]
    problems: Sequence[str]


async def play_sample(
    client: TvaersClient, data: Path, on_step: Callable[[int, int], None] = lambda _done, _of: None
) -> list[Row]:
    """Play the sample day against the process that runs on this data folder; return every decision of its log.

    The day is the one on which it was first played here, so that a second time it crosses nothing anew. `on_step` is
    told, before each step, how many are done and how many there are.

    Raises:
        PlayError, SampleUnreadable: a message was not answered as it must be, or the day cannot be found again.
        GatewayRefused, BusError: nothing answers.
    """
    day, pki = prepare(data, datetime.now(COPENHAGEN).date())
    anchors = data / "ankre.pem"
    if not anchors.exists():
        anchors.write_bytes(pki.anchors_pem)
    steps = build(day, pki)
    done = count()
    await play(steps, client, lambda _step: on_step(next(done), len(steps)))
    return rows(await client.decisions())


async def play_demo(on_step: Callable[[int, int], None]) -> Demonstration:
    """Play the sample day in a data folder that is made for it and removed, and check all that can be checked.

    Raises:
        What `play_sample` and `gateway.serving.serving` raise.
    """
    _cancelled_by(signal.SIGTERM)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tvaers-demo-") as folder:
        settings = demo_settings(Path(folder))
        expected = json.loads(EXPECTED.read_text("utf-8"))["summary"]
        client = TvaersClient(settings.data)
        try:
            async with serving(settings):
                shown = await play_sample(client, settings.data, on_step)
                summary = await _figures(client, expected)
                checkpoint = await client.call(role("drift"), "GET", "/log/checkpoint")
        finally:
            await client.close()
        log, problems = _proof(settings, Path(folder), checkpoint.text)
    differing = [name for name, value in expected.items() if summary[name] != value]
    problems += [f"{name} is {summary[name]}, expected {expected[name]}" for name in differing]
    return Demonstration(shown, {**summary, "log": log, "seconds": round(time.monotonic() - began, 2)}, problems)


def demo_settings(folder: Path) -> Settings:
    """Return settings that the environment has no say in: a demonstration must never reach a real database."""
    return Settings(
        data=folder / "data",
        host="127.0.0.1",
        port=0,
        database="",
        parter=OPS / "sample" / "parter.toml",
        hjemler=OPS / "hjemler.toml",
        ankre=None,
        tidsstempelankre=None,
        kraev_ocsp=True,
        journal=None,
        origin="tvaers.example/demo",
        batch=250,
    )


async def _figures(client: TvaersClient, expected: dict[str, Any]) -> dict[str, Any]:
    """Return the figures once they are as expected, or as they are when patience is at its end."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        await client.settled()
        state = await client.state()
        figures = {name: state[name] for name in expected}
        if figures == expected or time.monotonic() > deadline:
            return figures
        await asyncio.sleep(POLL_SECONDS)


def _proof(settings: Settings, folder: Path, checkpoint: str) -> tuple[dict[str, Any], list[str]]:
    """Export the log and verify it as an outsider would, with a checkpoint taken while it still grew."""
    database = Database(settings.database_url)
    try:
        with database.read() as connection:
            export_log(connection, folder / "log")
        proven = verify_export(folder / "log", load(settings.data / "checkpoint.key").vkey, [checkpoint])
    except VerificationError as error:
        return {"size": 0, "root": "", "verified": False}, [f"the log is not verified: {error}"]
    finally:
        database.close()
    return {"size": proven.size, "root": proven.root.hex(), "verified": True}, []


def _cancelled_by(number: signal.Signals) -> None:
    """Let a signal end the current task like Ctrl-C does, so that nothing is left behind."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
