"""The contact person: whoever holds the threads is told of whole, or not at all."""

from importlib.resources import files
from typing import Any

import pytest

from schemas.categories import FRITEKST
from schemas.categories import Oplysningstype as Type
from schemas.errors import SchemaError
from schemas.events import Event, event_from, read_event
from schemas.haendelser.kontaktperson import KontaktpersonTildelt
from schemas.redaction import redact

EXAMPLE = read_event(files("schemas").joinpath(f"eksempler/{KontaktpersonTildelt.navn}.v1.json").read_bytes())


def in_role(rolle: str) -> Event:
    """Return the example with another role."""
    value: dict[str, Any] = EXAMPLE.model_dump(mode="json", exclude={"data"})
    return event_from(value | {"data": EXAMPLE.content() | {"rolle": rolle}})


@pytest.mark.parametrize(
    "rolle",
    [
        "fremskudt_sagsbehandler",
        "koordinerende_sagsbehandler",
        "sagsbehandler",
        "primaer_tovholder",
        "sekundaer_tovholder",
        "mentor",
    ],
)
def test_the_forms_roles_are_known(rolle):
    """Outreach, coordinating and ordinary caseworker, both keyworkers and the mentor can be told of."""
    assert in_role(rolle).content()["rolle"] == rolle


def test_a_role_that_no_form_has_is_refused():
    """A role that nobody knows gives nobody a part in the case."""
    with pytest.raises(SchemaError, match="rolle"):
        in_role("nabo")


def test_who_may_know_the_contact_persons_is_told_all_of_one_whose_unit_reveals_nothing():
    """The example's sender says that of it; only the acting employee needs another category."""
    copy = redact(EXAMPLE, {Type.KONTAKTPERSONER})
    assert copy is not None
    assert EXAMPLE.content().keys() - copy.content().keys() == {"adressebeskyttet", "bruger", "hjemmel", "modtagere"}


def test_where_a_contact_person_works_needs_what_it_reveals():
    """A keyworker at a treatment centre is known by name and phone, and as such only to who may know of the misbrug."""
    value: dict[str, Any] = EXAMPLE.model_dump(mode="json", exclude={"data"})
    told = EXAMPLE.content() | {"enhed": "Rusmiddelcentret", "oplysningstyper": ["misbrug"]}
    copy = redact(event_from(value | {"data": told}), frozenset(Type) - {Type.MISBRUG})
    assert copy is not None
    assert {"kontaktperson", "telefon", "rolle"} <= copy.content().keys()
    assert not {"enhed", "mail", "oplysningstyper"} & copy.content().keys()


@pytest.mark.parametrize("missing", sorted(FRITEKST))
def test_a_unit_of_which_nothing_is_said_may_reveal_anything(missing):
    """Nobody has looked the name up for us."""
    value: dict[str, Any] = EXAMPLE.model_dump(mode="json", exclude={"data"})
    silent = event_from(value | {"data": EXAMPLE.content() | {"oplysningstyper": []}})
    copy = redact(silent, frozenset(Type) - {missing})
    assert copy is not None
    assert "enhed" not in copy.content()


def test_who_may_not_is_told_of_nobody():
    """Every other category together does not open it."""
    assert redact(EXAMPLE, frozenset(Type) - {Type.KONTAKTPERSONER}) is None
