"""Who an event is for when it names nobody, which each event type says of itself."""

from enum import StrEnum


class To(StrEnum):
    """How the receivers of an event that names none are found."""

    ADDRESSEES = "addressees"
    """Nobody but those it names: a letter without an address goes nowhere."""
    CASE = "case"
    """Everyone known to take part in its case."""
    KEYWORKERS = "keyworkers"
    """The parties of the citizen's keyworkers (tovholdere) in its case."""
    NAMED = "named"
    """Whoever the declaration that it tells of names; a sender cannot address it."""
