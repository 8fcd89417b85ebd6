"""What the bus knows about one citizen's cases: the case index (DOMAIN section 7). Pure."""

from dataclasses import dataclass

from consent.declarations import Declaration, Unreadable

TOVHOLDERE = frozenset({"primaer_tovholder", "sekundaer_tovholder"})
"""The keyworkers, to whom absence is told."""

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
    """A citizen's declarations, every version of them, and the parties known to take part in the citizen's cases."""

    borger_id: str
    consents: tuple[Declaration | Unreadable, ...]
    parts: tuple[Sagspart, ...]

    @property
    def declarations(self) -> tuple[Declaration, ...]:
        """The declarations that can be read."""
        return tuple(one for one in self.consents if isinstance(one, Declaration))

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
