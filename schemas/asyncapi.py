"""The topics of the bus as an AsyncAPI 3 document: who may send on each, who may receive from it, and what it carries.

Written from the bus's own side: it receives on `sent.*` and sends on `delivery.*` and `receipt.*`.
"""

from collections.abc import Mapping

from schemas.categories import TITLER, Oplysningstype
from schemas.events import MAX_RECIPIENTS, PREFIX, SCHEMA_VERSION, Event
from schemas.json_schema import ASKS, CORE, CORE_DECLARED, RECEIVERS, SENDERS, Json

MEDIA_TYPE = "application/cloudevents+json; charset=UTF-8"

_PARTY = {"part": {"description": "The party's id in the register; the token of its account's own subjects."}}

_RECEIVERS = {
    "addressees": "those that `modtagere` names, and nobody else",
    "case": "those that `modtagere` names, or everyone known to take part in the case",
    "keyworkers": "those that `modtagere` names, or the parties of the citizen's keyworkers (tovholdere) in the case",
    "named": "those that the declaration names, whoever the sender would like",
}


def document(schemas: Mapping[str, Json], examples: Mapping[str, Json]) -> Json:
    """Return the AsyncAPI document; both mappings are by wire type. It refers to the schemas by relative address."""
    short = {wire_type: wire_type.removeprefix(PREFIX) for wire_type in schemas}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Tværs",
            "version": SCHEMA_VERSION,
            "description": (
                "Events about citizens, crossing between parties as far as a signed samtykke or a stated paragraph "
                "covers them. A copy holds what its receiver may read; what was withheld leaves no trace in it."
            ),
        },
        "defaultContentType": "application/json",
        "servers": {"bus": _SERVER},
        "channels": {
            **{name: channel for wire_type, one in short.items() for name, channel in _channels(wire_type, one)},
            "receipt": {
                "address": "receipt.{part}",
                "description": "What became of each event that the party sent. Only that party receives.",
                "parameters": _PARTY,
                "messages": {"kvittering": {"$ref": "#/components/messages/kvittering"}},
            },
        },
        "operations": {
            **{name: operation for one in short.values() for name, operation in _operations(one)},
            "send.receipt": {"action": "send", "channel": {"$ref": "#/channels/receipt"}},
        },
        "components": {
            "messages": {
                **{one: _message(one, schemas[wire_type], examples[wire_type]) for wire_type, one in short.items()},
                "kvittering": _RECEIPT,
            },
            "schemas": {"konvolut": envelope()},
            "securitySchemes": {"nkey": {"type": "asymmetricEncryption", "description": "The party's own nkey."}},
        },
        "x-oplysningstyper": {one.value: TITLER[one] for one in Oplysningstype},
    }


def envelope() -> Json:
    """Return the JSON Schema of the envelope around every event's `data` (CloudEvents 1.0, structured JSON)."""
    fields = {name: info for name, info in Event.model_json_schema()["properties"].items() if name != "data"}
    described = {name: _ENVELOPE[name] | {"type": "string"} for name in fields}
    required = [name for name in fields if name not in ("specversion", "datacontenttype")]
    return {"type": "object", "properties": described, "required": [*required, "data"]}


_ENVELOPE: dict[str, Json] = {
    "specversion": {"const": "1.0", "description": "Always in a copy; 1.0 where a sender leaves it out."},
    "id": {
        "pattern": str(Event.model_fields["id"].metadata[0].pattern),
        "description": "UUIDv5 of the sender and the message's own id: sent again, it is the same event.",
    },
    "source": {"description": "The party that sent it: the one whose account it came through, or it is refused."},
    "type": {"description": "dk.tvaers.<name>.v<major>"},
    "time": {"format": "date-time", "description": "When it happened, with the offset from UTC."},
    "datacontenttype": {"const": "application/json", "description": "Always in a copy."},
}
_SERVER = {
    "host": "{host}:4222",
    "protocol": "nats",
    "description": "NATS JetStream; each party has an account of its own and sees no other party's subjects.",
    "variables": {"host": {"default": "127.0.0.1"}},
    "security": [{"$ref": "#/components/securitySchemes/nkey"}],
}
_RECEIPT: Json = {
    "name": "kvittering",
    "contentType": "application/json",
    "payload": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "haendelse": {"type": "string", "format": "uuid", "description": "The event's id."},
            "modtagere": {
                "type": "object",
                "description": "Per receiver what became of it. Never why: a reason can betray a block.",
                "maxProperties": MAX_RECIPIENTS,
                "additionalProperties": {"enum": ["afleveret", "delvist", "tilbageholdt", "udloebet"]},
            },
        },
        "required": ["haendelse", "modtagere"],
    },
    "examples": [
        {
            "payload": {
                "haendelse": "6d6d9f5c-3c0a-5b7e-9a53-0f4a3d7a1e10",
                "modtagere": {"social": "afleveret", "laegehuset": "tilbageholdt"},
            }
        }
    ],
}


def _channels(wire_type: str, short: str) -> list[tuple[str, Json]]:
    messages = {short: {"$ref": f"#/components/messages/{short}"}}
    sent = "Only the party itself may send here, and only the gateway receives."
    delivered = "Only the gateway sends here, and only the party itself receives, from its own durable consumer."
    return [
        (
            f"{place}.{short}",
            {
                "address": f"{place}.{{part}}.{short}",
                "title": wire_type,
                "description": said,
                "parameters": _PARTY,
                "messages": messages,
            },
        )
        for place, said in (("sent", sent), ("delivery", delivered))
    ]


def _operations(short: str) -> list[tuple[str, Json]]:
    return [
        (f"{action}.{short}", {"action": action, "channel": {"$ref": f"#/channels/{place}.{short}"}})
        for action, place in (("receive", "sent"), ("send", "delivery"))
    ]


def _message(short: str, schema: Json, example: Json) -> Json:
    whole = {"type": "object", "properties": {"data": {"$ref": f"skemaer/{short}.json"}}}
    message: Json = {
        "name": short,
        "title": schema["description"],
        "summary": f"Goes to {_RECEIVERS[schema[RECEIVERS]]}; to each of them as far as the decision permits.",
        "contentType": MEDIA_TYPE,
        "payload": {"allOf": [{"$ref": "#/components/schemas/konvolut"}, whole]},
        "examples": [{"payload": example}],
    }
    return message | {keyword: schema[keyword] for keyword in (SENDERS, RECEIVERS, CORE, CORE_DECLARED, ASKS)}
