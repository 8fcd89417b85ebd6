"""Whatever comes in, the answer is events or what is wrong; never an exception, and never what stood there."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import MAX_NATIVE_BYTES, Hint, Malformed, read_safely
from connectors.region import CONNECTOR
from schemas.parties import Partregister

Json = dict[str, Any]
Write = Callable[[Json], bytes]
Pick = Callable[[Json, str], Json]

PERSONAL = ("2509479989", "250947-9989", "Prøvesen", "Fiktiv", "Mette", "mødes")


def _answer(native: bytes, hint: Hint) -> Malformed | None:
    """Return what is wrong with `native`, having checked that it quotes nothing, or None for events."""
    found = read_safely(CONNECTOR, native, hint)
    if not isinstance(found, Malformed):
        assert found
        return None
    assert not any(word in f"{found.reason} {found.where}" for word in PERSONAL)
    return found


LAUGHS = "".join(f'<!ENTITY l{one + 1} "{f"&l{one};" * 10}">' for one in range(9))

HOPELESS = {
    "empty": b"",
    "blank": b" \r\n\t",
    "a mark and nothing": b"\xef\xbb\xbf",
    "words": b"Hej, kan vi m\xf8des?",
    "bytes": bytes(range(256)),
    "utf-16": "{}".encode("utf-16"),
    "a number": b"17",
    "a list": b"[]",
    "an object": b"{}",
    "another resource": b'{"resourceType": "Patient"}',
    "no entries": b'{"resourceType": "Bundle", "type": "message", "entry": []}',
    "entries of another shape": b'{"resourceType": "Bundle", "type": "message", "entry": {"resource": {}}}',
    "an entry without resource": b'{"resourceType": "Bundle", "type": "message", "entry": [{"fullUrl": "a"}]}',
    "a resource of another shape": b'{"resourceType": "Bundle", "type": "message", "entry": [{"resource": [1]}]}',
    "no header": b'{"resourceType": "Bundle", "type": "message", "entry": [{"resource": {}}]}',
    "a name twice": b'{"resourceType": "Bundle", "resourceType": "Bundle"}',
    "not a number": b'{"resourceType": NaN}',
    "half a pair": b'{"resourceType": "\\ud800"}',
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 100_000,
    "an xml head": b'<?xml version="1.0"?>',
    "other xml": b"<note>Pr\xc3\xb8vesen</note>",
    "wrong encoding": '<?xml version="1.0" encoding="UTF-8"?><Bundle xmlns="http://hl7.org/fhir">ø</Bundle>'.encode(
        "latin-1"
    ),
    "no such encoding": b'<?xml version="1.0" encoding="x-17"?><Bundle xmlns="http://hl7.org/fhir"/>',
    "a document type": b'<!DOCTYPE Bundle SYSTEM "file:///etc/passwd"><Bundle xmlns="http://hl7.org/fhir"/>',
    "a billion laughs": f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><Bundle xmlns="http://hl7.org/fhir">&l9;</Bundle>'.encode(),
    "deep xml": b'<Bundle xmlns="http://hl7.org/fhir">' + b"<a>" * 100_000,
    "an empty bundle": b'<Bundle xmlns="http://hl7.org/fhir"/>',
}


@pytest.mark.parametrize("native", HOPELESS.values(), ids=HOPELESS)
def test_what_is_no_message_is_malformed(native: bytes, hint: Hint) -> None:
    """What is not a FHIR message at all is refused."""
    assert _answer(native, hint) is not None


@pytest.mark.parametrize("syntax", ["as_json", "as_xml"])
def test_a_letter_cut_short_is_malformed(letter: Json, syntax: str, request: pytest.FixtureRequest, hint: Hint) -> None:
    """A letter that ends too early is refused wherever it ends."""
    native: bytes = request.getfixturevalue(syntax)(letter)
    assert _answer(native, hint) is None
    assert all(_answer(native[:end], hint) is not None for end in range(0, len(native) - 1, 37))


@pytest.mark.parametrize("syntax", ["as_json", "as_xml"])
def test_a_byte_order_mark_is_tolerated(letter: Json, syntax: str, request: pytest.FixtureRequest, hint: Hint) -> None:
    """UTF-8 with a byte order mark, or white space before the first character, is still UTF-8."""
    native: bytes = request.getfixturevalue(syntax)(letter)
    assert _answer(b"\xef\xbb\xbf" + native, hint) is None
    assert _answer(b"\r\n " + native, hint) is None


def test_a_letter_in_another_encoding_is_malformed(letter: Json, as_json: Write, hint: Hint) -> None:
    """JSON is UTF-8 or it is not read."""
    assert _answer(as_json(letter).decode().encode("latin-1"), hint) is not None
    assert _answer(as_json(letter).decode().encode("utf-16"), hint) is not None


@pytest.mark.parametrize("text", ["\ud800", "a\x00b", "a\x1bb", ""])
def test_a_text_that_is_no_text_is_malformed(letter: Json, pick: Pick, hint: Hint, text: str) -> None:
    """Half a surrogate pair, control characters and nothing at all are no FHIR string."""
    pick(letter, "Communication")["payload"][0]["contentString"] = text
    refused = _answer(json.dumps(letter).encode(), hint)
    assert refused is not None
    assert refused.where.startswith(("Communication.payload.0.contentString", "line 1"))


def test_two_citizens_are_nobody(letter: Json, as_json: Write, pick: Pick, hint: Hint) -> None:
    """A letter about two citizens is about nobody, and so is one about none."""
    letter["entry"].append({"resource": {**pick(letter, "Patient"), "id": "en-anden"}})
    assert _answer(as_json(letter), hint) == Malformed("not exactly one Patient", "Bundle.entry")
    letter["entry"] = [one for one in letter["entry"] if one["resource"]["resourceType"] != "Patient"]
    assert _answer(as_json(letter), hint) == Malformed("not exactly one Patient", "Bundle.entry")


def test_two_resources_with_one_address_are_refused(letter: Json, as_json: Write, pick: Pick, hint: Hint) -> None:
    """A reference must not be able to mean two things."""
    letter["entry"].append({"resource": dict(pick(letter, "Organization"))})
    assert _answer(as_json(letter), hint) == Malformed("two resources have the same address", "Bundle.entry")


@pytest.mark.parametrize(
    "gone", ["Patient", "Communication", "Organization", "PractitionerRole", "Practitioner", "Provenance"]
)
def test_a_reference_to_nothing_is_malformed(letter: Json, as_json: Write, hint: Hint, gone: str) -> None:
    """Whatever the letter refers to has to be in it."""
    letter["entry"] = [one for one in letter["entry"] if one["resource"]["resourceType"] != gone]
    assert _answer(as_json(letter), hint) is not None


def test_references_in_a_circle_come_to_an_end(letter: Json, as_json: Write, pick: Pick, hint: Hint) -> None:
    """A position held by itself is a reference to the wrong kind, not a walk without end."""
    pick(letter, "PractitionerRole")["practitioner"]["reference"] = "PractitionerRole/rolle"
    assert _answer(as_json(letter), hint) == Malformed(
        "the reference points at a resource of another kind", "PractitionerRole.practitioner"
    )


def test_a_reference_inside_a_reference_inside_comes_to_an_end(
    letter: Json, as_json: Write, pick: Pick, hint: Hint
) -> None:
    """An identifier's assigner has an identifier, and so on: deep nesting is refused or read, and never overflows."""
    for depth in (10, 100, 240, 300, 450):
        inside: Json = {"value": "a"}
        for _ in range(depth):
            inside = {"value": "a", "assigner": {"identifier": inside}}
        pick(letter, "Communication")["identifier"] = [inside]
        _answer(as_json(letter), hint)


