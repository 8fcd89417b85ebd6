"""The steps that a sample day is made of: plain values, in the order in which they are to be played.

What is personal stays out of the representation of a step, so that a step can be named in an error.
"""

from dataclasses import dataclass, field

WRAPPED = "application/vnd.tvaers.indlevering+json"
"""Content type of a native message wrapped with what its own format has no field for (the gateway's intake)."""


@dataclass(frozen=True, slots=True)
class ConfirmSigner:
    """Somebody at the counter has seen that the person with this certificate is, or may sign for, the citizen."""

    uuid: str
    cpr: str = field(repr=False)
    relation: str


@dataclass(frozen=True, slots=True)
class Register:
    """A signed samtykke document is handed in."""

    document: bytes = field(repr=False)
    name: str


@dataclass(frozen=True, slots=True)
class Block:
    """The citizen asks that these categories never reach these receivers."""

    cpr: str = field(repr=False)
    til: tuple[str, ...]
    oplysningstyper: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Send:
    """A party hands in a native message at `klokken` (HH:MM), and the intake answers with this HTTP status."""

    name: str
    klokken: str
    party: str
    connector: str
    body: bytes = field(repr=False)
    content_type: str
    expect_status: int = 202


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The citizen withdraws a declaration."""

    samtykke_id: str


@dataclass(frozen=True, slots=True)
class Fetch:
    """A party fetches and acknowledges all that waits for it."""

    party: str


@dataclass(frozen=True, slots=True)
class Settle:
    """Wait until all that was accepted has crossed and all that was acknowledged is on record as delivered."""


Step = ConfirmSigner | Register | Block | Send | Withdraw | Fetch | Settle
