"""Deadlines: the table, what opens one, when it has passed, and what answers it."""

import tomllib
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import SchemaError
from schemas.events import Event, event_from
from schemas.export import example
from schemas.frister import Answer, OpenDeadline, answers, closed_by, due, opened_by
from schemas.fristtabel import Fristtabel
from schemas.haendelser import borgerforloeb, henvendelse, indsatsplan, moede, rehabilitering

KINDS = {
    kind.navn: kind
    for kind in (
        henvendelse.HenvendelseModtaget,
        borgerforloeb.KontaktOpnaaet,
        borgerforloeb.RaadgivningGivet,
        borgerforloeb.BehovsvurderingAfsluttet,
        borgerforloeb.ForloebAfsluttet,
        moede.MoedeIndkaldt,
        moede.MoedeAfholdt,
        moede.ReferatUdsendt,
        rehabilitering.IndstillingAfgivet,
        indsatsplan.IndsatsplanOpdateret,
    )
}
RAW = tomllib.loads((Path(__file__).parents[2] / "ops" / "frister.toml").read_text("utf-8"))
TABLE = Fristtabel.read(RAW)
COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def event(name: str, time: str = "2026-11-20T12:00:00Z", **data: Any) -> Event:
    """Return the example of an event at another time and with other data; None takes a field away."""
    value = deepcopy(example(KINDS[name].wire_type()))
    value["time"], value["id"] = time, str(uuid5(NAMESPACE_OID, f"{name}{time}{data}"))
    value["data"] = {key: part for key, part in (value["data"] | data).items() if part is not None}
    return event_from(value)


def happened(led: str, day: date, **data: Any) -> Event:
    """Return an event of the table on a day: `moede.afholdt(foerste)`."""
    name, _, kind = led.rstrip(")").partition("(")
    fields = TABLE.fields_of(name)
    assert fields.dag is not None
    # Meetings have an instant, at a quarter to midnight in Denmark: of that day, whatever day it is in UTC.
    instant = datetime(day.year, day.month, day.day, 23, 45, tzinfo=COPENHAGEN).isoformat()
    own: dict[str, Any] = {fields.dag: instant if fields.dag == "start" else day.isoformat()}
    if fields.noegle:
        own[fields.noegle] = "n-1"
    if name.startswith(("moede.", "referat.")):
        own |= {"slut": None, "start": instant, "art": kind or "foerste"}
    return event(name, **{**own, **data})


def opened(frist: str, day: date, **data: Any) -> OpenDeadline:
    """Return the deadline of a name that an event on a day opens."""
    [row] = [row for row in TABLE.frister if row.frist == frist]
    [found] = [one for one in opened_by(happened(row.fra, day, **data), TABLE) if one.frist == frist]
    return found


def answer(led: str, day: date, **data: Any) -> Answer:
    """Return what an event of the table on a day answers with."""
    found = closed_by(happened(led, day, **data), TABLE)
    assert found is not None
    return found


GIVEN = {row.til: answer(row.til, date(2026, 11, 20)) for row in TABLE.frister if row.til}
"""An answer of each sort."""


