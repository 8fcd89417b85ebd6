"""What every leaf of an event must say about itself."""

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from pydantic import create_model

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


class Raekke(Value):
    """A row with a required leaf under its own heading."""

    navn: Tekst = felt("Navn", "Hvem", Type.KONTAKTPERSONER)


def refused(define: Callable[[], object]) -> str:
    """Return where defining an event fails."""
    with pytest.raises(SchemaError) as caught:
        define()
    return caught.value.where


class TestACopyIsAlwaysValid:
    """Whatever is withheld of an event, what remains is valid: an event type of which it could be otherwise is none."""

    def test_what_the_top_requires_is_core(self):
        """A required field outside the core could be missing from a copy."""

        def define() -> object:
            class Proevet(Haendelse):
                """Requires what is not core."""

                navn: ClassVar[str] = "proeve.taget"
                kerne: ClassVar[frozenset[Type]] = frozenset({Type.PLAN})
                svar: Tekst = felt("Svar", "Svaret", Type.HELBRED)

            return Proevet

        assert refused(define) == "Proevet.svar"

    def test_what_the_event_declares_is_core_or_optional(self):
        """A required free text could be missing where what it declares is withheld."""

        def define() -> object:
            class Proevet(Haendelse):
                """Requires free text that is not core."""

                navn: ClassVar[str] = "proeve.taget"
                kerne: ClassVar[frozenset[Type]] = frozenset({Type.PLAN})
                svar: Tekst = felt("Svar", "Svaret", Type.PLAN, erklaeret=True)

            return Proevet

        assert refused(define) == "Proevet.svar"

    def test_nothing_of_a_part_goes_without_what_the_part_requires(self):
        """A row without the name that it requires would be no row."""

        def define() -> object:
            class Delvis(Raekke):
                """Adds a leaf under another heading alone."""

                plan: Tekst | None = felt("Plan", "Under en anden overskrift", Type.PLAN, default=None)

            class Proevet(Haendelse):
                """Has such rows."""

                navn: ClassVar[str] = "proeve.taget"
                kerne: ClassVar[frozenset[Type]] = frozenset({Type.SAGSFORLOEB})
                raekker: tuple[Delvis, ...] = felt("Rækker", "Rækkerne", default=())

            return Proevet

        assert refused(define) == "Proevet.raekker.plan"

    def test_a_part_requires_something(self):
        """An empty part would look like a withheld one."""

        def define() -> object:
            class Tom(Value):
                """Requires nothing."""

                tekst: Tekst | None = felt("Tekst", "Måske", Type.PLAN, default=None)

            class Proevet(Haendelse):
                """Has such a part."""

                del_: Tom | None = felt("Del", "Delen", default=None)

            return Proevet

        assert refused(define) == "Proevet.del_"

    @pytest.mark.parametrize(
        ("annotation", "options"),
        [
            (int, {"default": 0}),
            (str, {"default": "ukendt"}),
            (tuple[str, ...], {"default": (), "min_length": 1}),
            (tuple[str, ...], {}),
            (str, {}),
        ],
    )
    def test_only_what_is_empty_looks_withheld(self, annotation: Any, options: dict[str, Any]):
        """No default says something, no optional list has a least length, and nothing required may be empty."""

        def define() -> object:
            return create_model("Proevet", __base__=Haendelse, svar=(annotation, felt("S", "S", Type.PLAN, **options)))

        assert refused(define) == "Proevet.svar"
