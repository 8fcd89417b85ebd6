"""What a copy holds: for every event type that exists, and for every set of permitted categories."""

from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from enum import StrEnum
from types import NoneType
from typing import Any, ClassVar, Literal, get_args, get_origin

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel

from schemas import events as language
from schemas.categories import FRITEKST, Oplysningstype
from schemas.events import Event, Haendelse, Tekst, dump, event_from, event_types, read_event
from schemas.fields import Branch, Label, felt
from schemas.ids import event_id
from schemas.redaction import present, redact

ALL = frozenset(Oplysningstype)
CPRS = ("2509479989", "0201919990", "0703921VJ4", "6101019991")

NEEDED = {"tekst"}
"""Optional fields that their event wants all the same: a step of a conversation says something."""

Draw = Callable[[st.SearchStrategy[Any]], Any]


def marker(path: str) -> str:
    """Return a text that stands at one place of the event and nowhere else."""
    return f"<{path}>"


SHAPED: dict[str, Callable[[str], Any]] = {
    "cpr": lambda path: CPRS[len(path) % len(CPRS)],
    "maaned": lambda _: "2026-05",
    "blanket": lambda _: "LÆ 265",
    "indhold": lambda path: b64encode(b"\xff" + marker(path).encode()).decode(),
}
"""Fields whose text has a form; a new event type with another such field belongs here."""


def scalar(draw: Draw, kind: Any, path: str) -> Any:
    """Draw a JSON value of a leaf's type; a text is its place's marker."""
    if get_origin(kind) is Literal:
        return draw(st.sampled_from(get_args(kind)))
    if issubclass(kind, StrEnum):
        return draw(st.sampled_from(kind)).value
    if kind is bool:
        return draw(st.booleans())
    fixed = {str: marker(path), AwareDatetime: "2026-03-02T08:15:00Z", date: "2026-03-02", int: 3, float: 2.5}
    return fixed[kind]


def drawn(draw: Draw, kind: Any, path: str) -> Any:
    """Draw a JSON value of any type that a field may have."""
    if get_origin(kind) is tuple:
        return [drawn(draw, get_args(kind)[0], f"{path}.{place}") for place in range(draw(st.integers(1, 2)))]
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return filled(draw, kind, path)
    if get_args(kind) and get_origin(kind) is not Literal:
        return drawn(draw, next(one for one in get_args(kind) if one is not NoneType), path)
    return scalar(draw, kind, path)


def filled(draw: Draw, model: type[BaseModel], path: str = "") -> dict[str, Any]:
    """Draw an object: what it requires, and each optional field or not."""
    return {
        name: SHAPED.get(name, lambda at, kind=info.annotation: drawn(draw, kind, at))(f"{path}.{name}")
        for name, info in model.model_fields.items()
        if info.is_required() or name in NEEDED or draw(st.booleans())
    }


@st.composite
def events(draw: Draw) -> Event:
    """Draw an event of any type."""
    wire_type = draw(st.sampled_from(sorted(event_types())))
    return event_from(
        {
            "id": event_id("jobcenter", "1", key=b""),
            "source": "jobcenter",
            "type": wire_type,
            "time": "2026-03-02T08:15:00Z",
            "data": filled(draw, event_types()[wire_type]),
        }
    )


permissions = st.frozensets(st.sampled_from(Oplysningstype)) | st.frozensets(st.sampled_from(Oplysningstype)).map(
    lambda few: ALL - few
)

quick = settings(max_examples=100, deadline=None)


def leaves(content: dict[str, Any], branch: Branch, path: str = "") -> Iterator[tuple[str, Label, Any]]:
    """Walk every filled leaf: its place (without row numbers, which a copy does not keep), its label, its value."""
    for name, value in content.items():
        below = branch.fields[name]
        if isinstance(below, Label):
            yield f"{path}.{name}", below, value
        else:
            for one in value if isinstance(value, list) else [value]:
                yield from leaves(one, below, f"{path}.{name}")


def needed(event: Event, label: Label) -> frozenset[Oplysningstype]:
    """Return the categories without which a leaf stays."""
    return label.typer | (event.data.declared() if label.erklaeret else frozenset())


def count(event: Event | None) -> Counter[tuple[str, bytes]]:
    """Count what an event holds, leaf by leaf; a refused copy holds nothing."""
    if event is None:
        return Counter()
    return Counter((path, dump(value)) for path, _, value in leaves(event.content(), event.data.labels))


def words(value: Any) -> Iterator[bytes]:
    """Yield every text inside a leaf's value that stands nowhere else in the event."""
    for one in value if isinstance(value, list) else value.values() if isinstance(value, dict) else [value]:
        if isinstance(one, str) and (one.startswith("<") or len(one) > 20):
            yield dump(one)[1:-1]


