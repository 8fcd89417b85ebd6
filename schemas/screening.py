"""Whether a citizen is to be referred to outreach casework (fremskudt sagsbehandling): the screening form's own rule.

The form is the screening form of the outreach workflow, step 2. Its two groups differ in age and in what they ask for;
the age limits are missing in every copy of the form that we know, so they are the municipality's configuration. The
outreach caseworkers themselves judge in the end: this is the referrer's question, not their answer.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal


class Emne(StrEnum):
    """The topics a to g of category 2, in the form's order; each is a field of `henvendelse.modtaget`."""

    MANGLENDE_KONTAKT = "manglende_kontakt"
    OEKONOMISKE_PROBLEMER = "oekonomiske_problemer"
    ISOLATIONSPROBLEMER = "isolationsproblemer"
    BOLIGPROBLEMER = "boligproblemer"
    MANGLENDE_BEHANDLING = "manglende_behandling"
    MISBRUG = "misbrug"
    KRIMINALITET = "kriminalitet"


EMNER_MINDST: Final = 2
"""Both groups need two criteria of category 2, and no two of the same topic: two topics."""


@dataclass(frozen=True, slots=True)
class Aldersspaend:
    """Ages in whole years, both ends included; one that ends before it begins holds nobody."""

    fra: int
    til: int

    def __contains__(self, alder: int) -> bool:
        return self.fra <= alder <= self.til


@dataclass(frozen=True, slots=True)
class Aldersgraenser:
    """The ages of the form's two groups; who is of both is judged as group 1, which asks for less."""

    maalgruppe_1: Aldersspaend
    maalgruppe_2: Aldersspaend


class Grund(StrEnum):
    """Why the screening ends as it does."""

    OPFYLDT = "opfyldt"
    UDEN_FOR_ALDER = "uden_for_alder"
    FOR_FAA_EMNER = "for_faa_emner"
    INTET_I_KATEGORI_1 = "intet_i_kategori_1"


@dataclass(frozen=True, slots=True)
class Screening:
    """The outcome: the group that the citizen belongs to, or None, and why."""

    maalgruppe: Literal[1, 2] | None
    grund: Grund


def screen(alder: int, kategori_1: AbstractSet[str], emner: AbstractSet[Emne], graenser: Aldersgraenser) -> Screening:
    """Return the group of a citizen of this age, for whom these criteria of category 1 and these topics are ticked.

    Group 1 needs two criteria of category 2; group 2 needs one of category 1 beside them. A topic counts once, however
    many of its criteria are ticked. Ticks are only ever counted for the citizen: with fewer of them, as in a copy from
    which some were withheld, the outcome may turn from a group into none, and never the other way.
    """
    if alder not in graenser.maalgruppe_1 and alder not in graenser.maalgruppe_2:
        return Screening(None, Grund.UDEN_FOR_ALDER)
    if len(emner) < EMNER_MINDST:
        return Screening(None, Grund.FOR_FAA_EMNER)
    if alder in graenser.maalgruppe_1:
        return Screening(1, Grund.OPFYLDT)
    if not kategori_1:
        return Screening(None, Grund.INTET_I_KATEGORI_1)
    return Screening(2, Grund.OPFYLDT)
