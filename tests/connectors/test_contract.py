"""The contract that every connector keeps: whatever comes in, the answer is a value that quotes nothing."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import faelles, jobcenter, region, social
from connectors.contract import MAX_NATIVE_BYTES, Connector, Hint, Malformed, NotExpressible, read_safely
from connectors.registry import CONNECTORS
from schemas.events import Event, event_from
from schemas.ids import event_id
from schemas.parties import Partregister

REGISTER = Partregister.read(
    {
        "version": 1,
        "parter": [
            {
                "id": name,
                "kind": "forvaltning",
                "navn": name.title(),
                "identifikatorer": {"gln": f"57900000000{place}2", "sor": f"11111100001600{place}"},
            }
            for place, name in enumerate(("jobcenter", "social", "familie"), start=1)
        ],
    }
)
CPR, CPR_AGAIN, IMPOSSIBLE = "2509479989", "0201919990", "3102479989"
PERSONAL = (CPR, CPR_AGAIN, IMPOSSIBLE, "Åse", "Prøvesen", "Ærø")

LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (one + 1, b"&l%d;" % one * 10) for one in range(9))
HOSTILE = [
    b"",
    b" \r\n\t ",
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    bytes(range(256)),
    b'<!DOCTYPE a [<!ENTITY l0 "ha">' + LAUGHS + b"]><a>&l9;</a>",
    b'<!DOCTYPE a SYSTEM "file:///etc/hostname"><a/>',
    b'<?xml version="1.0" encoding="x-17"?><a/>',
    b"<a>" * 50_000,
    "<Åse>2509479989</Åse>".encode(),
    b"[" * 50_000,
    b'{"a":' * 50_000,
    b'{"a": "\\ud800"}',
    b'{"a": NaN}',
    b'{"2509479989": 1, "2509479989": 1}',
    b"UNA:+.? 'UNB+UNOC:3+x'",
]
SHAPES = [b"null", b"true", b"5", b'"x"', b"[]", b"{}", b"[[]]", b"[{}]", b"[null]", b'{"id": {}, "data": []}']


def event(name: str, data: dict[str, Any], source: str = "jobcenter") -> Event:
    """Return an event about a made-up citizen."""
    return event_from(
        {
            "id": event_id(source, "besked-1", key=b""),
            "source": source,
            "type": f"dk.tvaers.{name}.v1",
            "time": "2026-03-02T08:15:00+01:00",
            "data": {"borger": {"cpr": CPR, "navn": "Åse Prøvesen"}, **data},
        }
    )


PLAN = event(
    "indsatsplan.opdateret",
    {
        "sag": "2026-17",
        "formaal": "koordinering",
        "bruger": {"id": "ab12", "rolle": "sagsbehandler"},
        "plan_id": "p1",
        "planversion": 2,
        "opdateret": "2026-03-01",
        "overordnet_maal": "Hf på Ærø",
        "misbrug": [
            {"delmaal": "Ærø", "indsats": "Forløb", "ansvarlige": ["Åse"], "status": "bevilget", "naaet": True}
        ],
    },
)
ABSENCE = event(
    "fravaer.registreret",
    {
        "bruger": {"id": "ab12", "rolle": "kontaktperson"},
        "tilbud": {"id": "t1", "oplysningstyper": ["misbrug"]},
        "fra": "2026-03-01",
        "art": "syg",
        "timer": 7.5,
        "aarsag": "Ærø",
        "registreret": "2026-03-02T08:15:00+01:00",
    },
    source="social",
)
LETTER = event(
    "korrespondance.modtaget",
    {
        "kategori": "carecoordination",
        "oplysningstyper": ["boern", "helbred", "misbrug", "plan", "sagsforloeb", "strafbare_forhold"],
        "emne": "Ærø",
        "aktivitet": "ny",
        "traad": "urn:uuid:11111111-0000-4000-8000-000000000001",
        "meddelelse": "6b0f7a11-2a5c-4a57-9d7e-0f6a1c3d5e01",
        "modtagere": ["jobcenter"],
        "beskeder": [
            {
                "id": "urn:uuid:a1",
                "tidspunkt": "2026-03-02T08:15:00+01:00",
                "organisation": "Social",
                "forfatter": "Åse Prøvesen",
                "rolle": "sygeplejerske",
                "telefon": "12345678",
                "tekst": "Åse er på Ærø",
            }
        ],
    },
    source="social",
)


def written(connector: Connector, what: Event) -> bytes:
    """Write an event by the connector's first format."""
    native = next(iter(connector.writers.values()))(what, REGISTER)
    assert isinstance(native, bytes)
    return native


