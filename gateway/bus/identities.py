"""Who may log in to the bus, and the secrets they do it with.

Every identity has an nkey seed in a file of its own; the server's configuration knows public keys only. Secrets are
made once and never overwritten: a lost JetStream key is lost mail, a changed seed a locked-out party.
"""

import os
import re
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

import nkeys

from consent.private_files import write_once
from gateway.bus.errors import BusRefused

SERVICES = ("gateway", "recall", "intake", "ops", "watch")
"""The identities inside the BUS account; what each may do is in `gateway.bus.config`."""

RESERVED = frozenset({*SERVICES, "bus", "sys", "ledger"})
"""Names a party cannot have: they are accounts, identities or durables of ours."""

_PARTY = re.compile(r"[a-z][a-z0-9-]{0,40}")


def party_id(text: str) -> str:
    """Return `text` where it can be a party's id on the bus: it becomes subject, durable, account and inbox.

    Raises:
        BusRefused: not of the form `[a-z][a-z0-9-]{0,40}`, or reserved.
    """
    if not _PARTY.fullmatch(text):
        raise BusRefused("a party id is a lower-case letter followed by at most 40 of a-z, 0-9 and '-'")
    if text in RESERVED:
        raise BusRefused(f"the party id {text!r} is reserved for the bus itself")
    return text


class Identities:
    """The seeds in one directory (mode 0700), a file `<name>.nk` of mode 0600 each, and the key of the store."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.js_key_file = directory / "jetstream.key"
        """The key the server encrypts its streams with; back it up apart from them."""

    def ensure(self, parties: Iterable[str]) -> None:
        """Make what is missing: the directory, a seed for each service and party, the JetStream key."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in (*SERVICES, *map(party_id, parties)):
            seed = nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER)  # type: ignore[no-untyped-call]  # nkeys has no annotations
            write_once(self.seed_file(name), bytes(seed))
        # A leading letter keeps the server's configuration reader from taking the value for a number.
        write_once(self.js_key_file, f"k{secrets.token_hex(32)}".encode())

    def seed_file(self, name: str) -> Path:
        """Return where the seed of `name` is or would be."""
        return self._directory / f"{name}.nk"

    def seed(self, name: str) -> str:
        """Return the seed of `name`, a secret."""
        return _read_secret(self.seed_file(name))

    def public_keys(self, names: Iterable[str]) -> Mapping[str, str]:
        """Return the public nkey of each of `names`."""
        return {name: _public(self.seed(name)) for name in names}

    def js_key(self) -> str:
        """Return the JetStream encryption key, a secret."""
        return _read_secret(self.js_key_file)


def _public(seed: str) -> str:
    pair = nkeys.from_seed(bytearray(seed.encode()))  # type: ignore[no-untyped-call]  # nkeys has no annotations
    return str(pair.public_key.decode())


def _read_secret(path: Path) -> str:
    try:
        if path.stat().st_mode & 0o077:
            raise BusRefused(f"the secret {path.name} can be read by others: its mode must be 0600")
        return path.read_text("ascii").strip()
    except OSError as error:
        raise BusRefused(f"the secret {path.name} cannot be read: {error.strerror}") from None
