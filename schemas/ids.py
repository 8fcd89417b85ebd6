"""Event ids that are the same whenever the same message comes again."""

import hashlib
import hmac
from uuid import UUID, uuid5

_NAMESPACE = UUID("6d6d9f5c-3c0a-5b7e-9a53-0f4a3d7a1e10")


def event_id(source: str, native_id: str, place: int = 0, *, key: bytes) -> str:
    """Return the UUIDv5 (RFC 9562) of sender, native message id and the event's place in the message (from 0).

    Keyed: a native id may hold a CPR number, which the event id must not let anybody guess at; and nobody can take the
    id of another's message before it comes.
    """
    named = hmac.new(key, f"{source}\n{native_id}\n{place}".encode(), hashlib.sha256).hexdigest()
    return str(uuid5(_NAMESPACE, named))


def content_id(content: bytes, key: bytes) -> str:
    """Return a native id for a message that has none: HMAC-SHA-256, keyed because its content is guessable."""
    return "indhold:" + hmac.new(key, content, hashlib.sha256).hexdigest()
