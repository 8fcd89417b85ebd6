"""Working days in Denmark, and where a day ends when the clocks change."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.arbejdsdage import COPENHAGEN, add_working_days, day_of, end_of_day, is_working_day

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


class TestWorkingDays:
    @pytest.mark.parametrize(
        ("day", "works"),
        [
            (date(2023, 5, 5), False),  # the last Store Bededag
            (date(2024, 4, 26), True),  # the first that is none
            (date(2025, 5, 16), True),
            (date(2026, 5, 1), True),
            (date(2026, 6, 5), True),  # Grundlovsdag
            (date(2026, 12, 24), True),
            (date(2026, 12, 25), False),
            (date(2025, 12, 26), False),
            (date(2026, 12, 31), True),
            (date(2027, 1, 1), False),
            (date(2026, 4, 2), False),  # Skærtorsdag
            (date(2026, 4, 3), False),
            (date(2026, 4, 6), False),
            (date(2026, 5, 14), False),  # Kristi himmelfartsdag
            (date(2026, 5, 15), True),
            (date(2026, 5, 25), False),  # 2. pinsedag
            (date(2026, 11, 21), False),  # Saturday
            (date(2026, 11, 22), False),
            (date(2026, 11, 23), True),
        ],
    )
    def test_the_calendar_is_denmarks(self, day: date, works: bool) -> None:
        """Weekends and public holidays are no working days; days off by agreement alone are."""
        assert is_working_day(day) is works

    @pytest.mark.parametrize(
        ("day", "n", "last"),
        [
            (date(2026, 11, 19), 2, date(2026, 11, 23)),  # Thursday: Friday and Monday
            (date(2026, 11, 21), 2, date(2026, 11, 24)),  # Saturday: Monday and Tuesday
            (date(2026, 4, 1), 2, date(2026, 4, 8)),  # over Easter
            (date(2026, 12, 23), 2, date(2026, 12, 28)),  # Christmas Eve, then the Monday after
            (date(2023, 5, 4), 1, date(2023, 5, 8)),  # over Store Bededag
            (date(2024, 4, 25), 1, date(2024, 4, 26)),
            (date(2026, 11, 23), 14, date(2026, 12, 11)),
        ],
    )
    def test_days_are_counted_from_the_next_one(self, day: date, n: int, last: date) -> None:
        """The day itself does not count, and what is no working day is passed over."""
        assert add_working_days(day, n) == last

    @pytest.mark.parametrize("n", [0, -1])
    def test_there_is_no_zeroth_working_day(self, n: int) -> None:
        """Nor any before it: who means that means calendar days."""
        with pytest.raises(ValueError, match="from 1"):
            add_working_days(date(2026, 11, 21), n)

    @given(DAYS, st.integers(1, 40))
    def test_the_last_day_is_the_nth_working_day(self, day: date, n: int) -> None:
        """It is one itself, and there are exactly `n` of them after the day and up to it."""
        last = add_working_days(day, n)
        between = [day + timedelta(days=k) for k in range(1, (last - day).days + 1)]
        assert is_working_day(last)
        assert sum(map(is_working_day, between)) == n

    @given(DAYS, st.integers(1, 20), st.integers(1, 20))
    def test_counting_on_is_counting_further(self, day: date, n: int, m: int) -> None:
        """`n` days and then `m` more are `n + m` days."""
        assert add_working_days(add_working_days(day, n), m) == add_working_days(day, n + m)


class TestDays:
    @pytest.mark.parametrize(
        ("day", "end", "hours"),
        [
            (date(2026, 3, 29), datetime(2026, 3, 29, 22, tzinfo=UTC), 23),
            (date(2026, 10, 25), datetime(2026, 10, 25, 23, tzinfo=UTC), 25),
            (date(2026, 7, 1), datetime(2026, 7, 1, 22, tzinfo=UTC), 24),
            (date(2026, 12, 31), datetime(2026, 12, 31, 23, tzinfo=UTC), 24),
        ],
    )
    def test_a_day_ends_at_midnight_in_denmark(self, day: date, end: datetime, hours: int) -> None:
        """Also on the days that have 23 and 25 hours."""
        assert end_of_day(day) == end
        assert end_of_day(day) - end_of_day(day - timedelta(days=1)) == timedelta(hours=hours)

    @given(DAYS)
    def test_the_end_is_the_first_instant_of_the_next_day(self, day: date) -> None:
        """One microsecond before it is still the same day."""
        end = end_of_day(day)
        assert end.astimezone(COPENHAGEN).time() == datetime.min.time()
        assert day_of(end) == day + timedelta(days=1)
        assert day_of(end - timedelta(microseconds=1)) == day
