"""A declaration is read whole or not at all, and lapses by the clock in Copenhagen."""

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.declarations import (
    Declaration,
    Punkt,
    Spaerring,
    Underskriver,
    Unreadable,
    in_utc,
    lapses_at,
    read_declaration,
    read_instant,
)

COPENHAGEN = ZoneInfo("Europe/Copenhagen")

WHOLE: dict[str, Any] = {
    "samtykke_id": "samtykke-a",
    "version": 2,
    "borger": "0201919990",
    "sag": "sag-7",
    "formaal": "indsatsplan",
    "punkter": [
        {"punkt": 2, "parter": ["socialafdelingen", "klinik"], "oplysningstyper": ["plan", "helbred"]},
        {"punkt": "navngivet", "fra": ["socialafdelingen"], "til": ["a-kassen"], "oplysningstyper": ["fremmoede"]},
    ],
    "spaerringer": [{"til": ["privat", "*"], "oplysningstyper": ["misbrug"]}],
    "afgivet": "2026-02-03T09:15:00+01:00",
    "gyldig_til": "2026-12-24",
    "tilbagekaldt": "2026-05-06T07:08:09.25Z",
    "underskrift": "gyldig",
    "underskriver": {"relation": "vaerge", "bekraeftet": True},
}


def read(value: object) -> Declaration:
    """Read a declaration that must be readable."""
    declaration = read_declaration(value)
    assert isinstance(declaration, Declaration)
    return declaration