class ConnectorContract:
    """What every connector must do; a subclass says for which connector, and with which messages."""

    connector: ClassVar[Connector]
    good: ClassVar[Mapping[str, bytes]]
    event: ClassVar[Event]
    foreign: ClassVar[Event]
    source: ClassVar[str]

    def read(self, native: bytes) -> list[Event] | Malformed:
        """Read, and check that whatever is refused is refused with a reason and a place that quote nobody."""
        outcome = read_safely(self.connector, native, Hint(source=self.source, register=REGISTER, content_key=b"k"))
        if isinstance(outcome, Malformed):
            assert outcome.reason
            assert outcome.where
            assert not any(word in f"{outcome.reason} {outcome.where}" for word in PERSONAL)
        return outcome

    def refused(self, native: bytes) -> bool:
        """Tell whether a message is malformed."""
        return isinstance(self.read(native), Malformed)

    def test_a_good_message_becomes_events_of_its_sender(self):
        """Each event carries the authenticated sender and an id of its own."""
        for native in self.good.values():
            events = self.read(native)
            assert isinstance(events, list)
            assert events
            assert {one.source for one in events} == {self.source}
            assert len({one.id for one in events}) == len(events)

    def test_reading_twice_gives_the_same_events(self):
        """A resend is recognised, since nothing of an event is random or of the moment."""
        for native in self.good.values():
            assert self.read(native) == self.read(native)

    def test_what_is_no_message_is_malformed(self):
        """Nothing, blanks, bytes, entities, nesting without end, other formats."""
        assert [native for native in HOSTILE if not self.refused(native)] == []

    def test_json_of_another_shape_is_malformed(self):
        """Well-formed is not enough."""
        assert [native for native in SHAPES if not self.refused(native)] == []

    def test_a_message_cut_short_is_malformed(self):
        """Half a message is none, wherever it ends."""
        for native in self.good.values():
            assert [end for end in range(0, len(native), 10) if not self.refused(native[:end])] == []

    def test_a_message_above_the_limit_is_malformed_and_one_at_it_is_not(self):
        """The size alone decides, before anything is read."""
        native = next(iter(self.good.values()))
        assert self.refused(native.ljust(MAX_NATIVE_BYTES + 1))
        assert not self.refused(native.ljust(MAX_NATIVE_BYTES))

    def test_a_message_in_another_encoding_than_it_says_is_malformed(self):
        """Letters are not guessed at."""
        for native in self.good.values():
            assert self.refused(native.decode().encode("latin-1"))

    def test_an_impossible_cpr_number_is_malformed(self):
        """Ten digits whose date no calendar has are nobody."""
        for native in self.good.values():
            assert self.refused(native.replace(CPR.encode(), IMPOSSIBLE.encode()))

    def test_a_doctype_before_a_good_message_is_malformed(self):
        """Not even a harmless one is let through, and JSON has none."""
        for native in self.good.values():
            head, mark, rest = native.partition(b"?>")
            assert self.refused(head + mark + b"<!DOCTYPE a>" + rest if mark else b"<!DOCTYPE a>" + native)

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
    @given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")))
    def test_garbage_is_malformed(self, garbage: bytes):
        """Any bytes at all have an answer."""
        assert self.refused(garbage)

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
    @given(st.data())
    def test_a_damaged_message_has_an_answer(self, data: st.DataObject):
        """A good message with some bytes replaced is read or refused, and a refusal quotes nothing."""
        native = data.draw(st.sampled_from(list(self.good.values())))
        start = data.draw(st.integers(0, len(native)))
        end = data.draw(st.integers(start, min(len(native), start + 20)))
        patch = data.draw(st.binary(max_size=8) | st.sampled_from([b"", b"<", b'"', b"&a;", b"null", b"-1", b"1e999"]))
        self.read(native[:start] + patch + native[end:])

    def test_what_was_written_reads_back_but_for_its_id(self):
        """The receiver of a native copy can be served by the same format that it sends."""
        for writer in self.connector.writers.values():
            native = writer(self.event, REGISTER)
            assert isinstance(native, bytes)
            again = self.read(native)
            assert isinstance(again, list)
            assert [one.model_copy(update={"id": self.event.id}) for one in again] == [self.event]

    def test_an_event_of_another_type_is_not_expressible(self):
        """A writer says what its format has no place for, instead of leaving it out."""
        for writer in self.connector.writers.values():
            outcome = writer(self.foreign, REGISTER)
            assert isinstance(outcome, NotExpressible)
            assert outcome.reason
            assert not any(word in outcome.reason for word in PERSONAL)


