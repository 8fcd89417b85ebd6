"""A breaking change, made up: the old major and the new one live side by side."""

from typing import Any, ClassVar, Literal

import pytest

from schemas import events as known
from schemas.categories import Oplysningstype as Type
from schemas.errors import SchemaError
from schemas.events import Event, Haendelse, Tekst, Value, event_from, event_types, read_event
from schemas.fields import felt
from schemas.versions import copy_for, newest

Json = dict[str, Any]
TYPES = dict(event_types())


class BoligV1(Haendelse):
    """A made-up event: where the citizen lives, as one text, and why."""

    navn: ClassVar[str] = "bolig.proevet"
    kerne: ClassVar[frozenset[Type]] = frozenset({Type.BOLIG})

    bolig: Tekst = felt("Bolig", "Gade og by", Type.BOLIG)
    aarsag: Tekst | None = felt("Årsag", "Hvorfor", Type.BOLIG, Type.OEKONOMI, default=None)


class Sted(Value):
    """A place in two parts."""

    gade: Tekst = felt("Gade", "Gaden", Type.BOLIG)
    by: Tekst = felt("By", "Byen", Type.BOLIG)


class BoligV2(Haendelse):
    """The same with street and town apart, and a field that version 1 did not have."""

    navn: ClassVar[str] = "bolig.proevet"
    major: ClassVar[int] = 2
    earlier: ClassVar[type[Haendelse] | None] = BoligV1
    kerne: ClassVar[frozenset[Type]] = frozenset({Type.BOLIG})

    sted: Sted = felt("Sted", "Gade og by hver for sig")
    aarsag: Tekst | None = felt("Årsag", "Hvorfor", Type.BOLIG, Type.OEKONOMI, default=None)
    slags: Literal["leje", "eje"] | None = felt("Slags", "Leje eller eje", Type.OEKONOMI, default=None)

    @staticmethod
    def up(data: Json) -> Json:
        """Take the one text apart."""
        gade, _, by = data.pop("bolig").partition(", ")
        return {**data, "sted": {"gade": gade, "by": by or "ukendt"}}

    @staticmethod
    def down(data: Json) -> Json:
        """Put street and town together, and leave out what version 1 does not have."""
        sted = data.pop("sted")
        data.pop("slags", None)
        return {**data, "bolig": f"{sted['gade']}, {sted['by']}"}


for made_up in (BoligV1, BoligV2):  # the rest of the suite reads the language, which these are no part of
    del known._TYPES[made_up.wire_type()]
ENVELOPES = {kind.wire_type(): known._ENVELOPES.pop(kind.wire_type()) for kind in (BoligV1, BoligV2)}

HEAD = {"id": "6d6d9f5c-3c0a-5b7e-9a53-0f4a3d7a1e10", "source": "jobcenter", "time": "2026-03-02T08:15:00Z"}
KEY = {"borger": {"cpr": "2509479989"}, "sag": "2026-17"}
OLD = {**HEAD, "type": "dk.tvaers.bolig.proevet.v1", "data": {**KEY, "bolig": "Havnegade 1, Nyborg", "aarsag": "Gæld"}}
NEW = {
    **HEAD,
    "type": "dk.tvaers.bolig.proevet.v2",
    "data": {**KEY, "sted": {"gade": "Havnegade 1", "by": "Nyborg"}, "aarsag": "Gæld", "slags": "leje"},
}
HOUSING = frozenset({Type.BOLIG})
BOTH = frozenset({Type.BOLIG, Type.OEKONOMI})


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both majors are part of the language for the length of one test."""
    for kind in (BoligV1, BoligV2):
        monkeypatch.setitem(known._TYPES, kind.wire_type(), kind)
        monkeypatch.setitem(known._ENVELOPES, kind.wire_type(), ENVELOPES[kind.wire_type()])


def test_the_old_one_comes_up():
    """What was stored or sent as version 1 is crossed as version 2: the same event, in today's words."""
    event = newest(event_from(OLD))
    assert event.id == HEAD["id"]
    assert event.content() == {**KEY, "sted": {"gade": "Havnegade 1", "by": "Nyborg"}, "aarsag": "Gæld"}
    assert newest(event) == event


def test_a_consumer_of_the_old_one_keeps_getting_it():
    """The copy of a party that reads version 1 is a version 1 event that its own schema takes."""
    copy = copy_for(event_from(NEW), BOTH, 1)
    assert copy is not None
    assert (copy.type, copy.content()) == (OLD["type"], OLD["data"])
    assert read_event(copy.as_json()) == copy


def test_what_is_withheld_is_withheld_from_the_old_one_too():
    """The downcaster gets a copy that was redacted before, and its result is redacted again."""
    copy = copy_for(event_from(NEW), HOUSING, 1)
    assert copy is not None
    assert b"G\xc3\xa6ld" not in copy.as_json()
    assert copy_for(event_from(NEW), frozenset({Type.OEKONOMI}), 1) is None


def test_others_get_the_newest():
    """Nobody else notices."""
    assert copy_for(event_from(NEW), BOTH) == event_from(NEW)
    assert copy_for(event_from(NEW), BOTH, 2) == event_from(NEW)


def test_an_event_without_majors_is_its_own_newest():
    """Most events have one major."""
    event = event_from({**HEAD, **_plan()})
    assert newest(event) is event


def test_a_major_that_nobody_leads_to_is_an_error():
    """Rather than a copy in a form that its receiver does not read."""
    with pytest.raises(SchemaError, match="no way down"):
        copy_for(event_from(NEW), BOTH, 0)


def test_a_major_succeeds_the_one_before_it():
    """Not another event's, nor one two majors back."""
    with pytest.raises(SchemaError, match="succeeds"):

        class Spring(Haendelse):
            """Leaps over a major."""

            navn: ClassVar[str] = "bolig.proevet"
            major: ClassVar[int] = 3
            earlier: ClassVar[type[Haendelse] | None] = BoligV1


def test_an_upcaster_that_makes_no_event_is_an_error_that_quotes_nothing(monkeypatch: pytest.MonkeyPatch):
    """The event is then one that could not be read."""
    monkeypatch.setattr(BoligV2, "up", staticmethod(lambda _old: {}))
    with pytest.raises(SchemaError) as caught:
        newest(event_from(OLD))
    assert "Havnegade" not in str(caught.value)


def _plan() -> dict[str, Any]:
    data = {**KEY, "plan_id": "p-1", "planversion": 1, "opdateret": "2026-03-02"}
    return {"type": "dk.tvaers.indsatsplan.opdateret.v1", "data": data}


def test_the_made_up_types_are_no_part_of_the_language():
    """They are known for the length of a test."""
    assert isinstance(event_from(NEW), Event)
    assert "dk.tvaers.bolig.proevet.v1" not in TYPES
