"""Commands of operations: stop and start, dead letters, the bus's topology, and the doctor."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from consent.terminal import Begrundelse, Json, show_json, show_table

if TYPE_CHECKING:
    from nats.aio.client import Client

    from gateway.bus.topology import Difference, StreamSpec
    from gateway.context import Context

DRIFT = "role_drift"
"""Whose token these commands use."""

dead = typer.Typer(no_args_is_help=True, help="Dead letters: what could not be read or crossed.")
topology = typer.Typer(no_args_is_help=True, help="The streams and consumers of the bus.")

OneParty = Annotated[str, typer.Option("--party", help="A party; * is everyone.")]
Reason = Annotated[str, typer.Option(help="Why: it stands in the disclosure log.")]


def stop(context: typer.Context, reason: Reason, party: OneParty = "*", as_json: Json = False) -> None:
    """Halt crossing at once, from and to a party or everyone; what is handed in meanwhile waits."""
    _switch(context.obj, "stop", party, reason, as_json)


def start(context: typer.Context, reason: Reason, party: OneParty = "*", as_json: Json = False) -> None:
    """Let crossing go on."""
    _switch(context.obj, "start", party, reason, as_json)


def doctor(context: typer.Context, as_json: Json = False) -> None:
    """Examine this installation and say what to do about what is wrong; exit status 1 if anything is."""
    from gateway.doctor import examine

    findings = asyncio.run(examine(context.obj.settings))
    if as_json:
        show_json([{"check": one.check, "ok": one.ok, "problem": one.problem, "next": one.advice} for one in findings])
    else:
        rows = [(one.check, "ok", "") if one.ok else (one.check, one.problem, one.advice) for one in findings]
        show_table(("check", "found", "what to do"), rows, "")
    if not all(one.ok for one in findings):
        raise typer.Exit(1)


@dead.command("list")
def list_dead(context: typer.Context, as_json: Json = False) -> None:
    """List the dead letters, newest first and without their content."""
    found: list[dict[str, Any]] = context.obj.call(DRIFT, "GET", "/v1/drift/doede")
    if as_json:
        show_json(found)
        return
    columns = ("dead_id", "party", "origin", "reason", "place", "count", "state", "last")
    show_table(columns, [[one[name] for name in columns] for one in found], "There are no dead letters.")


@dead.command("show")
def show_dead(context: typer.Context, dead_id: str, begrundelse: Begrundelse) -> None:
    """Write a dead letter's untouched bytes to standard output; the look-up is logged first."""
    content: bytes = _dead(context.obj, dead_id, "vis", begrundelse)
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


@dead.command("replay")
def replay_dead(context: typer.Context, dead_id: str, begrundelse: Begrundelse, as_json: Json = False) -> None:
    """Hand a dead letter in again: it is decided anew, like everything else."""
    answer = _dead(context.obj, dead_id, "genafspil", begrundelse)
    show_json(answer) if as_json else typer.echo("Handed in again as " + ", ".join(answer["haendelser"]))


@topology.command("check")
def check_topology(context: typer.Context, as_json: Json = False) -> None:
    """Compare the running bus with what it should be; exit status 1 where it differs."""
    from gateway.bus import deploy

    _topology(context.obj, deploy.verify, as_json)


@topology.command("apply")
def apply_topology(context: typer.Context, as_json: Json = False) -> None:
    """Create and correct streams and consumers, deleting nothing; exit status 1 where something still differs."""
    from gateway.bus import deploy

    _topology(context.obj, deploy.apply, as_json)


def _switch(context: "Context", verb: str, party: str, reason: str, as_json: bool) -> None:
    answer = context.call(DRIFT, "POST", f"/v1/drift/{verb}", json={"part": party, "begrundelse": reason})
    if as_json:
        show_json(answer)
        return
    stopped = ["everyone" if one == "*" else one for one in answer["stoppet"]]
    typer.echo(f"Stopped: {', '.join(stopped)}." if stopped else "Nobody is stopped.")


def _dead(context: "Context", dead_id: str, verb: str, reason: str) -> Any:
    path = f"/v1/drift/doede/{quote(dead_id, safe='')}/{verb}"
    return context.call(DRIFT, "POST", path, json={"begrundelse": reason})


def _topology(
    context: "Context",
    work: "Callable[[Client, tuple[StreamSpec, ...]], Awaitable[list[Difference]]]",
    as_json: bool,
) -> None:
    differences = asyncio.run(_as_ops(context, work))
    if as_json:
        names = ("stream", "consumer", "field", "wanted", "found")
        show_json([{name: getattr(one, name) for name in names} for one in differences])
    else:
        rows = [(one.stream, one.consumer, one.field, one.found, one.wanted) for one in differences]
        show_table(("stream", "consumer", "field", "is", "should be"), rows, "The bus is as it should be.")
    if differences:
        raise typer.Exit(1)


async def _as_ops(
    context: "Context", work: "Callable[[Client, tuple[StreamSpec, ...]], Awaitable[list[Difference]]]"
) -> "list[Difference]":
    from gateway.bus.client import connect
    from gateway.bus.topology import Sizes
    from gateway.bus.topology import topology as wanted
    from gateway.client import Address

    address = Address.read(context.data)
    ops = await connect(address.nats, "ops", context.data / "bus" / "keys" / "ops.nk", patience=3.0)
    try:
        return await work(ops.nc, wanted(list(context.register.by_id), Sizes()))
    finally:
        await ops.close()
