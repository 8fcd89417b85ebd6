"""Correspondence written as CareCommunication, and read again."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import Hint, NotExpressible, read_safely
from connectors.region import CONNECTOR
from connectors.region.categories import CATEGORIES
from connectors.region.write_care_communication import write
from schemas.events import Borger, Event
from schemas.haendelser.kontaktperson import KontaktpersonTildelt
from schemas.haendelser.korrespondance import KorrespondanceModtaget
from schemas.ids import event_id
from schemas.parties import Partregister

Json = dict[str, Any]
Write = Callable[[Json], bytes]

NOW = datetime(2024, 6, 1, 11, 55, tzinfo=UTC)
WORDS = st.text(st.characters(exclude_categories=["C"], include_characters="\n\t"), min_size=1).filter(
    lambda text: text == text.strip()
)
NAMES = st.lists(st.from_regex(r"[A-ZÆØÅ][a-zæøå]{0,8}", fullmatch=True), min_size=1, max_size=4).map(" ".join)
MAYBE = st.none() | WORDS
ATTACHMENTS = st.fixed_dictionaries(
    {"titel": MAYBE, "indholdstype": WORDS, "indhold": st.sampled_from(["JVBERi0xLjcKtbW1", "QUJD"]), "adresse": MAYBE}
)


def _steps(name: str) -> st.SearchStrategy[Json]:
    """Return a step of this name: a text or an attachment."""
    about = {
        "id": st.just(name),
        "tidspunkt": st.just(NOW.isoformat()),
        "organisation": MAYBE,
        "forfatter": st.none() | NAMES,
        "rolle": MAYBE,
        "telefon": MAYBE,
    }
    return st.fixed_dictionaries({**about, "tekst": WORDS}) | st.fixed_dictionaries({**about, "bilag": ATTACHMENTS})


def _event(**changes: Any) -> Event:
    """Return a letter from psykiatrien to social."""
    content = {
        "borger": {"cpr": "2509479989", "navn": "Ane Test Prøvesen"},
        "modtagere": ("social",),
        "kategori": "nursing",
        "aktivitet": "svar",
        "meddelelse": "brev-2",
        "vedroerer": "brev-1",
        "beskeder": [{"id": "urn:uuid:a1", "tidspunkt": NOW, "tekst": "Ja tak", "forfatter": "Mette Fiktiv"}],
    } | changes
    data = KorrespondanceModtaget.model_validate(content)
    return Event.of(event_id("psykiatrien", data.meddelelse, key=b""), "psykiatrien", NOW, data)


def _again(event: Event, hint: Hint) -> KorrespondanceModtaget:
    """Write the event and read what was written."""
    native = write(event, hint.register)
    assert isinstance(native, bytes), native
    found = read_safely(CONNECTOR, native, hint)
    assert isinstance(found, list), found
    assert found[0].id == event.id
    assert isinstance(found[0].data, KorrespondanceModtaget)
    return found[0].data


@pytest.mark.parametrize("case", ["letter", "forwarded"])
def test_a_letter_read_written_and_read_is_the_same_event(
    case: str, request: pytest.FixtureRequest, as_json: Write, hint: Hint
) -> None:
    """What CareCommunication brought, CareCommunication takes away: not a field is lost."""
    found = read_safely(CONNECTOR, as_json(request.getfixturevalue(case)), hint)
    assert isinstance(found, list), found
    assert _again(found[0], hint) == found[0].data


class TestTheRoundTrip:
    """Whatever the conversation holds is in it again after writing and reading."""

    @settings(max_examples=100, deadline=None)
    @given(data=st.data(), category=st.sampled_from(sorted(CATEGORIES)), subject=WORDS)
    def test_of_any_conversation(self, hint: Hint, data: st.DataObject, category: str, subject: str) -> None:
        """Steps, category and subject of any conversation come back."""
        names = [f"urn:uuid:{number}" for number in range(data.draw(st.integers(1, 4)))]
        steps = [data.draw(_steps(name)) for name in names]
        event = _event(beskeder=steps, kategori=category, emne=subject)
        assert isinstance(event.data, KorrespondanceModtaget)
        again = _again(event, hint)
        assert (again.beskeder, again.kategori, again.emne) == (event.data.beskeder, category, subject)


def test_it_is_written_the_same_every_time(hint: Hint) -> None:
    """The same event for the same receiver is the same bytes."""
    assert write(_event(), hint.register) == write(_event(), hint.register)


def test_an_answer_stays_an_answer(hint: Hint) -> None:
    """Header id, activity, thread and the message answered are kept, so that the conversation goes on."""
    data = _again(_event(traad="urn:uuid:t1"), hint)
    assert (data.meddelelse, data.vedroerer, data.aktivitet, data.traad) == ("brev-2", "brev-1", "svar", "urn:uuid:t1")


def test_ids_that_are_not_fhirs_are_replaced(hint: Hint) -> None:
    """A letter of an older format is known by an id made for it, and named as before where it is answered."""
    event = _event(meddelelse="5790000000029#17", vedroerer="5790000000029#16", beskeder=[{"tekst": "Ja"}])
    native = write(event, hint.register)
    assert isinstance(native, bytes)
    found = read_safely(CONNECTOR, native, hint)
    assert isinstance(found, list)
    data = found[0].data
    assert isinstance(data, KorrespondanceModtaget)
    assert len(data.meddelelse) == 36
    assert data.vedroerer == "5790000000029#16"
    assert (data.beskeder[0].id or "").startswith("urn:uuid:")


def test_a_copy_is_written_for_whom_it_is_handed_to(hint: Hint) -> None:
    """A copy names no receivers, so the one who delivers it does; the event's own are not asked then."""
    copy = _event(modtagere=())
    assert isinstance(write(copy, hint.register), NotExpressible)
    native = write(copy, hint.register, til="social")
    assert isinstance(native, bytes)
    header = json.loads(native)["entry"][0]["resource"]
    assert [one["endpoint"] for one in header["destination"]] == ["https://sor2.sum.dsdn.dk/#id=111111000016002"]
    assert write(_event(modtagere=("nobody", "social")), hint.register, til="social") == native


