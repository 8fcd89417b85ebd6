"""How the journal outside the database stands to the one inside. Pure, but for whom it asks."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a place outside stands to the database."""

    EQUAL = "equal"
    """It has what the database has written to it; what it has not been given yet may be missing."""
    AHEAD = "ahead"
    """It has more: the database is an older copy."""
    BEHIND = "behind"
    """It has less than it was given: the place has lost something."""
    FORKED = "forked"
    """Each has something that the other has not."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the two journals part: they agree up to the number `common`.

    `ours` and `theirs` are the highest numbers; `given` is the highest that the database knows was written to the
    place; `whole` is False where entries are missing in the middle of the place.
    """

    common: int
    ours: int
    theirs: int
    given: int
    whole: bool = True

    @property
    def verdict(self) -> Verdict:
        """Say how the place stands."""
        if self.theirs > self.common:
            return Verdict.FORKED if self.ours > self.common else Verdict.AHEAD
        return Verdict.EQUAL if self.given <= self.common and self.whole else Verdict.BEHIND


async def agreed(ours: int, theirs: int, same: Callable[[int], Awaitable[bool]]) -> int:
    """Return the highest number at which two journals have the same hash; 0 where they share nothing.

    Each hash names the one before, so journals that agree somewhere agree on all before it, and it can be bisected.
    """
    low, high = 0, min(ours, theirs)
    if high and await same(high):
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if await same(middle):
            low = middle
        else:
            high = middle
    return low
