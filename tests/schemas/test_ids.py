"""Event ids are the same whenever the same message comes again, and never otherwise."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.ids import content_id, event_id

names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"))


def test_an_event_id_is_the_same_in_every_release():
    """A resend after a year must be recognised: this id may never change."""
    assert event_id("jobcenter", "besked-1", key=b"") == "a8fffc3e-d3a4-59cb-904a-e897bbbbce00"


@given(st.tuples(names, names, st.integers(0, 9)), st.tuples(names, names, st.integers(0, 9)))
def test_different_messages_have_different_ids(one: tuple[str, str, int], other: tuple[str, str, int]):
    """Sender, message and place all count."""
    assert (event_id(*one, key=b"") == event_id(*other, key=b"")) == (one == other)


def test_an_event_id_needs_the_key():
    """Without the key nobody can tell which native id an event id is of, nor take the id of a message to come."""
    assert event_id("jobcenter", "besked-1", key=b"a") != event_id("jobcenter", "besked-1", key=b"b")


def test_a_content_id_needs_the_key():
    """Without the key nobody can test a guess at the content against an id."""
    assert content_id(b"indhold", b"a") == content_id(b"indhold", b"a")
    assert content_id(b"indhold", b"a") != content_id(b"indhold", b"b")
    assert content_id(b"indhold", b"a") != content_id(b"andet", b"a")
