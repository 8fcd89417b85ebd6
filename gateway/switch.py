"""Stop and start: halts crossing at once, for everyone or one party, logged with a reason, and remembered.

What is held is stopped as well, by what was found and not by a person: `tvaers start` does not let it go on.
"""

from collections.abc import Sequence

from sqlalchemy import Column, Connection, String, Table, delete, insert, select

from consent.database import Database, host_time, instant, metadata
from consent.disclosures.recorder import Recorder

EVERYONE = "*"

stoppet = Table(
    "stoppet",
    metadata,
    Column("part", String(41), primary_key=True),
    Column("siden", String(27), nullable=False),
)


class Switch:
    """Who is stopped. Kept in the database, so that a restart does not start what somebody stopped."""

    def __init__(self, database: Database, recorder: Recorder) -> None:
        self._database = database
        self._recorder = recorder
        self._stopped: set[str] = set()
        self._held: tuple[str, ...] = ()

    async def load(self) -> None:
        """Read who is stopped."""
        self._stopped = await self._database.run(
            lambda connection: {str(row.part) for row in connection.execute(select(stoppet.c.part))}
        )

    @property
    def stopped(self) -> frozenset[str]:
        """The stopped parties; `*` stands for everyone."""
        return frozenset(self._stopped)

    @property
    def held(self) -> tuple[str, ...]:
        """Why nothing may cross whoever is started: what was found, each with what to do; empty where nothing was."""
        return self._held

    def hold(self, reasons: Sequence[str]) -> None:
        """Hold everyone for these reasons, or nobody where there are none; every start finds out anew."""
        self._held = tuple(reasons)

    def halted(self, party: str) -> bool:
        """Whether nothing of this party may cross."""
        return bool(self._held) or bool(self._stopped & {party, EVERYONE})

    async def stop(self, party: str, reason: str, by: str) -> None:
        """Halt crossing; in memory before the record is durable, so that it is never late."""
        self._stopped.add(party)

        def work(connection: Connection) -> None:
            connection.execute(delete(stoppet).where(stoppet.c.part == party))
            connection.execute(insert(stoppet).values(part=party, siden=instant(host_time(connection))))
            self._note(connection, "stoppet", party, reason, by)

        await self._database.run(work)

    async def start(self, party: str, reason: str, by: str) -> None:
        """Let crossing go on; only once that is on record."""

        def work(connection: Connection) -> None:
            connection.execute(delete(stoppet).where(stoppet.c.part == party))
            self._note(connection, "startet", party, reason, by)

        await self._database.run(work)
        self._stopped.discard(party)

    def _note(self, connection: Connection, state: str, party: str, reason: str, by: str) -> None:
        now = host_time(connection)
        self._recorder.note(connection, "drift", state, now, fra=party, bemaerkning=by, begrundelse=reason)