def changed(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    """Return the whole declaration with one field set to another value."""
    whole = deepcopy(WHOLE)
    inner: Any = whole
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return whole


def given_at(afgivet: str, gyldig_til: str | None = None) -> Declaration:
    """Return a declaration given at one instant."""
    return read({**WHOLE, "afgivet": afgivet, "gyldig_til": gyldig_til})


def test_a_whole_declaration_is_read_field_by_field() -> None:
    """Every field of the form arrives, and points 1 to 4 let each of their parties send and receive."""
    assert read(WHOLE) == Declaration(
        samtykke_id="samtykke-a",
        version=2,
        borger="0201919990",
        sag="sag-7",
        formaal="indsatsplan",
        punkter=(
            Punkt(2, ("socialafdelingen", "klinik"), ("socialafdelingen", "klinik"), ("plan", "helbred")),
            Punkt("navngivet", ("socialafdelingen",), ("a-kassen",), ("fremmoede",)),
        ),
        spaerringer=(Spaerring(("privat", "*"), ("misbrug",)),),
        afgivet=datetime(2026, 2, 3, 8, 15, tzinfo=UTC),
        gyldig_til=date(2026, 12, 24),
        tilbagekaldt=datetime(2026, 5, 6, 7, 8, 9, 250_000, tzinfo=UTC),
        underskrift="gyldig",
        underskriver=Underskriver("vaerge", bekraeftet=True),
    )


def test_a_point_knows_everyone_whom_it_names() -> None:
    """Both roles of a named point count as being named."""
    assert [punkt.parter for punkt in read(WHOLE).punkter] == [
        {"socialafdelingen", "klinik"},
        {"socialafdelingen", "a-kassen"},
    ]


@pytest.mark.parametrize(
    "readable",
    [
        changed(("punkter",), []),
        changed(("spaerringer",), []),
        changed(("punkter", 0, "parter"), []),
        changed(("punkter", 0, "oplysningstyper"), []),
        changed(("punkter", 0, "parter"), ["*", "nobody we know"]),
        changed(("punkter", 0, "oplysningstyper"), ["stjernetegn"]),
        changed(("gyldig_til",), None),
        changed(("tilbagekaldt",), None),
        changed(("version",), 10**30),
    ],
)
def test_what_the_form_leaves_free_is_readable(readable: object) -> None:
    """Points may be few or empty and name the unknown: they then permit nothing, which is for the rules to say."""
    assert isinstance(read_declaration(readable), Declaration)


@pytest.mark.parametrize("missing", sorted(WHOLE))
def test_a_missing_field_makes_it_unreadable(missing: str) -> None:
    """No field has a default."""
    assert isinstance(read_declaration({key: WHOLE[key] for key in WHOLE if key != missing}), Unreadable)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("frist",), "2026-01-01"),
        (("samtykke_id",), ""),
        (("samtykke_id",), 7),
        (("borger",), ""),
        (("sag",), None),
        (("formaal",), ["indsatsplan"]),
        (("version",), True),
        (("version",), 0),
        (("version",), -1),
        (("version",), 2.0),
        (("version",), "2"),
        (("punkter",), None),
        (("punkter",), {}),
        (("punkter", 0), "punkt 2"),
        (("punkter", 0, "punkt"), 5),
        (("punkter", 0, "punkt"), 0),
        (("punkter", 0, "punkt"), True),
        (("punkter", 0, "punkt"), 2.0),
        (("punkter", 0, "punkt"), "2"),
        (("punkter", 0, "punkt"), [2]),
        (("punkter", 0, "punkt"), "navngivet"),
        (("punkter", 0, "fra"), ["klinik"]),
        (("punkter", 0, "parter"), "klinik"),
        (("punkter", 0, "parter"), {"klinik": 1}),
        (("punkter", 0, "parter"), ["klinik", ""]),
        (("punkter", 0, "parter"), ["klinik", None]),
        (("punkter", 0, "oplysningstyper"), "*"),
        (("punkter", 1, "punkt"), "Navngivet"),
        (("punkter", 1, "punkt"), 1),
        (("punkter", 1, "parter"), ["klinik"]),
        (("punkter", 1, "til"), None),
        (("spaerringer",), None),
        (("spaerringer", 0), []),
        (("spaerringer", 0, "til"), []),
        (("spaerringer", 0, "oplysningstyper"), []),
        (("spaerringer", 0, "til"), "*"),
        (("spaerringer", 0, "fra"), ["klinik"]),
        (("afgivet",), None),
        (("afgivet",), "2026-02-03T09:15:00"),
        (("afgivet",), 1_770_106_500),
        (("gyldig_til",), ""),
        (("gyldig_til",), "20261224"),
        (("gyldig_til",), "2026-W52-4"),
        (("gyldig_til",), "2026-02-29"),
        (("gyldig_til",), "2026-12-24\n"),
        (("gyldig_til",), "2026-12-24T00:00:00Z"),
        (("tilbagekaldt",), ""),
        (("tilbagekaldt",), False),
        (("tilbagekaldt",), "2026-12-24"),
        (("underskrift",), "Gyldig"),
        (("underskrift",), True),
        (("underskrift",), ["gyldig"]),
        (("underskriver",), "borger"),
        (("underskriver", "relation"), "nabo"),
        (("underskriver", "relation"), None),
        (("underskriver", "bekraeftet"), 1),
        (("underskriver", "bekraeftet"), "true"),
        (("underskriver", "bekraeftet"), None),
        (("underskriver", "navn"), "x"),
    ],
)
def test_one_wrong_field_makes_the_whole_unreadable(path: tuple[str | int, ...], value: object) -> None:
    """Whatever is not of the form, be it one field deep inside, leaves nothing that could permit."""
    assert isinstance(read_declaration(changed(path, value)), Unreadable)


def test_an_unreadable_declaration_says_where_it_is_wrong_and_nothing_of_its_content() -> None:
    """The reason names the field; personal values never stand in it."""
    unreadable = read_declaration(changed(("punkter", 1, "til"), ["a-kassen", 2509479989]))
    assert unreadable == Unreadable("an element of punkter[1].til is not a non-empty string", "0201919990")


@pytest.mark.parametrize("value", [None, 1, "x", [], [WHOLE], {}, {"borger": ""}, {"borger": 3}, {"borger": ["x"]}])
def test_what_says_not_whose_it_is_may_be_anyones(value: object) -> None:
    """Without a non-empty string as `borger` the value belongs to nobody in particular."""
    unreadable = read_declaration(value)
    assert isinstance(unreadable, Unreadable)
    assert unreadable.borger is None


def test_what_plainly_belongs_to_somebody_says_so_though_unreadable() -> None:
    """An unreadable declaration keeps whose it is, so that it need not silence others."""
    unreadable = read_declaration({"borger": "3001749995"})
    assert isinstance(unreadable, Unreadable)
    assert unreadable.borger == "3001749995"


