"""News of a declaration says what the declaration says, and only what has happened."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from consent.citizen import CitizenFile
from consent.declarations import Declaration, read_declaration
from gateway.news import declaration_told_of, discreet, truthful
from gateway.registers import party_register
from gateway.settings import read_settings
from schemas.events import Event, event_from
from schemas.export import example
from schemas.haendelser.samtykke import SamtykkeAendret, SamtykkeAfgivet, SamtykkeTilbagekaldt, SamtykkeUdloebet

GIVEN = datetime(2026, 3, 2, 9, tzinfo=UTC)
LAPSED = datetime(2026, 12, 31, 23, tzinfo=UTC)
SIGNED = {
    "samtykke_id": "s-1",
    "version": 1,
    "borger": "borger-1",
    "sag": "sag-1",
    "formaal": "forloeb",
    "punkter": [
        {"punkt": 1, "parter": ["jobcenter", "social"], "oplysningstyper": ["plan"]},
        {"punkt": "navngivet", "fra": ["rusmiddel"], "til": ["social"], "oplysningstyper": ["misbrug"]},
    ],
    "spaerringer": [{"til": ["familie"], "oplysningstyper": ["*"]}],
    "afgivet": "2026-03-02T09:00:00Z",
    "gyldig_til": "2026-12-31",
    "tilbagekaldt": None,
    "underskrift": "gyldig",
    "underskriver": {"relation": "borger", "bekraeftet": True},
}
every_kind = pytest.mark.parametrize(
    "kind", [SamtykkeAfgivet, SamtykkeAendret, SamtykkeTilbagekaldt, SamtykkeUdloebet], ids=lambda kind: kind.navn
)


def declared(**changes: Any) -> Declaration:
    """Return the declaration as the store has it, with changes."""
    read = read_declaration(SIGNED)
    assert isinstance(read, Declaration)
    return replace(read, **changes)


def news(kind: type[Any], source: str = "jobcenter", **data: Any) -> Event:
    """Return news whose sender has written a scope of its own."""
    value = example(kind.wire_type())
    about = {"samtykke_id": "s-1", "samtykkeversion": 1}
    return event_from({**value, "source": source, "data": {**value["data"], **about, **data}})


def told(event: Event, *known: Declaration, now: datetime = LAPSED) -> dict[str, Any] | None:
    """Return what of the news would be told at `now`, by a file that holds these declarations."""
    found = truthful(event, CitizenFile("borger-1", known, ()), now)
    return found.content() if found else None


@every_kind
def test_each_says_which_declaration_it_tells_of(kind: type[Any]) -> None:
    """So that it reaches those whom that one names."""
    assert declaration_told_of(news(kind, samtykkeversion=3)) == ("s-1", 3)


@every_kind
def test_nothing_is_told_of_an_unknown_declaration(kind: type[Any]) -> None:
    """Nor of another version, nor by a party that the declaration does not name."""
    known = declared(tilbagekaldt=LAPSED), declared(version=2, tilbagekaldt=LAPSED)
    assert told(news(kind, samtykke_id="s-2"), *known) is None
    assert told(news(kind, samtykkeversion=3), *known) is None
    assert told(news(kind, "familie", samtykkeversion=2), *known) is None
    assert told(news(kind, samtykkeversion=2), *known) is not None


def test_the_scope_is_the_declarations() -> None:
    """Points, start and end are the stored ones, whatever the sender wrote; blocks are nobody's business."""
    content = told(news(SamtykkeAfgivet), declared())
    assert content is not None
    assert (content["afgivet"], content["gyldig_til"]) == ("2026-03-02T09:00:00Z", "2026-12-31")
    assert content["punkter"] == SIGNED["punkter"]
    assert "familie" not in str(content["punkter"])


def test_only_a_version_that_replaces_one_has_changed_anything() -> None:
    """The first version of a declaration is given, and changes nothing."""
    change = news(SamtykkeAendret, samtykkeversion=2)
    assert told(news(SamtykkeAendret), declared(), declared(version=2)) is None
    assert told(change, declared(version=2), declared(samtykke_id="s-2")) is None
    content = told(change, declared(), declared(version=2, afgivet=GIVEN + timedelta(days=30)))
    assert content is not None
    assert content["afgivet"] == "2026-04-01T09:00:00Z"


def test_only_a_withdrawal_that_happened_is_told() -> None:
    """At the instant that the store has."""
    assert told(news(SamtykkeTilbagekaldt), declared()) is None
    content = told(news(SamtykkeTilbagekaldt), declared(tilbagekaldt=GIVEN + timedelta(hours=1)))
    assert content is not None
    assert content["tilbagekaldt"] == "2026-03-02T10:00:00Z"


def test_only_a_lapse_that_happened_is_told() -> None:
    """From the very instant on, not before, and with that instant."""
    assert told(news(SamtykkeUdloebet), declared(), now=LAPSED - timedelta(microseconds=1)) is None
    content = told(news(SamtykkeUdloebet), declared(), now=LAPSED)
    assert content is not None
    assert content["udloebet"] == "2026-12-31T23:00:00Z"


def test_what_was_withdrawn_does_not_lapse() -> None:
    """A declaration withdrawn before its end was over already; one withdrawn after had lapsed."""
    assert told(news(SamtykkeUdloebet), declared(tilbagekaldt=LAPSED - timedelta(days=1))) is None
    assert told(news(SamtykkeUdloebet), declared(tilbagekaldt=LAPSED + timedelta(days=1))) is not None


class TestDiscreet:
    def test_a_party_whose_name_tells_more_than_the_point_permits_is_left_out(self, tmp_path: Path) -> None:
        """The rest of the point is told, and a side that nobody is left on is no point at all."""
        register = party_register(read_settings(data=tmp_path))
        numbered = {"punkt": 1, "parter": ["jobcenter", "rusmiddel", "social"], "oplysningstyper": ["plan"]}
        alone = {"punkt": "navngivet", "fra": ["rusmiddel"], "til": ["jobcenter"], "oplysningstyper": ["plan"]}
        covered = {**alone, "oplysningstyper": ["misbrug"]}
        found = discreet(_news(numbered, alone, covered), "jobcenter", register)
        assert found is not None
        assert found.content()["punkter"] == [{**numbered, "parter": ["jobcenter", "social"]}, covered]
        assert discreet(_news(alone), "jobcenter", register) is None


def _news(*points: dict[str, Any]) -> Event:
    value = example(SamtykkeAfgivet.wire_type())
    return event_from({**value, "data": {**value["data"], "punkter": list(points)}})
