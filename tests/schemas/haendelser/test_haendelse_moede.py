"""Meetings: neither those called nor the items of the agenda tell more than a receiver may know."""

from copy import deepcopy
from typing import Any

import pytest

from schemas.addressing import To
from schemas.categories import FRITEKST, Oplysningstype
from schemas.errors import SchemaError
from schemas.events import Event, event_from
from schemas.export import example
from schemas.haendelser.moede import MoedeAfholdt, MoedeIndkaldt, ReferatUdsendt
from schemas.redaction import redact

ALL = frozenset(Oplysningstype)
MEETINGS = (MoedeIndkaldt, MoedeAfholdt, ReferatUdsendt)
every_meeting = pytest.mark.parametrize("kind", MEETINGS, ids=lambda kind: kind.navn)


def event(kind: type[Any], **data: Any) -> Event:
    """Return the example of an event type, with other data at the top; None takes a field away."""
    value = deepcopy(example(kind.wire_type()))
    value["data"] = {name: part for name, part in (value["data"] | data).items() if part is not None}
    return event_from(value)


def copied(whole: Event, *withheld: Oplysningstype) -> dict[str, Any]:
    """Return what leaves of an event when these categories are withheld."""
    copy = redact(whole, ALL.difference(withheld))
    assert copy is not None
    return copy.content()


@every_meeting
@pytest.mark.parametrize(
    ("withheld", "telling"),
    [
        (Oplysningstype.HELBRED, "Lars Elm"),
        (Oplysningstype.MISBRUG, "Rusmiddelcentret"),
        (Oplysningstype.STRAFBARE_FORHOLD, "Kriminalforsorgen"),
        (Oplysningstype.NETVAERK_FAMILIE, "Kaj Prøve"),
        (Oplysningstype.BOERN, "Familieafdelingen"),
        (Oplysningstype.BOLIG, "Boligselskabet"),
        (Oplysningstype.OEKONOMI, "Boligselskabet"),
    ],
)
def test_a_body_that_gives_something_away_is_no_participant_to_those_who_may_not_know_it(kind, withheld, telling):
    """Who is called goes only with the category that calling them reveals; the others still go."""
    whole = event(kind)
    copy = copied(whole, withheld)
    assert telling in str(whole.content())
    assert telling not in str(copy)
    assert copy["deltagere"][0]["navn"] == whole.content()["deltagere"][0]["navn"]


@every_meeting
def test_a_copy_is_that_of_a_meeting_without_those_who_were_withheld(kind):
    """Nothing in what remains, such as a number, tells that there was one more."""
    without = event(kind, deltagere_misbrug=None, **({} if kind is MoedeAfholdt else {"punkter_misbrug": None}))
    withheld = (Oplysningstype.MISBRUG,)
    assert copied(event(kind), *withheld) == copied(without, *withheld)


@every_meeting
def test_one_who_gives_several_things_away_goes_with_what_the_event_declares(kind):
    """A team for both illness and misbrug stands under neither alone."""
    declared = event(kind, oplysningstyper=["helbred", "misbrug"])
    assert "deltagere_oevrige" in copied(declared)
    for withheld in (Oplysningstype.HELBRED, Oplysningstype.MISBRUG):
        assert "deltagere_oevrige" not in copied(declared, withheld)


@every_meeting
def test_what_stands_under_no_area_is_everything_sensitive_unless_the_sender_declares_less(kind):
    """A place and a reason may say that the meeting is at a treatment centre."""
    undeclared = event(kind, oplysningstyper=None)
    assert undeclared.data.declared() == FRITEKST
    for withheld in FRITEKST:
        copy = copied(undeclared, withheld)
        assert "moedested" not in copy
        assert "hvorfor" not in copy["deltagere"][0]
    declared = copied(event(kind, oplysningstyper=["sagsforloeb"]), *FRITEKST)
    assert "moedested" in declared
    assert "hvorfor" in declared["deltagere"][0]


@every_meeting
def test_the_names_of_those_called_are_contact_persons(kind):
    """Without contact persons a receiver knows that there is a meeting, and with nobody."""
    copy = copied(event(kind), Oplysningstype.KONTAKTPERSONER)
    assert copy["moede_id"]
    assert not [name for name in copy if name.startswith(("deltagere", "moedeleder", "referent"))]


