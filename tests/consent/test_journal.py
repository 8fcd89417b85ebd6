"""The journal in the database: numbered, chained, in the transaction of what it tells, and read to the letter."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from consent import journal
from consent.database import Database, metadata
from consent.journal import BEGINNING, Art, Fact, JournalError, Post

FACTS = st.builds(
    Fact,
    art=st.sampled_from(Art),
    tid=st.text(max_size=8),
    borger_id=st.text(max_size=8),
    samtykke_id=st.none() | st.text(max_size=8),
    version=st.none() | st.integers(1, 9),
    gaelder_fra=st.none() | st.text(max_size=8),
    key_id=st.none() | st.text(max_size=8),
    box=st.none() | st.binary(max_size=16),
)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """Return a database with the code's tables."""
    database = Database(f"sqlite:///{tmp_path}/tvaers.db")
    metadata.create_all(database.engine)
    return database


def fact(about: str = "s", art: Art = Art.TILBAGEKALDELSE, **more: object) -> Fact:
    """Return something to tell."""
    return Fact(**{"art": art, "tid": "2026-03-02T10:00:00.000000Z", "borger_id": "b", "samtykke_id": about, **more})


class TestPost:
    @given(FACTS, st.integers(1, 9))
    def test_an_entry_is_read_as_it_was_written(self, told: Fact, number: int):
        """And every field of it is bound by the hash."""
        post = Post(number, BEGINNING, told)
        assert Post.read(post.content) == post
        assert Post.read(post.content).hash == post.hash

    @pytest.mark.parametrize("content", ["", "{}", "[]", "null", '{"nummer": 1}', Post(1, "x", fact()).content + " "])
    def test_anything_else_is_refused(self, content: str):
        """Also what means the same and is written otherwise."""
        with pytest.raises(JournalError):
            Post.read(content)


class TestAppend:
    def test_entries_are_numbered_and_chained(self, database: Database):
        """From 1 without gaps, each naming the hash of the one before."""
        with database.write() as connection:
            journal.append(connection, [fact("a"), fact("b")])
            journal.append(connection, [fact("c")])
            written = journal.after(connection, 0, 10)
            assert [post.nummer for post in written] == [1, 2, 3]
            assert [post.forrige for post in written] == [BEGINNING, written[0].hash, written[1].hash]
            assert journal.head(connection) == (3, written[2].hash)

    def test_an_entry_goes_with_its_transaction(self, database: Database):
        """What did not happen is not told, and its number is free."""

        def told_and_failed() -> None:
            with database.write() as connection:
                journal.append(connection, [fact("a")])
                raise RuntimeError

        with pytest.raises(RuntimeError):
            told_and_failed()
        with database.read() as connection:
            assert journal.head(connection) == (0, BEGINNING)

    def test_what_was_found_outside_waits(self, database: Database):
        """Until it is done in this database."""
        with database.write() as connection:
            journal.append(connection, [fact("a")])
            journal.append(connection, [fact("b"), fact("c")], applied=False)
            assert [post.fact.samtykke_id for post in journal.waiting(connection)] == ["b", "c"]
            assert journal.waiting_range(connection) == (2, 3)
            journal.note_applied(connection)
            assert journal.waiting_range(connection) is None


class TestEnded:
    @pytest.fixture
    def connection(self, database: Database):
        """Tell that version 2 took effect in April, and that all was withdrawn in May."""
        with database.write() as connection:
            newer = {"art": Art.VERSION, "version": 2, "gaelder_fra": "2026-04-01T00:00:00.000000Z"}
            journal.append(connection, [fact("a", **newer), fact("a", tid="2026-05-01T00:00:00.000000Z")])
            yield connection

    def test_a_withdrawal_ends_every_version(self, connection: Connection):
        """Whether the database has the declaration or not."""
        assert journal.ended(connection, "a", 2, {1, 2}) == ["2026-05-01T00:00:00.000000Z"]

    def test_a_missing_newer_version_ends_the_older(self, connection: Connection):
        """One that is there speaks for itself."""
        assert "2026-04-01T00:00:00.000000Z" in journal.ended(connection, "a", 1, {1})
        assert "2026-04-01T00:00:00.000000Z" not in journal.ended(connection, "a", 1, {1, 2})

    def test_another_declaration_is_not_concerned(self, connection: Connection):
        """The journal tells of one declaration at a time."""
        assert journal.ended(connection, "b", 1, set()) == []
