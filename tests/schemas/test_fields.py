"""What every leaf of an event must say about itself."""

from typing import ClassVar

import pytest

from schemas.categories import Oplysningstype as Type
from schemas.errors import SchemaError
from schemas.events import Haendelse, Tekst, Value, event_types
from schemas.fields import Branch, Label, felt, kun_bus, labels, noegle
from schemas.haendelser import FravaerRegistreret, IndsatsplanOpdateret


class Aaben(Value):
    """A part whose leaf says nothing of its own."""

    tekst: Tekst


def leaf(branch: Branch, *path: str) -> Label:
    """Return the label at a path."""
    found: Label | Branch = branch
    for name in path:
        assert isinstance(found, Branch)
        found = found.fields[name]
    assert isinstance(found, Label)
    return found


def test_an_event_with_a_leaf_without_category_cannot_be_defined():
    """The class statement itself fails, so such a schema cannot even be imported, and no event type comes of it."""
    with pytest.raises(SchemaError) as caught:

        class Umulig(Haendelse):
            """Has a leaf that says nothing."""

            navn: ClassVar[str] = "umulig.proevet"
            tekst: str = ""

    assert caught.value.where == "Umulig.tekst"
    assert "dk.tvaers.umulig.proevet.v1" not in event_types()


def test_a_leaf_without_category_is_found_at_any_depth():
    """A list of objects hides nothing."""
    with pytest.raises(SchemaError) as caught:

        class Umulig(Haendelse):
            """Has a list whose rows say nothing."""

            raekker: tuple[Aaben, ...] = felt("Rækker", "Uden oplysningstype", default=())

    assert caught.value.where == "Aaben.tekst"


def test_the_leaves_of_a_categorised_list_carry_its_category():
    """A list that a form divides by area gives its area's category to every leaf below it."""

    class Liste(Value):
        """A list under an area."""

        raekker: tuple[Aaben, ...] = felt("Rækker", "Under misbrug", Type.MISBRUG, default=())

    assert leaf(labels(Liste), "raekker", "tekst") == Label(typer=frozenset({Type.MISBRUG}))


@pytest.mark.parametrize(
    ("area", "typer"),
    [
        ("helbred", {Type.PLAN, Type.HELBRED}),
        ("bolig_oekonomi", {Type.PLAN, Type.BOLIG, Type.OEKONOMI}),
        ("strafbare_forhold", {Type.PLAN, Type.STRAFBARE_FORHOLD}),
    ],
)
def test_a_plan_row_carries_plan_and_its_area(area: str, typer: set[Type]):
    """A leaf has its own categories and those of everything above it."""
    assert leaf(IndsatsplanOpdateret.labels, area, "delmaal").typer == typer


def test_what_depends_on_the_message_says_so():
    """Absence carries what the offer's kind reveals, and its cause is health too."""
    assert leaf(FravaerRegistreret.labels, "aarsag") == Label(
        typer=frozenset({Type.FREMMOEDE, Type.HELBRED}), erklaeret=True
    )


def test_the_key_cannot_have_a_category():
    """The key goes with anything, so a categorised field among its parts would go with anything too."""

    class Noegle(Value):
        """A key with an address in it."""

        adresse: Tekst = felt("Adresse", "Folkeregisteradresse", Type.STAMDATA)

    class Proeve(Value):
        """Something with such a key."""

        borger: Noegle = noegle("Borger", "Hvem")

    with pytest.raises(SchemaError) as caught:
        labels(Proeve)
    assert caught.value.where == "Noegle.adresse"


def test_what_only_the_bus_reads_is_one_leaf():
    """A basis goes nowhere whole, whatever is inside it."""

    class Proeve(Value):
        """Something with a basis."""

        hjemmel: Aaben | None = kun_bus("Hjemmel", "Påberåbt hjemmel", default=None)

    assert leaf(labels(Proeve), "hjemmel") == Label(bus_only=True)


@pytest.mark.parametrize("kind", event_types().values(), ids=lambda kind: kind.navn)
def test_every_event_type_has_a_core_that_something_carries(kind: type[Haendelse]):
    """An event without core categories would leave on any permission at all."""
    assert kind.kerne or kind.kerne_erklaeret