class TestTable:
    def test_every_event_of_it_exists_with_the_fields_it_reads(self) -> None:
        """Each row speaks of events of the language, of kinds that they have, and of fields that are there."""
        for row in TABLE.frister:
            for led in filter(None, (row.fra, row.til)):
                name, _, kind = led.rstrip(")").partition("(")
                fields, model = TABLE.fields_of(name), KINDS[name].model_fields
                assert {fields.dag, fields.art, fields.noegle} - {None} <= set(model)
                assert not kind or kind in str(model[str(fields.art)].annotation)

    @pytest.mark.parametrize(
        ("frist", "day", "last"),
        [
            # Friday before the weekend; 2026 has Easter on 5 April, and Christmas Day on a Friday
            ("foerste_kontakt", date(2026, 11, 20), date(2026, 11, 24)),
            ("foerste_kontakt", date(2026, 4, 1), date(2026, 4, 8)),
            ("foerste_moede", date(2026, 11, 20), date(2026, 11, 27)),
            ("raadgivning", date(2026, 12, 23), date(2026, 12, 28)),
            ("behovsvurdering", date(2026, 1, 31), date(2026, 2, 28)),
            ("koordinerende_internt", date(2026, 5, 12), date(2026, 5, 20)),
            ("koordinerende_eksternt", date(2026, 11, 20), date(2026, 12, 10)),
            ("dagsordenspunkter", date(2026, 11, 20), date(2026, 11, 16)),
            ("referat", date(2026, 11, 20), date(2026, 11, 27)),
            ("indstilling_sendt", date(2026, 4, 1), date(2026, 4, 8)),
            ("overdragelse", date(2026, 12, 18), date(2027, 1, 1)),
            ("opfoelgning", date(2026, 8, 31), date(2027, 2, 28)),
        ],
    )
    def test_each_deadline_has_its_length(self, frist: str, day: date, last: date) -> None:
        """Working days over weekends and holidays, calendar days, weeks and months, each as its source says."""
        assert opened(frist, day).sidste_dag == last

    def test_a_meeting_opens_those_of_its_kind(self) -> None:
        """The first meeting opens what counts from it; the minutes are due after any."""
        first = {one.frist for one in opened_by(happened("moede.afholdt(foerste)", date(2026, 11, 20)), TABLE)}
        team = {
            one.frist for one in opened_by(happened("moede.afholdt(rehabiliteringsteam)", date(2026, 11, 20)), TABLE)
        }
        assert first == {
            "raadgivning",
            "behovsvurdering",
            "koordinerende_internt",
            "koordinerende_eksternt",
            "referat",
        }
        assert team == {"indstilling_sendt", "overdragelse", "referat"}

    def test_what_opens_none_opens_none(self) -> None:
        """The minutes and the recommendation are ends."""
        assert opened_by(happened("referat.udsendt", date(2026, 11, 20)), TABLE) == []
        assert opened_by(happened("indstilling.afgivet", date(2026, 11, 20)), TABLE) == []

    @pytest.mark.parametrize(
        ("change", "where"),
        [
            ({"enhed": "timer"}, "enhed"),
            ({"antal": 0}, "frister.0"),
            ({"antal": 1001}, "antal"),
            ({"fra": "henvendelse"}, "fra"),
            ({"fra": "moede.afholdt()"}, "fra"),
            ({"frist": "Første kontakt"}, "frist"),
            ({"frist": "referat"}, "fristtabel"),
            ({"tidligst": 3}, "frister.0"),
            ({"kilde": ""}, "kilde"),
            ({"ukendt": 1}, "ukendt"),
        ],
    )
    def test_a_table_that_cannot_be_meant_is_refused(self, change: dict[str, Any], where: str) -> None:
        """The row that is wrong is named."""
        raw = deepcopy(RAW)
        raw["frister"][0] |= change
        with pytest.raises(SchemaError, match=where):
            Fristtabel.read(raw)


class TestDue:
    @pytest.mark.parametrize(
        ("day", "passed"),
        [
            (date(2026, 3, 26), datetime(2026, 3, 30, 22, tzinfo=UTC)),  # over the night of 23 hours
            (date(2026, 10, 22), datetime(2026, 10, 26, 23, tzinfo=UTC)),  # over the one of 25
            (date(2026, 12, 29), datetime(2026, 12, 31, 23, tzinfo=UTC)),
        ],
    )
    def test_it_passes_at_midnight_in_denmark(self, day: date, passed: datetime) -> None:
        """The last day counts whole, whatever the clocks do on the way there."""
        assert due(opened("foerste_kontakt", day)) == passed

    @settings(max_examples=60)
    @given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
    def test_an_answer_counts_to_the_last_instant(self, day: date) -> None:
        """For every deadline: an answer of the last day is in time, one of the day after is not, nor one of before."""
        for row in TABLE.frister:
            if row.til is None or row.raekker:
                continue
            one = opened(row.frist, day)
            assert one.foerste_dag <= one.sidste_dag
            assert due(one).astimezone(COPENHAGEN).date() == one.sidste_dag + timedelta(days=1)
            first, last = one.foerste_dag, one.sidste_dag
            days = (first - timedelta(days=1), first, last, last + timedelta(days=1))
            assert [answers(replace(GIVEN[row.til], dag=each), one) for each in days] == [False, True, True, False]

    @given(st.dates())
    def test_no_date_is_too_strange(self, day: date) -> None:
        """At either end of the calendar there is a deadline or there is none, and nothing fails."""
        for name in ("henvendelse.modtaget", "forloeb.afsluttet"):
            found = opened_by(event(name, dato=day.isoformat()), TABLE)
            assert all(due(one) > datetime(day.year, day.month, day.day, tzinfo=UTC) for one in found)
        beyond = event("moede.afholdt", start="9999-12-31T23:30:00Z", slut=None)
        assert opened_by(beyond, TABLE) == []
        assert closed_by(beyond, TABLE) is None