def test_what_only_the_bus_may_see_is_not_written(hint: Hint) -> None:
    """Neither the basis claimed nor the other receivers stand in what is handed out."""
    basis = {"paragraf": "SUL § 41", "begrundelse": "hemmelig"}
    native = write(_event(hjemmel=basis, modtagere=("social", "psykiatrien")), hint.register)
    assert native == write(_event(), hint.register)


@pytest.mark.parametrize("number", ["2509479989", "0703921VJ4"])
def test_the_citizen_is_the_same(hint: Hint, number: str) -> None:
    """CPR numbers and national replacement numbers keep their systems."""
    assert _again(_event(borger={"cpr": number}), hint).borger == Borger(cpr=number)


@pytest.mark.parametrize(
    "change",
    [
        {"kategori": "epikrise"},
        {"kategori": "other"},
        {"prioritet": "asap"},
        {"prioritet": "meget", "kategori": "regarding-referral"},
        {"borger": {"cpr": "1206550VK9"}},
        {"borger": {"cpr": "6509479989"}},
        {"modtagere": ("sor:999999000016009",)},
        {"modtagere": ("boligforening",)},
        {"modtagere": ("laege-099001",)},
        {"beskeder": [{"bilag": {"indholdstype": "b"}}]},
        {"beskeder": [{"tekst": "a", "bilag": {"indholdstype": "b", "indhold": "QUJD"}}]},
    ],
)
def test_what_medcom_has_no_place_for_is_not_written(hint: Hint, change: Json) -> None:
    """Categories, priorities, numbers, receivers and steps outside MedCom's rules are refused with a reason."""
    assert isinstance(write(_event(**change), hint.register), NotExpressible)


def test_other_events_are_not_correspondence(register: Partregister) -> None:
    """Nothing but correspondence is written as CareCommunication."""
    data = KontaktpersonTildelt(
        borger=Borger(cpr="2509479989"), rolle="mentor", kontaktperson="Mette Fiktiv", gaelder_fra=date(2024, 6, 1)
    )
    event = Event.of(event_id("psykiatrien", "1", key=b""), "psykiatrien", NOW, data)
    assert isinstance(write(event, register, til="social"), NotExpressible)


def test_the_writer_is_the_connectors(hint: Hint) -> None:
    """The connector offers the writer under the format's name."""
    assert CONNECTOR.writers["carecommunication"](_event(), hint.register) == write(_event(), hint.register)
