"""Reading and writing events: strangers' JSON is read or refused, and a refusal never quotes it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import SchemaError
from schemas.events import Event, event_from, event_types, read_event, read_json
from schemas.ids import event_id

SECRET = "Hemmelig Person 2509479989"

GOOD: dict[str, Any] = {
    "specversion": "1.0",
    "id": event_id("social", "1", key=b""),
    "source": "social",
    "type": "dk.tvaers.fravaer.registreret.v1",
    "time": "2026-03-02T08:15:00+01:00",
    "datacontenttype": "application/json",
    "data": {
        "borger": {"cpr": "2509479989", "navn": "Ida Prøve"},
        "sag": "2026-17",
        "formaal": "koordinering",
        "bruger": {"id": "ab12", "rolle": "mentor"},
        "tilbud": {"id": "t1", "oplysningstyper": ["misbrug"]},
        "fra": "2026-03-02",
        "art": "udeblevet",
        "timer": 3.5,
        "registreret": "2026-03-02T08:00:00Z",
    },
}


def with_(value: Any, *path: str) -> dict[str, Any]:
    """Return the good event with another value at one place."""
    event = deepcopy(GOOD)
    place: Any = event
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return event


def refused(document: bytes | dict[str, Any]) -> SchemaError:
    """Return what refused the document."""
    with pytest.raises(SchemaError) as caught:
        read_event(document if isinstance(document, bytes) else json.dumps(document).encode())
    return caught.value


def read_or_refuse(document: bytes) -> Event | SchemaError:
    """Return the event, or what refused it."""
    try:
        return read_event(document)
    except SchemaError as error:
        return error


class TestReading:
    def test_an_event_reads_back_as_it_was_written(self):
        """What is written is what was read."""
        event = event_from(GOOD)
        assert read_event(event.as_json()) == event

    def test_an_empty_field_is_written_as_an_absent_one(self):
        """Null, an empty text and an empty list leave no trace."""
        bare = {name: value for name, value in GOOD["data"].items() if name not in ("bruger", "sag", "timer")}
        empty = bare | {"bruger": None, "sag": None, "modtagere": []}
        assert event_from(GOOD | {"data": empty}).as_json() == event_from(GOOD | {"data": bare}).as_json()

    def test_zero_and_false_are_not_empty(self):
        """Nought hours of absence is something that was said."""
        assert event_from(with_(0.0, "data", "timer")).content()["timer"] == 0

    def test_the_subject_type_is_the_name_and_version(self):
        """A subject needs no prefix that all types share."""
        assert event_from(GOOD).subject_type == "fravaer.registreret.v1"

    def test_a_pair_of_surrogates_is_a_character(self):
        """JSON may escape what lies beyond the first plane as a pair."""
        assert read_json(b'"\\ud83d\\ude00"') == "\N{GRINNING FACE}"


class TestRefusing:
    @pytest.mark.parametrize(
        "document",
        [
            b"",
            b"null",
            b"[]",
            b'"x"',
            b"{",
            b"\xff\xfe",
            b"\xef\xbb\xbf{}",
            b'{"type": "a", "type": "a"}',
            b'{"a": NaN}',
            b'{"a": -Infinity}',
            b'{"a": "\\ud800"}',
            b'{"\\uD800": 1}',
            b'{"a": ' + b"9" * 5000 + b"}",
            b"[" * 100_000,
            b'{"a":' * 100_000,
            b"[" * 100_000 + b"]" * 100_000,
        ],
        ids=range(16),
    )
    def test_what_is_not_an_event_at_all(self, document: bytes):
        """Not JSON, not an object, a name twice, numbers and characters that JSON has not, nesting without end."""
        assert refused(document).reason

    @pytest.mark.parametrize("document", [b'["\\ud800"]', b'{"\\uDFFF": 1}', b'"\\\\\\ud800"'])
    def test_half_a_surrogate_pair_is_refused_at_once(self, document: bytes):
        """It is a Python string, but nobody can hash, store or send it."""
        with pytest.raises(SchemaError) as caught:
            read_json(document)
        assert "surrogate" in caught.value.reason

    @pytest.mark.parametrize(
        ("event", "where"),
        [
            (with_("dk.tvaers.ukendt.v1", "type"), "type"),
            (with_(None, "type"), "type"),
            (with_(["a"], "type"), "type"),
            (with_("2.0", "specversion"), "specversion"),
            (with_("1", "id"), "id"),
            (with_(GOOD["id"] + "\n", "id"), "id"),
            (with_("2026-03-02T08:15:00", "time"), "time"),
            (with_("text/xml", "datacontenttype"), "datacontenttype"),
            (with_(None, "data"), "data"),
            (with_([], "data"), "data"),
            (with_("3202479989", "data", "borger", "cpr"), "data.borger.cpr"),
            (with_("", "data", "borger", "navn"), "data.borger.navn"),
            (with_("forsvundet", "data", "art"), "data.art"),
            (with_("2026-02-30", "data", "fra"), "data.fra"),
            (with_(0, "data", "registreret"), "data.registreret"),
            (with_("2026-03-02T08:00:00", "data", "registreret"), "data.registreret"),
            (with_(-1, "data", "timer"), "data.timer"),
            (with_("3", "data", "timer"), "data.timer"),
            (with_(True, "data", "timer"), "data.timer"),
            (with_(["alt"], "data", "tilbud", "oplysningstyper"), "data.tilbud.oplysningstyper.0"),
            (with_(1, "ukendt"), "the whole document"),
            (with_(1, "data", "ukendt"), "data"),
            (with_(1, "data", "tilbud", "ukendt"), "data.tilbud"),
        ],
    )
    def test_a_refusal_names_the_field(self, event: dict[str, Any], where: str):
        """Unknown types and fields, and values that are not exactly of the field's type."""
        assert refused(event).where == where

    def test_a_number_too_large_to_be_one(self):
        """1e999 is JSON, and infinite to whoever reads it."""
        document = json.dumps(with_(777, "data", "timer")).replace("777", "1e999").encode()
        assert refused(document).where == "data.timer"

    @pytest.mark.parametrize(
        "event",
        [
            with_(SECRET, "type"),
            with_(SECRET, "data", "art"),
            with_(SECRET, "data", "borger", "cpr"),
            with_(SECRET, "data", "registreret"),
            with_([SECRET], "data", "tilbud", "oplysningstyper"),
            with_({SECRET: SECRET}, "data", "tilbud"),
            with_(1, "data", SECRET),
            with_(1, SECRET),
            with_({"cpr": "2509479989", SECRET: 1}, "data", "borger"),
        ],
    )
    def test_a_refusal_never_quotes(self, event: dict[str, Any]):
        """Neither a value nor the name of a field that we do not know: both are the stranger's words."""
        error = refused(event)
        assert SECRET not in str(error)
        assert "2509479989" not in str(error)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.just(SECRET) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.just(SECRET) | st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
