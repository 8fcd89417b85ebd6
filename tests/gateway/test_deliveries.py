"""The state of every crossing: it moves only from where it is expected to be, and a key is used once."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Thread
from typing import TypeVar

import pytest
from sqlalchemy import Connection

from consent.database import Database, DatabaseConflict, metadata
from gateway import deliveries
from gateway.deliveries import Delivery, Key, State, Udfald, latest, receipt_of

Result = TypeVar("Result")
NOON, LATER = "2026-03-02T12:00:00.000000Z", "2026-03-02T12:00:00.000001Z"
EVENT, OTHER = "00000000-0000-5000-8000-000000000001", "00000000-0000-5000-8000-000000000002"


def row(til: str = "social", forsoeg: int = 1, state: State = State.DECIDED, **fields: object) -> Delivery:
    """Return a delivery of EVENT, changed by `fields`."""
    whole = Delivery(
        event_id=EVENT,
        til=til,
        forsoeg=forsoeg,
        borger_id="borger-1",
        state=state,
        udfald=Udfald.AFLEVERET,
        tilladt="helbred,plan",
        seq=None,
        recall=False,
        uvis=False,
        kopi=None,
        box=b"box",
        key_id="noegle",
        tid="2026-03-02T10:00:00.000000Z",
        udloeber=None,
    )
    return replace(whole, **fields)  # type: ignore[arg-type] # each test gives the fields their own types


class Table:
    """The table in one database, one transaction at a time."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def do(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in one transaction."""
        with self.database.write() as connection:
            return work(connection)

    def add(self, *rows: Delivery) -> None:
        """Insert deliveries."""
        self.do(lambda one: deliveries.add(one, rows))

    def rows(self, event_id: str = EVENT) -> list[Delivery]:
        """Return the deliveries of an event."""
        return self.do(lambda one: deliveries.of_events(one, [event_id])).get(event_id, [])

    def state(self, key: Key) -> State:
        """Return the state of one delivery."""
        [found] = self.do(lambda one: deliveries.of_keys(one, [key]))
        return found.state

    def held(self) -> list[Delivery]:
        """Return the copies of borger-1 that wait to be sent."""
        return self.do(lambda one: deliveries.held(one, ["borger-1"]))

    def move(self, keys: list[Key], before: State, after: State) -> set[Key]:
        """Move deliveries."""
        return self.do(lambda one: deliveries.move(one, keys, before=before, after=after))


@pytest.fixture
def make_table() -> Iterator[Callable[[str], Table]]:
    """Return a function that makes the table in the database at a URL."""
    opened: list[Database] = []

    def make(url: str) -> Table:
        opened.append(Database(url))
        metadata.create_all(opened[-1].engine)
        return Table(opened[-1])

    yield make
    for one in opened:
        one.close()


