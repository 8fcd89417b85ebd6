"""One decision about one event and one recipient, and how it is put on record."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import pytest

from consent import reviews
from consent.adjudication import Mode, Question
from consent.bases import read_bases
from consent.citizen import CitizenFile
from consent.database import Database, DatabaseUnavailable, metadata
from consent.disclosures import store
from consent.disclosures.entries import unseal
from consent.disclosures.keys import KeyStore
from consent.disclosures.recorder import Recorder
from consent.sealing import BoxUnopened
from gateway import deliveries
from gateway.deliveries import Delivery, State, Udfald
from gateway.judging import Judge, Judgement
from schemas.events import Event, event_from
from schemas.parties import Partregister

NOW = datetime(2026, 9, 14, 10, tzinfo=UTC)
REGISTER = Partregister.read(
    {
        "version": 4,
        "parter": [
            {"id": "jobcenter", "kind": "forvaltning", "navn": "Jobcentret"},
            {"id": "social", "kind": "forvaltning", "navn": "Socialforvaltningen"},
        ],
    }
)
ROW = {
    "fra": ["forvaltning"],
    "til": ["forvaltning"],
    "tekst": "Forvaltninger må dele planer.",
    "kraever": ["begrundelse", "ansvarlig"],
    "viger_for_spaerring": False,
    "godkendt_af": "Databeskyttelsesrådgiveren",
    "godkendt_den": "2026-01-05",
    "kilde": "Loven",
    "bemaerkning": "En jurist skal bekræfte",
}
EMERGENCY = {"vaerdispring": True, "kraever": ["begrundelse", "ansvarlig", "gennemsyn"]}
BASES = read_bases(
    {
        "version": 2,
        "hjemler": [
            {**ROW, "paragraf": "§ plan", "oplysningstyper": ["plan"]},
            {**ROW, "paragraf": "§ alt", "oplysningstyper": ["plan", "helbred"]},
            {**ROW, **EMERGENCY, "paragraf": "§ akut", "oplysningstyper": ["plan", "helbred"]},
        ],
    }
)
FILE = CitizenFile("borger-1", (), ())


class Court:
    """A judge with a database and keys of its own."""

    def __init__(self, folder: Path) -> None:
        self.database, self.keys = Database(f"sqlite:///{folder}/tvaers.db"), KeyStore(folder / "noegler.db")
        metadata.create_all(self.database.engine)
        self.judge = Judge(self.keys, Recorder(self.keys), BASES, REGISTER)

    def decide(self, paragraf: str | None, now: datetime = NOW, **fields: Any) -> Judgement:
        """Judge a plan with a row about health, sent under a paragraph or under nothing."""
        claim = {"paragraf": paragraf, "begrundelse": "Det haster", "ansvarlig": "Leder Ib"} if paragraf else None
        event = plan(claim)
        asked = Question(
            mode=Mode.ORDINARY,
            borger="borger-1",
            fra="jobcenter",
            til="social",
            cases=(("sag-1", "forloeb"),),
            oplysningstyper=("helbred", "plan"),
            core=("plan",),
            hjemler=(claim,) if claim else (),
        )
        return self.judge.judge(event, Question(**{**asked.as_json(), **fields}), 1, FILE, now)

    def record(self, *judgements: Judgement) -> list[Delivery]:
        """Put judgements on record."""
        with self.database.write() as connection:
            return self.judge.record(connection, judgements)

    def entry(self) -> dict[str, Any]:
        """Return the newest entry, opened."""
        with self.database.read() as connection:
            row = store.search(connection, store.Search())[0]
        key = self.keys.find(row.key_id)
        assert key is not None
        return {**json.loads(row.leaf), **unseal(row.leaf, row.box, key)}


def plan(claim: dict[str, str] | None) -> Event:
    """Return a plan with one row about health."""
    row = {"delmaal": "a", "indsats": "hemmelig", "ansvarlige": ["c"], "status": "bevilget"}
    data = {"borger": {"cpr": "2509479989"}, "sag": "sag-1", "formaal": "forloeb", "hjemmel": claim, "helbred": [row]}
    return event_from(
        {
            "id": str(uuid5(NAMESPACE_OID, "jobcenter")),
            "source": "jobcenter",
            "type": "dk.tvaers.indsatsplan.opdateret.v1",
            "time": "2026-03-02T08:15:00Z",
            "data": {**data, "plan_id": "p-1", "planversion": 1, "opdateret": "2026-03-02"},
        }
    )


@pytest.fixture
def court(tmp_path: Path) -> Iterator[Court]:
    """Return a judge."""
    made = Court(tmp_path)
    yield made
    made.database.close()
    made.keys.close()


class TestJudging:
    def test_all_permitted(self, court: Court) -> None:
        """The whole of it goes, and the sender is told so."""
        one = court.decide("§ alt")
        assert (one.state, one.udfald) == (State.DECIDED, Udfald.AFLEVERET)
        assert one.copy is not None
        assert b"hemmelig" in one.copy

    def test_partly_permitted(self, court: Court) -> None:
        """What was withheld is not in the copy; the sender is told that something was, not what."""
        one = court.decide("§ plan")
        assert (one.state, one.udfald) == (State.DECIDED, Udfald.DELVIST)
        assert one.copy is not None
        assert b"hemmelig" not in one.copy

    def test_nothing_permitted(self, court: Court) -> None:
        """A refusal has no copy."""
        one = court.decide(None)
        assert (one.state, one.udfald, one.copy) == (State.REFUSED, Udfald.TILBAGEHOLDT, None)

    def test_a_permit_under_which_no_field_goes_is_a_refusal(self, court: Court) -> None:
        """Where redaction leaves nothing, nothing is permitted on record either."""
        one = court.decide("§ alt", oplysningstyper=("helbred",), core=())
        assert (one.state, one.answer.permitted, one.copy) == (State.REFUSED, {}, None)
        assert one.answer.withheld == {"helbred": "oplysningstype_ikke_omfattet"}
        court.record(one)
        assert court.entry()["bemaerkning"] == "intet_at_sende"


class TestRecording:
    def test_the_entry_says_what_was_decided_and_on_what(self, court: Court) -> None:
        """Grounds, reasons and versions stand open; citizen, case, reason and responsible person are sealed."""
        one = court.decide("§ plan")
        court.record(one)
        entry = court.entry()
        assert entry["tilladt"] == {"plan": {"ground": "hjemmel", "paragraf": "§ plan"}}
        assert entry["tilbageholdt"] == {"helbred": "hjemmel_ugyldig"}
        assert (entry["register"], entry["tilstand"], entry["bemaerkning"]) == ("4.2", "decided", None)
        assert (entry["borger"], entry["sag"], entry["ansvarlig"]) == ("borger-1", "sag-1", "Leder Ib")
        assert entry["begrundelse"] == "§ plan: Det haster"
        assert set(entry["forseglet"]) >= {"borger", "sag", "ansvarlig", "begrundelse", "indhold"}

    def test_the_entry_binds_the_bytes_that_leave(self, court: Court) -> None:
        """Its keyed hash is that of the recipient's own copy; a refusal, with no copy, has none."""
        one = court.decide("§ plan")
        assert one.copy is not None
        court.record(one)
        assert court.entry()["indhold"] == court.keys.keyed_hash(one.copy)

    def test_a_refusal_is_recorded_as_well_as_a_permit(self, court: Court) -> None:
        """With its reason, and as a delivery that is settled."""
        [row] = court.record(court.decide(None))
        assert (row.state, row.types, court.entry()["tilstand"]) == (State.REFUSED, frozenset(), "refused")
        assert "indhold" not in court.entry()

    def test_an_emergency_and_a_failure_are_flagged(self, court: Court) -> None:
        """What a person must look at can be searched for."""
        court.record(court.decide("§ akut"))
        assert court.entry()["bemaerkning"] == "vaerdispring"
        court.record(court.decide("§ alt", now=NOW.replace(tzinfo=None), til="jobcenter"))
        assert court.entry()["bemaerkning"] == "alarm"

    def test_an_emergency_waits_for_the_dpo(self, court: Court) -> None:
        """Seven days, under its entry's number; whose it is lies sealed. What needs no review waits for nobody."""
        court.record(court.decide("§ akut"), court.decide("§ alt", til="jobcenter"))
        with court.database.read() as connection:
            [review] = reviews.reviews(connection)
            entry = store.get(connection, review.nummer)
            raw = connection.execute(reviews.gennemsyn.select()).one()
            assert entry is not None
            assert json.loads(entry.leaf)["bemaerkning"] == "vaerdispring"
            assert reviews.whose(connection, court.keys, entry.leaf_hash) == "borger-1"
        assert (review.paragraf, review.aabnet) == ("§ akut", "2026-09-14T10:00:00.000000Z")
        assert review.frist == "2026-09-21T10:00:00.000000Z"
        assert not [value for value in raw if value == "borger-1" or (isinstance(value, bytes) and b"borger" in value)]

    def test_a_refusal_is_no_emergency(self, court: Court) -> None:
        """What did not go on the paragraph need not be looked at."""
        court.record(court.decide("§ akut", oplysningstyper=("boern", "plan"), core=("boern",)))
        with court.database.read() as connection:
            assert reviews.reviews(connection) == []

    def test_a_review_counts_until_it_is_closed(self, court: Court) -> None:
        """Open, overdue after its deadline, and closed once."""
        court.record(court.decide("§ akut"))
        late = NOW + timedelta(days=7, microseconds=1)
        with court.database.write() as connection:
            leaf_hash = store.search(connection, store.Search())[0].leaf_hash
            assert reviews.counts(connection, NOW + timedelta(days=7)) == (1, 0)
            assert reviews.counts(connection, late) == (1, 1)
            assert reviews.close_review(connection, leaf_hash, reviews.Udfald.I_ORDEN, "role_dpo", late)
            assert not reviews.close_review(connection, leaf_hash, reviews.Udfald.IKKE_I_ORDEN, "role_dpo", late)
            assert reviews.counts(connection, late) == (0, 0)
            assert reviews.reviews(connection) == []
            [closed] = reviews.reviews(connection, closed=True)
        assert (closed.udfald, closed.lukket_af) == ("i_orden", "role_dpo")

    def test_an_erased_citizens_review_names_nobody(self, court: Court) -> None:
        """The review stays in the queue, without whose it was."""
        court.record(court.decide("§ akut"))
        court.keys.destroy("borger-1")
        with court.database.read() as connection:
            [review] = reviews.reviews(connection)
            entry = store.get(connection, review.nummer)
            assert entry is not None
            assert reviews.whose(connection, court.keys, entry.leaf_hash) is None

    def test_without_its_review_no_emergency_is_decided(self, court: Court) -> None:
        """Decision and review stand or fall in one transaction."""
        with court.database.write() as connection:
            connection.exec_driver_sql("DROP TABLE gennemsyn")
        with pytest.raises(DatabaseUnavailable):
            court.record(court.decide("§ akut"))
        with court.database.read() as connection:
            assert store.search(connection, store.Search()) == []

    def test_the_question_can_be_asked_again(self, court: Court) -> None:
        """It lies sealed with the delivery, and is the very one that was answered."""
        one = court.decide("§ plan")
        court.record(one)
        with court.database.read() as connection:
            [row] = deliveries.of_events(connection, [one.event.id])[one.event.id]
        assert court.judge.question_of(row) == one.question
        assert b"sag-1" not in row.box

    def test_without_its_key_the_question_is_gone(self, court: Court) -> None:
        """An erased citizen's delivery cannot be decided again, which is told by the error that the callers know."""
        [row] = court.record(court.decide("§ plan"))
        court.keys.destroy("borger-1")
        with pytest.raises(BoxUnopened):
            court.judge.question_of(row)

    def test_a_copy_is_kept_sealed_where_it_is_asked_for(self, court: Court) -> None:
        """What no message in SENT could make again lies beside the delivery; nothing else does."""
        one = court.decide("§ alt")
        [row] = court.record(one)
        assert (row.kopi, court.judge.kept_copy(row)) == (None, None)
        with court.database.write() as connection:
            [kept] = court.judge.record(connection, [replace(one, forsoeg=2)], keep=True)
        assert kept.kopi is not None
        assert b"hemmelig" not in kept.kopi
        assert court.judge.kept_copy(kept) == one.copy
        court.keys.destroy("borger-1")
        with pytest.raises(BoxUnopened):
            court.judge.kept_copy(kept)
