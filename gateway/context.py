"""What every command is given: settings, registers, and calls to the running process."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.registers import party_register
from gateway.settings import Settings, read_settings
from schemas.parties import Partregister

if TYPE_CHECKING:
    from gateway.client import TvaersClient


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
        return party_register(self.settings)

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
