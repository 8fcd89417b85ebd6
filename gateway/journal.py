"""Carry the journal out of the database at once, and find out at the start which of the two has lost something.

    a place outside is ahead    the database is an older copy: what it lacks is taken in, and waits to be replayed
    a place is behind           it has lost what it was given: where another place has all of it, it is written anew;
                                otherwise nobody can tell whether the database is an old one, and the DPO releases
    both have something         it is taken in as above, and the DPO releases the place

While something waits nothing crosses; `gateway.journal_guard` sees to that.
"""

import asyncio
from collections.abc import Sequence

import structlog
from sqlalchemy import Column, Connection, Integer, String, Table, insert, select, update

from consent import journal
from consent.database import Database, host_time, metadata
from consent.disclosures.recorder import Recorder
from consent.journal import Post
from consent.replay import Replay
from gateway.bus.errors import BusError
from gateway.errors import GatewayRefused
from gateway.journal_compare import Standing, Verdict, agreed
from gateway.journal_places import Place, Taken

log = structlog.get_logger(__name__)

AT_A_TIME = 500
"""Entries carried out between two records of how far a place has come."""

EVERY_ENTRY = 2**31 - 1

journalsted = Table(
    "journalsted",
    metadata,
    Column("sted", String(20), primary_key=True),
    Column("nummer", Integer, nullable=False, doc="up to which entry the place was given the journal"),
)


