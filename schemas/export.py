"""The shared language as files: a JSON Schema and an example per event type, the topics, and one index of it all."""

import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from schemas.asyncapi import document
from schemas.categories import TITLER, Oplysningstype
from schemas.errors import SchemaError
from schemas.events import PREFIX, SCHEMA_VERSION, Haendelse, event_types, read_json
from schemas.json_schema import CORE, CORE_DECLARED, RECEIVERS, SENDERS, Json, schema_of

INDEX, ASYNCAPI, SCHEMAS, EXAMPLES = "index.json", "asyncapi.json", "skemaer", "eksempler"


def language() -> dict[str, type[Haendelse]]:
    """Return the event types of the shared language by wire type, in order; what others have defined is not among them.

    Types that tests or experiments define are registered too, and belong to nobody else.
    """
    return {name: kind for name, kind in sorted(event_types().items()) if kind.__module__.startswith("schemas.")}


def example(wire_type: str) -> Json:
    """Return the example of an event type, a whole event in which every field is filled.

    Raises:
        SchemaError: there is none.
    """
    file = resources.files("schemas") / EXAMPLES / f"{wire_type.removeprefix(PREFIX)}.json"
    if not file.is_file():
        raise SchemaError("this event type has no example", wire_type)
    value: Json = read_json(file.read_bytes())
    return value


def exported() -> dict[str, Json]:
    """Return every file of the export by its path in the folder; the same at every call."""
    schemas = {wire_type: schema_of(kind) for wire_type, kind in language().items()}
    examples = {wire_type: example(wire_type) for wire_type in schemas}
    return {
        INDEX: _index(schemas),
        ASYNCAPI: document(schemas, examples),
        **{_file(SCHEMAS, wire_type): schema for wire_type, schema in schemas.items()},
        **{_file(EXAMPLES, wire_type): one for wire_type, one in examples.items()},
    }


def write(folder: Path) -> int:
    """Write the export into `folder`, which is made if need be; return the number of files.

    Raises:
        SchemaError: the folder holds JSON that is no part of the export, as an event type that is gone would be.
    """
    files = {folder / name: text(value) for name, value in exported().items()}
    if foreign := sorted(set(folder.rglob("*.json")) - files.keys()):
        raise SchemaError("this file is no part of the export; take it away first", foreign[0].name)
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8", newline="\n")
    return len(files)


def text(value: Json) -> str:
    """Return JSON as the export writes it: indented, in the order in which things are declared."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _index(schemas: Mapping[str, Json]) -> Json:
    return {
        "skemaversion": SCHEMA_VERSION,
        "asyncapi": ASYNCAPI,
        "oplysningstyper": {one.value: TITLER[one] for one in Oplysningstype},
        "haendelser": [
            {
                "type": wire_type,
                "beskrivelse": schema["description"],
                "skema": _file(SCHEMAS, wire_type),
                "eksempel": _file(EXAMPLES, wire_type),
                "kerne": schema[CORE],
                "kerne_erklaeret": schema[CORE_DECLARED],
                "afsendere": schema[SENDERS],
                "modtagere": schema[RECEIVERS],
            }
            for wire_type, schema in schemas.items()
        ],
    }


def _file(folder: str, wire_type: str) -> str:
    return f"{folder}/{wire_type.removeprefix(PREFIX)}.json"
