"""The table: the log's leaves as people read them."""

import json
from typing import Any

import pytest

from consent.disclosures.entries import Entry, seal
from consent.disclosures.keys import Key
from gateway.deliveries import State
from ops.sample.table import _TAKEN_BACK, EVENTS, Row, rows

CONSENT = {"ground": "samtykke", "samtykke_id": "S-1", "version": 1, "punkt": 1}
PLAN = "dk.tvaers.indsatsplan.opdateret.v1"


def decision(**fields: Any) -> dict[str, Any]:
    """Return the leaf of a decision."""
    head = {"art": "afgoerelse", "tid": "2026-11-23T07:40:05.123456Z", "haendelse": "h1", "forsoeg": 1}
    parties = {"type": PLAN, "fra": "jobcenter", "til": "social"}
    return head | parties | {"tilladt": {}, "tilbageholdt": {}, "tilstand": "decided", "bemaerkning": None} | fields


def state(tilstand: str, **fields: Any) -> dict[str, Any]:
    """Return the leaf of a delivery's later state."""
    head = {"art": "tilstand", "tid": "2026-11-23T11:00:00.000000Z", "haendelse": "h1", "forsoeg": 1, "til": "social"}
    return head | {"tilstand": tilstand, "tilladt": {}, "tilbageholdt": {}} | fields


def test_what_crossed_says_on_what_ground() -> None:
    """Time is Danish, the event is called by its everyday name, each ground stands once."""
    [row] = rows([decision(tilladt={"plan": CONSENT, "helbred": CONSENT})])
    assert row == Row("08:40:05", "jobcenter", "social", "indsatsplan", "krydset", "samtykke, punkt 1")


def test_what_crossed_in_part_says_what_stayed() -> None:
    """A partial copy gives its ground and the titles of what was withheld."""
    withheld = {"misbrug": "oplysningstype_ikke_omfattet", "boern": "spaerret"}
    [row] = rows([decision(tilladt={"plan": CONSENT}, tilbageholdt=withheld)])
    assert (row.udfald, row.grund) == ("delvist", "samtykke, punkt 1; uden børn, misbrug")


def test_what_was_refused_says_why() -> None:
    """Each reason stands once, in the words of the form."""
    withheld = {"helbred": "udloebet", "plan": "udloebet", "boern": "spaerret"}
    [row] = rows([decision(tilbageholdt=withheld, tilstand="refused")])
    assert (row.udfald, row.grund) == ("afvist", "samtykket er udløbet; borgeren har spærret for det")


def test_a_paragraph_and_an_emergency_are_named() -> None:
    """A legal basis is shown as its paragraph, and an emergency as what a person must look at."""
    basis = {"ground": "hjemmel", "paragraf": "sundhedsloven § 43"}
    [row] = rows([decision(tilladt={"helbred": basis}, bemaerkning="vaerdispring")])
    assert row.grund == "sundhedsloven § 43; gennemses inden 7 dage"


@pytest.mark.parametrize(
    ("later", "udfald"),
    [
        ("recalled", "tilbagekaldt"),
        ("recalled_maybe_read", "tilbagekaldt, måske læst"),
        ("revoked", "tilbagekaldt"),
        ("delivered", "krydset"),
    ],
)
def test_a_later_state_marks_the_row_of_its_delivery(later: str, udfald: str) -> None:
    """What was taken back says so on its own row; another recipient's and another attempt's stay as they are."""
    first = decision(tilladt={"plan": CONSENT})
    others: list[dict[str, Any]] = [{"til": "familie"}, {"forsoeg": 2}, {"haendelse": "h2"}]
    leaves = [first, *(first | other for other in others), state(later), state(later, haendelse="unknown")]
    found = [row.udfald for row in rows(leaves)]
    assert found == [udfald, "krydset", "krydset", "krydset"]


def test_what_was_taken_back_says_why() -> None:
    """A decision anew that leaves nothing gives its reason to the row it ends; a narrower copy is a row of its own."""
    first = decision(tilladt={"plan": CONSENT, "boern": CONSENT})
    nothing = decision(forsoeg=2, tilbageholdt={"plan": "tilbagekaldt"}, tilstand="refused")
    [row] = rows([first, nothing, state("recalled")])
    assert (row.udfald, row.grund) == ("tilbagekaldt", "samtykket er trukket tilbage")
    narrower = decision(forsoeg=2, tilladt={"plan": CONSENT}, tilbageholdt={"boern": "spaerret"})
    assert [row.udfald for row in rows([first, narrower, state("recalled")])] == ["tilbagekaldt", "delvist"]


def test_other_entries_are_no_rows() -> None:
    """Consents, look-ups and operations decide nothing about a message."""
    assert rows([{"art": "samtykke"}, {"art": "opslag"}, {"art": "drift"}, state("recalled")]) == []


def test_the_log_writes_what_the_table_reads() -> None:
    """A leaf as the log seals it makes a row."""
    entry = Entry(
        art="afgoerelse",
        tid="2026-07-01T10:00:00.000000Z",
        tilstand="decided",
        politik="1",
        register="1.1",
        skema="1",
        haendelse="h1",
        type=PLAN,
        fra="jobcenter",
        til="social",
        forsoeg=1,
        tilladt={"plan": CONSENT},
    )
    [row] = rows([json.loads(seal(entry, Key("k1", bytes(32))).leaf)])
    assert row == Row("12:00:00", "jobcenter", "social", "indsatsplan", "krydset", "samtykke, punkt 1")


def test_every_event_has_a_name_and_every_state_is_known() -> None:
    """The table names each event type that exists, and the states it marks are the gateway's."""
    assert all(EVENTS.values())
    assert set(_TAKEN_BACK) == {State.RECALLED, State.RECALLED_MAYBE_READ, State.REVOKED}
