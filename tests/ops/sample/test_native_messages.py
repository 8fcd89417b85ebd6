"""The sample's messages and documents: native, readable, and malformed where that is meant."""

import json
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from connectors.contract import Hint, Malformed, read_safely
from connectors.registry import CONNECTORS
from consent.declarations import COPENHAGEN
from consent.document import read_document
from consent.signatures import Trust, Verified, load_anchors, verify_signed
from gateway.intake import unwrap
from ops.sample.dates import Day
from ops.sample.day import parties, sends_of
from ops.sample.letters import as_xml
from ops.sample.pki import SamplePki
from ops.sample.samtykker import SAMTYKKER
from ops.sample.steps import WRAPPED, Register, Send, Step
from schemas.categories import FRITEKST
from schemas.events import Event
from schemas.haendelser import KorrespondanceModtaget

REGISTER = parties()
NOW = datetime(2026, 11, 23, 11, tzinfo=UTC)


def _native(send: Send) -> bytes:
    return unwrap(send.body, send.content_type, Hint(send.party, REGISTER))[0]


def _read(send: Send) -> list[Event] | Malformed:
    native, hint = unwrap(send.body, send.content_type, Hint(send.party, REGISTER))
    return read_safely(CONNECTORS[send.connector], native, hint)


@pytest.fixture(scope="session")
def letter(steps: list[Step]) -> Callable[[str], KorrespondanceModtaget]:
    """Return how to read a letter of the day by its name."""
    sends = {one.name: one for one in sends_of(steps)}

    def read(name: str) -> KorrespondanceModtaget:
        events = _read(sends[name])
        assert isinstance(events, list)
        assert isinstance(events[0].data, KorrespondanceModtaget)
        return events[0].data

    return read


def test_every_message_is_read_but_the_one_cut_off(steps: list[Step]) -> None:
    """Each native message becomes at least one event of its sender, and only what expects 400 becomes none."""
    for send in sends_of(steps):
        events = _read(send)
        assert isinstance(events, Malformed) == (send.expect_status == 400)
        if isinstance(events, list):
            assert events
            assert {event.source for event in events} == {send.party}


def test_one_is_cut_off_one_comes_twice_and_one_takes_anothers_id(steps: list[Step]) -> None:
    """There is one message malformed, one with the bytes of another, and one with another's id and other bytes."""
    sends = list(sends_of(steps))
    assert [one.name for one in sends if one.expect_status == 400] == ["karin-afbrudt"]
    assert [one.name for one in sends if one.expect_status == 409] == ["karin-plan-andet-indhold"]
    by_name = {one.name: one for one in sends}
    assert by_name["karin-vurdering-igen"].body == by_name["karin-vurdering"].body
    assert len({one.body for one in sends}) == len(sends) - 1
    ids = {name: _read(by_name[name]) for name in ("karin-plan", "karin-plan-andet-indhold")}
    (first,), (second,) = (events for events in ids.values() if isinstance(events, list))
    assert first.id == second.id
    assert first.data != second.data


def test_health_writes_medcom_in_both_of_fhirs_forms(steps: list[Step]) -> None:
    """Region, psychiatry and GP send FHIR bundles, some of them XML, and nothing else."""
    health = [one for one in sends_of(steps) if one.party in {"klinisk-funktion", "psykiatrien", "laege-099001"}]
    assert {one.connector for one in health} == {"region"}
    forms = [_native(one).lstrip()[:1] for one in health]
    assert {forms.count(b"<"), forms.count(b"{")} == {3, len(health) - 3}


def test_both_forms_say_the_same(steps: list[Step]) -> None:
    """A letter written as XML is read as the very event that it is as JSON."""
    letters = [one for one in sends_of(steps) if one.connector == "region" and _native(one)[:1] == b"{"]
    for one in letters:
        wrapped = unwrap(one.body, one.content_type, Hint(one.party, REGISTER))[1]
        xml = as_xml(json.loads(_native(one)))
        assert read_safely(CONNECTORS["region"], xml, wrapped) == _read(one)


def test_letters_have_copies_attachment_and_history(letter: Callable[[str], KorrespondanceModtaget]) -> None:
    """There is a letter with a copy, one with a file, one passed on with its history and one that replies to all."""
    assert letter("karin-kopi").modtagere == ("jobcenter", "social")
    file = letter("karin-attest").beskeder[1].bilag
    assert file is not None
    assert b64decode(file.indhold or "").startswith(b"%PDF")
    history = letter("karin-videresendt")
    assert history.aktivitet == "videresendt"
    assert [step.organisation for step in history.beskeder] == ["Klinisk funktion", "Psykiatrisk ambulatorium"]
    reply = letter("sofie-svar-til-alle")
    assert (reply.aktivitet, len(reply.modtagere)) == ("svar", 3)
    assert reply.vedroerer


def test_what_is_not_declared_may_be_everything(letter: Callable[[str], KorrespondanceModtaget]) -> None:
    """A letter of which nobody says what it holds declares all that free text may hold; a declared one its own."""
    assert letter("karin-status-uerklaeret").declared() >= FRITEKST
    assert letter("karin-status").declared() == {"helbred"}


def test_only_a_letter_needs_wrapping(steps: list[Step]) -> None:
    """The municipality's own formats have places of their own for case, purpose and basis."""
    wrapped = [one for one in sends_of(steps) if one.content_type == WRAPPED]
    assert wrapped
    assert {one.connector for one in wrapped} == {"region"}


def test_every_document_verifies(steps: list[Step], pki: SamplePki) -> None:
    """Each declaration reads back, under the sample's own anchor, as what was to be signed, parties by their names."""
    documents = [one.document for one in steps if isinstance(one, Register)]
    names = {part.id: part.navn for part in REGISTER.parter}
    for document, samtykke in zip(documents, SAMTYKKER, strict=True):
        verified = verify_signed(document, Trust(load_anchors(pki.anchors_pem)), NOW)
        assert isinstance(verified, Verified)
        assert verified.signer.uuid == samtykke.signer.uuid
        content = read_document(verified.signed)
        assert content.declaration == samtykke.declaration(Day(date(2026, 11, 23)))
        assert content.names.items() <= names.items()


def test_certificates_cover_now_long_after(steps: list[Step], pki: SamplePki) -> None:
    """The same day can be played again years later."""
    document = next(one.document for one in steps if isinstance(one, Register))
    for later in (timedelta(days=-700), timedelta(days=3600)):
        assert isinstance(verify_signed(document, Trust(load_anchors(pki.anchors_pem)), NOW + later), Verified)


def test_a_message_of_a_day_is_bound_to_it(steps: list[Step]) -> None:
    """Each event happened on the day, at the minute at which its message is sent or, of a resend, was first."""
    for send in sends_of(steps):
        events = _read(send)
        for event in events if isinstance(events, list) else []:
            assert _minute(event) == ("09:10" if send.name == "karin-vurdering-igen" else send.klokken)


def _minute(event: Event) -> str:
    local = event.time.astimezone(COPENHAGEN)
    assert local.date() == date(2026, 11, 23)
    return f"{local:%H:%M}"
