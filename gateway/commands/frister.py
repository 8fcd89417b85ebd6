"""The command of the watcher: be the party that tells of deadlines that have passed."""

import asyncio
import contextlib
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.commands.messages import Party
from gateway.settings import OPS

if TYPE_CHECKING:
    from gateway.client import TvaersClient
    from gateway.context import Context
    from gateway.frister import Deadlines

ROUND_SECONDS = 60.0
"""How long after a deadline has passed it is told of, at most: they pass at midnight, when nobody waits for it."""


def frister(
    context: typer.Context,
    party: Party,
    table: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="The table of deadlines, TOML.", show_default=False)
    ] = OPS / "frister.toml",
    once: Annotated[bool, typer.Option("--once", help="Fetch what waits, tell what has passed, and end.")] = False,
) -> None:
    """Watch the deadlines as a party, until Ctrl-C: print and publish `frist.overskredet` for each that passes.

    The party must be nobody else's: what it fetches is gone from the bus.
    """
    if party not in context.obj.register.by_id:
        known = ", ".join(sorted(context.obj.register.by_id))
        raise typer.BadParameter(f"the register has {known}", param_hint="--as")
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(_watch(context.obj, party, table, once=once))


async def _watch(context: "Context", party: str, table: Path, *, once: bool) -> None:
    from consent.database import DatabaseUnavailable
    from consent.disclosures.errors import KeyStoreError
    from gateway.bus.errors import BusError
    from gateway.errors import GatewayRefused
    from gateway.frister import Deadlines, read_table

    client = context.client()
    deadlines = Deadlines(context.data / "frister", party, read_table(table))
    try:
        if once:
            await _round(client, deadlines)
            return
        _end_on_signals()
        while True:
            try:
                await _round(client, deadlines)
            except (BusError, DatabaseUnavailable, KeyStoreError, GatewayRefused) as error:
                typer.echo(f"tvaers: {error}; trying again", err=True)
            await asyncio.sleep(ROUND_SECONDS)
    finally:
        deadlines.close()
        await client.close()


async def _round(client: "TvaersClient", deadlines: "Deadlines") -> None:
    from gateway.frister import watch

    for event in await watch(client, deadlines, datetime.now(UTC)):
        typer.echo(f"{event.id}  {event.content()['frist']}")


def _end_on_signals() -> None:
    """Set by ourselves: a shell that starts us in the background has SIGINT ignored."""
    if (watching := asyncio.current_task()) is not None:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, watching.cancel)
