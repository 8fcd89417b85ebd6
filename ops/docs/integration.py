"""Write docs/integration.md: the words of the template beside this file, and what the shared language says of itself.

`python -m ops.docs.integration FILE`
"""

import json
import sys
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from schemas.categories import TITLER, Oplysningstype
from schemas.events import dump, read_event
from schemas.export import example, language
from schemas.json_schema import RECEIVERS, SENDERS, schema_of
from schemas.redaction import redact

_RECEIVERS = {
    "addressees": "those it names in `modtagere`",
    "case": "those it names in `modtagere`, else everyone known to take part in the case",
    "keyworkers": "those it names in `modtagere`, else the citizen's keyworkers (tovholdere) in the case",
    "named": "those that the declaration names",
}
REDACTED = "dk.tvaers.fravaer.registreret.v1"
"""The event that is shown whole and redacted."""


def page() -> str:
    """Return the page."""
    template = (resources.files("ops.docs") / "integration.md").read_text("utf-8")
    parts = {
        "CATEGORIES": "\n".join(f"| `{one}` | {TITLER[one]} |" for one in Oplysningstype),
        "WHOLE": _json(example(REDACTED)),
        "REDACTED": _json(_redacted()),
        "INDEX": "\n".join(_row(name, schema) for name, schema in _schemas().items()),
        "EVENTS": "\n".join(line for name, schema in _schemas().items() for line in _event(name, schema)),
    }
    for name, text in parts.items():
        template = template.replace(f"<!-- {name} -->", text)
    return template


def _schemas() -> dict[str, dict[str, Any]]:
    return {wire_type: schema_of(kind) for wire_type, kind in language().items()}


def _redacted() -> dict[str, Any]:
    event = read_event(dump(example(REDACTED)))
    copy = redact(event, event.data.core())
    shown: dict[str, Any] = json.loads(copy.as_json()) if copy else {}
    return shown


def _row(wire_type: str, schema: Mapping[str, Any]) -> str:
    short = wire_type.removeprefix("dk.tvaers.")
    anchor = short.replace(".", "")
    return f"| [{short}](#{anchor}) | {schema['title']} | {_RECEIVERS[schema[RECEIVERS]]} | {_core(schema)} |"


def _event(wire_type: str, schema: Mapping[str, Any]) -> Iterator[str]:
    short = wire_type.removeprefix("dk.tvaers.")
    yield f"### {short}\n"
    yield f"**{schema['title']}.** {schema['description']}\n"
    yield f"* Sent by: {', '.join(schema[SENDERS])}. Goes to {_RECEIVERS[schema[RECEIVERS]]}."
    if schema["x-anmodning"]:
        yield "* It asks: it goes when the answer could come, that is, when all it asks for may go the other way."
    yield f"* Core (without it nothing goes): {_core(schema)}."
    yield f"* Categories of its fields: {', '.join(f'`{one}`' for one in sorted(_categories(schema)))}."
    yield f"* Schema: [{short}.json](../schemas/exported/skemaer/{short}.json)\n"
    yield f"<details><summary>Example, every field filled</summary>\n\n```json\n{_json(example(wire_type))}\n```\n"
    yield "</details>\n"


def _core(schema: Mapping[str, Any]) -> str:
    named = ", ".join(f"`{one}`" for one in schema["x-kerne"])
    declared = "what the event declares" if schema["x-kerne-erklaeret"] else ""
    return " and ".join(one for one in (named, declared) if one) or "nothing: whatever is permitted goes"


def _categories(schema: Mapping[str, Any]) -> set[str]:
    found = set() if schema.get("x-kun-bus") else set(schema.get("x-oplysningstyper", ()))
    for below in [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]:
        found |= _categories(below)
    return found


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), "utf-8", newline="\n")
