"""What a copy holds: for every event type that exists, and for every set of permitted categories."""

import copy
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from schemas import events as known
from schemas.categories import FRITEKST, Oplysningstype
from schemas.errors import SchemaError
from schemas.events import Event, Haendelse, Tekst, dump, event_from, event_types, read_event
from schemas.export import example, language
from schemas.fields import Branch, Label, felt
from schemas.ids import event_id
from schemas.redaction import present, redact

ALL = frozenset(Oplysningstype)
LANGUAGE = sorted(language())

Draw = Callable[[st.SearchStrategy[Any]], Any]
Path = tuple[str, ...]


def marker(path: Path) -> str:
    """Return a text that stands at one place of the event and nowhere else."""
    return f"<{'.'.join(path)}>"


def replaced(value: Any, path: Path, text: str) -> Any:
    """Return JSON with another text at one place."""
    if not path:
        return text
    step: Any = int(path[0]) if isinstance(value, list) else path[0]
    changed = copy.copy(value)
    changed[step] = replaced(value[step], path[1:], text)
    return changed


def texts(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the place of every text."""
    if isinstance(value, str):
        yield path
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, below in steps:
        yield from texts(below, (*path, str(step)))


def readable(event: dict[str, Any]) -> bool:
    """Return whether it is an event of the shared language."""
    try:
        event_from(event)
    except SchemaError:
        return False
    return True


@cache
def marked(wire_type: str) -> dict[str, Any]:
    """Return the example of a type, each text that may be any text being its place's marker."""
    event = example(wire_type)
    for path in list(texts(event["data"])):
        if readable(tried := replaced(event, ("data", *path), marker(path))):
            event = tried
    return event


def thinned(draw: Draw, value: Any, branch: Branch | Label) -> Any:
    """Leave out some of what an object does not require; a list of objects keeps some of them."""
    if isinstance(value, list) and isinstance(branch, Branch):
        return [thinned(draw, one, branch) for one in value[: draw(st.integers(1, len(value)))]]
    if isinstance(value, dict) and isinstance(branch, Branch):
        must = branch.required or NEEDED & value.keys()
        return {
            name: thinned(draw, below, branch.fields[name])
            for name, below in value.items()
            if name in must or draw(st.booleans())
        }
    return value


NEEDED = {"tekst"}
"""Optional fields that their part wants all the same: a step of a conversation says something."""


@st.composite
def events(draw: Draw, wire_type: str | None = None) -> Event:
    """Draw an event of a type, or of any, which declares any categories where it may declare some."""
    event = marked(wire_type or draw(st.sampled_from(LANGUAGE)))
    data = thinned(draw, event["data"], event_types()[event["type"]].labels)
    if "oplysningstyper" in data:
        data["oplysningstyper"] = draw(st.lists(st.sampled_from(sorted(ALL)), min_size=1, max_size=3, unique=True))
    return event_from(event | {"data": data})


permissions = st.frozensets(st.sampled_from(Oplysningstype)) | st.frozensets(st.sampled_from(Oplysningstype)).map(
    lambda few: ALL - few
)

quick = settings(max_examples=100, deadline=None)

every_type = pytest.mark.parametrize("wire_type", LANGUAGE)
"""For what must hold of each type, not only of those that happen to be drawn."""

few = settings(max_examples=25, deadline=None)


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


DECLARES = ".oplysningstyper"


def idle(event: Event, going: list[Label]) -> bool:
    """Return whether nothing goes of what an event's declaration is about, but for the declaration itself."""
    return not event.data.kerne_erklaeret and sum(label.erklaeret for label in going) == 1


def bytes_of(event: Event | None) -> bytes:
    """Return what leaves."""
    return event.as_json() if event else b""


def words(value: Any) -> Iterator[bytes]:
    """Yield every text inside a leaf's value that stands nowhere else in the event."""
    for one in value if isinstance(value, list) else value.values() if isinstance(value, dict) else [value]:
        if isinstance(one, str) and one not in ALL and (one.startswith("<") or len(one) > 20):
            yield dump(one)[1:-1]


@every_type
class TestWhatLeaves:
    @few
    @given(st.data(), permissions)
    def test_a_withheld_text_is_nowhere_in_the_bytes(
        self, wire_type: str, data: st.DataObject, permitted: frozenset[Oplysningstype]
    ):
        """No byte of a field that is not permitted leaves, at any depth."""
        event = data.draw(events(wire_type))
        out = bytes_of(redact(event, permitted))
        for path, label, value in leaves(event.content(), event.data.labels):
            if not label.key and (label.bus_only or not needed(event, label) <= permitted):
                for word in words(value):
                    assert word not in out, path

    @few
    @given(st.data(), permissions)
    def test_a_copy_holds_exactly_the_key_and_what_is_permitted(
        self, wire_type: str, data: st.DataObject, permitted: frozenset[Oplysningstype]
    ):
        """Every permitted leaf goes and no other, whatever its type; without the core there is no copy."""
        event = data.draw(events(wire_type))
        going = [
            (path, label, dump(value))
            for path, label, value in leaves(event.content(), event.data.labels)
            if label.key or (not label.bus_only and needed(event, label) <= permitted)
        ]
        going = [leaf for leaf in going if leaf[0] != DECLARES or not idle(event, [label for _, label, _ in going])]
        anything = event.data.core() <= permitted and any(not label.key for _, label, _ in going)
        expected = Counter((path, value) for path, _, value in going) if anything else Counter()
        assert count(redact(event, permitted)) == expected

    @few
    @given(st.data(), permissions, permissions)
    def test_more_permission_never_shows_less(
        self, wire_type: str, data: st.DataObject, some: frozenset[Oplysningstype], others: frozenset[Oplysningstype]
    ):
        """What leaves under some categories also leaves under more."""
        event = data.draw(events(wire_type))
        assert count(redact(event, some)) <= count(redact(event, some | others))

    @few
    @given(st.data(), permissions)
    def test_a_copy_reads_back_and_is_its_own_copy(
        self, wire_type: str, data: st.DataObject, permitted: frozenset[Oplysningstype]
    ):
        """A recipient can read what it gets, which keeps id, sender, type and time, and no bus-only field."""
        event = data.draw(events(wire_type))
        copy = redact(event, permitted | event.data.core())
        if copy is not None:
            assert read_event(copy.as_json()) == copy
            assert redact(copy, permitted | event.data.core()) == copy
            assert (copy.id, copy.source, copy.type, copy.time) == (event.id, event.source, event.type, event.time)
            assert (copy.data.borger, copy.data.sag, copy.data.formaal) == (
                event.data.borger,
                event.data.sag,
                event.data.formaal,
            )
            assert (copy.data.hjemmel, copy.data.modtagere) == (None, ())

    @few
    @given(st.data())
    def test_one_withheld_core_category_withholds_the_event(self, wire_type: str, data: st.DataObject):
        """Without every core category there is no copy, however much else is permitted; with nothing there is none."""
        event = data.draw(events(wire_type))
        missing = data.draw(st.sampled_from(sorted(event.data.core())))
        assert redact(event, ALL - {missing}) is None
        assert redact(event, frozenset()) is None


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
            if hidden and not info.is_required() and name != "oplysningstyper":  # what it declares decides
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
        labels = [label for _, label, _ in leaves(event.content(), event.data.labels)]
        beside = {"adressebeskyttet", "hjemmel", "modtagere"} | ({DECLARES[1:]} if idle(event, labels) else set())
        assert copy.content() == {name: value for name, value in event.content().items() if name not in beside}

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
        monkeypatch.setitem(known._TYPES, kind.wire_type(), kind)
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


def test_what_is_declared_stays_where_nothing_is_left_of_what_it_is_about():
    """Beside nothing but an address, a list of sensitive categories would tell that something about them is missing."""
    event = event_from(example("dk.tvaers.henvendelse.modtaget.v1"))
    copy = redact(event, {Oplysningstype.SAGSFORLOEB, Oplysningstype.STAMDATA})
    assert copy is not None
    assert "adresse" in copy.content()
    assert "oplysningstyper" in event.content()
    assert "oplysningstyper" not in copy.content()
