"""Commands of the journal: what holds the crossing, what the journal has, and letting go on after a loss."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from consent.terminal import Json, show_fields, show_json, show_table

if TYPE_CHECKING:
    from gateway.context import Context

DPO = "role_dpo"
"""Whose token these commands use."""

journal = typer.Typer(no_args_is_help=True, help="The journal: what was lost, and letting go on. docs/genskabelse.md")

Reason = Annotated[str, typer.Option(help="Why: it stands in the disclosure log, sealed.")]


@journal.command()
def show(
    context: typer.Context,
    after: Annotated[int, typer.Option(help="Show entries after this number.")] = 0,
    as_json: Json = False,
) -> None:
    """Say what holds the crossing, if anything does, and list the journal's entries, 200 at a time."""
    state: dict[str, Any] = context.obj.call(DPO, "GET", "/v1/journal")
    found: list[dict[str, Any]] = context.obj.call(DPO, "GET", f"/v1/journal/poster?efter={after}")
    if as_json:
        show_json({**state, "fundet": found})
        return
    for reason in state["holdt"]:
        typer.secho(f"held: {reason}", fg=typer.colors.RED)
    columns = ("nummer", "art", "tid", "samtykke_id", "version", "anvendt")
    rows = [["-" if one[name] is None else one[name] for name in columns] for one in found]
    show_table(columns, rows, "The journal has no such entries.")


@journal.command()
def replay(context: typer.Context, reason: Reason, as_json: Json = False) -> None:
    """Do in a restored database what the journal tells; crossing goes on unless something else holds it."""
    _show(context.obj, "genafspil", reason, as_json)


@journal.command()
def release(context: typer.Context, reason: Reason, as_json: Json = False) -> None:
    """Accept what was lost, as `tvaers journal show` names it; crossing goes on."""
    _show(context.obj, "frigiv", reason, as_json)


def _show(context: "Context", verb: str, reason: str, as_json: bool) -> None:
    answer = context.call(DPO, "POST", f"/v1/journal/{verb}", json={"begrundelse": reason})
    show_json(answer) if as_json else show_fields(answer)
