"""How a route changes a citizen's file: in one transaction with what follows from it, and once per idempotency key."""

import time
from collections.abc import Callable

from fastapi import Request
from fastapi.responses import JSONResponse
from sqlalchemy import Connection

from consent.answered import AnswerBook, Answered
from gateway.errors import GatewayRefused
from gateway.problems import PROBLEM
from gateway.process import Tvaers

HEADER = "Idempotency-Key"
MAX_KEY = 255

Work = Callable[[Connection], Answered]
"""Changes something in the transaction it is given, and says what is answered."""


async def change(request: Request, tvaers: Tvaers, by: str, work: Work, body: bytes | None = None) -> JSONResponse:
    """Do `work` once, and carry out what follows from it before answering.

    With an Idempotency-Key the answer is kept in the same transaction: the same request again gets it again, and what
    followed is seen to once more, in case the first call did not come so far.

    Raises:
        ConsentRefused: `work` refuses, or the key was used for another request.
        BusUnavailable, BusRefused, DatabaseUnavailable: as `Redecision.carry_out`.
    """
    key = _key(request)
    asked = f"{request.method} {request.url.path}\n".encode() + (await request.body() if body is None else body)
    book = AnswerBook(tvaers.records.keys)

    def once(connection: Connection) -> Answered:
        known = book.recall(connection, by, key, asked) if key else None
        if known is not None:
            return known
        answer = work(connection)
        if key:
            book.keep(connection, by, key, asked, answer)
        return answer

    began = time.monotonic()
    answer = await tvaers.records.database.run(once)
    tvaers.sequencer.soon()
    if answer.borger_id is not None:
        await tvaers.redecision.carry_out(began)
    failed = answer.status >= 400  # noqa: PLR2004 - HTTP: from 400 on it is an error
    return JSONResponse(answer.body, answer.status, media_type=PROBLEM if failed else None)


def _key(request: Request) -> str | None:
    key = request.headers.get(HEADER)
    if key is not None and not (0 < len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
        raise GatewayRefused(400, "idempotensnoegle", f"1 to {MAX_KEY} visible ASCII characters", HEADER)
    return key