places = st.sampled_from(
    [
        ("id",),
        ("source",),
        ("type",),
        ("time",),
        ("data",),
        *(("data", name) for name in [*GOOD["data"], "modtagere", "hjemmel", "ukendt"]),
        ("data", "borger", "cpr"),
        ("data", "tilbud", "oplysningstyper"),
    ]
)


class TestGarbage:
    @settings(max_examples=150, deadline=None)
    @given(st.binary(max_size=100) | st.text(alphabet='{}[]":,\\u0dD8e9NaIn.+- ', max_size=60).map(str.encode))
    def test_any_bytes_give_an_event_or_a_schema_error(self, document: bytes):
        """No other exception leaves, whatever comes in."""
        refused(document)

    @settings(max_examples=200, deadline=None)
    @given(places, json_values)
    def test_any_value_at_any_place_is_read_or_refused_unquoted(self, path: tuple[str, ...], value: Any):
        """One wrong value anywhere gives a refusal that does not quote it, or an event that can be written."""
        outcome = read_or_refuse(json.dumps(with_(value, *path)).encode())
        if isinstance(outcome, SchemaError):
            assert SECRET not in str(outcome)
        else:
            assert read_event(outcome.as_json()) == outcome


def test_a_schema_error_passes_through_a_context_manager_as_itself():
    """Sessions and transactions are context managers, which set the traceback of what passes through them."""

    @contextmanager
    def session() -> Iterator[None]:
        yield

    with pytest.raises(SchemaError), session():
        raise SchemaError("wrong", "here")


def test_every_event_type_is_known_by_its_wire_name():
    """The wire type is made of the event's own name and version."""
    assert {kind.wire_type(): kind for kind in event_types().values()} == event_types()
    assert "dk.tvaers.indsatsplan.opdateret.v1" in event_types()
