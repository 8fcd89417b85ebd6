"""The fetch loop: a batch is what has arrived, not what may still come (ADR 0003, STACK D.2)."""

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from gateway.bus.errors import BusUnavailable

EXPIRES = 30.0
"""Seconds a request for messages stays with the server."""
HEARTBEAT = 1.0
"""Seconds between the server's signs of life on an idle request; two missed mean that it has forgotten us."""
TICK = 0.1
"""Seconds after which an idle loop looks whether it must ask again: after a reconnect, or a refused request."""
RETRY_DELAY = 1.0
"""Seconds after which the messages of a batch whose handler failed are handed out again."""
KEEP_SECONDS = 1.5
"""How long a handler may take before the server is told that its messages are in hand; well below `ACK_WAIT`."""
MAX_ASK_BYTES = 64 * 2**20
"""Bytes one request may bring, several times the largest message: what is fetched ahead is held in memory."""
HEARTBEAT_STATUS, EXPIRED_STATUS = "100", "408"

Handler = Callable[[Sequence[Msg]], Awaitable[None]]


class Puller:
    """Pulls from one durable consumer over an existing connection, whose inbox prefix it uses.

    The handler gets 1 to `batch` nats messages, untouched, and acknowledges each itself; up to as many again are
    fetched ahead while it works. When it raises, `on_error` gets the exception and what it has not acknowledged comes
    again after `RETRY_DELAY`; the loop goes on.
    """

    def __init__(
        self, nc: Client, stream: str, durable: str, *, batch: int = 250, on_error: Callable[[Exception], None]
    ) -> None:
        self._nc, self._size, self._on_error = nc, batch, on_error
        self._next = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        self._inbox = nc.new_inbox()
        self._have: deque[Msg] = deque()
        self._wake, self._ended = asyncio.Event(), asyncio.Event()
        self._asked, self._heard, self._life = 0, 0.0, -1
        self._subscription: Subscription | None = None
        self._stopping = False
        self._ended.set()

    async def run(self, handler: Handler) -> None:
        """Hand batches to `handler` until `stop`; lost connections are waited for.

        Raises:
            BusUnavailable: the connection was closed under the loop.
        """
        self._ended.clear()
        try:
            self._subscription = await self._nc.subscribe(self._inbox, cb=self._arrived)
            while not self._stopping:
                await self._ask()
                if self._have:
                    await self._handle(handler)
                    continue
                self._wake.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), TICK)
        except nats.errors.Error as error:
            raise BusUnavailable(f"the fetch loop ended: {type(error).__name__}") from None
        finally:
            try:
                await self._give_back()
            finally:
                self._ended.set()

    async def stop(self) -> None:
        """End `run`: what was fetched ahead goes back at once, the batch in hand is finished first."""
        self._stopping = True
        self._wake.set()
        await self._give_back()
        await self._ended.wait()

    async def _arrived(self, msg: Msg) -> None:
        self._heard = asyncio.get_running_loop().time()
        if msg.reply:
            self._asked -= 1
            self._have.append(msg)
            self._wake.set()
            return
        headers = msg.headers or {}
        if (status := headers.get("Status", HEARTBEAT_STATUS)) != HEARTBEAT_STATUS:
            # The request is over: expired, or refused (409, 503), which the tick asks again, not at once.
            left = headers.get("Nats-Pending-Messages")
            self._asked = max(0, self._asked - int(left)) if left else 0
            if status == EXPIRED_STATUS:
                self._wake.set()

    async def _ask(self) -> None:
        if self._nc.is_closed:
            raise nats.errors.ConnectionClosedError
        life, now = self._nc.stats["reconnects"], asyncio.get_running_loop().time()
        if life != self._life or now - self._heard > 2 * HEARTBEAT:
            self._asked, self._heard, self._life = 0, now, life
        ahead = self._asked + len(self._have)
        if ahead > self._size or not self._nc.is_connected:
            return
        ask = 2 * self._size - ahead
        body = {
            "batch": ask,
            "max_bytes": MAX_ASK_BYTES,
            "expires": int(EXPIRES * 1e9),
            "idle_heartbeat": int(HEARTBEAT * 1e9),
        }
        with contextlib.suppress(nats.errors.OutboundBufferLimitError):
            await self._nc.publish(self._next, json.dumps(body).encode(), self._inbox)
            self._asked += ask

    async def _handle(self, handler: Handler) -> None:
        batch = [self._have.popleft() for _ in range(min(len(self._have), self._size))]
        keeping = asyncio.create_task(self._keep(batch))
        try:
            await handler(batch)
        except asyncio.CancelledError:
            await self._refuse(batch, 0)
            raise
        except Exception as error:  # noqa: BLE001 - handed on; one bad batch must not end the loop
            await self._refuse(batch, RETRY_DELAY)
            self._on_error(error)
        finally:
            keeping.cancel()

    async def _keep(self, batch: Sequence[Msg]) -> None:
        """Keep the server from handing out again what a slow handler, or the queue behind it, still holds."""
        while True:
            await asyncio.sleep(KEEP_SECONDS)
            for msg in (*batch, *self._have):
                if not msg.is_acked:
                    with contextlib.suppress(nats.errors.Error):
                        await msg.in_progress()

    async def _refuse(self, batch: Sequence[Msg], delay: float) -> None:
        """Have the unacknowledged messages handed out again; where the server is gone it does so by itself."""
        for msg in batch:
            if not msg.is_acked:
                with contextlib.suppress(nats.errors.Error):
                    await msg.nak(delay)

    async def _give_back(self) -> None:
        subscription, self._subscription = self._subscription, None
        if subscription is None:
            return
        with contextlib.suppress(nats.errors.Error, TimeoutError):
            # UNSUB and a round trip: what is on the wire still arrives, and goes back too. nats-py lets its PING
            # overtake the UNSUB, so a message sent in that instant comes again only after ack_wait.
            await subscription.drain()  # type: ignore[no-untyped-call]  # nats-py left it out
        ahead, self._have = list(self._have), deque()
        await self._refuse(ahead, 0)
        with contextlib.suppress(nats.errors.Error):
            await self._nc.flush()
