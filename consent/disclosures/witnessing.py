"""Running a witness: what it has seen in a file, and an ASGI application that answers as c2sp.org/tlog-witness says."""

import contextlib
import fcntl
import json
import os
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TextIO

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from consent.disclosures.checkpoints import COSIGNATURE, Signer, generate, load
from consent.disclosures.cosignatures import cosign
from consent.disclosures.errors import WitnessError
from consent.disclosures.merkle import VerificationError
from consent.disclosures.verify.notes import Key, parse_key
from consent.disclosures.witness import MAX_REQUEST_BYTES, Refused, Seen, judge
from consent.private_files import sync_folder

SIZE_TYPE = "text/x.tlog.size"
"""The media type of the answer that says how far the witness has come."""

log = structlog.get_logger(__name__)


class Memory:
    """What a witness has cosigned, in one file that is written whole; one process at a time may hold it."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            WitnessError: it is missing or not what a witness wrote, or another witness holds it.
        """
        self._path = path
        self._held = _hold(path)
        try:
            found = json.loads(path.read_text("utf-8"))
            self.seen = {
                origin: Seen(one["size"], b64decode(one["root"], validate=True), one["note"])
                for origin, one in found.items()
            }
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            self.close()
            raise WitnessError(
                "what the witness has seen cannot be read; a witness that has forgotten must be given a new key"
            ) from None

    @staticmethod
    def begin(path: Path) -> None:
        """Write the memory of a witness that has seen nothing.

        Raises:
            WitnessError: it cannot be written.
        """
        _write(path, {})

    def remember(self, origin: str, seen: Seen) -> None:
        """Note what is about to be cosigned. When this returns, it survives a power cut.

        Raises:
            WitnessError: it may not; nothing may be cosigned.
        """
        _write(self._path, self.seen | {origin: seen})
        self.seen[origin] = seen

    def close(self) -> None:
        """Let another process have it."""
        self._held.close()


class Witness:
    """Cosigns what goes on from what it has seen, one request at a time."""

    def __init__(
        self, signer: Signer, logs: Sequence[Key], memory: Memory, now: Callable[[], float] = time.time
    ) -> None:
        self._signer = signer
        self._logs = {key.name: [one for one in logs if one.name == key.name] for key in logs}
        self._memory = memory
        self._now = now
        self._one_at_a_time = Lock()

    def add_checkpoint(self, request: bytes) -> str | Refused:
        """Return the cosignature line, or why there is none.

        Raises:
            WitnessError: what was seen could not be made durable.
        """
        with self._one_at_a_time:
            judged = judge(request, self._logs, self._memory.seen)
            if isinstance(judged, Refused):
                if judged.signed:  # a log that signs what it cannot prove may be showing two histories
                    log.warning(
                        "checkpoint_refused", status=judged.status, reason=judged.reason, request=request.decode()
                    )
                return judged
            line = cosign(judged.body, int(self._now()), self._signer)
            self._memory.remember(judged.origin, Seen(judged.size, judged.root, judged.note + line))
            return line

    def checkpoint(self, origin_hash: str) -> str | None:
        """Return the largest checkpoint that was cosigned of the log whose origin has this SHA-256, in hex."""
        found = (
            one.note for origin, one in self._memory.seen.items() if sha256(origin.encode()).hexdigest() == origin_hash
        )
        return next(found, None)

    def close(self) -> None:
        """Let another process be this witness."""
        self._memory.close()


def open_witness(key: Path, name: str, logs: Sequence[str]) -> tuple[Signer, Witness]:
    """Open the witness whose key lies in the file `key`, and what it has seen beside it in `<key>.seen`.

    Where there is neither, both are made, the key under `name`.

    Raises:
        SignerError: the key cannot be read or made.
        WitnessError: the key is there and what it has seen is not; or another process holds it; or a log's public key
            is not in its form.
    """
    try:
        watched = [parse_key(vkey.strip()) for vkey in logs]
    except VerificationError as error:
        raise WitnessError(f"a log's public key: {error}") from None
    seen = key.with_name(f"{key.name}.seen")
    if not key.exists() and not seen.exists():
        Memory.begin(seen)  # first: a key without it would be taken for one that has forgotten
    signer = load(key, COSIGNATURE) if key.exists() else generate(key, name, COSIGNATURE)
    return signer, Witness(signer, watched, Memory(seen))


def application(witness: Witness) -> Starlette:
    """Return the ASGI application of a witness."""

    async def add_checkpoint(request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return PlainTextResponse("the request is too large\n", 413)
        try:
            answer = await run_in_threadpool(witness.add_checkpoint, body)
        except WitnessError as error:
            log.error("witness_failed", reason=str(error))  # noqa: TRY400 - the reason says it all
            return PlainTextResponse("the witness cannot write what it has seen\n", 500)
        if not isinstance(answer, Refused):
            return PlainTextResponse(answer)
        if answer.size is not None:
            return Response(f"{answer.size}\n", answer.status, media_type=SIZE_TYPE)
        return PlainTextResponse(f"{answer.reason}\n", answer.status)

    async def checkpoint(request: Request) -> Response:
        found = witness.checkpoint(str(request.path_params["origin_hash"]))
        return (
            PlainTextResponse("nothing was cosigned of such a log\n", 404)
            if found is None
            else PlainTextResponse(found)
        )

    routes = [
        Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
        Route("/{origin_hash}/checkpoint", checkpoint, methods=["GET"]),
    ]
    return Starlette(routes=routes)


async def _body(request: Request) -> bytes | None:
    body = bytearray()
    with contextlib.suppress(ClientDisconnect):
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_REQUEST_BYTES:
                return None
    return bytes(body)


def _hold(path: Path) -> TextIO:
    """Take the lock of a memory: two processes that each remembered would cosign two histories."""
    try:
        held = path.with_name(f"{path.name}.lock").open("w")
    except OSError as error:
        raise WitnessError(f"the folder of the key cannot be written ({error.strerror})") from None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        held.close()
        raise WitnessError("another process runs this witness") from None
    return held


def _write(path: Path, seen: dict[str, Seen]) -> None:
    content = {
        origin: {"size": one.size, "root": b64encode(one.root).decode(), "note": one.note}
        for origin, one in seen.items()
    }
    draft = path.with_name(f".{path.name}.new")
    try:
        with draft.open("w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise WitnessError(f"what the witness has seen cannot be written ({error.strerror})") from error
