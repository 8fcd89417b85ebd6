"""Having witnesses cosign the checkpoints (c2sp.org/tlog-witness), beside the crossing and never in its way.

A witness that is slow or away is asked again later; meanwhile checkpoints carry fewer cosignatures. A witness that has
cosigned more than our log holds, or another history of it, is the one thing that stops it: then this log is not the one
that outsiders have seen, and nothing may cross before a person has looked.
"""

import asyncio
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

import httpx2
import structlog
from sqlalchemy import Connection

from consent.database import Database, DatabaseConflict, DatabaseUnavailable
from consent.disclosures import store
from consent.disclosures.checkpoints import Signer, sign_checkpoint
from consent.disclosures.cosignatures import WitnessKey, body_of, cosignature_in
from consent.disclosures.errors import SequencerError, SignerError
from consent.disclosures.merkle import EMPTY_ROOT
from consent.disclosures.store import Checkpoint
from consent.disclosures.tiles import consistency

TIMEOUT_SECONDS = 5.0
"""How long a witness may take over an answer."""

START_SECONDS = 1.5
"""How long a start waits for witnesses: a process that was killed must work again in 3 s."""

PACE_SECONDS = 1.0
"""The least time between two checkpoints of a busy log that one witness is shown."""

MAX_PAUSE_SECONDS = 60.0
"""The longest time between two tries at a witness that is away."""

MAX_ANSWER_BYTES = 64 * 1024

OK, CONFLICT, INCONSISTENT = 200, 409, 422
"""The answers of c2sp.org/tlog-witness that mean something to a log."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Vidne:
    """A witness: the address below which `add-checkpoint` is, and its public key."""

    url: str
    vkey: str


class WitnessAway(Exception):  # noqa: N818 - the state of the witness, not a fault of the caller's
    """The witness does not answer, or not with a cosignature; the text says what it did."""


class Cosigning:
    """Shows every witness the newest checkpoint and keeps what it signs."""

    def __init__(self, database: Database, signer: Signer, witnesses: Sequence[Vidne]) -> None:
        """Prepare; nothing is asked yet.

        Raises:
            SignerError: a witness's public key or address is not in its form.
        """
        if not all(one.url.startswith(("https://", "http://")) for one in witnesses):
            raise SignerError("a witness's address begins with https:// or http://")
        self._asked = [_Asked(database, signer, witness) for witness in witnesses]
        self._stopping = asyncio.Event()

    async def check(self) -> None:
        """Compare the log with what every witness has cosigned. Call it between the sequencer's `start` and `run`.

        A witness that does not answer is passed over: the crossing does not wait for others' laptops.

        Raises:
            SequencerError: a witness has cosigned a larger log, or another history.
        """
        async with _client() as http:
            await asyncio.gather(*(self._tried_briefly(asked, http) for asked in self._asked))

    async def run(self) -> None:
        """Have each new checkpoint cosigned, until `stop`.

        Raises:
            SequencerError: see `check`. Nothing MUST cross any more until a person has looked.
        """
        try:
            async with _client() as http, asyncio.TaskGroup() as tasks:
                for asked in self._asked:
                    tasks.create_task(self._keep_asking(asked, http))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None

    def stop(self) -> None:
        """Let `run` end. Call it on the event loop's thread."""
        self._stopping.set()

    @staticmethod
    async def _tried_briefly(asked: "_Asked", http: httpx2.AsyncClient) -> None:
        try:
            async with asyncio.timeout(START_SECONDS):
                await _tried(asked, http)
        except TimeoutError:
            log.warning("witness_not_waited_for", witness=asked.name)

    async def _keep_asking(self, asked: "_Asked", http: httpx2.AsyncClient) -> None:
        pause = PACE_SECONDS
        while not self._stopping.is_set():
            pause = PACE_SECONDS if await _tried(asked, http) else min(2 * pause, MAX_PAUSE_SECONDS)
            try:
                async with asyncio.timeout(pause):
                    await self._stopping.wait()
            except TimeoutError:
                continue


