"""Which texts are a personal identification number, and of which kind."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.identity import Nummerart, nummerart


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("2509479989", Nummerart.CPR),
        ("3001749995", Nummerart.CPR),
        ("0201919990", Nummerart.CPR),
        ("2902049990", Nummerart.CPR),
        ("0703921VJ4", Nummerart.X_ECPR),
        ("1206550VK9", Nummerart.D_ECPR),
        ("6101019991", Nummerart.LOKAL),
        ("9112999990", Nummerart.LOKAL),
    ],
)
def test_numbers_as_systems_really_send_them(number: str, kind: Nummerart):
    """CPR numbers without a check digit that holds, and the three kinds of replacement number."""
    assert nummerart(number) is kind


@pytest.mark.parametrize(
    "number",
    [
        "",
        "0000000000",
        "3102999990",
        "3002999990",
        "0013999990",
        "2902019990",
        "7002999990x",
        "9202999990",
        "250947-9989",
        "25094799890",
        "250947998",
        " 2509479989",
        "2509479989\n",
        "2509479989\u0000",
        "0703921vj4",
        "0703922VJ4",
        "\u0660\u0667\u0660\u0663\u0669\u06621VJ\u0664",
        "\u0662\u0665\u0660\u0669\u0664\u0667\u0669\u0669\u0668\u0669",
        "6\u0665\u0660\u0669\u0664\u0667\u0669\u0669\u0668\u0669",
        "25094799\u00b29",
    ],
)
def test_what_is_no_number(number: str):
    """Impossible dates, other lengths, hyphens, spaces, and digits of other scripts are all refused."""
    assert nummerart(number) is None


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=12) | st.from_regex(r"\A\d{6}[\dA-Z]{4}\Z"))
def test_any_text_gets_an_answer_and_only_ten_ascii_characters_are_accepted(number: str):
    """No text makes it raise, and nothing that another system would read differently passes."""
    kind = nummerart(number)
    assert kind is None or (len(number) == 10 and number.isascii() and number.isalnum())
