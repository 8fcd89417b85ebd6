"""Commands at the edges: native messages to events and back, with neither broker nor data folder."""

import json
import os
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

from connectors.contract import MAX_NATIVE_BYTES, Connector, Hint, Malformed, NotExpressible, read_safely
from schemas.events import dump, read_event
from schemas.parties import Partregister

Name = Annotated[str, typer.Option("--connector", help="The family of systems that the message comes from or goes to.")]


class Registers(Protocol):
    """Where the registers are."""

    @property
    def parter(self) -> Path:
        """The party register, TOML."""


class Installation(Protocol):
    """What these commands need of the one that composes them."""

    @property
    def settings(self) -> Registers:
        """The settings."""


def add_to(app: typer.Typer) -> None:
    """Add `translate` and `render`."""
    app.command()(translate)
    app.command()(render)


def translate(
    connector: Name,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Native messages.", show_default=False)],
    source: Annotated[str, typer.Option("--as", help="The party that would be the sender.")] = "translate",
) -> None:
    """Print what native messages mean: a JSON line per file; exit status 1 if any is malformed."""
    chosen = _connector(connector)
    hint = Hint(source=source, register=Partregister(version=1, parter=()))
    lines = [_translated(chosen, path, hint) for path in files]
    if any("malformed" in line for line in lines):
        raise typer.Exit(1)


def render(
    context: typer.Context,
    connector: Name,
    native: Annotated[str, typer.Option("--format", help="The native format to write.")],
    event: Annotated[Path, typer.Argument(metavar="EVENT.json", exists=True, dir_okay=False, show_default=False)],
) -> None:
    """Write one event in a native format, as bytes on standard output."""
    installation: Installation = context.obj
    writers = _connector(connector).writers
    if native not in writers:
        raise typer.BadParameter(f"this connector writes {_names(writers)}", param_hint="--format")
    register = Partregister.read(tomllib.loads(installation.settings.parter.read_text("utf-8")))
    written = writers[native](read_event(event.read_bytes()), register)
    if isinstance(written, NotExpressible):
        typer.secho(f"tvaers: this event has no place in {native}: {written.reason}", fg=typer.colors.RED, err=True)
        raise typer.Exit(1)
    sys.stdout.buffer.write(written)
    sys.stdout.buffer.flush()


def _translated(connector: Connector, path: Path, hint: Hint) -> dict[str, Any]:
    """Print the line of one file as soon as it is read, and return it."""
    read = _read(connector, path, hint)
    line: dict[str, Any] = {"file": os.fsencode(path).decode("utf-8", "replace")}
    if isinstance(read, Malformed):
        line["malformed"] = {"reason": read.reason, "where": read.where}
    else:
        line["events"] = read
    typer.echo(dump(line))
    return line


def _read(connector: Connector, path: Path, hint: Hint) -> list[dict[str, Any]] | Malformed:
    try:
        with path.open("rb") as file:
            native = file.read(MAX_NATIVE_BYTES + 1)
    except OSError:
        return Malformed("cannot be read", "the file")
    events = read_safely(connector, native, hint)
    if isinstance(events, Malformed):
        return events
    return [json.loads(event.as_json()) for event in events]


def _connector(name: str) -> Connector:
    from connectors.registry import CONNECTORS

    if name not in CONNECTORS:
        raise typer.BadParameter(f"the connectors are {_names(CONNECTORS)}", param_hint="--connector")
    return CONNECTORS[name]


def _names(mapping: Mapping[str, object]) -> str:
    return ", ".join(sorted(mapping))