class TestJobcenter(ConnectorContract):
    connector, source, event, foreign = jobcenter.CONNECTOR, "jobcenter", PLAN, ABSENCE
    good: ClassVar = {"plan": written(jobcenter.CONNECTOR, PLAN)}


def _attendance() -> bytes:
    """Return two rows: one who was ill, one who came."""
    form = json.loads(written(social.CONNECTOR, ABSENCE))
    came = form["raekker"][0] | {"art": "fremmoedt", "cpr": CPR_AGAIN}
    return json.dumps({**form, "raekker": [came, *form["raekker"]]}, ensure_ascii=False).encode()


class TestSocial(ConnectorContract):
    connector, source, event, foreign = social.CONNECTOR, "social", ABSENCE, PLAN
    good: ClassVar = {"one row": written(social.CONNECTOR, ABSENCE), "two rows": _attendance()}


class TestRegion(ConnectorContract):
    connector, source, event, foreign = region.CONNECTOR, "social", LETTER, PLAN
    good: ClassVar = {"letter": written(region.CONNECTOR, LETTER)}


def _two_events() -> bytes:
    """Return a list of two events."""
    both = [json.loads(PLAN.as_json()) | {"id": name} for name in ("1", "2")]
    return json.dumps(both, ensure_ascii=False).encode()


class TestFaelles(ConnectorContract):
    connector, source, event = faelles.CONNECTOR, "jobcenter", PLAN
    good: ClassVar = {"one": PLAN.as_json(), "two": _two_events()}

    def test_an_event_of_another_type_is_not_expressible(self):
        """The shared language has a place for every event, so here there is no other type."""
        for one in (PLAN, ABSENCE, LETTER):
            assert written(self.connector, one) == one.as_json()

    def test_an_id_that_is_no_text_is_malformed(self):
        """Half a surrogate pair can be escaped in JSON, and then be neither hashed nor written."""
        assert self.refused(json.dumps(json.loads(PLAN.as_json()) | {"id": "\ud800"}).encode())

    def test_nobody_speaks_for_another(self):
        """An event that names another source than the authenticated sender is refused."""
        assert self.refused(ABSENCE.as_json())


def test_every_connector_is_registered_under_its_name():
    """The register of connectors holds these four, and an unknown name is none of them."""
    assert {name: one.name for name, one in CONNECTORS.items()} == {
        name: name for name in ("faelles", "jobcenter", "social", "region")
    }
    assert all(one.writers for one in CONNECTORS.values())
    assert CONNECTORS.get("ukendt") is None
