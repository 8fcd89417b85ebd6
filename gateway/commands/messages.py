"""Commands of a party: hand in native messages, fetch what was delivered, and fetch the receipts."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from consent.terminal import Json, console, show_json, show_table
from gateway.bus.errors import BusUnavailable
from gateway.errors import GatewayRefused
from schemas.events import read_json
from schemas.parties import Part

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg

    from gateway.context import Context

    Show = Callable[[Msg], None]

Party = Annotated[str, typer.Option("--as", metavar="PARTY", help="The party that you are.")]

THE_MESSAGE = frozenset({400, 409, 413, 415})
"""HTTP statuses that refuse one message; any other would meet the next message too."""

_CONTENT_TYPES = {".json": "application/json", ".xml": "application/xml"}


def send(
    context: typer.Context,
    party: Party,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False, show_default=False)],
    connector: Annotated[str | None, typer.Option(help="Else the one that the register has for the party.")] = None,
    as_json: Json = False,
) -> None:
    """Hand in native messages; each is durable when its line says so. Exit status 1 if one is refused.

    A message whose format has no field for its case or purpose is wrapped: name the file `<name>.indlevering.json`.
    """
    chosen = connector or _part(context.obj, party).connector
    answers: list[dict[str, Any]] = []
    try:
        asyncio.run(_send(context.obj, party, chosen, files, answers))
    finally:
        _show_sent(answers, as_json)
    if any("refused" in answer for answer in answers):
        raise typer.Exit(1)


def tail(
    context: typer.Context,
    party: Party,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait for more, until Ctrl-C.")] = False,
    as_json: Json = False,
) -> None:
    """Print what waits for a party, and acknowledge what was printed: a copy that is fetched is gone from the bus.

    One that was printed as the line was cut comes again, under the same delivery id.
    """
    show = _delivery_line if as_json else _delivery_block
    if follow:
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(_follow(context.obj, party, show))
    elif not asyncio.run(_drain(context.obj, party, "DELIVERY", show)) and not as_json:
        typer.echo("Nothing waits.")


def receipts(context: typer.Context, party: Party, as_json: Json = False) -> None:
    """Print and acknowledge a sender's receipts: what became of each event at each recipient, and never why."""
    show = _receipt_line if as_json else _receipt_block
    if not asyncio.run(_drain(context.obj, party, "RECEIPTS", show)) and not as_json:
        typer.echo("No receipts wait.")


def _part(context: "Context", party: str) -> Part:
    register = context.register
    if party not in register.by_id:
        raise typer.BadParameter(f"the register has {', '.join(sorted(register.by_id))}", param_hint="--as")
    return register.by_id[party]


async def _send(
    context: "Context", party: str, connector: str, files: Sequence[Path], answers: list[dict[str, Any]]
) -> None:
    from rich.console import Console
    from rich.progress import track

    client, errors = context.client(), Console(stderr=True)
    quiet = len(files) == 1 or not errors.is_terminal
    try:
        for path in track(files, "Sending", console=errors, transient=True, disable=quiet):
            request = {"content": path.read_bytes(), "headers": {"Content-Type": content_type(path)}}
            try:
                response = await client.call(party, "POST", f"/v1/intake/{connector}", **request)
            except GatewayRefused as refused:
                if refused.status not in THE_MESSAGE:
                    raise
                why = {"code": refused.code, "reason": refused.reason, "where": refused.where}
                answers.append({"file": str(path), "refused": why})
            else:
                answers.append({"file": str(path), **response.json()})
    finally:
        await client.close()


def content_type(path: Path) -> str:
    """Return what a file is, by its name."""
    from gateway.intake import WRAPPED

    if path.name.endswith(".indlevering.json"):
        return WRAPPED
    return _CONTENT_TYPES.get(path.suffix.lower(), "application/octet-stream")


async def _drain(context: "Context", party: str, stream: str, show: "Show") -> int:
    """Show and acknowledge everything that waits; return how many that were."""
    from gateway.client import waiting

    number = 0
    async with _as_party(context, party) as nc:
        async for message in waiting(nc, stream, party):
            await _hand_over(message, show)
            number += 1
    return number


async def _follow(context: "Context", party: str, show: "Show") -> None:
    """Show and acknowledge what comes, until cancelled or until nobody reads any more."""
    from gateway.bus.fetch import Puller

    if (following := asyncio.current_task()) is not None:
        # Set by ourselves: a shell that starts us in the background has SIGINT ignored.
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, following.cancel)
    async with _as_party(context, party) as nc:
        unread: list[BrokenPipeError] = []

        async def hand_over(batch: Sequence["Msg"]) -> None:
            for message in batch:
                await _hand_over(message, show)

        def on_error(error: Exception) -> None:
            if isinstance(error, BrokenPipeError):
                unread.append(error)
                stopping.append(asyncio.create_task(puller.stop()))

        stopping: list[asyncio.Task[None]] = []
        puller = Puller(nc, "DELIVERY", party, on_error=on_error)
        await puller.run(hand_over)
        await asyncio.gather(*stopping)
    raise unread[0]


async def _hand_over(message: "Msg", show: "Show") -> None:
    """Acknowledge what is out of our hands, and nothing else."""
    show(message)
    sys.stdout.flush()
    await message.ack_sync()


@asynccontextmanager
async def _as_party(context: "Context", party: str) -> AsyncIterator["Client"]:
    import nats.errors

    _part(context, party)
    client = context.client()
    try:
        async with client.as_party(party) as nc:
            yield nc
    except BusUnavailable as error:
        raise BusUnavailable(f"{error}; see whether `tvaers run` runs") from None
    except nats.errors.Error as error:
        raise BusUnavailable(f"the bus did not answer ({type(error).__name__}); try again") from None
    finally:
        await client.close()


def _delivery_line(message: "Msg") -> None:
    show_json({"delivery": _delivery_id(message), "event": read_json(message.data)})


def _delivery_block(message: "Msg") -> None:
    event = read_json(message.data)
    console().print(f"{event['type']} from {event['source']}, {event['time']}", style="bold")
    console().print(f"delivery {_delivery_id(message)}", style="dim")
    console().print_json(data=event["data"], highlight=True)


def _delivery_id(message: "Msg") -> str:
    return str((message.headers or {}).get("Nats-Msg-Id", ""))


def _receipt_line(message: "Msg") -> None:
    show_json(read_json(message.data))


def _receipt_block(message: "Msg") -> None:
    receipt = read_json(message.data)
    for til, udfald in receipt["modtagere"].items():
        typer.echo(f"{receipt['haendelse']}  {udfald:<12}  {til}")


def _show_sent(answers: Sequence[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        for answer in answers:
            show_json(answer)
    elif answers:
        show_table(("file", "answer", "events"), map(_sent_row, answers), "")


def _sent_row(answer: dict[str, Any]) -> tuple[str, str, str]:
    if "refused" in answer:
        why = answer["refused"]
        return answer["file"], f"refused: {why['reason']}" + (f" ({why['where']})" if why["where"] else ""), ""
    return answer["file"], "accepted", "\n".join(answer["haendelser"])