class _Asked:
    """One witness, and the size of the checkpoint that it has cosigned for this process."""

    def __init__(self, database: Database, signer: Signer, witness: Vidne) -> None:
        self._database = database
        self._signer = signer
        self._url = f"{witness.url.rstrip('/')}/add-checkpoint"
        self._key = WitnessKey.parse(witness.vkey)
        self._vkey = witness.vkey.strip()
        self._cosigned: int | None = None

    @property
    def name(self) -> str:
        """The name of the witness's key."""
        return self._key.name

    async def ask(self, http: httpx2.AsyncClient) -> None:
        """Have the newest checkpoint cosigned, unless it is.

        Raises:
            WitnessAway: there is no cosignature.
            SequencerError: the witness has cosigned a larger log, or another history.
            DatabaseUnavailable, DatabaseConflict: the log could not be read, or the cosignature not be kept.
        """
        signed, held = await self._database.look(self._newest)
        if signed.size == self._cosigned:
            return
        for _ in range(2):  # the second time from where the witness says that it is
            status, answer = await self._post(http, signed, held)
            if status != CONFLICT:
                break
            held = await self._held(answer, signed, held)
        if status == INCONSISTENT:
            raise SequencerError(f"{self.name} finds that the log does not begin with what it has cosigned of it")
        line = cosignature_in(answer, body_of(signed.note), self._key) if status == OK else None
        if line is None:
            raise WitnessAway(f"it answered {status} without a cosignature that is its own")
        await self._keep(signed, line)

    def _newest(self, connection: Connection) -> tuple[Checkpoint, int]:
        """Return the newest checkpoint, and how far the witness has come as far as we know.

        Of a log without any checkpoint it is that of the empty tree: the witness may know better.
        """
        newest = store.latest_checkpoint(connection)
        if newest is None:
            return Checkpoint(0, EMPTY_ROOT, sign_checkpoint(self._signer.name, 0, EMPTY_ROOT, self._signer)), 0
        return newest, min(newest.size, store.witnessed_size(connection, self._vkey))

    async def _post(self, http: httpx2.AsyncClient, signed: Checkpoint, held: int) -> tuple[int, str]:
        proof = await self._database.look(lambda connection: consistency(connection, held, signed.size))
        lines = "".join(f"{b64encode(one).decode()}\n" for one in proof)
        request = f"old {held}\n{lines}\n{signed.note}".encode()
        answer = bytearray()
        try:
            async with http.stream("POST", self._url, content=request) as response:
                async for chunk in response.aiter_bytes():
                    answer += chunk
                    if len(answer) > MAX_ANSWER_BYTES:
                        raise WitnessAway("its answer does not end")
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise WitnessAway(f"no answer ({type(error).__name__})") from None
        return response.status_code, answer.decode(errors="replace")

    async def _held(self, answer: str, signed: Checkpoint, sent: int) -> int:
        """Return the size that the witness has cosigned, by its answer 409 to an old size of `sent`."""
        text = answer.removesuffix("\n")
        told = text.isascii() and text.isdigit() and len(text) < 19  # noqa: PLR2004 - digits of any honest size
        if (told and int(text) == sent) or (not told and sent == signed.size):  # then it can be about the root alone
            raise SequencerError(f"{self.name} has cosigned another history of the log, of {sent} entries")
        if not told:
            raise WitnessAway("it answered 409 without the size that it has cosigned")
        held = int(text)
        newest, _ = await self._database.look(self._newest)  # another gateway may have shown it a newer one
        if held > newest.size:
            raise SequencerError(f"{self.name} has cosigned {held} entries; this log has {newest.size}")
        if held > signed.size:
            raise WitnessAway("it has just cosigned a newer checkpoint")
        if held < sent:  # it could now be shown a second history: it should be given a new key
            log.warning("witness_has_forgotten", witness=self.name, cosigned=sent, says=held)
        return held

    async def _keep(self, signed: Checkpoint, line: str) -> None:
        def keep(connection: Connection) -> None:
            if store.checkpoint_of(connection, signed.size):
                store.save_cosignature(connection, signed.size, self._vkey, line)

        await self._database.run(keep)
        self._cosigned = signed.size


async def _tried(asked: _Asked, http: httpx2.AsyncClient) -> bool:
    try:
        await asked.ask(http)
    except (WitnessAway, DatabaseUnavailable, DatabaseConflict) as error:
        log.warning("witness_did_not_cosign", witness=asked.name, reason=str(error))
        return False
    return True


def _client() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False)