@pytest.mark.parametrize(
    ("underskrift", "bekraeftet", "signed"),
    [("gyldig", True, True), ("gyldig", False, False), ("ugyldig", True, False)],
)
def test_signed_takes_a_valid_signature_of_a_confirmed_signer(underskrift: str, bekraeftet: bool, signed: bool) -> None:
    """One without the other is no signature."""
    value = changed(("underskriver", "bekraeftet"), bekraeftet) | {"underskrift": underskrift}
    assert read(value).signed is signed


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-02-03T09:15:00Z", datetime(2026, 2, 3, 9, 15, tzinfo=UTC)),
        ("2026-02-03T09:15:00+00:00", datetime(2026, 2, 3, 9, 15, tzinfo=UTC)),
        ("2026-02-03T09:15:00.5+01:00", datetime(2026, 2, 3, 8, 15, 0, 500_000, tzinfo=UTC)),
        ("2026-02-03T09:15:00.1234567+05:45", datetime(2026, 2, 3, 3, 30, 0, 123_456, tzinfo=UTC)),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("0001-01-01T00:00:00+01:00", datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1)))),
    ],
)
def test_an_instant_is_read_to_the_microsecond(text: str, instant: datetime) -> None:
    """Both notations of the zone and any number of decimals are accepted, at the calendar's borders too."""
    assert read_instant(text) == instant


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-03T09:15:00",
        "2026-02-03T09:15Z",
        "2026-02-03 09:15:00Z",
        "2026-02-03t09:15:00Z",
        "2026-02-03T09:15:00z",
        "2026-02-03T09:15:00,5Z",
        "2026-02-03T09:15:00.Z",
        "2026-02-03T09:15:00+0100",
        "2026-02-03T09:15:00+01",
        "2026-02-03T09:15:00+01:60",
        "2026-02-03T09:15:00+24:00",
        "2026-02-03T09:15:00-01:00",
        "2026-02-03T24:00:00Z",
        "2026-02-03T09:15:60Z",
        "2026-02-30T09:15:00Z",
        "2026-13-03T09:15:00Z",
        "0000-01-01T00:00:00Z",
        "20260203T091500Z",
        "2026-02-03T09:15:00Z\n",
        " 2026-02-03T09:15:00Z",
        "\u0662\u0660\u0662\u0666-02-03T09:15:00Z",
        "",
        None,
        1_770_106_500,
        datetime(2026, 2, 3, tzinfo=UTC),
    ],
)
def test_anything_else_is_no_instant(text: object) -> None:
    """Only the one notation is an instant; what other readers would guess at is refused."""
    assert read_instant(text) is None


def test_a_datetime_without_a_zone_is_no_instant() -> None:
    """A naive datetime has no place on the time line."""
    with pytest.raises(ValueError, match="without a time zone"):
        in_utc(datetime(2026, 2, 3))  # noqa: DTZ001 - the naive datetime is what is tested


