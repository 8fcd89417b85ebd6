"""The attendance lists: several citizens in one message, and each absence goes to that citizen's own keyworkers."""

from ops.sample.citizens import BENT, INGER, KARIN, MIKKEL, SOFIE
from ops.sample.dates import Day
from ops.sample.forms import attendance, attended
from ops.sample.steps import Send
from schemas.parties import Partregister


def sends(day: Day, _register: Partregister) -> list[Send]:
    """Return rusmiddel's list and social's three.

    Mikkel has consented to his keyworkers knowing of the treatment and Bent has not. Inger has no keyworker at all.
    """
    hash_offer, workshop = ("rus-07", "Samtaleforløb om hash"), ("vs-03", "Træværkstedet")
    treatment = [
        attended(
            day, MIKKEL, *hash_offer, "udeblevet", "misbrug", timer=1.5, aarsag="Sov over sig efter en dårlig nat"
        ),
        attended(day, BENT, "rus-02", "Alkoholbehandling, dagtid", "udeblevet", "misbrug", timer=3.0),
    ]
    workshops = [
        attended(day, MIKKEL, *workshop, "lovligt", timer=2.0),
        attended(day, KARIN, "tr-11", "Skuldertræning på hold", "syg", "helbred", timer=1.0),
        attended(day, SOFIE, *workshop, "fremmoedt"),
    ]
    family = [attended(day, SOFIE, "fam-04", "Forældrekursus", "udeblevet", "netvaerk_familie", timer=2.0)]
    nobodys = [attended(day, INGER, *workshop, "syg", timer=4.0)]
    return [
        attendance(day, "fremmoede-behandling", "09:50", "rusmiddel", "rus-21", treatment),
        attendance(day, "fremmoede-vaerksted", "09:55", "social", "soc-31", workshops),
        attendance(day, "sofie-fravaer", "10:00", "social", "soc-32", family),
        attendance(day, "inger-fravaer", "11:15", "social", "soc-31", nobodys),
    ]
