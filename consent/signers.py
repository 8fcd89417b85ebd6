"""Who signs for a citizen: the citizen, or somebody else for as long as the evidence says.

A certificate names its person by a UUID and no CPR number, so that this UUID is, or may sign for, the citizen is a
record of its own. Only the registrar and the login service make one (docs/adr/0012).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from consent import store
from consent.database import instant
from consent.declarations import COPENHAGEN, RELATIONER, Declaration, day_ends
from consent.disclosures.keys import KeyStore
from consent.errors import ConsentRefused
from consent.stored import opened

BORGER = "borger"

LAST_DAY = date(9998, 12, 31)
"""Days beyond it have no end that a clock could show."""


@dataclass(frozen=True, slots=True)
class Signing:
    """That a person is, or may sign for, a citizen, how that is known, and for which days (both included).

    `source` names the register or document that says so, `reference` where in it.
    """

    uuid: str
    relation: str
    source: str
    reference: str
    gyldig_fra: date | None = None
    gyldig_til: date | None = None

    def checked(self, now: datetime) -> "Signing":
        """Return the record with its last day.

        Whoever is not the citizen signs for at most a year on one piece of evidence; then somebody must look again.

        Raises:
            ConsentRefused: the relation is unknown, or the days are none.
        """
        if self.relation not in RELATIONER:
            raise ConsentRefused("ukendt_relation", f"the relation must be one of {', '.join(sorted(RELATIONER))}")
        until = self.gyldig_til
        if until is None and self.relation != BORGER:
            until = _a_year_from(now.astimezone(COPENHAGEN).date())
        days = [day for day in (self.gyldig_fra, until) if day is not None]
        if days != sorted(days) or any(day > LAST_DAY for day in days):
            raise ConsentRefused("gyldighed", "the last day lies before the first, or beyond any calendar")
        return Signing(self.uuid, self.relation, self.source, self.reference, self.gyldig_fra, until)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """In which relation a signer is confirmed, and the instant at which that ends (None: it does not)."""

    relation: str
    til: datetime | None


def confirmation(connection: Connection, declaration: Declaration, signer: str, now: datetime) -> Confirmation | None:
    """Return what confirms the signer of a declaration at `now`, or None where nothing does.

    It must have been given no earlier than the first day of the evidence: nobody signs for another beforehand.
    """
    record = store.signer_of(connection, signer, declaration.borger) if signer else None
    if record is None:
        return None
    begins = day_ends(date.fromisoformat(record.gyldig_fra) - timedelta(days=1)) if record.gyldig_fra else None
    ends = day_ends(date.fromisoformat(record.gyldig_til)) if record.gyldig_til else None
    if (begins is not None and declaration.afgivet < begins) or (ends is not None and ends <= now):
        return None
    return Confirmation(record.relation, ends)


def confirm_anew(connection: Connection, keys: KeyStore, borger_id: str, signer: str, now: datetime) -> None:
    """Let every declaration that this signer gave for the citizen be confirmed, or not, by the record there is now."""
    for row, since in store.history_of(connection, borger_id):
        declaration = opened(keys, row) if row.underskriver == signer else None
        if isinstance(declaration, Declaration):
            _settle(connection, row, since, confirmation(connection, declaration, signer, now), now)


def _settle(
    connection: Connection, row: store.StoredSamtykke, since: str | None, found: Confirmation | None, now: datetime
) -> None:
    end = min(instant(now), row.bekraeftet_til or instant(now))
    if row.bekraeftet and since is not None and (found is None or end < instant(now)):
        store.end_confirmation(connection, row, since, end)
        since = None
    if found is not None:
        until = instant(found.til) if found.til else None
        store.confirm(connection, row, found.relation, since or instant(now), until)


def _a_year_from(day: date) -> date:
    return day.replace(year=day.year + 1, day=28 if (day.month, day.day) == (2, 29) else day.day)
