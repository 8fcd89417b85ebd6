"""Where the journal lies outside the database: a stream of its own and, if configured, a file.

Both also keep the newest checkpoint of the disclosure log, which replaces the one before it.
"""

import asyncio
import json
import os
import secrets
from base64 import b64decode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import nats.errors
from nats.aio.client import Client

from consent.journal import BEGINNING, JournalError, Post
from consent.private_files import sync_folder, write_once
from gateway.bus.api import API_TIMEOUT, call
from gateway.bus.errors import BusRefused, BusUnavailable

Result = TypeVar("Result")

_NO_MESSAGE = 10037
_WRONG_LAST = 10071
"""JetStream's code for a subject that holds something already, where nothing was expected."""

_CHECKPOINT = "journal.checkpoint"


class JournalAway(BusUnavailable):
    """The journal's file cannot be read or written now."""


class Taken(JournalError):  # noqa: N818 - what was found
    """The place has another entry under this number."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What lies at a place: the newest entry's number and hash, and whether all entries before it do as well."""

    nummer: int
    hash: str
    whole: bool


class Place(Protocol):
    """Keeps the journal. Everything raises BusUnavailable where the place does not answer, BusRefused where it may not.

    `name` stands in the database and in what people are told.
    """

    name: str

    async def look(self) -> Outside:
        """Return how far the place has come; it is looked at before anything is added."""

    async def entry(self, nummer: int) -> Post | None:
        """Return an entry, or None where the place has none of that number."""

    async def add(self, posts: Sequence[Post]) -> None:
        """Write entries after those that are there; durable when this returns. Those there already are left.

        Raises:
            Taken: another entry has one of the numbers.
        """

    async def write_anew(self, posts: Sequence[Post]) -> None:
        """Write all entries from the first, whatever is there."""

    async def checkpoint(self) -> str | None:
        """Return the checkpoint that is kept, a signed note, or None."""

    async def keep_checkpoint(self, note: str) -> None:
        """Keep a checkpoint instead of the one before."""


class StreamPlace:
    """The stream JOURNAL: a subject for each entry, which is written once."""

    name = "JOURNAL"

    def __init__(self, nc: Client) -> None:
        self._nc = nc

    async def look(self) -> Outside:
        """Return how far the stream has come."""
        content = await self._last("journal.entry.*")
        if content is None:
            return Outside(0, BEGINNING, whole=True)
        newest = Post.read(content)
        state = (await call(self._nc, "STREAM.INFO.JOURNAL"))["state"]
        others = 1 if await self.checkpoint() is not None else 0
        return Outside(newest.nummer, newest.hash, whole=int(state["messages"]) - others == newest.nummer)

    async def entry(self, nummer: int) -> Post | None:
        """Return an entry."""
        content = await self._last(_subject(nummer))
        return None if content is None else Post.read(content)

    async def add(self, posts: Sequence[Post]) -> None:
        """Publish entries, each where its subject is empty."""
        for post in posts:
            answer = await self._publish(
                _subject(post.nummer), post.content, {"Nats-Expected-Last-Subject-Sequence": "0"}
            )
            if answer != _WRONG_LAST:
                _require(answer)
                continue
            there = await self.entry(post.nummer)
            if there is None or there.hash != post.hash:
                raise Taken(f"the stream JOURNAL has another entry {post.nummer}")

    async def write_anew(self, posts: Sequence[Post]) -> None:
        """Publish entries, each in place of what its subject holds."""
        for post in posts:
            _require(await self._publish(_subject(post.nummer), post.content, {}))

    async def checkpoint(self) -> str | None:
        """Return the checkpoint that is kept."""
        return await self._last(_CHECKPOINT)

    async def keep_checkpoint(self, note: str) -> None:
        """Publish a checkpoint."""
        _require(await self._publish(_CHECKPOINT, note, {}))

    async def _last(self, subject: str) -> str | None:
        try:
            answer = await call(self._nc, "STREAM.MSG.GET.JOURNAL", {"last_by_subj": subject})
        except BusRefused as refusal:
            if refusal.err_code != _NO_MESSAGE:
                raise
            return None
        return b64decode(answer["message"].get("data", "")).decode("utf-8", "replace")

    async def _publish(self, subject: str, content: str, headers: dict[str, str]) -> int:
        """Return 0 when it is durable, or JetStream's code of why it is not."""
        try:
            reply = await self._nc.request(subject, content.encode(), timeout=API_TIMEOUT, headers=headers or None)
            answer: dict[str, Any] = json.loads(reply.data)
        except (nats.errors.Error, ValueError) as error:
            raise BusUnavailable(f"the stream JOURNAL did not answer: {type(error).__name__}") from None
        return int(answer["error"]["err_code"]) if "error" in answer else 0


