"""Case information: a request goes whole or not at all, an answer category by category."""

from importlib.resources import files
from typing import Any

import pytest

from schemas.categories import FRITEKST
from schemas.categories import Oplysningstype as Type
from schemas.errors import SchemaError
from schemas.events import event_from, read_event
from schemas.fields import Branch, Label
from schemas.haendelser.sagsoplysning import SagsoplysningAfgivet, SagsoplysningAnmodet
from schemas.redaction import redact

ASKED = read_event(files("schemas").joinpath("eksempler/sagsoplysning.anmodet.v1.json").read_bytes())
GIVEN = read_event(files("schemas").joinpath("eksempler/sagsoplysning.afgivet.v1.json").read_bytes())
CASEWORK = frozenset({Type.SAGSFORLOEB})
KEY = {"borger", "sag", "formaal"}
ABOUT = {"bruger", "anmodning", "art", "afgivet", "begrundelse", "oplysningstyper"}
"""What of an answer is casework, where its reason declares nothing else."""


def read(*typer: Type) -> set[str]:
    """Return the fields of the answer that someone with the casework and these categories reads, beside the key."""
    copy = redact(GIVEN, CASEWORK | set(typer))
    assert copy is not None
    return copy.content().keys() - KEY


class TestRequest:
    def test_it_declares_what_it_asks_for(self):
        """Asking tells that there is something to ask for: the request is casework and carries what it names."""
        assert ASKED.data.core() == CASEWORK | {Type.YDELSER_TILBUD, Type.PLAN, Type.KONTAKTPERSONER}

    def test_it_stays_where_one_of_them_could_not_come(self):
        """One category that may not be given keeps the whole request."""
        assert redact(ASKED, frozenset(Type) - {Type.PLAN}) is None

    def test_it_goes_whole_where_all_of_them_could(self):
        """With exactly the categories asked for and the casework, all goes but what the bus alone reads."""
        copy = redact(ASKED, ASKED.data.core())
        assert copy is not None
        assert ASKED.content().keys() - copy.content().keys() == {"adressebeskyttet", "hjemmel", "modtagere"}

    def test_it_stays_where_the_answer_could_not_come(self):
        """An answer is casework whatever is in it, so nobody is asked who may not tell of the casework."""
        assert GIVEN.data.core() <= ASKED.data.core()
        assert redact(ASKED, frozenset(Type) - CASEWORK) is None

    def test_asking_for_nothing_is_refused(self):
        """A request without categories is no request."""
        value: dict[str, Any] = ASKED.model_dump(mode="json", exclude={"data"})
        with pytest.raises(SchemaError, match="oplysningstyper"):
            event_from(value | {"data": ASKED.content() | {"oplysningstyper": []}})

    def test_it_is_known_as_asking(self):
        """The bus decides a request with sender and receiver exchanged."""
        assert SagsoplysningAnmodet.asks
        assert not SagsoplysningAfgivet.asks


class TestAnswer:
    @pytest.mark.parametrize("one", list(Type))
    def test_each_category_has_a_list_and_opens_no_other(self, one):
        """With one category beside the casework, the list of its name is read and no other list."""
        assert read(one) == ABOUT | {"sagsforloeb", one.value}

    def test_without_the_casework_there_is_no_answer(self):
        """Every other category together does not open it."""
        assert redact(GIVEN, frozenset(Type) - CASEWORK) is None

    @pytest.mark.parametrize("one", list(Type))
    def test_a_piece_of_information_carries_its_list_s_category_alone(self, one):
        """Neither text nor date of a piece needs more, or goes on less, than the category of its list."""
        branch = SagsoplysningAfgivet.labels.fields[one.value]
        assert isinstance(branch, Branch)
        assert set(branch.leaves()) == {Label(frozenset({one}))}

    def test_nothing_in_a_copy_tells_that_a_category_was_withheld(self):
        """The copy without health is the copy of an answer that never held any."""
        data = GIVEN.data.model_copy(update={"helbred": ()})
        permitted = frozenset(Type) - {Type.HELBRED}
        assert redact(GIVEN, permitted) == redact(GIVEN.model_copy(update={"data": data}), permitted)

    def test_a_reason_that_declares_nothing_may_hold_anything(self):
        """The reason is free text under no area: undeclared, it needs what free text may hold."""
        silent = GIVEN.model_copy(update={"data": GIVEN.data.model_copy(update={"oplysningstyper": ()})})
        for missing in FRITEKST:
            copy = redact(silent, frozenset(Type) - {missing})
            assert copy is not None
            assert "begrundelse" not in copy.content()
