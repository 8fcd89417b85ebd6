"""The network card: that the citizen has to do with someone is information of that someone's area."""

from importlib.resources import files
from typing import Any

import pytest

from schemas.categories import Oplysningstype as Type
from schemas.events import read_event
from schemas.fields import Branch
from schemas.haendelser.netvaerkskort import Aktoer, NetvaerkskortOpdateret
from schemas.redaction import redact

EXAMPLE = read_event(files("schemas").joinpath("eksempler/netvaerkskort.opdateret.v1.json").read_bytes())
CORE = frozenset({Type.KONTAKTPERSONER})
OWN = {"borger", "sag", "formaal", "udarbejdet_af", "opdateret", "fremskudte_sagsbehandlere"}
"""What whoever may know the contact persons reads of any card."""


def read(*typer: Type) -> dict[str, Any]:
    """Return what someone with the core and these categories reads."""
    copy = redact(EXAMPLE, CORE | set(typer))
    assert copy is not None
    return copy.content()


@pytest.mark.parametrize(
    ("typer", "areas"),
    [
        ((), set()),
        ((Type.STAMDATA,), {"adresse", "telefon", "brug_for_tolkning", "tolkesprog", "tolke"}),
        ((Type.NETVAERK_FAMILIE,), set()),
        ((Type.NETVAERK_FAMILIE, Type.BOERN), {"privat_netvaerk"}),
        ((Type.FAGLIGE_KOMPETENCER,), {"uddannelsessted"}),
        ((Type.FAGLIGE_KOMPETENCER, Type.YDELSER_TILBUD), {"uddannelsessted", "beskaeftigelse"}),
        ((Type.BOLIG,), {"bolig"}),
        ((Type.HELBRED,), {"egen_laege"}),
        ((Type.HELBRED, Type.MISBRUG), {"egen_laege", "sundhed_og_behandling"}),
        ((Type.HELBRED, Type.YDELSER_TILBUD, Type.NETVAERK_FAMILIE), {"egen_laege"}),
        (
            (Type.HELBRED, Type.YDELSER_TILBUD, Type.NETVAERK_FAMILIE, Type.BOERN),
            {"egen_laege", "hverdagen_i_hjemmet", "privat_netvaerk"},
        ),
        ((Type.HELBRED, Type.YDELSER_TILBUD, Type.OEKONOMI), {"egen_laege"}),
        (
            (Type.HELBRED, Type.YDELSER_TILBUD, Type.OEKONOMI, Type.MISBRUG, Type.BOERN),
            {"egen_laege", "sundhed_og_behandling", "socialforvaltning"},
        ),
        ((Type.STRAFBARE_FORHOLD,), {"kriminalforsorgen"}),
        ((Type.SAGSFORLOEB,), {"bruger", "oensker_fuldt_samtykke"}),
    ],
)
def test_an_area_goes_with_all_that_it_reveals(typer, areas):
    """Beside the card's own lines, exactly the areas go whose categories are all permitted."""
    assert read(*typer).keys() == OWN | areas


def test_no_part_of_an_actor_goes_without_the_area():
    """Neither name, workplace, phone nor the yes or no of contact goes on fewer categories than the others."""
    areas = {
        name: branch
        for name, branch in NetvaerkskortOpdateret.labels.fields.items()
        if isinstance(branch, Branch) and branch.fields.keys() == Aktoer.model_fields.keys()
    }
    assert len(areas) == 10
    for branch in areas.values():
        assert len({label.typer for label in branch.leaves()}) == 1


def test_the_card_has_no_consent_but_a_wish_for_one():
    """The box for full consent names nobody and nothing, so no field of the card is called or read as a consent."""
    named = [name for name in NetvaerkskortOpdateret.model_fields if "samtykke" in name]
    assert named == ["oensker_fuldt_samtykke"]


def test_a_wish_opens_nothing():
    """A citizen who wishes full consent is read no further by whoever has the core alone."""
    refusing = EXAMPLE.model_copy(update={"data": EXAMPLE.data.model_copy(update={"oensker_fuldt_samtykke": False})})
    assert redact(refusing, CORE) == redact(EXAMPLE, CORE)


def test_an_answer_of_no_contact_is_an_answer():
    """No is said, and not the same as an empty box."""
    assert [one.get("kontakt") for one in read(Type.NETVAERK_FAMILIE, Type.BOERN)["privat_netvaerk"]] == [True, False]
