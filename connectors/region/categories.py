"""MedCom's categories of correspondence, and which of our own categories of information each one names.

The sender chooses the category, and it is coarse. It is what the message is about at the least, so free text's
categories always come on top; where a category could be read in two ways, the more sensitive reading stands here. The
Danish names are MedCom's own (MedComCareCommunicationCategories 1.9.0); a category that says nothing, and one that is
not on the list, is everything that a message between professionals may hold.
"""

from collections.abc import Mapping

from schemas.categories import FRITEKST
from schemas.categories import Oplysningstype as Type

REGARDING_REFERRAL = "regarding-referral"
OTHER = "other"

STRICTEST = FRITEKST | {Type.SAGSFORLOEB}
"""What a message is about when nothing, or nothing known, says what."""

CATEGORIES: Mapping[str, frozenset[Type]] = {
    # Rusmiddelbehandling: an offer besides.
    "alcohol-and-drug-treatment": frozenset({Type.HELBRED, Type.MISBRUG, Type.YDELSER_TILBUD}),
    # Hjælpemidler
    "assistive-devices": frozenset({Type.HELBRED, Type.YDELSER_TILBUD}),
    # Forløbskoordinering: the course coordinated is one of treatment.
    "carecoordination": frozenset({Type.HELBRED, Type.PLAN, Type.SAGSFORLOEB}),
    # Dødsfald
    "decease": frozenset({Type.HELBRED, Type.STAMDATA}),
    # Udskrivelse: what comes after hospital is agreed here.
    "discharge": frozenset({Type.HELBRED, Type.YDELSER_TILBUD}),
    # Undersøgelsessvar
    "examination-results": frozenset({Type.HELBRED}),
    # Sundhedspleje: in a municipality, the health visitor's work with children and their parents.
    "healthcare": frozenset({Type.HELBRED, Type.BOERN, Type.NETVAERK_FAMILIE}),
    # Visitation
    "home-care-assessment": frozenset({Type.HELBRED, Type.YDELSER_TILBUD}),
    # Medicin
    "medicine": frozenset({Type.HELBRED}),
    # Sygepleje
    "nursing": frozenset({Type.HELBRED}),
    # Ambulant
    "outpatient": frozenset({Type.HELBRED}),
    # Psykiatri, social, handicap: one code for all three, so whatever any of them is about.
    "psychiatry-social-disability": frozenset({Type.HELBRED, Type.NETVAERK_FAMILIE, Type.BOLIG, Type.YDELSER_TILBUD}),
    # Vedr. henvisning
    REGARDING_REFERRAL: frozenset({Type.HELBRED, Type.SAGSFORLOEB}),
    # Telemedicin
    "telemedicine": frozenset({Type.HELBRED}),
    # Træning: rehabilitation and its offers.
    "training": frozenset({Type.HELBRED, Type.YDELSER_TILBUD}),
    # Akut ambulant
    "acute-ambulant": frozenset({Type.HELBRED}),
    # Udvidet behandlingsansvar
    "extended-care-responsibility": frozenset({Type.HELBRED}),
    # Andet
    OTHER: STRICTEST,
}
"""MedComCareCommunicationCategoryCodes, all eighteen."""


def named_by(code: str) -> frozenset[Type]:
    """Return what a message of this category is about at the least; of an unknown one, the strictest."""
    return CATEGORIES.get(code, STRICTEST)


def declared(*codes: str) -> tuple[Type, ...]:
    """Return what messages of these categories hold where their sender says nothing more exact."""
    return tuple(sorted(FRITEKST.union(*(named_by(code) for code in codes))))
