"""The `tvaers` command: composed here from the commands that each package owns."""

import asyncio
import os
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from connectors import commands as connector_commands
from consent import commands as consent_commands
from consent.cases import CaseError
from consent.database import DatabaseUnavailable
from consent.disclosures import commands as log_commands
from consent.disclosures.errors import LogError
from consent.disclosures.merkle import VerificationError
from consent.errors import ConsentRefused
from consent.signatures import AnchorsRefused
from gateway import commands as gateway_commands
from gateway.bus.errors import BusError
from gateway.errors import GatewayRefused
from gateway.logs import configure
from gateway.settings import Settings, SettingsError, read_settings
from ops.sample.player import PlayError
from ops.sample.store import SampleUnreadable
from schemas.errors import SchemaError
from schemas.parties import Partregister

if TYPE_CHECKING:
    from gateway.client import TvaersClient

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


class Context:
    """What the commands share: settings, and calls to the running process."""

    def __init__(self, config: Path | None, data: Path | None) -> None:
        self.config, self._data = config, data

    @property
    def settings(self) -> Settings:
        """Return the settings, read when first needed, so that `--help` needs none."""
        return read_settings(self.config, self._data)

    @property
    def data(self) -> Path:
        """Return the data folder."""
        return self.settings.data

    @property
    def register(self) -> Partregister:
        """Return the party register."""
        return Partregister.read(tomllib.loads(self.settings.parter.read_text("utf-8")))

    def client(self, patience: float = 3.0) -> "TvaersClient":
        """Return a client of the running process; a command does not wait long for one that is not there.

        Raises:
            GatewayRefused: nothing has ever run on this data folder.
        """
        from gateway.client import Address, TvaersClient

        Address.read(self.data)
        return TvaersClient(self.data, patience)

    def call(self, who: str, method: str, path: str, **request: Any) -> Any:
        """Call the running process and return the JSON it answers, or the bytes where it is not JSON."""

        async def once() -> Any:
            client = self.client()
            try:
                response = await client.call(who, method, path, **request)
            finally:
                await client.close()
            json = response.headers.get("Content-Type", "").startswith("application/json")
            return response.json() if json else response.content

        return asyncio.run(once())


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
app.add_typer(log_commands.app, name="log")
app.add_typer(gateway_commands.dead, name="dead")
app.add_typer(gateway_commands.topology, name="topology")


def main() -> None:
    """Run the command; whatever it refuses is one line on standard error and exit status 1 (2 for wrong usage)."""
    try:
        app()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except tomllib.TOMLDecodeError as error:
        _fail(f"the settings or a register is not TOML: {error}; `tvaers doctor` examines the registers")
    except EXPECTED as error:
        _fail(str(error))


def _fail(reason: str) -> NoReturn:
    typer.secho(f"tvaers: {reason}", fg=typer.colors.RED, err=True)
    sys.exit(1)
