"""Close and open the columns that hold personal data: AES-256-GCM under a citizen's key.

The context (table, row) is authenticated with the content, so that a box moved to another row does not open.
"""

import os
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class Secret(Protocol):
    """A key as the key store hands it out."""

    @property
    def key_id(self) -> str:
        """Names the key in the row that it seals."""

    @property
    def secret(self) -> bytes:
        """32 random bytes."""


class BoxUnopened(Exception):  # noqa: N818 - what happened, not whose error it is
    """The sealed column does not open with this key in this place."""


def close_box(key: Secret, content: bytes, context: str) -> bytes:
    """Return nonce and ciphertext of `content`, bound to `context`."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key.secret).encrypt(nonce, content, context.encode())


def open_box(key: Secret, box: bytes, context: str) -> bytes:
    """Return what `close_box` closed.

    Raises:
        BoxUnopened: wrong key, other context, or changed bytes.
    """
    try:
        return AESGCM(key.secret).decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], context.encode())
    except (InvalidTag, ValueError) as error:
        raise BoxUnopened(f"the sealed column {context.split(':', maxsplit=1)[0]} does not open") from error
