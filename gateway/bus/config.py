"""The nats-server configuration, rendered: accounts, permissions, limits (STACK B.1 and D.5). Pure.

The streams live in the account BUS. Every party has an account of its own and reaches the bus through service imports
alone, because the server does not check reply subjects: inside one account a party could have its acknowledgement
delivered into a neighbour's mail.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.bus.identities import SERVICES, party_id

JS_KEY_VARIABLE = "TVAERS_JS_KEY"
"""The environment variable with the key of the store; it stands in no file of the server and no argument."""

PREFIX = "BUS.API"
"""What a party says in place of `$JS.API`."""

MAX_PAYLOAD = "8MB"

_PUBLISH: Mapping[str, Sequence[str]] = {
    "gateway": (
        "delivery.>",
        "receipt.*",
        "dead.>",
        "journal.>",
        "$JS.API.CONSUMER.MSG.NEXT.*.gateway",
        "$JS.ACK.*.gateway.>",
        "$JS.API.CONSUMER.MSG.NEXT.*.ledger",
        "$JS.ACK.*.ledger.>",
        "$JS.API.STREAM.INFO.*",
        "$JS.API.CONSUMER.INFO.*.*",
        "$JS.API.STREAM.MSG.GET.DELIVERY",
        "$JS.API.STREAM.MSG.GET.DEAD",
        "$JS.API.STREAM.MSG.GET.JOURNAL",
    ),
    "recall": (
        "$JS.API.STREAM.MSG.DELETE.DELIVERY",
        "$JS.API.CONSUMER.PAUSE.DELIVERY.*",
        "$JS.API.CONSUMER.INFO.DELIVERY.*",
    ),
    "intake": ("sent.>",),
    "ops": ("$JS.API.INFO", "$JS.API.STREAM.>", "$JS.API.CONSUMER.>"),
    "watch": (
        "$JS.API.INFO",
        "$JS.API.STREAM.INFO.*",
        "$JS.API.STREAM.LIST",
        "$JS.API.STREAM.NAMES",
        "$JS.API.CONSUMER.INFO.*.*",
        "$JS.API.CONSUMER.LIST.*",
        "$JS.API.CONSUMER.NAMES.*",
    ),
}

_DENY: Mapping[str, Sequence[str]] = {
    "ops": (
        "$JS.API.STREAM.MSG.>",
        "$JS.API.STREAM.PURGE.>",
        "$JS.API.STREAM.SNAPSHOT.>",
        "$JS.API.STREAM.RESTORE.>",
        "$JS.API.CONSUMER.MSG.NEXT.>",
    ),
}


@dataclass(frozen=True, slots=True)
class Ports:
    """The two ports of the server on 127.0.0.1: for clients, and for its HTTP monitoring."""

    client: int
    monitor: int


def inbox(name: str) -> str:
    """Return the private inbox prefix of an identity: a shared one lets a leaked credential read everyone's mail."""
    return f"_INBOX_{name}"


def account(party: str) -> str:
    """Return the account of `party`: injective, because a party id has no underscore and no capital."""
    return party_id(party).upper().replace("-", "_")


@dataclass(frozen=True, slots=True)
class Service:
    """A subject of BUS that one party may call, under the name it has in the party's account."""

    subject: str
    local: str
    many: bool = False
    """One request has many answers."""


def services(party: str) -> list[Service]:
    """Return everything `party` may call in BUS.

    The server answers `$JS.API.>` in every account, where JetStream is off with error 10039, and that answer races
    with the one of BUS. So questions go under `PREFIX`, which standard clients take as their API prefix. Requests for
    messages are answered by the consumer alone, and work under both names.
    """
    found = [Service(f"sent.{party}.>", f"sent.{party}.>")]
    for stream in ("DELIVERY", "RECEIPTS"):
        ask, pull, ack = (f"{verb}.{stream}.{party}" for verb in ("CONSUMER.INFO", "CONSUMER.MSG.NEXT", "$JS.ACK"))
        found += [
            Service(f"$JS.API.{ask}", f"{PREFIX}.{ask}"),
            Service(f"$JS.API.{pull}", f"{PREFIX}.{pull}", many=True),
            Service(f"$JS.API.{pull}", f"$JS.API.{pull}", many=True),
            Service(f"{ack}.>", f"{ack}.>"),
        ]
    return found


def render(
    parties: Sequence[str], public_keys: Mapping[str, str], ports: Ports, data_dir: Path, max_file_store: int
) -> str:
    """Return the configuration of a server that keeps its streams and log under `data_dir`.

    `public_keys` has the nkey of each service and party; `max_file_store` is the sum of the streams, in bytes.

    Raises:
        BusRefused: a party id cannot be one.
    """
    bus_users = [_user(name, public_keys[name], _PUBLISH[name], _DENY.get(name, ())) for name in SERVICES]
    exports = [export for party in parties for export in _exports(party)]
    return "\n".join(
        (
            'server_name: "tvaers"',
            f'listen: "127.0.0.1:{ports.client}"',
            f'http: "127.0.0.1:{ports.monitor}"',
            f"max_payload: {MAX_PAYLOAD}",
            f"log_file: {_quote(data_dir / 'nats.log')}",
            "logfile_size_limit: 10MB",
            "logfile_max_num: 3",
            "jetstream {",
            f"  store_dir: {_quote(data_dir / 'streams')}",
            f"  max_file_store: {max_file_store}",
            "  sync_interval: always",
            f"  key: ${JS_KEY_VARIABLE}",
            "  cipher: aes",
            "}",
            "accounts {",
            "  BUS {",
            f"    jetstream {{ max_disk: {max_file_store} }}",
            *_block("users", bus_users),
            *_block("exports", exports),
            "  }",
            *(line for party in parties for line in _party_account(party, public_keys[party])),
            "}",
            "",
        )
    )


def _party_account(party: str, public_key: str) -> list[str]:
    imports = [
        f"{{ service: {{ account: BUS, subject: {_quote(it.subject)} }}, to: {_quote(it.local)} }}"
        for it in services(party)
    ]
    users = [_user(party, public_key, [it.local for it in services(party)], ())]
    return [f"  {account(party)} {{", *_block("users", users), *_block("imports", imports), "  }"]


def _user(name: str, public_key: str, publish: Sequence[str], deny: Sequence[str]) -> str:
    allow = f"allow: {_quote_all(publish)}" + (f", deny: {_quote_all(deny)}" if deny else "")
    subscribe = _quote_all([f"{inbox(name)}.>"])
    return f"{{ nkey: {public_key}, permissions: {{ publish: {{ {allow} }}, subscribe: {{ allow: {subscribe} }} }} }}"


def _exports(party: str) -> list[str]:
    many = {it.subject: it.many for it in services(party)}
    return [
        f"{{ service: {_quote(subject)}, accounts: [{account(party)}]{', response_type: stream' * many[subject]} }}"
        for subject in many
    ]


def _block(name: str, items: Sequence[str]) -> list[str]:
    return [f"    {name}: [", ",\n".join(f"      {item}" for item in items), "    ]"]


def _quote(text: object) -> str:
    return json.dumps(str(text))


def _quote_all(subjects: Sequence[str]) -> str:
    return json.dumps(list(subjects))
