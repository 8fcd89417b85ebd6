"""Commands of the data-protection officer's queue."""

from typing import Annotated, Any

import typer

from consent.calling import Caller
from consent.disclosures.commands import DPO
from consent.reviews import Udfald
from consent.terminal import Json, show_json, show_table

app = typer.Typer(no_args_is_help=True, help="Emergencies, for the data-protection officer to look at.")

COLUMNS = ("nummer", "paragraf", "fra", "til", "aabnet", "frist", "udfald")


@app.command("list")
def list_reviews(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Those that are closed, too.")] = False,
    as_json: Json = False,
) -> None:
    """List the decisions that wait for the data-protection officer, the most urgent first."""
    caller: Caller = context.obj
    parameters = {"lukkede": "true"} if everything else {}
    found: list[dict[str, Any]] = caller.call(DPO, "GET", "/v1/gennemsyn", params=parameters)
    if as_json:
        show_json(found)
        return
    show_table(COLUMNS, [[one[name] or "" for name in COLUMNS] for one in found], "Nothing waits to be looked at.")


@app.command("close")
def close_review(
    context: typer.Context,
    nummer: Annotated[int, typer.Argument(help="The decision's entry in the log; see `tvaers log explain`.")],
    udfald: Annotated[Udfald, typer.Option(help="Was the paragraph rightly used?")],
    begrundelse: Annotated[str, typer.Option(help="Why you find so: it stands in the disclosure log, sealed.")],
    as_json: Json = False,
) -> None:
    """Close a review with a verdict and a reason, which stand in the disclosure log."""
    caller: Caller = context.obj
    verdict = {"udfald": udfald.value, "begrundelse": begrundelse}
    answered = caller.call(DPO, "POST", f"/v1/gennemsyn/{nummer}/luk", json=verdict)
    show_json(answered) if as_json else typer.echo(f"Closed: {answered['udfald']}.")
