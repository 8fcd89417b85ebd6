"""The joint action and follow-up plan as jobcenter systems exchange it: XML after our published indsatsplan.xsd."""

from functools import cache
from importlib.resources import files
from typing import Any

from lxml import etree

from connectors.contract import Hint, Malformed, NotExpressible
from connectors.jobcenter.form import BUS_ONLY, HEAD, KEY, PLAN, new_root, read_parts, write_parts
from schemas.events import Event, event_from
from schemas.haendelser import IndsatsplanOpdateret
from schemas.ids import event_id
from schemas.parties import Partregister
from schemas.xml import parse_xml


def read(native: bytes, hint: Hint) -> list[Event] | Malformed:
    """Read one plan as one `indsatsplan.opdateret`.

    Raises:
        XmlRefused: not XML that we read.
        SchemaError: valid against the schema, yet no event: a CPR number with an impossible date, for one.
    """
    root = parse_xml(native)
    if not _schema().validate(root):
        return _malformed(root)
    head = read_parts(root, HEAD)
    return [
        event_from(
            {
                "id": event_id(hint.source, head["id"], key=hint.content_key),
                "source": hint.source,
                "type": IndsatsplanOpdateret.wire_type(),
                "time": head["time"],
                "data": _hinted(hint) | read_parts(root, KEY + BUS_ONLY + PLAN),
            }
        )
    ]


def write(event: Event, _register: Partregister) -> bytes | NotExpressible:
    """Write a receiver's copy of a plan, valid against the schema.

    The event's id stands as the message's, for the sender's own is not in the event; so `read(write(event))` equals
    the event but for its id, which is derived anew. What only the bus reads, Hjemmel and Modtager, is never written.
    """
    if not isinstance(event.data, IndsatsplanOpdateret):
        return NotExpressible("the plan document carries indsatsplan.opdateret alone")
    root = new_root()
    head = {"id": event.id, "time": event.time.isoformat()}
    try:
        write_parts(root, HEAD + KEY + PLAN, head | event.content())
    except ValueError:
        return NotExpressible("a text holds a character that XML cannot carry")
    if not _schema().validate(root):
        return NotExpressible("a value is outside what indsatsplan.xsd has room for")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _hinted(hint: Hint) -> dict[str, Any]:
    return {
        "sag": hint.sag,
        "formaal": hint.formaal,
        "hjemmel": hint.hjemmel and hint.hjemmel.model_dump(),
        "bruger": hint.bruger and hint.bruger.model_dump(),
        "modtagere": hint.modtagere,
    }


def _load() -> etree.XMLSchema:
    return etree.XMLSchema(parse_xml(files(__package__).joinpath("indsatsplan.xsd").read_bytes()))


_schema = cache(_load)


@cache
def _names() -> frozenset[str]:
    document = parse_xml(files(__package__).joinpath("indsatsplan.xsd").read_bytes())
    return frozenset(str(element.get("name")) for element in document.iter("{*}element"))


def _malformed(root: etree._Element) -> Malformed:
    # A schema of its own: the shared one's error log could be that of another thread's document by now.
    schema = _load()
    schema.validate(root)
    log: Any = schema.error_log
    error = log[0]
    return Malformed(f"not after indsatsplan.xsd: {error.type_name}", f"{_path(root, error.path)}, line {error.line}")


def _path(root: etree._Element, xpath: str) -> str:
    """Return the path of the element at fault, the first of a name without its number."""
    prefixes = {prefix: uri for prefix, uri in root.nsmap.items() if prefix}
    try:
        found: Any = root.xpath(xpath, namespaces=prefixes)
        element: etree._Element = found[0]
    except (etree.XPathError, IndexError):
        return "an element of another namespace"
    return "/".join(_step(one) for one in [*reversed(list(element.iterancestors())), element])


def _step(element: etree._Element) -> str:
    name = etree.QName(element).localname
    place = 1 + sum(1 for _ in element.itersiblings(element.tag, preceding=True))
    # A name that the schema has not is the stranger's own word, and could be anybody's.
    return (name if name in _names() else "?") + (f"[{place}]" if place > 1 else "")
