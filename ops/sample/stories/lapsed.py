"""Inger, whose declaration is more than a year old, and Yusuf, whose signature nobody has confirmed."""

from ops.sample.citizens import INGER, YUSUF
from ops.sample.dates import Day
from ops.sample.forms import event, plan, row
from ops.sample.steps import Send
from schemas.parties import Partregister


def sends(day: Day, _register: Partregister) -> list[Send]:
    """Return one message about each."""
    areas = {"helbred": [row("Kende egne grænser", "Samtale om skånehensyn", "Borger", "Jobcenter")]}
    keyworker = event(
        day,
        "yusuf-tovholder",
        "08:27",
        "jobcenter",
        YUSUF,
        "kontaktperson.tildelt",
        rolle="primaer_tovholder",
        kontaktperson="Peter Eksempel",
        gaelder_fra=day.on(0),
    )
    return [keyworker, plan(day, "inger-plan", "08:55", INGER, [], "Et fleksjob på 12 timer", areas)]
