"""What the bus knows about one citizen: declarations, address protection, and cases (DOMAIN section 7). Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from consent.declarations import Declaration, Spaerring, Underskriver, Unreadable
from schemas.categories import Oplysningstype

TOVHOLDERE = frozenset({"primaer_tovholder", "sekundaer_tovholder"})
"""The keyworkers, to whom absence is told."""

ADRESSEBESKYTTELSE = "adressebeskyttelse"
"""Stands for the samtykke_id of the block that name-and-address protection is; no signed document can have it."""

Case = tuple[str, str]
"""A case and the purpose of it: (sag, formaal)."""


@dataclass(frozen=True, slots=True)
class Sagspart:
    """A party known to take part in a case, and in which role, from `kontaktperson.tildelt`."""

    case: Case
    part: str
    rolle: str


@dataclass(frozen=True, slots=True)
class CitizenFile:
    """A citizen's declarations, every version of them, and the parties known to take part in the citizen's cases.

    Of a citizen under name-and-address protection, `consents` also holds the block that this is (`shield`).
    """

    borger_id: str
    consents: tuple[Declaration | Unreadable, ...]
    parts: tuple[Sagspart, ...]

    @property
    def declarations(self) -> tuple[Declaration, ...]:
        """The declarations that can be read."""
        return tuple(one for one in unshielded(self.consents) if isinstance(one, Declaration))

    @property
    def adressebeskyttet(self) -> bool:
        """Whether the citizen's address is protected."""
        return any(map(is_shield, self.consents))

    def cases_of(self, part: str) -> tuple[Case, ...]:
        """Return the cases in which `part` takes part, in order of case id."""
        named = {(one.sag, one.formaal) for one in self.declarations if part in one.parties}
        return tuple(sorted(named | {one.case for one in self.parts if one.part == part}))

    def parties_in(self, sag: str) -> frozenset[str]:
        """Return everyone known to take part in a case."""
        named = (one.parties for one in self.declarations if one.sag == sag)
        return frozenset(one.part for one in self.parts if one.case[0] == sag).union(*named)

    def keyworkers_in(self, sag: str | None) -> frozenset[str]:
        """Return the parties whose employees are the citizen's keyworkers in a case, or in any where it is not told."""
        return frozenset(one.part for one in self.parts if sag in (None, one.case[0]) and one.rolle in TOVHOLDERE)

    def declaration(self, samtykke_id: str, version: int) -> Declaration | None:
        """Return one version of one declaration."""
        key = (samtykke_id, version)
        return next((one for one in self.declarations if (one.samtykke_id, one.version) == key), None)


def shield(borger_id: str, since: datetime) -> Declaration:
    """Return the block that name-and-address protection is: an address never crosses on consent (DOMAIN section 3)."""
    return Declaration(
        samtykke_id=ADRESSEBESKYTTELSE,
        version=1,
        borger=borger_id,
        sag=ADRESSEBESKYTTELSE,
        formaal=ADRESSEBESKYTTELSE,
        punkter=(),
        spaerringer=(Spaerring(("*",), (Oplysningstype.STAMDATA.value,)),),
        afgivet=since,
        gyldig_til=None,
        tilbagekaldt=None,
        underskrift="ugyldig",
        underskriver=Underskriver("borger", bekraeftet=False),
    )


def is_shield(one: Declaration | Unreadable) -> bool:
    """Whether this is address protection, and no declaration of the citizen's."""
    return isinstance(one, Declaration) and one.samtykke_id == ADRESSEBESKYTTELSE


def unshielded(consents: Iterable[Declaration | Unreadable]) -> list[Declaration | Unreadable]:
    """Return what the citizen has declared, without address protection."""
    return [one for one in consents if not is_shield(one)]


def as_of(consents: Sequence[Declaration | Unreadable], now: datetime) -> list[Declaration | Unreadable]:
    """Return the declarations as they stand at `now`: what a signer could sign for until then counts no longer."""
    return [_as_of(one, now) for one in consents]


def _as_of(one: Declaration | Unreadable, now: datetime) -> Declaration | Unreadable:
    if not isinstance(one, Declaration) or one.underskriver.til is None or one.underskriver.til > now:
        return one
    return replace(one, underskriver=replace(one.underskriver, bekraeftet=False))