def test_an_attachment_of_megabytes_is_read_or_refused(forwarded: Json, as_json: Write, pick: Pick, hint: Hint) -> None:
    """A large attachment is read up to the bound on the whole message, and refused above it."""
    attachment = pick(forwarded, "Communication")["payload"][1]["contentAttachment"]
    attachment["data"] = "QUJD" * 1_000_000
    assert _answer(as_json(forwarded), hint) is None
    attachment["data"] = "QUJD" * (MAX_NATIVE_BYTES // 4)
    refused = _answer(as_json(forwarded), hint)
    assert refused is not None
    assert "larger" in refused.reason


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inside for place in _places(one, (*path, key)))]


def _put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Return `value` with what stands at `path` replaced."""
    if not path:
        return new
    inside = dict(value) if isinstance(value, dict) else list(value)
    inside[path[0]] = _put(inside[path[0]], path[1:], new)
    return inside


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.sampled_from(PERSONAL),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(["reference", "value"]), inside),
    max_leaves=4,
)


class TestWhateverComes:
    """Mutated letters and plain garbage are answered with events or with what is wrong."""

    @settings(max_examples=150, deadline=None)
    @given(data=st.data())
    def test_a_changed_letter(self, whole: Json, nobody: Hint, data: st.DataObject) -> None:
        """A letter with anything at any place."""
        place = data.draw(st.sampled_from(_places(whole)))
        _answer(json.dumps(_put(whole, place, data.draw(ANYTHING))).encode(), nobody)

    @settings(max_examples=150, deadline=None)
    @given(data=st.data())
    def test_changed_xml(self, whole_xml: bytes, nobody: Hint, data: st.DataObject) -> None:
        """XML with some bytes gone and others in their place."""
        start = data.draw(st.integers(0, len(whole_xml)))
        end = start + data.draw(st.integers(0, 40))
        new = data.draw(st.binary(max_size=20) | st.sampled_from([b"<", b"&#0;", b"</entry>", b"<!--", b'"', b"<a/>"]))
        _answer(whole_xml[:start] + new + whole_xml[end:], nobody)

    @settings(max_examples=150, deadline=None)
    @given(native=st.binary() | st.binary().map(b"{".__add__) | st.binary().map(b"<".__add__))
    def test_garbage(self, nobody: Hint, native: bytes) -> None:
        """Bytes of any kind."""
        _answer(native, nobody)

    @settings(max_examples=100, deadline=None)
    @given(value=ANYTHING, kind=st.sampled_from(["MessageHeader", "Patient", "Bundle"]))
    def test_json_of_any_shape(self, nobody: Hint, value: Any, kind: str) -> None:
        """JSON that is a bundle on the outside only."""
        bundle = {"resourceType": "Bundle", "type": "message", "entry": [{"resource": {"resourceType": kind}}, value]}
        _answer(json.dumps(bundle).encode(), nobody)


@pytest.fixture(scope="module")
def nobody() -> Hint:
    """Return a hint with a register of no parties, so that no check comes before the reading."""
    return Hint("x", Partregister(version=1, parter=()))