class TestAnswers:
    START = date(2026, 11, 20)

    def test_it_is_the_event_that_is_expected(self) -> None:
        """A meeting of another kind is no internal meeting."""
        one = opened("koordinerende_internt", self.START)
        assert answers(answer("moede.afholdt(intern)", self.START), one)
        assert not answers(answer("moede.afholdt(ekstern)", self.START), one)
        assert not answers(answer("kontakt.opnaaet", self.START), one)

    def test_it_is_of_the_same_citizen_and_case(self) -> None:
        """Another citizen's contact, or one in another case, is none; one that names no case is taken to be of this."""
        one = opened("foerste_kontakt", self.START)
        contact = answer("kontakt.opnaaet", self.START)
        assert answers(contact, one)
        assert not answers(replace(contact, cpr="0201919990"), one)
        assert not answers(replace(contact, sag="2026-99"), one)
        assert answers(replace(contact, sag=None), one)
        assert answers(contact, replace(one, sag=None))

    def test_minutes_are_of_their_own_meeting(self) -> None:
        """Those of another meeting do not answer; a deadline that is not about one thing does not ask."""
        one = opened("referat", self.START, moede_id="m-1")
        assert answers(answer("referat.udsendt", self.START, moede_id="m-1"), one)
        assert not answers(answer("referat.udsendt", self.START, moede_id="m-2"), one)
        handover = opened("overdragelse", self.START, moede_id="m-1")
        assert answers(answer("moede.afholdt(overdragelse)", self.START, moede_id="m-2"), handover)

    def test_a_follow_up_too_early_is_none(self) -> None:
        """It belongs between three and six months after the end."""
        one = opened("opfoelgning", date(2026, 8, 31))
        assert (one.foerste_dag, one.sidste_dag) == (date(2026, 11, 30), date(2027, 2, 28))

    def test_where_nothing_is_expected_nothing_answers(self) -> None:
        """The last day for items of the agenda is told of by no event."""
        one = opened("dagsordenspunkter", self.START)
        assert one.ventet is None
        assert closed_by(happened("moede.indkaldt", self.START), TABLE) is None


ROW = {"delmaal": "a", "indsats": "b", "ansvarlige": ["Borger"], "status": "bevilget"}
AREAS = [
    name for name, info in KINDS["indsatsplan.opdateret"].model_fields.items() if "Planraekke" in str(info.annotation)
]


def plan(day: date, version: int = 1, **areas: list[dict[str, Any]]) -> Event:
    """Return a version of a plan with these rows alone."""
    empty = dict.fromkeys(AREAS)
    instant = datetime(day.year, day.month, day.day, 12, version, tzinfo=UTC).isoformat()
    own = {"opdateret": day.isoformat(), "planversion": version, "plan_id": "p-1"}
    return event("indsatsplan.opdateret", instant, **{**empty, **own, **areas})


def row(day: str, **fields: Any) -> dict[str, Any]:
    """Return a row that is to be followed up on a day."""
    return {**ROW, "opfoelgning_dato": day, **fields}


class TestPlan:
    DAY = date(2026, 11, 20)

    def test_each_date_of_a_row_is_a_deadline(self) -> None:
        """As written, whatever day it is; several rows of one area and date are one, for nothing tells them apart."""
        found = opened_by(plan(self.DAY, helbred=[row("2026-12-25"), row("2026-12-25"), row("2026-11-20")]), TABLE)
        assert [one.sidste_dag for one in found] == [self.DAY, date(2026, 12, 25)]

    def test_a_row_without_date_or_already_followed_up_has_none(self) -> None:
        """Nor one whose date was past when the plan was written: whoever wrote it has looked at it."""
        rows = [ROW, row("2026-12-01", naaet=True), row("2026-12-01", naaet=False), row("2026-11-19")]
        assert opened_by(plan(self.DAY, helbred=rows), TABLE) == []

    def test_it_carries_the_areas_categories(self) -> None:
        """Whoever may not see the rows on misbrug must not learn that one of them was to be followed up."""
        found = opened_by(plan(self.DAY, helbred=[row("2026-12-01")], misbrug=[row("2026-12-01")]), TABLE)
        assert {one.oplysningstyper for one in found} == {("helbred", "plan"), ("misbrug", "plan")}

    def test_the_next_version_is_the_follow_up(self) -> None:
        """The same version is not, nor an earlier one that comes late, nor another plan's, nor one after the date."""
        [one] = opened_by(plan(self.DAY, 2, helbred=[row("2026-12-01")]), TABLE)

        def answered(*version: Any, **changes: Any) -> bool:
            found = closed_by(plan(*version), TABLE)
            return found is not None and answers(replace(found, **changes), one)

        assert answered(self.DAY, 3)
        assert answered(date(2026, 12, 1), 3)
        assert not answered(self.DAY, 2)
        assert not answered(self.DAY, 1)
        assert not answered(date(2026, 12, 2), 3)
        assert not answered(self.DAY, 3, noegle="p-2")


def test_a_deadline_carries_what_it_was_read_from() -> None:
    """Of casework alone, where the event it counts from is."""
    assert opened("foerste_kontakt", date(2026, 11, 20)).oplysningstyper == ("sagsforloeb",)


def test_an_event_that_says_no_day_is_of_the_day_it_is_told() -> None:
    """In Denmark: at half past eleven in the evening of UTC it is the next day."""
    bare = Fristtabel.read({**RAW, "haendelser": {}})
    late = event("henvendelse.modtaget", "2026-11-19T23:30:00Z", dato="2026-01-01")
    [one] = opened_by(late, bare)
    assert one.foerste_dag == date(2026, 11, 20)