class Journal:
    """The journal of one database and the places where it lies outside."""

    def __init__(self, database: Database, replay: Replay, recorder: Recorder, places: Sequence[Place]) -> None:
        self.places = tuple(places)
        self._database = database
        self._replay = replay
        self._recorder = recorder
        self._newest = (0, journal.BEGINNING)
        self._lost: dict[str, str] = {}
        self._waiting: tuple[int, int] | None = None
        self._one_at_a_time = asyncio.Lock()

    @property
    def why(self) -> list[str]:
        """Say what keeps everything from crossing, with the range that it is about."""
        lost = [f"the journal: {text}; the data-protection officer must release it" for text in self._lost.values()]
        if self._waiting is None:
            return lost
        low, high = self._waiting
        return [f"the database is an older copy: entries {low} to {high} of the journal must be replayed", *lost]

    async def look(self) -> None:
        """Carry out what no place has yet; where the database has gone back while we ran, `check` finds it out.

        Raises:
            JournalError, BusError, DatabaseUnavailable: as `check` and `publish`.
        """
        number, hashed = self._newest
        if number and await self._database.look(lambda connection: journal.hash_of(connection, number)) != hashed:
            await self.check()
        await self.publish()
        self._newest = await self._database.look(journal.head)

    async def check(self) -> None:
        """Compare every place with the database, take in what the database lacks, and write what a place lacks.

        Raises:
            JournalError: a place holds something that is no journal.
            BusError, DatabaseUnavailable: nothing is known.
        """
        async with self._one_at_a_time:
            standings = {place.name: await self._examine(place) for place in self.places}
            verdicts = {name: one.verdict for name, one in standings.items()}
            complete = {Verdict.EQUAL, Verdict.AHEAD} & set(verdicts.values())
            for place in self.places:
                if verdicts[place.name] is Verdict.FORKED or (verdicts[place.name] is Verdict.BEHIND and not complete):
                    self._lost[place.name] = _named(place, standings[place.name])
                elif verdicts[place.name] is Verdict.BEHIND:
                    await self._mend(place, standings[place.name])
        await self.publish()

    async def publish(self) -> None:
        """Carry out what no place has yet; when this returns every place that is whole has all of it, durably.

        Raises:
            BusError: a place does not take it; it is tried again every second, and at the next start.
        """
        async with self._one_at_a_time:
            failed: list[BusError] = []
            for place in self.places:
                try:
                    if place.name not in self._lost:
                        await self._carry_out(place)
                except BusError as error:
                    failed.append(error)
            if failed:
                raise failed[0]

    async def replay(self, reason: str, by: str) -> int:
        """Do what waits in this database; return how many entries that were. Logged, with the reason sealed.

        Raises:
            JournalError: an entry does not open.
        """
        posts = await self._database.look(journal.waiting)
        self._replay.destroy_keys(posts)

        def work(connection: Connection) -> None:
            self._replay.apply(connection, posts)
            journal.note_applied(connection)
            if posts:
                about = f"{by} {posts[0].nummer}-{posts[-1].nummer}"
                _note(self._recorder, connection, "journal_genafspillet", about, reason)

        await self._database.run(work)
        self._waiting = await self._database.look(journal.waiting_range)
        return len(posts)

    async def release(self, reason: str, by: str) -> None:
        """Accept that places have lost something: write each anew from the database. Logged, with the reason sealed.

        Raises:
            GatewayRefused: something waits to be replayed first.
        """
        if self._waiting is not None:
            raise GatewayRefused(409, "venter_paa_genafspilning", "replay the journal first: `tvaers journal replay`")
        async with self._one_at_a_time:
            for place in [one for one in self.places if one.name in self._lost]:
                about = f"{by}: {self._lost[place.name]}"
                await self._write_anew(place, "journal_frigivet", about, reason)
                del self._lost[place.name]

    async def _examine(self, place: Place) -> Standing:
        """Find out how a place stands, and take in what the database lacks."""
        outside = await place.look()
        ours, _ = await self._database.look(journal.head)
        given = await self._database.look(lambda connection: _given(connection, place.name))

        async def same(nummer: int) -> bool:
            there = outside.hash if nummer == outside.nummer else None
            if there is None and (post := await place.entry(nummer)) is not None:
                there = post.hash
            return there is not None and there == await self._database.look(lambda one: journal.hash_of(one, nummer))

        common = await agreed(ours, outside.nummer, same)
        standing = Standing(common, ours, outside.nummer, given, outside.whole)
        if standing.verdict in {Verdict.AHEAD, Verdict.FORKED}:
            await self._take_in(place, standing)
        self._waiting = await self._database.look(journal.waiting_range)
        return standing

    async def _take_in(self, place: Place, standing: Standing) -> None:
        """Put what the database lacks at the end of its journal, to be replayed; what it took in before it has."""
        found = [await place.entry(nummer) for nummer in range(standing.common + 1, standing.theirs + 1)]

        def work(connection: Connection) -> None:
            known = {post.fact for post in journal.after(connection, standing.common, EVERY_ENTRY)}
            lacking = [post.fact for post in found if post is not None and post.fact not in known]
            journal.append(connection, lacking, applied=False)
            if standing.verdict is Verdict.AHEAD:
                _give(connection, place.name, standing.theirs)

        await self._database.run(work)
        log.error("database_behind_journal", place=place.name, first=standing.common + 1, last=standing.theirs)

    async def _carry_out(self, place: Place) -> None:
        while posts := await self._database.look(lambda connection: _lacking(connection, place.name)):
            try:
                await place.add(posts)
            except Taken:
                # The database went back while we ran: what the place has of its own is taken in and waits.
                self._lost[place.name] = _named(place, await self._examine(place))
                return
            await self._mark(place, posts[-1].nummer)

    async def _mark(self, place: Place, upto: int) -> None:
        await self._database.run(lambda connection: _give(connection, place.name, upto))

    async def _mend(self, place: Place, standing: Standing) -> None:
        log.error("journal_place_mended", place=place.name, lost=_named(place, standing))
        await self._write_anew(place, "journal_genskabt", _named(place, standing), None)

    async def _write_anew(self, place: Place, state: str, about: str, reason: str | None) -> None:
        posts = await self._database.look(lambda connection: journal.after(connection, 0, EVERY_ENTRY))
        await place.write_anew(posts)
        upto = posts[-1].nummer if posts else 0

        def work(connection: Connection) -> None:
            _give(connection, place.name, upto)
            _note(self._recorder, connection, state, about, reason)

        await self._database.run(work)


def _named(place: Place, standing: Standing) -> str:
    if standing.verdict is Verdict.FORKED:
        return f"{place.name} and the database differ from entry {standing.common + 1} on"
    if standing.given > standing.common:
        return f"{place.name} has lost its entries {standing.common + 1} to {standing.given}"
    return f"{place.name} lacks entries before its newest, {standing.theirs}"


def _lacking(connection: Connection, sted: str) -> list[Post]:
    return journal.after(connection, _given(connection, sted), AT_A_TIME)


def _given(connection: Connection, sted: str) -> int:
    return connection.execute(select(journalsted.c.nummer).where(journalsted.c.sted == sted)).scalar() or 0


def _give(connection: Connection, sted: str, nummer: int) -> None:
    known = update(journalsted).where(journalsted.c.sted == sted).values(nummer=nummer)
    if not connection.execute(known).rowcount:
        connection.execute(insert(journalsted).values(sted=sted, nummer=nummer))


def _note(recorder: Recorder, connection: Connection, state: str, about: str, reason: str | None) -> None:
    recorder.note(connection, "drift", state, host_time(connection), bemaerkning=about, begrundelse=reason)