class DeliveriesContract:
    """What the table must do on every database."""

    def test_a_row_comes_back_as_it_was(self, table: Table) -> None:
        """Every field, the states as states, in order of event, recipient and attempt."""
        rows = [
            row("familie", seq=7, recall=True, uvis=True, tilladt="", kopi=b"kopi", box=bytes(range(256))),
            row("social", 1, State.REFUSED, udfald=Udfald.TILBAGEHOLDT),
            row("social", 2, seq=2**40, udloeber=NOON),
        ]
        table.add(*reversed(rows))
        assert table.rows() == rows
        assert all(type(one.state) is State and type(one.udfald) is Udfald for one in table.rows())
        assert table.rows(OTHER) == []

    def test_a_key_is_used_once(self, table: Table) -> None:
        """A second row of the same event, recipient and attempt is an error, and leaves the first as it was."""
        table.add(row(state=State.SENT, seq=4))
        with pytest.raises(DatabaseConflict):
            table.add(row("familie"), row())
        assert table.rows() == [row(state=State.SENT, seq=4)]

    def test_the_next_attempt_is_another_key(self, table: Table) -> None:
        """Another attempt, another recipient and another event are rows of their own."""
        table.add(row(), row(forsoeg=2), row("familie"), row(event_id=OTHER))
        assert (len(table.rows()), len(table.rows(OTHER))) == (3, 1)

    def test_adding_nothing_is_fine(self, table: Table) -> None:
        """A batch in which nothing was decided adds nothing."""
        table.add()
        table.do(lambda one: deliveries.add_events(one, []))
        assert table.do(deliveries.counts) == {}

    @pytest.mark.parametrize("before", [State.DECIDED, State.SENT])
    def test_a_state_moves_only_from_the_one_expected(self, table: Table, before: State) -> None:
        """What is no longer where the caller believes it to be stays, and the caller is told what was moved."""
        table.add(*(row(state.value, state=state) for state in State))
        assert table.move([one.key for one in table.rows()], before, State.RECALLED) == {row(before.value).key}
        for one in table.rows():
            assert one.state is (State.RECALLED if one.til == before.value else State(one.til))

    def test_moving_touches_no_other_row(self, table: Table) -> None:
        """Another attempt, recipient or event keeps its state, and a key that is none moves nothing."""
        table.add(row(), row(forsoeg=2), row("familie"), row(event_id=OTHER))
        keys = [row().key, row("ukendt").key]
        assert table.move(keys, State.DECIDED, State.REVOKED) == {row().key}
        assert table.do(deliveries.counts) == {("revoked", "afleveret"): 1, ("decided", "afleveret"): 3}
        assert table.state(row().key) is State.REVOKED

    def test_a_copy_is_marked_sent_only_where_it_still_is_decided(self, table: Table) -> None:
        """A copy that was revoked meanwhile is not marked, so that its caller takes it back at once."""
        table.add(*(row(state.value, state=state) for state in State if state is not State.SENT))
        sequences = {one.key: number for number, one in enumerate(table.rows(), 17)}
        [marked] = table.do(lambda one: deliveries.mark_sent(one, sequences))
        assert marked == row(State.DECIDED.value).key
        for one in table.rows():
            expected = (State.SENT, sequences[marked]) if one.key == marked else (State(one.til), None)
            assert (one.state, one.seq) == expected

    def test_only_a_sent_copy_is_marked_for_recall(self, table: Table) -> None:
        """The intention is recorded for what has left, and is found again until the state moves on."""
        table.add(row(state=State.SENT, seq=1), row("familie", state=State.DELIVERED, seq=2), row("uu"))
        table.do(lambda one: deliveries.mark_recall(one, [row(til).key for til in ("social", "familie", "uu")]))
        assert [one.til for one in table.rows() if one.recall] == ["social"]
        assert table.do(deliveries.to_recall) == [row().key]
        table.move([row().key], State.SENT, State.RECALLED)
        assert table.do(deliveries.to_recall) == []
        assert not any(one.recall for one in table.rows())

    def test_a_revoked_copy_is_looked_for_until_it_is_known_not_to_have_landed(self, table: Table) -> None:
        """Only what is decided is revoked; the mark stands until the broker was asked, and then nothing is kept."""
        table.add(row(kopi=b"kopi"), row("familie", state=State.SENT, seq=2))
        keys = [row().key, row("familie").key]
        assert table.do(lambda one: deliveries.revoke(one, keys)) == {row().key}
        assert table.do(deliveries.to_recall) == [row().key]
        assert table.state(row().key) is State.REVOKED
        table.do(lambda one: deliveries.note_settled(one, keys))
        assert table.do(deliveries.to_recall) == []
        assert table.rows() == [row("familie", state=State.SENT, seq=2), row(state=State.REVOKED)]

    def test_a_copy_is_kept_until_it_is_sent(self, table: Table) -> None:
        """A decided copy that no message in SENT could make again lies here, and no longer than it must."""
        table.add(row(kopi=b"kopi"), row("familie"), row("uu", state=State.REVOKED, kopi=b"kopi"))
        assert table.held() == [row(kopi=b"kopi")]
        table.do(lambda one: deliveries.mark_sent(one, {row().key: 9}))
        assert table.held() == []
        assert [one.kopi for one in table.rows() if one.til == "social"] == [None]

    def test_copies_are_taken_out_of_the_table_some_citizens_at_a_time(self, table: Table) -> None:
        """However many wait, no more citizens' copies are held in memory than was asked for."""
        table.add(*(row(f"til-{one}", borger_id=f"borger-{one}", kopi=b"kopi") for one in range(3)))
        assert len(table.do(lambda one: deliveries.citizens_held(one, 2))) == 2
        assert len(table.do(lambda one: deliveries.citizens_held(one, 9))) == 3
        assert table.do(lambda one: deliveries.held(one, ["borger-1"])) == [
            row("til-1", borger_id="borger-1", kopi=b"kopi")
        ]

    @pytest.mark.parametrize("state", [State.SENT, State.REVOKED])
    def test_a_marked_copy_is_kept_before_it_is_deleted_and_let_go_of_after(self, table: Table, state: State) -> None:
        """Its place and its bytes are kept; a second look finds it gone and changes nothing; the end clears it."""
        table.add(row(state=state, recall=True))
        table.do(lambda one: deliveries.keep(one, row().key, 7, b"vid"))
        table.do(lambda one: deliveries.keep(one, row().key, 7, None))
        assert table.rows() == [row(state=state, recall=True, seq=7, kopi=b"vid")]
        table.do(lambda one: deliveries.note_settled(one, [row().key]))
        assert table.rows() == [row(state=state, recall=True, seq=7, kopi=b"vid")]
        table.move([row().key], state, State.RECALLED_MAYBE_READ)
        assert table.rows() == [row(state=State.RECALLED_MAYBE_READ, seq=7)]

    @pytest.mark.parametrize("state", [State.SENT, State.REVOKED])
    def test_the_wide_copy_of_a_marked_row_is_never_taken_for_one_to_be_sent(self, table: Table, state: State) -> None:
        """Only a decided row's copy waits to be sent; what lies beside a marked one is there to be narrowed."""
        table.add(row(state=state, recall=True, seq=7, kopi=b"vid"))
        assert table.held() == []
        assert table.do(lambda one: deliveries.citizens_held(one, 9)) == []

    def test_only_what_is_marked_is_kept(self, table: Table) -> None:
        """A row that is not to be taken back gets no copy, or it would be sent."""
        table.add(row())
        table.do(lambda one: deliveries.keep(one, row().key, 7, b"vid"))
        assert table.rows() == [row()]

    def test_what_lies_in_delivery_is_taken_back_first(self, table: Table) -> None:
        """A copy that must still be looked for does not hold up those whose place is known."""
        table.add(
            row("a", state=State.REVOKED, recall=True),
            row("b", state=State.SENT, recall=True, seq=9),
            row("c", state=State.SENT, recall=True, seq=3),
        )
        assert [til for _, til, _ in table.do(deliveries.to_recall)] == ["b", "c", "a"]

    def test_a_copy_that_landed_though_nobody_expected_it_is_marked(self, table: Table) -> None:
        """Revoked and settled, and yet it landed: it is to be taken back. One whose place is known is marked."""
        table.add(row(state=State.REVOKED), row("familie", state=State.REVOKED, recall=True, seq=3), row("uu"))
        landed = {row(til).key: 8 for til in ("social", "familie", "uu")}
        assert table.do(lambda one: deliveries.mark_late(one, landed)) == {row().key}
        assert {one.til: (one.recall, one.seq) for one in table.rows()} == {
            "social": (True, 8),
            "familie": (True, 3),
            "uu": (False, None),
        }

    def test_acknowledgements_find_sent_copies_but_not_recalled_ones(self, table: Table) -> None:
        """By sequence only what is sent is found, and what is being taken back is left to the recall."""
        table.add(
            row("a", state=State.SENT, seq=1),
            row("b", state=State.SENT, seq=2, recall=True),
            row("c", state=State.DELIVERED, seq=3),
            row("d", state=State.SENT, seq=4),
        )
        found = table.do(lambda one: deliveries.by_sequence(one, [1, 2, 3, 9]))
        assert [one.til for one in found] == ["a"]
        assert table.do(lambda one: deliveries.by_sequence(one, [])) == []

    def test_a_sequence_is_on_record_whatever_became_of_its_copy(self, table: Table) -> None:
        """An event about a sequence that nobody knows yet is told from one that is settled."""
        table.add(row("a", state=State.SENT, seq=1), row("b", state=State.RECALLED, seq=2), row("c"))
        assert table.do(lambda one: deliveries.recorded(one, [1, 2, 9])) == {1, 2}

    def test_a_partys_copies_up_to_a_sequence(self, table: Table) -> None:
        """At or below the acknowledgement floor, of that party alone, sent and not being recalled."""
        table.add(
            row(state=State.SENT, seq=3),
            row(forsoeg=2, state=State.SENT, seq=4),
            row(forsoeg=3, state=State.SENT, seq=5),
            row(forsoeg=4, state=State.SENT, seq=1, recall=True),
            row("familie", state=State.SENT, seq=2),
            row(forsoeg=5, state=State.DELIVERED, seq=1),
        )
        found = table.do(lambda one: deliveries.sent_up_to(one, "social", 4))
        assert [one.seq for one in found] == [3, 4]

    def test_what_could_still_be_stopped(self, table: Table) -> None:
        """Decided and sent, of that citizen alone; what is settled is never asked about again."""
        table.add(*(row(state.value, state=state) for state in State))
        table.add(row("anden", borger_id="borger-2"), row("tredje", state=State.REFUSED, borger_id="borger-3"))
        assert {one.state for one in table.do(lambda one: deliveries.unsettled_of(one, ["borger-1"]))} == {
            State.DECIDED,
            State.SENT,
        }
        both = table.do(lambda one: deliveries.unsettled_of(one, ["borger-1", "borger-2", "borger-3"]))
        assert {one.borger_id for one in both} == {"borger-1", "borger-2"}
        assert sorted(table.do(deliveries.citizens_unsettled)) == ["borger-1", "borger-2"]

    def test_whose_decisions_the_clock_has_ended(self, table: Table) -> None:
        """Unsettled, its instant reached, and not being taken back already; no instant is never due."""
        table.add(
            row("a", borger_id="reached", udloeber=NOON),
            row("b", borger_id="reached", state=State.SENT, udloeber=NOON),
            row("c", borger_id="later", state=State.SENT, udloeber=LATER),
            row("d", borger_id="never", state=State.SENT),
            row("e", borger_id="marked", state=State.SENT, recall=True, udloeber=NOON),
            row("f", borger_id="settled", state=State.DELIVERED, udloeber=NOON),
        )
        assert table.do(lambda one: deliveries.citizens_due(one, NOON)) == ["reached"]
        table.do(lambda one: deliveries.note_until(one, {row("a").key: LATER, row("b").key: None}))
        assert table.do(lambda one: deliveries.citizens_due(one, NOON)) == []
        assert [one.udloeber for one in table.rows()][:2] == [LATER, None]

    def test_after_a_crash_what_may_have_been_handed_out_is_uncertain(self, table: Table) -> None:
        """Sent, or perhaps landed while it was decided or revoked; of what is settled there is no doubt."""
        table.add(*(row(state.value, state=state) for state in State))
        table.do(deliveries.mark_uncertain)
        assert {one.state for one in table.rows() if one.uvis} == {State.DECIDED, State.SENT, State.REVOKED}

    def test_an_event_is_known_by_its_id_and_content(self, table: Table) -> None:
        """Events seen before are told with content hash and type; an unseen one is absent; none is added twice."""
        seen = {"event_id": EVENT, "source": "jobcenter", "type": "t", "indhold": "hash", "modtaget": row().tid}
        table.do(lambda one: deliveries.add_events(one, [seen]))
        assert table.do(lambda one: deliveries.known_events(one, [EVENT, OTHER])) == {EVENT: "hash"}
        assert table.do(lambda one: deliveries.wire_types(one, [EVENT, OTHER])) == {EVENT: "t"}
        with pytest.raises(DatabaseConflict):
            table.do(lambda one: deliveries.add_events(one, [seen | {"indhold": "andet"}]))

    def test_counts_are_by_state_and_outcome(self, table: Table) -> None:
        """Every attempt counts, each under the state it is in and what its sender was told."""
        narrower = row("familie", state=State.SENT, udfald=Udfald.DELVIST)
        table.add(row(state=State.SENT), row(forsoeg=2, state=State.SENT), narrower)
        assert table.do(deliveries.counts) == {("sent", "afleveret"): 2, ("sent", "delvist"): 1}


