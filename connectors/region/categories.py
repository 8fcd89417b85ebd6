"""MedCom's categories of correspondence, and which of our own categories of information each one names.

The sender chooses the category, and it is coarse. It is what the message is about at the least, so free text's
categories always come on top; where a category could be read in two ways, the more sensitive reading stands here.
"""

from collections.abc import Mapping

from schemas.categories import FRITEKST, Oplysningstype

_HELBRED = frozenset({Oplysningstype.HELBRED})
_TILBUD = _HELBRED | {Oplysningstype.YDELSER_TILBUD}
_SAG = frozenset({Oplysningstype.SAGSFORLOEB})

REGARDING_REFERRAL = "regarding-referral"
OTHER = "other"

CATEGORIES: Mapping[str, frozenset[Oplysningstype]] = {
    "alcohol-and-drug-treatment": _HELBRED | {Oplysningstype.MISBRUG},
    "assistive-devices": _TILBUD,
    "carecoordination": _SAG,
    "decease": _HELBRED | {Oplysningstype.STAMDATA},
    "discharge": _HELBRED,
    "examination-results": _HELBRED,
    "healthcare": _HELBRED,
    "home-care-assessment": _TILBUD,
    "medicine": _HELBRED,
    "nursing": _HELBRED,
    "outpatient": _HELBRED,
    "psychiatry-social-disability": _HELBRED,
    REGARDING_REFERRAL: _HELBRED,
    "telemedicine": _HELBRED,
    "training": _HELBRED,
    "acute-ambulant": _HELBRED,
    "extended-care-responsibility": _HELBRED,
    OTHER: _SAG,
}
"""MedComCareCommunicationCategoryCodes, all eighteen."""


def declared(*codes: str) -> tuple[Oplysningstype, ...]:
    """Return what messages of these categories hold where their sender says nothing more exact."""
    return tuple(sorted(FRITEKST.union(*(CATEGORIES[code] for code in codes))))