class FilePlace:
    """A file of mode 0600 with a line for each entry, synced line by line; its checkpoint lies beside it."""

    name = "fil"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._checkpoint = path.with_name(f"{path.name}.checkpoint")

    async def look(self) -> Outside:
        """Read the whole file and check its chain; a last line that a crash cut off does not count."""
        posts, whole = await self._run(self._read)
        newest = posts[-1] if posts else None
        return Outside(newest.nummer, newest.hash, whole) if newest else Outside(0, BEGINNING, whole)

    async def entry(self, nummer: int) -> Post | None:
        """Return an entry."""
        posts, _ = await self._run(self._read)
        return posts[nummer - 1] if 0 < nummer <= len(posts) else None

    async def add(self, posts: Sequence[Post]) -> None:
        """Append entries."""
        await self._run(lambda: self._add(posts))

    async def write_anew(self, posts: Sequence[Post]) -> None:
        """Write the file anew, whole."""
        await self._run(lambda: _replace(self._path, "".join(f"{one.content}\n" for one in posts)))

    async def checkpoint(self) -> str | None:
        """Return the checkpoint that is kept."""
        return await self._run(lambda: self._checkpoint.read_text("utf-8") if self._checkpoint.exists() else None)

    async def keep_checkpoint(self, note: str) -> None:
        """Write a checkpoint."""
        await self._run(lambda: _replace(self._checkpoint, note))

    def _read(self) -> tuple[list[Post], bool]:
        """Return the entries up to the first that does not follow from the one before, and whether that is all."""
        if not self._path.exists():
            return [], True
        posts: list[Post] = []
        before = BEGINNING
        for line in self._path.read_text("utf-8", "replace").split("\n")[:-1]:
            try:
                post = Post.read(line)
            except JournalError:
                return posts, False
            if (post.nummer, post.forrige) != (len(posts) + 1, before):
                return posts, False
            posts.append(post)
            before = post.hash
        return posts, True

    def _add(self, posts: Sequence[Post]) -> None:
        there, whole = self._read()
        for post in posts:
            if post.nummer <= len(there) and there[post.nummer - 1].hash != post.hash:
                raise Taken(f"the journal's file has another entry {post.nummer}")
        new = [post for post in posts if post.nummer > len(there)]
        before = there[-1].hash if there else BEGINNING
        if not new:
            return
        if not whole or new[0].forrige != before:
            raise Taken(f"the journal's file does not end with the entry before {new[0].nummer}")
        known = "".join(f"{one.content}\n" for one in there)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.truncate(len(known.encode()))  # a line that a crash cut off
            file.seek(0, os.SEEK_END)
            file.write("".join(f"{one.content}\n" for one in new).encode())
            file.flush()
            os.fsync(file.fileno())
        if not there:
            sync_folder(self._path.parent)

    async def _run(self, work: Callable[[], Result]) -> Result:
        try:
            return await asyncio.to_thread(work)
        except OSError as error:
            raise JournalAway(f"the journal's file cannot be used ({error.strerror})") from None


def _replace(path: Path, content: str) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    write_once(draft, content.encode())
    draft.replace(path)
    sync_folder(path.parent)


def _require(err_code: int) -> None:
    if err_code:
        raise BusRefused("the stream JOURNAL does not take the entry", err_code)


def _subject(nummer: int) -> str:
    return f"journal.entry.{nummer}"