class TestWhatLeaves:
    @quick
    @given(events(), permissions)
    def test_a_withheld_text_is_nowhere_in_the_bytes(self, event: Event, permitted: frozenset[Oplysningstype]):
        """No byte of a field that is not permitted leaves, at any depth."""
        copy = redact(event, permitted)
        out = copy.as_json() if copy else b""
        for path, label, value in leaves(event.content(), event.data.labels):
            if not label.key and (label.bus_only or not needed(event, label) <= permitted):
                for word in words(value):
                    assert word not in out, path

    @quick
    @given(events(), permissions)
    def test_a_copy_holds_exactly_the_key_and_what_is_permitted(
        self, event: Event, permitted: frozenset[Oplysningstype]
    ):
        """Every permitted leaf goes and no other, whatever its type."""
        copy = redact(event, permitted)
        assume(copy is not None)
        expected = Counter(
            (path, dump(value))
            for path, label, value in leaves(event.content(), event.data.labels)
            if label.key or (not label.bus_only and needed(event, label) <= permitted)
        )
        assert count(copy) == expected

    @quick
    @given(events(), permissions, permissions)
    def test_more_permission_never_shows_less(
        self, event: Event, some: frozenset[Oplysningstype], others: frozenset[Oplysningstype]
    ):
        """What leaves under some categories also leaves under more."""
        assert count(redact(event, some)) <= count(redact(event, some | others))

    @quick
    @given(events(), permissions)
    def test_redacting_a_copy_again_changes_nothing(self, event: Event, permitted: frozenset[Oplysningstype]):
        """A copy is its own copy."""
        copy = redact(event, permitted)
        assume(copy is not None)
        assert copy is not None
        assert redact(copy, permitted) == copy

    @quick
    @given(events(), permissions)
    def test_a_copy_is_an_event_that_reads_back(self, event: Event, permitted: frozenset[Oplysningstype]):
        """A recipient can read what it gets, and the copy keeps id, sender, type and time."""
        copy = redact(event, permitted)
        assume(copy is not None)
        assert copy is not None
        assert read_event(copy.as_json()) == copy
        assert (copy.id, copy.source, copy.type, copy.time) == (event.id, event.source, event.type, event.time)

    @quick
    @given(events(), permissions)
    def test_claims_and_recipients_never_leave(self, event: Event, permitted: frozenset[Oplysningstype]):
        """`hjemmel` and `modtagere` are for the gateway alone."""
        copy = redact(event, permitted)
        assert copy is None or (copy.data.hjemmel is None and copy.data.modtagere == ())


class TestWhatIsRefused:
    @quick
    @given(events(), st.data())
    def test_one_withheld_core_category_withholds_the_event(self, event: Event, data: st.DataObject):
        """Without every core category there is no copy, however much else is permitted."""
        missing = data.draw(st.sampled_from(sorted(event.data.core())))
        assert redact(event, ALL - {missing}) is None

    @quick
    @given(events())
    def test_nothing_permitted_is_nothing_sent(self, event: Event):
        """An empty set of categories never makes a copy."""
        assert redact(event, frozenset()) is None

    @quick
    @given(events(), permissions)
    def test_the_key_goes_with_anything_and_never_alone(self, event: Event, permitted: frozenset[Oplysningstype]):
        """A copy names its citizen, case and purpose, and something that is permitted."""
        copy = redact(event, permitted)
        assume(copy is not None)
        assert copy is not None
        assert (copy.data.borger, copy.data.sag, copy.data.formaal) == (
            event.data.borger,
            event.data.sag,
            event.data.formaal,
        )
        assert any(not label.key for _, label, _ in leaves(copy.content(), copy.data.labels))


class TestWhatTheRecipientCanTell:
    @quick
    @given(events(), permissions)
    def test_empty_and_withheld_look_the_same(self, event: Event, permitted: frozenset[Oplysningstype]):
        """Nobody can tell from a copy whether a field was withheld or had never been filled."""
        copy = redact(event, permitted)
        assume(copy is not None)
        assert copy is not None
        content = event.content()
        for name, info in type(event.data).model_fields.items():
            below = [label for _, label, _ in leaves({name: content.get(name, [])}, event.data.labels)]
            hidden = below and not any(one.key or needed(event, one) <= permitted for one in below)
            if hidden and not info.is_required():
                emptied = event_from(
                    {
                        **event.model_dump(mode="json", exclude={"data"}),
                        "data": {other: value for other, value in content.items() if other != name},
                    }
                )
                again = redact(emptied, permitted)
                assert again is not None
                assert again.as_json() == copy.as_json()


class TestWhatIsPresent:
    @quick
    @given(events())
    def test_what_is_present_covers_the_whole_event(self, event: Event):
        """With the categories that `present` names, everything leaves but what only the bus reads."""
        copy = redact(event, present(event))
        assert copy is not None
        assert copy.content() == {
            name: value for name, value in event.content().items() if name not in ("hjemmel", "modtagere")
        }

    @quick
    @given(events(), permissions)
    def test_categories_beside_those_present_change_nothing(self, event: Event, permitted: frozenset[Oplysningstype]):
        """A category that no filled field has makes no difference to the copy."""
        assert redact(event, permitted) == redact(event, permitted & present(event))

    @quick
    @given(events(), st.data())
    def test_every_category_present_is_needed(self, event: Event, data: st.DataObject):
        """Taking away any one category that is present takes something away."""
        one = data.draw(st.sampled_from(sorted(present(event))))
        assert count(redact(event, ALL - {one})) < count(redact(event, ALL))


