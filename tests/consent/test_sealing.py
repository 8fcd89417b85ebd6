"""Sealed columns open with their own key in their own place, and nowhere else."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.disclosures.keys import Key
from consent.sealing import BoxUnopened, close_box, open_box

KEY, OTHER = Key("noegle-1", os.urandom(32)), Key("noegle-2", os.urandom(32))
CONTEXT = "samtykke:urn:uuid:1:2"


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.text(st.characters(codec="utf-8"), max_size=40))
def test_a_box_opens_to_what_was_closed(content: bytes, context: str) -> None:
    """Any bytes come back whole under the same key and context."""
    assert open_box(KEY, close_box(KEY, content, context), context) == content


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_changed_box_does_not_open(data: st.DataObject) -> None:
    """One changed bit anywhere, nonce and tag included, keeps the box shut."""
    box = bytearray(close_box(KEY, b"helbred", CONTEXT))
    at = data.draw(st.integers(0, len(box) * 8 - 1))
    box[at // 8] ^= 1 << at % 8
    with pytest.raises(BoxUnopened):
        open_box(KEY, bytes(box), CONTEXT)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 34))
def test_a_shortened_box_does_not_open(size: int) -> None:
    """A box cut short, even to nothing, is refused and not an error of a library."""
    with pytest.raises(BoxUnopened):
        open_box(KEY, close_box(KEY, b"helbred", CONTEXT)[:size], CONTEXT)


def test_another_key_does_not_open_it() -> None:
    """Nobody else's key opens a citizen's box."""
    with pytest.raises(BoxUnopened):
        open_box(OTHER, close_box(KEY, b"helbred", CONTEXT), CONTEXT)


@pytest.mark.parametrize("context", ["samtykke:urn:uuid:1:3", "samtykke:urn:uuid:1:22", "delivery:1", ""])
def test_a_box_moved_to_another_row_does_not_open(context: str) -> None:
    """The box is bound to its table and row, so that swapping two boxes of one citizen shows."""
    with pytest.raises(BoxUnopened):
        open_box(KEY, close_box(KEY, b"helbred", CONTEXT), context)


def test_a_key_of_another_size_does_not_open_it() -> None:
    """A key that is none is told as a box that does not open."""
    with pytest.raises(BoxUnopened):
        open_box(Key("noegle-3", b"kort"), close_box(KEY, b"helbred", CONTEXT), CONTEXT)


def test_the_same_content_never_looks_the_same() -> None:
    """Equal content gives different boxes, so that a reader of the table cannot compare citizens."""
    assert len({close_box(KEY, b"helbred", CONTEXT) for _ in range(100)}) == 100


def test_a_box_shows_nothing_of_its_content() -> None:
    """The content does not stand in the box, and the box tells no more than its length."""
    content = b"borgeren er i behandling" * 4
    box = close_box(KEY, content, CONTEXT)
    assert content[:8] not in box
    assert len(box) == 12 + len(content) + 16


def test_the_refusal_names_the_column_alone() -> None:
    """What could not be opened is told by its kind, never by the row's id."""
    with pytest.raises(BoxUnopened) as caught:
        open_box(OTHER, close_box(KEY, b"helbred", CONTEXT), CONTEXT)
    assert str(caught.value) == "the sealed column samtykke does not open"
