"""Bearer tokens for HTTP: one per party and one per role, in files of mode 0600 that are made once."""

import hmac
import secrets
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from consent.private_files import write_once

ROLES = ("registrar", "dpo", "drift", "login")
"""registrar: declarations and signers. dpo: the disclosure log. drift: stop, start, dead letters.

login: the service that citizens log in at, which tells that a signer is the citizen, and nothing else.
"""


class Tokens:
    """Knows every token by its hash alone; the files are for those who present them."""

    def __init__(self, directory: Path, names: Iterable[str]) -> None:
        """Make the tokens that are missing."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory
        self._names: dict[bytes, str] = {}
        for name in names:
            self._names[_digest(self._ensure(name))] = name

    def read(self, name: str) -> str:
        """Return the token of a party, or of a role (as `role_<name>`)."""
        return (self._directory / name).read_text("ascii").strip()

    def holder(self, token: str) -> str | None:
        """Return whose token it is, or None."""
        if not token:
            return None
        wanted = _digest(token)
        return next((name for digest, name in self._names.items() if hmac.compare_digest(digest, wanted)), None)

    def _ensure(self, name: str) -> str:
        write_once(self._directory / name, secrets.token_urlsafe(32).encode())
        return self.read(name)


def role(name: str) -> str:
    """Return the name under which a role's token is kept; with the underscore it can be no party's."""
    return f"role_{name}"


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