class TestDeliveriesSqlite(DeliveriesContract):
    @pytest.fixture
    def table(self, sqlite_url: str, make_table: Callable[[str], Table]) -> Table:
        """Return the table in SQLite."""
        return make_table(sqlite_url)


class TestDeliveriesPostgres(DeliveriesContract):
    @pytest.fixture
    def table(self, postgres_url: str, make_table: Callable[[str], Table]) -> Table:
        """Return the table in PostgreSQL."""
        return make_table(postgres_url)

    def test_a_copy_that_is_being_recorded_does_not_slip_past_whoever_revokes_it(self, table: Table) -> None:
        """Who records it as sent waits for whoever has asked about it, and then finds it revoked."""
        table.add(row())
        recorder = Thread(target=lambda: marked.append(table.do(lambda one: deliveries.mark_sent(one, {row().key: 9}))))
        marked: list[set[Key]] = []
        with table.database.write() as connection:
            [found] = deliveries.unsettled_of(connection, ["borger-1"])
            recorder.start()
            recorder.join(timeout=1)
            assert marked == []
            deliveries.revoke(connection, [found.key])
        recorder.join()
        assert marked == [set()]
        assert table.state(row().key) is State.REVOKED


class TestValues:
    def test_a_row_names_itself(self) -> None:
        """The key names the row, and the delivery id the copy, attempt included."""
        assert row(forsoeg=2).key == (EVENT, "social", 2)
        assert row(forsoeg=2).delivery_id == f"{EVENT}:social:2"

    def test_the_permitted_categories(self) -> None:
        """Nothing permitted is no category, not an empty one."""
        assert row().types == {"helbred", "plan"}
        assert row(tilladt="").types == frozenset()

    def test_the_newest_attempt_per_recipient(self) -> None:
        """Whatever the order of the rows."""
        rows = [row(forsoeg=2), row("familie"), row(forsoeg=10), row(forsoeg=1)]
        assert latest(rows) == {"social": row(forsoeg=10), "familie": row("familie")}

    def test_the_receipt_is_that_of_the_first_attempt_for_ever(self) -> None:
        """The sender is told the same however often it asks: a later recall or narrower copy would betray a choice."""
        rows = [
            row(forsoeg=2, state=State.REFUSED, udfald=Udfald.TILBAGEHOLDT),
            row(state=State.RECALLED, udfald=Udfald.AFLEVERET),
            row("familie", udfald=Udfald.DELVIST),
        ]
        assert receipt_of(rows) == {"social": "afleveret", "familie": "delvist"}
        assert receipt_of(reversed(rows)) == receipt_of(rows)
