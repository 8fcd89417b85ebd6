"""One entry of the disclosure log: the leaf that anyone may see, and the box that only the citizen's key opens.

The leaf is canonical JSON (RFC 8785). A sealed field stands in it as a commitment only:

    SHA-256( TAG || len(salt) salt || len(name) name || len(value) value )      lengths as 4 bytes, big-endian

with 16 random bytes of salt per field, so that even a field with few possible values cannot be guessed. Salts and
values together are the box: a 12 byte nonce and the AES-256-GCM ciphertext of a JSON object {name: [salt, value]},
with the leaf's RFC 6962 hash as associated data, so that a box opens with its own leaf alone. When the key is gone
nothing opens any more and the leaf, and every proof over it, is what it was.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal, get_args

import rfc8785
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consent.disclosures.errors import EntryError, SealError
from consent.disclosures.keys import Key
from consent.disclosures.merkle import leaf_hash

VERSION = 1
TAG = b"tvaers/oplysning/commitment/v1\x00"
SALT_BYTES = 16
NONCE_BYTES = 12
MAX_LEAF_BYTES = 2**16 - 1
"""No honest entry comes near it; the verifier refuses lines far above it."""

Art = Literal["afgoerelse", "tilstand", "samtykke", "opslag", "drift"]
"""A decision for one recipient, a delivery's later state, a consent registered or withdrawn, a look-up, operations."""

SEALED = (
    "borger",
    "sag",
    "formaal",
    "bruger",
    "rolle",
    "begrundelse",
    "ansvarlig",
    "indhold",
    "samtykkedokument",
)
"""The fields that may say something about a person, in the order of `Entry`."""

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_SAFE_INTEGER = 2**53 - 1
_write = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is recorded. The fields from `borger` on are sealed; None leaves a sealed field out.

    `tid` is what `consent.database.instant` wrote; `politik`, `register` and `skema` are versions; `tilladt` gives the
    ground and `tilbageholdt` the reason code per category; `bemaerkning` is an open code such as a dead letter's reason
    and MUST NOT say anything about a person; `indhold` and `samtykkedokument` are keyed hashes.

    Raises:
        EntryError: an unknown `art`, a `tid` of another form, or a value that RFC 8785 cannot write alike everywhere.
    """

    art: Art
    tid: str
    tilstand: str
    politik: str
    register: str
    skema: str
    haendelse: str | None = None
    type: str | None = None
    fra: str | None = None
    til: str | None = None
    forsoeg: int | None = None
    tilladt: Mapping[str, Any] = field(default_factory=dict)
    tilbageholdt: Mapping[str, str] = field(default_factory=dict)
    bemaerkning: str | None = None
    borger: str | None = None
    sag: str | None = None
    formaal: str | None = None
    bruger: str | None = None
    rolle: str | None = None
    begrundelse: str | None = None
    ansvarlig: str | None = None
    indhold: str | None = None
    samtykkedokument: str | None = None

    def __post_init__(self) -> None:
        if self.art not in get_args(Art):
            raise EntryError("art: not a kind of entry that the log knows")
        if not _INSTANT.fullmatch(self.tid):
            raise EntryError("tid: not an instant in UTC with microseconds")
        if not _exact([self.tilladt, self.tilbageholdt]):
            raise EntryError("tilladt or tilbageholdt: holds other than texts, whole numbers, lists and objects")


@dataclass(frozen=True, slots=True)
class Sealed:
    """An entry ready for the store: its leaf (bytes of JSON), the leaf's hash, the box, and the id of the box's key."""

    entry: Entry
    leaf: bytes
    leaf_hash: bytes
    box: bytes
    key_id: str


def seal(entry: Entry, key: Key) -> Sealed:
    """Write the leaf of `entry` and lock what is personal in it under `key`.

    Raises:
        EntryError: a text is not Unicode, or the leaf would be larger than MAX_LEAF_BYTES.
    """
    secrets = {name: (os.urandom(SALT_BYTES), value) for name in SEALED if (value := getattr(entry, name)) is not None}
    try:
        commitments = {name: commitment(name, salt, value) for name, (salt, value) in secrets.items()}
        leaf = _canonical(_open_fields(entry) | {"forseglet": commitments})
    except (ValueError, TypeError) as error:
        raise EntryError(f"the entry cannot be written as canonical JSON ({type(error).__name__})") from None
    if len(leaf) > MAX_LEAF_BYTES:
        raise EntryError(f"the leaf has {len(leaf)} bytes; at most {MAX_LEAF_BYTES} are allowed")
    hashed = leaf_hash(leaf)
    inside = json.dumps({name: (salt.hex(), value) for name, (salt, value) in secrets.items()}).encode()
    nonce = os.urandom(NONCE_BYTES)
    return Sealed(entry, leaf, hashed, nonce + AESGCM(key.secret).encrypt(nonce, inside, hashed), key.key_id)


def unseal(leaf: bytes, box: bytes, key: Key) -> dict[str, str]:
    """Return the sealed fields of an entry, each proven against its commitment in the leaf.

    Raises:
        SealError: the key is not the box's, the box not the leaf's, or a field not the one that was committed to.
    """
    try:
        inside = AESGCM(key.secret).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], leaf_hash(leaf))
        secrets = {name: (bytes.fromhex(salt), value) for name, (salt, value) in json.loads(inside).items()}
        found = {name: commitment(name, salt, value) for name, (salt, value) in secrets.items()}
        promised = json.loads(leaf)["forseglet"]
    except InvalidTag:
        raise SealError("the box does not open: another key, another leaf, or changed bytes") from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise SealError(f"leaf or box is not in the form of version {VERSION} ({type(error).__name__})") from None
    if found != promised:
        raise SealError("what the box holds is not what the leaf committed to")
    return {name: value for name, (_, value) in secrets.items()}


def commitment(name: str, salt: bytes, value: str) -> str:
    """Return the commitment to a sealed field in hex; the module's docstring gives the form."""
    digest = sha256(TAG)
    for part in (salt, name.encode(), value.encode()):
        digest.update(len(part).to_bytes(4, "big") + part)
    return digest.hexdigest()


def _open_fields(entry: Entry) -> dict[str, object]:
    return {
        "v": VERSION,
        "art": entry.art,
        "tid": entry.tid,
        "haendelse": entry.haendelse,
        "type": entry.type,
        "fra": entry.fra,
        "til": entry.til,
        "forsoeg": entry.forsoeg,
        "tilladt": dict(entry.tilladt),
        "tilbageholdt": dict(entry.tilbageholdt),
        "tilstand": entry.tilstand,
        "politik": entry.politik,
        "register": entry.register,
        "skema": entry.skema,
        "bemaerkning": entry.bemaerkning,
    }


def _canonical(value: dict[str, Any]) -> bytes:
    """Write RFC 8785.

    The standard library is five times as quick and differs from it only in fractions, which `_exact` keeps out, and in
    the order of keys beyond ASCII.
    """
    written = _write(value)
    return written.encode() if written.isascii() else rfc8785.dumps(value)


def _exact(value: object) -> bool:
    """Whether RFC 8785 and every JSON reader agree on this value."""
    if isinstance(value, Mapping):
        return all(isinstance(name, str) and _exact(inner) for name, inner in value.items())
    if isinstance(value, list | tuple):
        return all(map(_exact, value))
    if isinstance(value, int):
        return abs(value) <= _SAFE_INTEGER
    return value is None or isinstance(value, str)
