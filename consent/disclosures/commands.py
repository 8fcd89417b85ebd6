"""Commands of the disclosure log for those who answer for it: look-ups at the running process, export, keys."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

from consent.calling import Caller
from consent.database import Database, instant
from consent.declarations import COPENHAGEN
from consent.disclosures import checking, checkpoints, store
from consent.disclosures.errors import ExportError, SignerError
from consent.disclosures.export import export_log
from consent.terminal import Begrundelse, Json, ask_cpr, show_fields, show_json, show_table, words
from consent.words import ground_in_words, reason_in_words
from schemas.events import PREFIX

app = typer.Typer(no_args_is_help=True, help="The disclosure log: what crossed, what did not, and who looked.")
app.command("verify")(checking.verify_log)
app.command("witness")(checking.witness)

keys = typer.Typer(invoke_without_command=True)
app.add_typer(keys, name="key")

KEY_FILE = "checkpoint.key"
"""In the data folder."""

DPO = "role_dpo"
"""Whose token the look-ups use."""

COLUMNS = ("tid", "art", "tilstand", "fra", "til", "type", "tilladt", "tilbageholdt", "bemaerkning")
"""What a search shows of each entry."""


class Registers(Protocol):
    """Where the database is."""

    @property
    def database_url(self) -> str:
        """SQLAlchemy's form."""


class Installation(Caller, Protocol):
    """What these commands need of the one that composes them."""

    @property
    def settings(self) -> Registers:
        """The settings."""


def moment(text: str) -> str:
    """Read a date or an instant, Danish time where it says no other, and write it as the log does.

    Raises:
        ValueError: it is neither.
    """
    read = datetime.fromisoformat(text)
    return instant(read if read.tzinfo else read.replace(tzinfo=COPENHAGEN))


Moment = Annotated[str | None, typer.Option(parser=moment, metavar="TIME", help="ISO 8601, in Danish time.")]


@app.command()
def search(
    context: typer.Context,
    begrundelse: Begrundelse,
    part: Annotated[str | None, typer.Option(help="Sender or recipient.")] = None,
    haendelse: Annotated[str | None, typer.Option(help="Event id.")] = None,
    art: Annotated[str | None, typer.Option(help="afgoerelse, tilstand, samtykke, opslag or drift.")] = None,
    since: Moment = None,
    until: Moment = None,
    borger: Annotated[bool, typer.Option("--borger", help="One citizen: asks for the CPR number.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 100,
    as_json: Json = False,
) -> None:
    """Search the log, newest first; the search is itself logged before anything is shown."""
    wanted = {"part": part, "haendelse": haendelse, "art": art, "since": since, "until": until, "limit": limit}
    wanted |= {"begrundelse": begrundelse, "cpr": ask_cpr() if borger else None}
    caller: Caller = context.obj
    found: list[dict[str, Any]] = caller.call(DPO, "POST", "/v1/oplysninger/soeg", json=wanted)
    if as_json:
        show_json(found)
        return
    show_table(("nummer", *COLUMNS), map(_row, found), "Nothing in the log matches.")


@app.command()
def show(context: typer.Context, nummer: int, begrundelse: Begrundelse, as_json: Json = False) -> None:
    """Show one entry with its sealed fields opened; the look-up is logged before anything is shown."""
    caller: Caller = context.obj
    found = caller.call(DPO, "POST", f"/v1/oplysninger/{nummer}/vis", json={"begrundelse": begrundelse})
    if as_json:
        show_json(found)
        return
    leaf = found["oplysning"]
    entry = {name: value for name, value in leaf.items() if name not in ("v", "forseglet")} | _in_words(leaf)
    state = {"forseglet": "the citizen's key is destroyed: it opens no more"} if found["slettet"] else {}
    show_fields({"nummer": found["nummer"], "plads": found["plads"], **entry, **(found["aabnet"] or {}), **state})


@app.command()
def export(
    context: typer.Context,
    directory: Annotated[Path, typer.Argument(metavar="DIR", file_okay=False, show_default=False)],
    as_json: Json = False,
) -> None:
    """Write the log to a new directory that anyone can verify; straight from the database, running or not."""
    installation: Installation = context.obj
    database = existing(installation.settings.database_url)
    try:
        with database.read() as connection:
            size = export_log(connection, directory)
    finally:
        database.close()
    shown = {"entries": size, "directory": str(directory)}
    if as_json:
        show_json(shown)
        return
    show_fields(shown)
    typer.echo("Verify it with `tvaers log verify`; its README.txt says how others do.")


@keys.callback()
def key(context: typer.Context, as_json: Json = False) -> None:
    """Print the log's public key, for those who verify: give it to them before they need it."""
    if context.invoked_subcommand is not None:
        return
    caller: Caller = context.obj
    vkey = checkpoints.load(caller.data / KEY_FILE).vkey
    show_json({"key": vkey}) if as_json else typer.echo(vkey)


@keys.command()
def rotate(context: typer.Context, as_json: Json = False) -> None:
    """Make a new key: from the next start on, it and the old key both sign, until `retire`."""
    caller: Caller = context.obj
    signer = checkpoints.rotate(caller.data / KEY_FILE)
    if as_json:
        show_json({"key": signer.vkey, "old": [one.vkey for one in signer.older]})
        return
    typer.echo(signer.vkey)
    typer.echo("Start Tværs again; then give the new key to those who verify and to every witness.", err=True)


@keys.command()
def retire(context: typer.Context, as_json: Json = False) -> None:
    """Take the old key away: from the next start on, the new one signs alone."""
    installation: Installation = context.obj
    path = installation.data / KEY_FILE
    database = existing(installation.settings.database_url)
    try:
        with database.read() as connection:
            on_record = {vkey for vkey, _ in store.key_changes(connection)}
    finally:
        database.close()
    if checkpoints.load(path).vkey not in on_record:
        raise SignerError("the change of keys is not on record yet: start Tværs once with both keys")
    vkey = checkpoints.retire(path).vkey
    show_json({"key": vkey}) if as_json else typer.echo(vkey)


def existing(url: str) -> Database:
    """Open the database where there is one: SQLite would make an empty one."""
    from sqlalchemy import make_url

    address = make_url(url)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").is_file():
        raise ExportError("there is no log here yet; `tvaers run` begins one")
    return Database(url)


def _in_words(entry: dict[str, Any]) -> dict[str, str]:
    """Return what an entry permitted on which ground, and what it withheld why; each ground and reason once."""
    reasons = [(reason_in_words(code), category) for category, code in entry["tilbageholdt"].items()]
    withheld = _grouped(reasons)
    if entry["art"] == "samtykke":  # says here which one it is about
        return {"tilladt": words(entry["tilladt"]), "tilbageholdt": withheld}
    grounds = [(ground_in_words(ground), category) for category, ground in entry["tilladt"].items()]
    return {"tilladt": _grouped(grounds), "tilbageholdt": withheld}


def _grouped(pairs: list[tuple[str, str]]) -> str:
    found: dict[str, list[str]] = {}
    for why, category in pairs:
        found.setdefault(why, []).append(category)
    return "\n".join(f"{why}: {words(categories)}" for why, categories in found.items())


def _row(found: dict[str, Any]) -> tuple[object, ...]:
    entry = found["oplysning"]
    said = {**entry, **_in_words(entry), "type": (entry["type"] or "").removeprefix(PREFIX)}
    return (found["nummer"], *(said[name] or "" for name in COLUMNS))
