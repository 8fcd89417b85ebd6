"""Instants as the database keeps them: text whose order is the order of time."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import example, given, settings
from hypothesis import strategies as st

from consent.database import instant, parse_instant

moments = st.datetimes(
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=2)), timezone(timedelta(hours=-11, minutes=-30))]),
    min_value=datetime(1, 1, 2),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001 - the same
)


@settings(max_examples=200, deadline=None)
@given(moments, moments)
@example(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 2, 15, tzinfo=timezone(timedelta(hours=2))))
def test_written_instants_sort_as_time_does(one: datetime, other: datetime) -> None:
    """Whatever zones they came in, their alphabetical order is their order in time, and equal means equal."""
    assert (instant(one) < instant(other)) == (one < other)
    assert (instant(one) == instant(other)) == (one == other)


@settings(max_examples=100, deadline=None)
@given(moments)
def test_an_instant_reads_back(moment: datetime) -> None:
    """What was written is read as the same instant, in UTC, to the microsecond, and fits its column."""
    assert parse_instant(instant(moment)) == moment
    assert parse_instant(instant(moment)).tzinfo is UTC
    assert len(instant(moment)) == 27
