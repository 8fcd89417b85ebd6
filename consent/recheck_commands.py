"""Commands that look behind an entry of the log: explain a decision, and recompute them all."""

from collections import Counter
from typing import Annotated, Any

import typer

from consent.calling import Caller
from consent.disclosures.commands import DPO, moment
from consent.recheck import Outcome
from consent.terminal import Begrundelse, Json, console, show_json, show_table

WHEN = "Date or instant, ISO 8601, in Danish time."


def add_to(app: typer.Typer) -> None:
    """Add the commands to those of the log."""
    app.command()(explain)
    app.command()(recheck)


def explain(context: typer.Context, nummer: int, begrundelse: Begrundelse, as_json: Json = False) -> None:
    """Say in plain Danish why an entry permitted or withheld what it did; the look-up is logged first."""
    caller: Caller = context.obj
    found = caller.call(DPO, "POST", f"/v1/oplysninger/{nummer}/forklaring", json={"begrundelse": begrundelse})
    if as_json:
        show_json(found)
        return
    console().print("\n\n".join(found["afsnit"]), soft_wrap=True)


def recheck(
    context: typer.Context,
    begrundelse: Begrundelse,
    since: Annotated[str | None, typer.Option("--from", parser=moment, metavar="TIME", help=WHEN)] = None,
    until: Annotated[str | None, typer.Option("--to", parser=moment, metavar="TIME", help=WHEN)] = None,
    as_json: Json = False,
) -> None:
    """Decide everything in the log again, from what is stored; exit status 1 if a decision comes out otherwise."""
    caller: Caller = context.obj
    wanted = {"begrundelse": begrundelse, "since": since, "until": until}
    counted: Counter[str] = Counter()
    telling: list[dict[str, Any]] = []
    before: int | None = None
    while True:
        page = caller.call(DPO, "POST", "/v1/oplysninger/efterproev", json={**wanted, "before": before})
        counted.update(one["udfald"] for one in page["fund"])
        telling += [one for one in page["fund"] if one["udfald"] != Outcome.SAMME]
        before = page["naeste"]
        if before is None:
            break
    _show(counted, telling, as_json)
    if counted[Outcome.FORSKELLIG]:
        raise typer.Exit(1)


def _show(counted: Counter[str], telling: list[dict[str, Any]], as_json: bool) -> None:
    figures = {outcome.value: counted[outcome] for outcome in Outcome}
    if as_json:
        show_json({**figures, "fund": telling})
        return
    rows = [(one["nummer"], one["udfald"], one["hvorfor"], "; ".join(one["forskelle"])) for one in telling]
    if rows:
        show_table(("nummer", "udfald", "hvorfor", "forskelle"), rows, "")
    same, different, impossible = (figures[one.value] for one in Outcome)
    typer.echo(f"{same} came out the same, {different} otherwise, {impossible} cannot be recomputed.")
