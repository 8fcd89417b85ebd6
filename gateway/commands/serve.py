"""Commands that run Tværs: in the foreground until it is stopped, and once through the sample day."""

import asyncio
import errno
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from consent.terminal import Json, show_fields, show_json, show_table
from gateway.settings import Settings, SettingsError

if TYPE_CHECKING:
    from ops.sample.table import Row


class Role(StrEnum):
    """Which part of Tværs a process is."""

    ALL = "all"
    GATEWAY = "gateway"
    CONNECTORS = "connectors"
    CONSOLE = "console"


def run(
    context: typer.Context,
    role: Annotated[Role, typer.Option(help="Which part this process is.")] = Role.ALL,
    config: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="Settings, TOML.")] = None,
    sample: Annotated[bool, typer.Option("--sample", help="Play the sample day first.")] = False,
) -> None:
    """Run Tværs in the foreground until Ctrl-C or SIGTERM."""
    import uvloop

    if role is not Role.ALL:
        raise typer.BadParameter("one process does everything so far: only `all` can be run", param_hint="--role")
    if config is not None:
        context.obj.config = config
    settings = context.obj.settings
    try:
        status = uvloop.run(_run(settings, sample))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise SettingsError(f"port {settings.port} is taken; set TVAERS_PORT to another, or to 0 for any") from None
    raise typer.Exit(status)


def demo(as_json: Json = False) -> None:
    """Play the sample day in a data folder of its own, print what crossed and what did not, and prove the record.

    Exit status 0 only if everything went as the sample expects and the exported log verifies.
    """
    import uvloop

    from gateway.demo import play_demo

    try:
        with _progress() as on_step:
            shown = uvloop.run(play_demo(on_step))
    except asyncio.CancelledError:
        raise typer.Exit(128 + signal.SIGTERM) from None
    if as_json:
        show_json(shown.summary)
    else:
        _show_day(shown.rows)
        show_fields(shown.summary)
    for problem in shown.problems:
        typer.secho(f"tvaers: {problem}", fg=typer.colors.RED, err=True)
    if shown.problems:
        raise typer.Exit(1)


async def _run(settings: Settings, sample: bool) -> int:
    from gateway.serving import serving, until_stopped

    async with serving(settings) as (tvaers, address):
        typer.echo(f"Tværs answers on {address.http} (its HTTP interface: {address.http}/docs)")
        stopped = asyncio.create_task(until_stopped(tvaers))
        if sample and await _played(settings.data, stopped):
            typer.echo(f"Tværs goes on answering on {address.http}; Ctrl-C stops it.")
        return await stopped


async def _played(data: Path, stopped: asyncio.Task[int]) -> bool:
    """Play the sample day and show it; return False where the process was stopped first."""
    from gateway.client import TvaersClient
    from gateway.demo import play_sample

    client = TvaersClient(data)
    try:
        with _progress() as on_step:
            playing = asyncio.create_task(play_sample(client, data, on_step))
            await asyncio.wait([playing, stopped], return_when=asyncio.FIRST_COMPLETED)
            if not playing.done():
                playing.cancel()
                await asyncio.wait([playing])
                return False
        _show_day(playing.result())
        return True
    finally:
        await client.close()


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Yield what shows how far the day has come: on a terminal only, and on standard error."""
    from rich.console import Console
    from rich.progress import Progress

    errors = Console(stderr=True)
    with Progress(console=errors, transient=True, disable=not errors.is_terminal) as progress:
        day = progress.add_task("The sample day")
        yield lambda done, of: progress.update(day, completed=done, total=of)


def _show_day(rows: "Sequence[Row]") -> None:
    columns = ("tid", "fra", "til", "hvad", "udfald", "grund")
    show_table(columns, [[getattr(row, name) for name in columns] for row in rows], "Nothing crossed.")
