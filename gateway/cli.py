"""The `tvaers` command: composed here from the commands that each package owns."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from connectors import commands as connector_commands
from consent import commands as consent_commands
from consent import recheck_commands, review_commands
from consent.cases import CaseError
from consent.database import DatabaseUnavailable
from consent.disclosures import commands as log_commands
from consent.disclosures.errors import LogError
from consent.disclosures.merkle import VerificationError
from consent.errors import ConsentRefused
from consent.signatures import AnchorsRefused
from gateway import commands as gateway_commands
from gateway.bus.errors import BusError
from gateway.context import Context
from gateway.errors import GatewayRefused
from gateway.logs import configure
from gateway.settings import SettingsError
from ops.sample.player import PlayError
from ops.sample.store import SampleUnreadable
from schemas import commands as schema_commands
from schemas.errors import SchemaError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Tværs, on tværs.")

EXPECTED = (
    AnchorsRefused,
    BusError,
    CaseError,
    ConsentRefused,
    DatabaseUnavailable,
    GatewayRefused,
    LogError,
    OSError,
    PlayError,
    SampleUnreadable,
    SchemaError,
    SettingsError,
    VerificationError,
)
"""The error families whose text is written for the person who runs the command."""


@app.callback()
def start(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option(help="Settings, TOML.")] = None,
    data: Annotated[Path | None, typer.Option(help="The data folder.", envvar="TVAERS_DATA")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more on standard error.")] = False,
) -> None:
    """Tværs: nothing about a citizen crosses unless a signed samtykke, or a stated paragraph, covers exactly that."""
    configure(verbose=verbose)
    context.obj = Context(config, data)


gateway_commands.add_to(app)
connector_commands.add_to(app)
app.add_typer(consent_commands.app, name="consent")
recheck_commands.add_to(log_commands.app)
app.add_typer(log_commands.app, name="log")
app.add_typer(review_commands.app, name="review")
app.add_typer(gateway_commands.dead, name="dead")
app.add_typer(gateway_commands.topology, name="topology")
app.add_typer(gateway_commands.journal, name="journal")
app.add_typer(schema_commands.app, name="schemas")


def main() -> None:
    """Run the command; whatever it refuses is one line on standard error and exit status 1 (2 for wrong usage)."""
    try:
        app()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except EXPECTED as error:
        typer.secho(f"tvaers: {error}", fg=typer.colors.RED, err=True)
        sys.exit(1)
