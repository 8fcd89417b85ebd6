"""How commands reach a running Tværs, whoever provides the connection."""

from pathlib import Path
from typing import Any, Protocol


class Caller(Protocol):
    """Calls the running process with a role's or a party's token."""

    @property
    def data(self) -> Path:
        """The data folder."""

    def call(self, who: str, method: str, path: str, **request: Any) -> Any:
        """Return the JSON of the answer; raises what the process refused, saying what to do next."""
