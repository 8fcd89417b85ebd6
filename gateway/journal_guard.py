"""I11: what was lost outside our reach is found, not hidden: nothing crosses until it is named and released.

Three things are looked at: the journal outside the database, the checkpoints of the disclosure log that lie beside it,
and the streams. Each says by itself why it must be waited; here they are one answer.
"""

from base64 import b64decode

import structlog
from sqlalchemy import Connection, delete

from consent.database import Database, host_time
from consent.disclosures import store
from consent.disclosures.checkpoints import Signer, sign_checkpoint
from consent.disclosures.errors import SequencerError
from consent.disclosures.recorder import Recorder
from consent.disclosures.store import Checkpoint
from consent.journal import JournalError
from gateway.journal import Journal
from gateway.journal_streams import Streams

log = structlog.get_logger(__name__)


class Guard:
    """Says why nothing may cross, and lets a person say that it may."""

    def __init__(
        self, database: Database, recorder: Recorder, signer: Signer, origin: str, journal: Journal, streams: Streams
    ) -> None:
        self._database = database
        self._recorder = recorder
        self._signer = signer
        self._origin = origin
        self._journal = journal
        self._streams = streams
        self._old_log = ""
        self._kept = -1

    @property
    def why(self) -> list[str]:
        """Say what keeps everything from crossing; empty where nothing does."""
        return [*self._journal.why, *([self._old_log] if self._old_log else []), *self._streams.why]

    async def check(self) -> list[Checkpoint]:
        """Compare everything at the start; return the checkpoints that the sequencer must hold its tree against.

        Raises:
            SequencerError: the log in the database is smaller than a checkpoint of it that is known.
            JournalError: what lies outside the database is no journal.
            BusError, DatabaseUnavailable: nothing is known.
        """
        await self._journal.check()
        known = await self._check_log()
        await self._streams.check()
        for reason in self.why:
            log.error("held", reason=reason)
        return known

    async def look(self) -> None:
        """Do what is due every second: carry out the journal and the newest checkpoint, and look at the streams."""
        await self._journal.look()
        if not self._old_log:
            await self._keep_checkpoint()
        await self._streams.look()

    async def replay(self, reason: str, by: str) -> int:
        """Replay the journal; see `Journal.replay`."""
        return await self._journal.replay(reason, by)

    async def release(self, reason: str, by: str) -> list[str]:
        """Accept what was lost, and return what that was. Logged, with the reason sealed.

        Raises:
            GatewayRefused: something must be done first; the text says what.
        """
        released = self.why
        await self._journal.release(reason, by)
        if lost := await self._streams.release():
            await self._note("stroem_frigivet", f"{by}: {lost}", reason)
        if self._old_log:
            await self._note("ny_log_frigivet", f"{by}: {self._old_log}", reason)
            self._old_log = ""
            await self._keep_checkpoint()
        return released

    async def _check_log(self) -> list[Checkpoint]:
        notes = [note for place in self._journal.places if (note := await place.checkpoint()) is not None]
        known = [(_origin(note), _checkpoint(note)) for note in notes]
        others = [(origin, one) for origin, one in known if origin != self._origin]
        newest = await self._database.look(store.latest_checkpoint)
        if newest is not None and _origin(newest.note) != self._origin:
            await self._database.run(lambda connection: self._begin_anew(connection, newest))
        for origin, one in others:
            self._old_log = (
                f"the disclosure log was begun anew as {self._origin}; of {origin}, {one.size} entries were known: "
                "the data-protection officer must release it"
            )
        ours = [one for origin, one in known if origin == self._origin]
        size, largest = newest.size if newest else 0, max((one.size for one in ours), default=0)
        if largest > size:
            raise SequencerError(
                f"the disclosure log in the database has {size} entries, and the journal a checkpoint of {largest}: "
                f"entries {size} to {largest - 1} are lost. Restore a newer copy of the database, or begin a new log: "
                "docs/genskabelse.md says how"
            )
        return ours

    def _begin_anew(self, connection: Connection, last: Checkpoint) -> None:
        """Begin a log of another name and key with the entries that are there.

        The entries keep their places. Who holds a checkpoint of the old log sees that this is not it.
        """
        for table in (store.cosignature, store.key_change, store.checkpoint):
            connection.execute(delete(table))
        note = sign_checkpoint(self._origin, last.size, last.root, self._signer)
        store.save_checkpoint(connection, Checkpoint(last.size, last.root, note))
        about = f"{_origin(last.note)} {last.size} {last.root.hex()}"
        self._recorder.note(connection, "drift", "ny_log", host_time(connection), bemaerkning=about)

    async def _keep_checkpoint(self) -> None:
        newest = await self._database.look(store.latest_checkpoint)
        if newest is None or newest.size == self._kept:
            return
        for place in self._journal.places:
            await place.keep_checkpoint(newest.note)
        self._kept = newest.size

    async def _note(self, state: str, about: str, reason: str) -> None:
        def work(connection: Connection) -> None:
            now = host_time(connection)
            self._recorder.note(connection, "drift", state, now, bemaerkning=about, begrundelse=reason)

        await self._database.run(work)


def _origin(note: str) -> str:
    return note.partition("\n")[0]


def _checkpoint(note: str) -> Checkpoint:
    try:
        _, size, root, *_ = note.split("\n")
        return Checkpoint(int(size), b64decode(root, validate=True), note)
    except ValueError as error:
        raise JournalError(f"what lies beside the journal is no checkpoint ({type(error).__name__})") from None
