"""The places of the journal keep what they are given, and say what they have lost: the stream and the file alike."""

from pathlib import Path

import pytest

from consent.journal import BEGINNING, Art, Fact, Post
from gateway.bus.local import LocalBus
from gateway.journal_places import FilePlace, JournalAway, Outside, Place, StreamPlace, Taken

pytestmark = pytest.mark.anyio


def posts(*tale: str) -> list[Post]:
    """Return a journal that tells of these consents."""
    found: list[Post] = []
    for number, about in enumerate(tale, 1):
        fact = Fact(art=Art.TILBAGEKALDELSE, tid="t", borger_id="b", samtykke_id=about)
        found.append(Post(number, found[-1].hash if found else BEGINNING, fact))
    return found


def modes(folder: Path) -> dict[str, int]:
    """Return who may do what with each file of a folder."""
    return {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}


class PlaceContract:
    """What holds wherever the journal lies."""

    async def test_what_was_added_is_there(self, place: Place):
        """The newest entry, and each by its number."""
        written = posts("a", "b", "c")
        await place.add(written[:2])
        await place.add(written[2:])
        assert await place.look() == Outside(3, written[2].hash, whole=True)
        assert [await place.entry(number) for number in (1, 2, 3, 4)] == [*written, None]

    async def test_an_empty_place_has_nothing(self, place: Place):
        """No entry, no checkpoint, and nothing is missing."""
        assert await place.look() == Outside(0, BEGINNING, whole=True)
        assert await place.checkpoint() is None

    async def test_adding_again_changes_nothing(self, place: Place):
        """After a crash between writing and remembering it the same is written again."""
        written = posts("a", "b", "c")
        await place.add(written[:2])
        await place.add(written)
        assert await place.look() == Outside(3, written[2].hash, whole=True)

    async def test_another_entry_of_a_number_is_refused(self, place: Place):
        """Nobody writes over what is there."""
        await place.add(posts("a", "b"))
        with pytest.raises(Taken):
            await place.add(posts("a", "other")[1:])
        assert await place.entry(2) == posts("a", "b")[1]

    async def test_writing_anew_replaces_everything(self, place: Place):
        """After a release the place holds what the database has."""
        await place.add(posts("a", "b"))
        written = posts("a", "other", "c")
        await place.write_anew(written)
        assert await place.look() == Outside(3, written[2].hash, whole=True)
        assert await place.entry(2) == written[1]

    async def test_the_newest_checkpoint_is_kept_and_is_no_entry(self, place: Place):
        """It replaces the one before, and the entries are whole beside it."""
        await place.add(posts("a"))
        await place.keep_checkpoint("log\n1\nAAAA\n")
        await place.keep_checkpoint("log\n2\nBBBB\n")
        assert await place.checkpoint() == "log\n2\nBBBB\n"
        assert (await place.look()).whole


class TestFilePlace(PlaceContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> FilePlace:
        """Return a file that does not exist yet."""
        return FilePlace(tmp_path / "journal.jsonl")

    async def test_a_line_that_a_crash_cut_off_does_not_count(self, place: FilePlace, tmp_path: Path):
        """It was never relied on; the next entry takes its place."""
        written = posts("a", "b")
        await place.add(written[:1])
        with (tmp_path / "journal.jsonl").open("a") as file:
            file.write(written[1].content[:40])
        assert await place.look() == Outside(1, written[0].hash, whole=True)
        await place.add(written[1:])
        assert await place.entry(2) == written[1]

    async def test_a_changed_line_shows(self, place: FilePlace, tmp_path: Path):
        """The chain ends before it, and the place is not whole."""
        written = posts("a", "b", "c")
        await place.add(written)
        path = tmp_path / "journal.jsonl"
        path.write_text(path.read_text().replace('"samtykke_id":"b"', '"samtykke_id":"x"'))
        assert (await place.look()).whole is False

    async def test_the_file_is_its_owners_alone(self, place: FilePlace, tmp_path: Path):
        """Mode 0600, for entries and checkpoint."""
        await place.add(posts("a"))
        await place.keep_checkpoint("note")
        assert modes(tmp_path) == {"journal.jsonl": 0o600, "journal.jsonl.checkpoint": 0o600}

    async def test_a_folder_that_is_not_there_is_an_error_of_ours(self, tmp_path: Path):
        """It says what is wrong without a foreign exception."""
        with pytest.raises(JournalAway, match="No such file"):
            await FilePlace(tmp_path / "away" / "journal.jsonl").add(posts("a"))


class TestStreamPlace(PlaceContract):
    @pytest.fixture
    async def place(self, own_bus: LocalBus) -> StreamPlace:
        """Return the stream of a bus of its own, as the gateway reaches it."""
        return StreamPlace((await own_bus.connect("gateway")).nc)

    async def test_a_missing_entry_shows(self, place: StreamPlace):
        """Though the newest is there, the place is not whole."""
        first, _second, third = posts("a", "b", "c")
        await place.add([first, third])
        assert await place.look() == Outside(3, third.hash, whole=False)
