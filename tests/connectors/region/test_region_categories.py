"""MedCom's categories of correspondence in ours: one table, read through by a person, code by code.

That the table is all of MedCom's is tested beside the real messages.
"""

import pytest

from connectors.region.categories import CATEGORIES, STRICTEST, declared, named_by
from schemas.categories import FRITEKST
from schemas.categories import Oplysningstype as Type

REVIEWED = {
    "acute-ambulant": "helbred",
    "alcohol-and-drug-treatment": "helbred, misbrug, ydelser_tilbud",
    "assistive-devices": "helbred, ydelser_tilbud",
    "carecoordination": "helbred, plan, sagsforloeb",
    "decease": "helbred, stamdata",
    "discharge": "helbred, ydelser_tilbud",
    "examination-results": "helbred",
    "extended-care-responsibility": "helbred",
    "healthcare": "boern, helbred, netvaerk_familie",
    "home-care-assessment": "helbred, ydelser_tilbud",
    "medicine": "helbred",
    "nursing": "helbred",
    "other": "boern, helbred, misbrug, sagsforloeb, strafbare_forhold",
    "outpatient": "helbred",
    "psychiatry-social-disability": "bolig, helbred, netvaerk_familie, ydelser_tilbud",
    "regarding-referral": "helbred, sagsforloeb",
    "telemedicine": "helbred",
    "training": "helbred, ydelser_tilbud",
}
"""What a reviewer has agreed to; a change here is a change of who may read what."""


def table() -> dict[str, str]:
    """Return the table for a reader, in the order of the codes."""
    return {code: ", ".join(sorted(CATEGORIES[code])) for code in sorted(CATEGORIES)}


def test_the_table_is_what_was_reviewed(capsys: pytest.CaptureFixture[str]) -> None:
    """The whole table can be printed and read, and it is the one that was."""
    with capsys.disabled():
        print(*(f"\n{code:30}{types}" for code, types in table().items()), sep="")  # noqa: T201 - for the reviewer
    assert table() == REVIEWED


@pytest.mark.parametrize("code", REVIEWED)
def test_a_category_is_what_it_was_reviewed_as(code: str) -> None:
    """Code by code, with free text's categories on top where the sender declares nothing."""
    assert ", ".join(sorted(named_by(code))) == REVIEWED[code]
    assert set(declared(code)) == named_by(code) | FRITEKST


@pytest.mark.parametrize("code", ["assessment", "Nursing", "", "ukendt"])
def test_an_unknown_category_is_the_strictest(code: str) -> None:
    """A code that MedCom adds tomorrow is everything that free text may hold, and casework."""
    assert named_by(code) == STRICTEST == FRITEKST | {Type.SAGSFORLOEB}
    assert set(declared(code)) == STRICTEST


def test_every_category_of_care_is_health() -> None:
    """No code of MedCom's is without health: these are letters between health professionals."""
    assert [code for code, types in CATEGORIES.items() if Type.HELBRED not in types] == []
