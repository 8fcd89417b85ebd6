"""`tvaers schemas`: the shared language as files, and what a change to it breaks."""

from pathlib import Path
from typing import Annotated

import typer

from schemas import compatibility
from schemas.export import write

app = typer.Typer(no_args_is_help=True, help="The shared language: export it, and see what a change to it breaks.")

Folder = Annotated[Path, typer.Argument(metavar="DIR", file_okay=False)]


@app.command()
def export(folder: Folder) -> None:
    """Write JSON Schemas, examples, the AsyncAPI document and an index into a folder."""
    print(f"{write(folder)} files")


@app.command()
def check(old: Folder, new: Folder) -> None:
    """Compare two exports, a line per change; exit status 1 if one of them breaks somebody who relies on the old."""
    found = compatibility.changes(compatibility.read_export(old), compatibility.read_export(new))
    for change in found:
        print(f"{change.verdict:<10}  {change.where}: {change.what}")
    broken = sum(change.verdict is compatibility.Verdict.BREAKING for change in found)
    print(f"{len(found)} changes, {broken} of them breaking")
    if broken:
        raise typer.Exit(1)
