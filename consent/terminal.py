"""How commands speak with people and scripts: tables or JSON, and the one way in which a CPR number is asked for."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from consent.errors import ConsentRefused
from schemas.events import dump
from schemas.identity import nummerart

WIDE = 200
"""Columns where nobody looks: a table that goes into a file or a pipe is not folded to a screen."""

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Begrundelse = Annotated[str, typer.Option(help="Why you look: it stands in the disclosure log, sealed.")]


def console() -> Console:
    """Return standard output: colour only on a terminal, and no value is read as markup."""
    return Console(width=None if sys.stdout.isatty() else WIDE, markup=False, highlight=False, emoji=False)


def show_json(value: object) -> None:
    """Print one line of JSON, UTF-8 whatever the terminal is set to."""
    typer.echo(dump(value))


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> None:
    """Print a table, or `empty` where it has no rows."""
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*map(str, row))
    if table.row_count:
        _show(table)
    else:
        typer.echo(empty)


def show_fields(fields: Mapping[str, Any]) -> None:
    """Print names and values below each other; what is empty is left out."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in fields.items():
        if value not in (None, "", [], {}):
            table.add_row(name, words(value))
    _show(table)


def words(value: object) -> str:
    """Write a JSON value for people: lists with commas, objects as `name: value`."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {words(one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(words, value))
    if isinstance(value, bool):
        return "ja" if value else "nej"
    return str(value)


def _show(table: Table) -> None:
    screen = console()
    with screen.capture() as captured:
        screen.print(table)
    # rich fills every line up with spaces, which only gets in the way in a file
    typer.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


def ask_cpr() -> str:
    """Ask for a CPR number: hidden on a terminal, else one line of standard input; other users see arguments.

    Raises:
        ConsentRefused: what was given is not one.
    """
    terminal = sys.stdin.isatty()
    given = typer.prompt("CPR-nummer", hide_input=True, err=True) if terminal else sys.stdin.readline()
    number = "".join(given.split()).replace("-", "")
    if nummerart(number) is None:
        reason = "give a CPR number or replacement CPR, ten characters, at the prompt or on standard input"
        raise ConsentRefused("ikke_cpr", reason)
    return number
