"""Days as the casework counts them: on the calendar in Denmark, and working days (arbejdsdage).

A working day is Monday to Friday and no public holiday (helligdag), after the `holidays` library: Store Bededag is one
until 2023 and none since (lov nr. 214 af 6. marts 2023). The outreach model speaks of arbejdsdage and of hverdage for
deadlines of the same sort, and defines neither; both are read as this, because a Saturday is a hverdag on which no
caseworker is at work. Grundlovsdag (5 June), juleaftensdag (24 December) and nytårsaftensdag (31 December), like
1 May, are working days here: they are not helligdage, whether staff have them off is a matter of local agreement that
no seed mentions, and the doubt is settled for the citizen: a deadline is told of a day early, never a day late.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from holidays import country_holidays

COPENHAGEN = ZoneInfo("Europe/Copenhagen")

_SATURDAY = 5
_DAY = timedelta(days=1)
_HOLIDAYS = country_holidays("DK")
"""Filled in by the library, a year at a time, when first asked about."""


def is_working_day(day: date) -> bool:
    """Return whether a caseworker is expected at work on `day`."""
    return day.weekday() < _SATURDAY and day not in _HOLIDAYS


def add_working_days(day: date, n: int) -> date:
    """Return the `n`th working day after `day` (n from 1); `day` itself does not count, whatever day it is.

    Raises:
        ValueError: `n` is below 1.
        OverflowError: the calendar ends before.
    """
    if n < 1:
        raise ValueError("working days are counted from 1")
    while n:
        day += _DAY
        n -= is_working_day(day)
    return day


def end_of_day(day: date) -> datetime:
    """Return the instant (UTC) at which `day` is over in Denmark, 23, 24 or 25 hours after it began.

    Raises:
        OverflowError: the calendar ends before.
    """
    return datetime.combine(day + _DAY, datetime.min.time(), COPENHAGEN).astimezone(UTC)


def day_of(moment: datetime) -> date:
    """Return the day in Denmark on which an aware instant falls.

    Raises:
        OverflowError: the calendar ends before.
    """
    return moment.astimezone(COPENHAGEN).date()
