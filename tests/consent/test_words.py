"""Codes in words for people."""

import pytest

from consent.decisions import Hjemmelsgrundlag, Reason, SammePart, Samtykkegrundlag
from consent.words import ground_in_words, reason_in_words, type_in_words
from schemas.categories import TITLER, Oplysningstype


def test_every_reason_has_words_of_its_own() -> None:
    """Each code has short words, none of them the code and no two alike."""
    words = {reason: reason_in_words(reason.value) for reason in Reason}
    assert len(set(words.values())) == len(Reason)
    assert all("_" not in text and len(text) <= 64 for text in words.values())


def test_reasons_are_in_the_words_of_the_form() -> None:
    """A withdrawn consent, for one, is called what a citizen would call it."""
    assert reason_in_words("intet_samtykke") == "intet samtykke"
    assert reason_in_words("tilbagekaldt") == "samtykket er trukket tilbage"


def test_each_kind_of_ground_has_words() -> None:
    """Consents by their point, claims by their paragraph."""
    grounds = (
        Samtykkegrundlag("S-1", 2, 4),
        Samtykkegrundlag("S-1", 2, "navngivet"),
        Hjemmelsgrundlag("retssikkerhedsloven § 11 c"),
        SammePart(),
    )
    assert [ground_in_words(ground.as_json()) for ground in grounds] == [
        "samtykke, punkt 4",
        "samtykke, navngivne parter",
        "retssikkerhedsloven § 11 c",
        "samme part",
    ]


def test_every_category_has_its_title() -> None:
    """Categories are called by the headings of the forms."""
    assert {type_in_words(one.value) for one in Oplysningstype} == set(TITLER.values())


@pytest.mark.parametrize("code", ["en_ny_kode", ""])
def test_what_a_later_version_wrote_is_shown_as_it_stands(code: str) -> None:
    """An unknown code is no error: the log outlives its reader."""
    assert (reason_in_words(code), type_in_words(code), ground_in_words({"ground": code})) == (code, code, code)