@every_meeting
def test_a_meeting_is_casework(kind):
    """Who may not know of the casework learns of no meeting."""
    assert redact(event(kind), ALL - {Oplysningstype.SAGSFORLOEB}) is None


@every_meeting
def test_a_meeting_does_not_end_before_it_starts(kind):
    """Such a time is a mistake, and every deadline that counts from it would be one too."""
    with pytest.raises(SchemaError) as caught:
        event(kind, start="2026-03-17T10:00:00+01:00", slut="2026-03-17T09:30:00+01:00")
    assert caught.value.where == "data"


@every_meeting
def test_a_meeting_may_start_and_end_under_different_offsets(kind):
    """Only the instants count: ten o'clock in Copenhagen is after eight in Greenwich."""
    assert event(kind, start="2026-03-17T08:00:00Z", slut="2026-03-17T10:00:00+01:00").data is not None


@pytest.mark.parametrize("kind", [MoedeIndkaldt, ReferatUdsendt], ids=lambda kind: kind.navn)
@pytest.mark.parametrize("withheld", [Oplysningstype.MISBRUG, Oplysningstype.BOLIG, Oplysningstype.FAGLIGE_KOMPETENCER])
def test_the_minutes_set_aside_for_an_item_go_only_to_who_sees_them_all(kind, withheld):
    """Of an hour's meeting, forty minutes that no item accounts for would be an item that was withheld."""
    whole, copy = event(kind), copied(event(kind), withheld)
    assert "minutter" in str(whole.content())
    assert "punkter_helbred" in copy
    assert "minutter" not in str(copy)


def test_who_tells_an_absent_citizen_tells_that_the_citizen_was_absent():
    """Whether the citizen came is attendance, whichever field says so."""
    copy = copied(event(MoedeAfholdt), Oplysningstype.FREMMOEDE)
    assert not {"borger_deltager", "informerer_borgeren"} & copy.keys()
    assert "naeste_moede" in copy


@pytest.mark.parametrize("kind", [MoedeIndkaldt, ReferatUdsendt], ids=lambda kind: kind.navn)
@pytest.mark.parametrize(
    ("area", "withheld"),
    [
        ("helbred", Oplysningstype.HELBRED),
        ("misbrug", Oplysningstype.MISBRUG),
        ("bolig_oekonomi", Oplysningstype.BOLIG),
        ("bolig_oekonomi", Oplysningstype.OEKONOMI),
        ("strafbare_forhold", Oplysningstype.STRAFBARE_FORHOLD),
    ],
)
def test_an_item_goes_only_with_its_area(kind, area, withheld):
    """Subject, decision and tasks alike."""
    assert f"punkter_{area}" in copied(event(kind))
    assert f"punkter_{area}" not in copied(event(kind), withheld)


def test_where_the_citizen_is_now_goes_with_neither_address_nor_home_alone():
    """A present whereabouts may be a ward, a shelter or a prison, so it also carries what the event declares."""
    call = event(MoedeIndkaldt, oplysningstyper=None)
    assert copied(call)["opholdssted"]
    for withheld in (Oplysningstype.STAMDATA, Oplysningstype.BOLIG, *FRITEKST):
        assert "opholdssted" not in copied(call, withheld)
    assert "adresse" not in copied(call, Oplysningstype.STAMDATA)
    assert "adresse" in copied(call, *FRITEKST)


def test_what_the_citizen_said_at_the_meeting_is_the_citizens_comment():
    """The citizen's own words go only with the category for them."""
    copy = copied(event(ReferatUdsendt), Oplysningstype.BORGERENS_KOMMENTARER)
    assert not {"oplevelse", "oensker", "status", "forventninger", "tegn_paa_udvikling"} & copy.keys()


def test_minutes_may_be_no_more_than_the_plan_they_refer_to():
    """After a start meeting the updated plan is the minutes."""
    bare = {name: None for name in example(ReferatUdsendt.wire_type())["data"] if name.startswith("punkter")}
    assert copied(event(ReferatUdsendt, **bare))["plan_id"] == "P-2026-007"


def test_a_call_and_minutes_go_to_those_they_name_and_the_fact_of_a_meeting_to_the_keyworkers():
    """Taking part in the case is no call to every meeting in it."""
    assert [kind.to for kind in MEETINGS] == [To.ADDRESSEES, To.KEYWORKERS, To.ADDRESSEES]
