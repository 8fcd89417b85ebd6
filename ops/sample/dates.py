"""The day that is played: every time, number and id of the sample follows from its date, so that nothing is random."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid5

from consent.declarations import COPENHAGEN

_NAMESPACE = UUID("2b8e5c0a-7d41-5f63-9c1d-6a0f4e2d9b77")


@dataclass(frozen=True, slots=True)
class Day:
    """One calendar day in Denmark."""

    date: date

    def at(self, klokken: str, days: int = 0) -> datetime:
        """Return the instant of a wall-clock time `HH:MM`, `days` after this day (before it, if negative)."""
        return datetime.combine(self.date + timedelta(days), time.fromisoformat(klokken), COPENHAGEN)

    def on(self, days: int) -> str:
        """Return the date `days` after this day, as YYYY-MM-DD."""
        return (self.date + timedelta(days)).isoformat()

    def ident(self, what: str) -> str:
        """Return the UUIDv5 (RFC 9562) that stands for `what` on this day."""
        return str(uuid5(_NAMESPACE, f"{self.date}\n{what}"))

    def number(self, series: str) -> str:
        """Return the number of this day in a series, such as a case number."""
        return f"{series}-{self.date:%Y%m%d}"