@pytest.mark.parametrize(
    ("afgivet", "gyldig_til", "lapse"),
    [
        # the same wall-clock time a year later, summer and winter
        ("2026-02-03T09:15:00+01:00", None, "2027-02-03T08:15:00Z"),
        ("2026-07-03T09:15:00+02:00", None, "2027-07-03T07:15:00Z"),
        ("2026-07-03T07:15:00.75Z", None, "2027-07-03T07:15:00.75Z"),
        # given in summer time, the anniversary in winter time: the wall clock decides, not 365 days
        ("2025-10-26T00:30:00+02:00", None, "2026-10-25T23:30:00Z"),
        ("2026-10-25T12:00:00+01:00", None, "2027-10-25T10:00:00Z"),
        # already the next day in Copenhagen
        ("2027-02-28T23:30:00Z", None, "2028-02-29T23:30:00Z"),
        ("2028-02-28T23:30:00Z", None, "2029-02-27T23:30:00Z"),
        # 29 February
        ("2028-02-29T12:00:00+01:00", None, "2029-02-28T11:00:00Z"),
        # 2028-03-26 02:30 does not exist, 2027-10-31 02:30 exists twice: fold 0 in both
        ("2027-03-26T02:30:00+01:00", None, "2028-03-26T01:30:00Z"),
        ("2026-10-31T02:30:00+01:00", None, "2027-10-31T00:30:00Z"),
        # given in the second of two equal hours
        ("2026-10-25T02:30:00+01:00", None, "2027-10-25T00:30:00Z"),
        ("2021-10-31T02:30:00+01:00", None, "2022-10-31T01:30:00Z"),
        # its own end: the end of that day
        ("2026-02-03T09:15:00+01:00", "2026-12-24", "2026-12-24T23:00:00Z"),
        ("2026-02-03T09:15:00+01:00", "2026-06-30", "2026-06-30T22:00:00Z"),
        ("2026-02-03T09:15:00+01:00", "2026-03-29", "2026-03-29T22:00:00Z"),
        # an end on the anniversary's day or later has no effect
        ("2026-02-03T09:15:00+01:00", "2027-02-03", "2027-02-03T08:15:00Z"),
        ("2026-02-03T09:15:00+01:00", "9999-12-31", "2027-02-03T08:15:00Z"),
        # an end before it was given
        ("2026-02-03T09:15:00+01:00", "0001-01-01", "0001-01-01T23:09:40Z"),
    ],
)
def test_it_lapses_at_its_own_end_or_after_a_year(afgivet: str, gyldig_til: str | None, lapse: str) -> None:
    """The earlier of the end of its last day and the same wall-clock time a year on, both in Copenhagen."""
    assert lapses_at(given_at(afgivet, gyldig_til)) == read_instant(lapse)


@pytest.mark.parametrize(
    ("afgivet", "lapse"),
    [
        ("9999-06-01T12:00:00Z", datetime.max.replace(tzinfo=UTC)),
        ("9999-12-31T23:59:59Z", datetime.max.replace(tzinfo=UTC)),
        ("0001-01-01T00:00:00+23:59", datetime.min.replace(tzinfo=UTC)),
    ],
)
def test_a_lapse_outside_the_calendar_is_the_calendars_end(afgivet: str, lapse: datetime) -> None:
    """At the borders of years 1 and 9999 there is an answer, and it does not stretch what was given too early."""
    assert lapses_at(given_at(afgivet)) == lapse


@settings(max_examples=200, deadline=None)
@given(
    st.datetimes(timezones=st.builds(timezone, st.timedeltas(timedelta(hours=-23), timedelta(hours=23)))),
    st.none() | st.dates(),
)
def test_the_lapse_is_total_and_at_most_a_year_away(afgivet: datetime, gyldig_til: date | None) -> None:
    """Whatever was given when, the lapse is an instant in UTC and never more than a leap year and an hour later."""
    lapse = lapses_at(replace(read(WHOLE), afgivet=afgivet, gyldig_til=gyldig_til))
    assert lapse.utcoffset() == timedelta(0)
    assert lapse - afgivet <= timedelta(days=366, hours=1)


@settings(max_examples=200, deadline=None)
@given(st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1), timezones=st.just(COPENHAGEN)))  # noqa: DTZ001 - bounds
def test_the_clock_in_copenhagen_shows_the_same_a_year_later(afgivet: datetime) -> None:
    """Unless the day or the hour does not exist a year later, the wall clock reads the same when it lapses."""
    given_there = afgivet.astimezone(UTC).astimezone(COPENHAGEN)
    lapsed_there = lapses_at(replace(read(WHOLE), afgivet=in_utc(afgivet), gyldig_til=None)).astimezone(COPENHAGEN)
    if (given_there.month, given_there.day) != (2, 29) and given_there.hour not in {0, 1, 2, 3}:
        assert lapsed_there.replace(tzinfo=None) == given_there.replace(tzinfo=None, year=given_there.year + 1)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(WHOLE)), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(WHOLE)), JSON), JSON)
def test_reading_is_total(replaced: dict[str, Any], anything: object) -> None:
    """Any JSON value, and any declaration with some fields replaced by anything, is a declaration or a reason."""
    for value in (anything, {**WHOLE, **replaced}):
        result = read_declaration(value)
        assert isinstance(result, Declaration) or result.reason