ROW = {"delmaal": "Stabil behandling", "indsats": "Forløb", "ansvarlige": ["Borger"], "status": "bevilget"}


def plan(**areas: list[dict[str, Any]]) -> Event:
    """Return a small plan."""
    return event_from(
        {
            "id": event_id("jobcenter", "plan-1", key=b""),
            "source": "jobcenter",
            "type": "dk.tvaers.indsatsplan.opdateret.v1",
            "time": "2026-03-02T08:15:00Z",
            "data": {
                "borger": {"cpr": "2509479989", "navn": "Ida Prøve"},
                "plan_id": "p1",
                "planversion": 1,
                "opdateret": "2026-03-02",
                **areas,
            },
        }
    )


@pytest.mark.parametrize(
    ("permitted", "left"),
    [
        ({"plan"}, set()),
        ({"plan", "misbrug"}, {"misbrug"}),
        ({"plan", "bolig"}, set()),
        ({"plan", "bolig", "oekonomi"}, {"bolig_oekonomi"}),
    ],
)
def test_a_plan_row_goes_only_with_all_the_categories_of_its_area(permitted: set[str], left: set[str]):
    """Housing and economy are one area of the form and two categories: both are needed."""
    copy = redact(plan(misbrug=[ROW], bolig_oekonomi=[ROW]), {Oplysningstype(one) for one in permitted})
    assert copy is not None
    assert {name for name in ("misbrug", "bolig_oekonomi") if getattr(copy.data, name)} == left


def test_absence_from_treatment_needs_the_category_that_the_offer_reveals():
    """Absence from substance-use treatment is `fremmoede` and `misbrug`; without the second nothing leaves."""
    event = event_from(
        {
            "id": event_id("rusmiddel", "1", key=b""),
            "source": "rusmiddel",
            "type": "dk.tvaers.fravaer.registreret.v1",
            "time": "2026-03-02T08:15:00Z",
            "data": {
                "borger": {"cpr": "2509479989"},
                "tilbud": {"id": "t1", "oplysningstyper": ["misbrug"]},
                "fra": "2026-03-02",
                "art": "udeblevet",
                "registreret": "2026-03-02T08:15:00Z",
            },
        }
    )
    assert redact(event, {Oplysningstype.FREMMOEDE}) is None
    assert redact(event, {Oplysningstype.FREMMOEDE, Oplysningstype.MISBRUG}) is not None


class Loes(Haendelse):
    """An event without a core, such as no form has yet; it has no name, so no wire type comes of it."""

    plan: Tekst | None = felt("Plan", "Under en overskrift", Oplysningstype.PLAN, default=None)
    helbred: Tekst | None = felt("Helbred", "Under en anden", Oplysningstype.HELBRED, default=None)
    fritekst: Tekst | None = felt("Fritekst", "Under ingen", erklaeret=True, default=None)


class Fast(Loes):
    """The same with a core that none of its filled fields need have."""

    kerne: ClassVar[frozenset[Oplysningstype]] = frozenset({Oplysningstype.SAGSFORLOEB})


@pytest.fixture
def loose(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Event]:
    """Return how to make such an event, in a language that knows them for the length of one test."""

    def make(kind: type[Haendelse] = Loes, **texts: str) -> Event:
        monkeypatch.setitem(language._TYPES, kind.wire_type(), kind)
        data = kind.model_validate({"borger": {"cpr": "2509479989", "navn": "Ida Prøve"}, "sag": "2026-17", **texts})
        return Event.of(event_id("jobcenter", "1", key=b""), "jobcenter", datetime(2026, 3, 2, tzinfo=UTC), data)

    return make


class TestWithoutACore:
    def test_undeclared_free_text_stays_unless_everything_it_may_hold_is_permitted(self, loose: Callable[..., Event]):
        """What stands under a heading goes under it; what stands under none may be about anything sensitive."""
        event = loose(plan="a", fritekst="b")
        for missing in sorted(FRITEKST):
            copy = redact(event, ALL - {missing})
            assert copy is not None
            assert "fritekst" not in copy.content()
        assert redact(event, FRITEKST | {Oplysningstype.PLAN}) == event

    def test_the_key_alone_is_no_copy(self, loose: Callable[..., Event]):
        """With nothing else to say, not even that there is a case is said."""
        assert redact(loose(helbred="a"), {Oplysningstype.PLAN}) is None
        assert redact(loose(), ALL) is None

    def test_the_core_is_present_even_where_no_field_carries_it(self, loose: Callable[..., Event]):
        """Whoever decides about the categories that are present decides about the core."""
        assert present(loose(Fast, plan="a")) == {Oplysningstype.PLAN, Oplysningstype.SAGSFORLOEB}
        assert present(loose(plan="a")) == {Oplysningstype.PLAN}
