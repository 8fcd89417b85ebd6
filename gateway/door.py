"""The door of HTTP: who has no token is told so before a byte of a body is read, and no body is endless."""

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.intake import MAX_BODY_BYTES
from gateway.problems import problem

PUBLIC = (
    "/log/",
    "/health/",
    "/metrics",
    "/docs",
    "/openapi.json",
    "/asyncapi.json",
    "/sprog.json",
    "/skemaer/",
    "/eksempler/",
)
"""What anyone may ask."""

SIGNED = ("/v1/samtykker", "/v1/samtykker/papir")
"""Where signed documents are handed in."""

MAX_SMALL_BODY_BYTES = 64 * 1024
"""For everything that is neither a native message nor a signed document."""

BODY_SECONDS = 60.0
"""How long a sender may take over a body; after that it would only hold up others, and an orderly stop."""


class Door:
    """An ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, holder: Callable[[str], str | None]) -> None:
        self._app = app
        self._holder = holder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it at the door."""
        if scope["type"] != "http" or str(scope["path"]).startswith(PUBLIC):
            await self._app(scope, receive, send)
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        if scheme.lower() != "bearer" or self._holder(token.strip()) is None:
            reason = "present a token of <data>/tokens as `Authorization: Bearer ...`"
            await problem(401, "ukendt_token", reason)(scope, receive, send)
            return
        large = str(scope["path"]).startswith("/v1/intake/") or scope["path"] in SIGNED
        limit = MAX_BODY_BYTES if large else MAX_SMALL_BODY_BYTES
        if headers.get(b"content-length", b"0").isdigit() and int(headers.get(b"content-length", b"0")) > limit:
            await problem(413, "for_stor", f"a body may have {limit} bytes", "the whole message")(scope, receive, send)
            return
        await self._app(scope, _bounded(receive, limit), send)


def _bounded(receive: Receive, limit: int) -> Receive:
    """Cut a body off that is longer than it may be, or does not come: the application sees a sender that went away."""
    taken = 0
    deadline = asyncio.get_running_loop().time() + BODY_SECONDS
    more = True

    async def bounded() -> Message:
        nonlocal taken, more
        if not more:
            return await receive()
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
        except TimeoutError:
            return {"type": "http.disconnect"}
        taken += len(message.get("body", b""))
        more = bool(message.get("more_body", False))
        return {"type": "http.disconnect"} if taken > limit + 1 else message

    return bounded
