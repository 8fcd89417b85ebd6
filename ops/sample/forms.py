"""Native messages of the municipality's own systems: plan XML, attendance JSON, events in the shared language.

They are written from the formats' descriptions and share no code with the connectors that read them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from lxml import etree

from ops.sample.citizens import Citizen
from ops.sample.dates import Day
from ops.sample.steps import Send
from schemas.events import dump

_PLAN = "{urn:dk:tvaers:jobcenter:indsatsplan:1.0}"
_ROW = {
    "delmaal": "DelmaalTekst",
    "indsats": "IndsatsTekst",
    "ansvarlige": "AnsvarligSamling",
    "status": "StatusKode",
    "raekkefoelge": "RaekkefoelgeNummer",
    "maaned": "StartMaaned",
    "opfoelgning_dato": "OpfoelgningDato",
    "opfoelgning_maade": "OpfoelgningMaadeTekst",
    "naaet": "NaaetIndikator",
    "aarsag": "AarsagTekst",
}

Row = dict[str, Any]
"""One row of a plan, by the field names of the shared language and in the form's order."""


def row(delmaal: str, indsats: str, *ansvarlige: str, status: str = "bevilget", **more: Any) -> Row:
    """Return a row of a plan."""
    return {"delmaal": delmaal, "indsats": indsats, "ansvarlige": list(ansvarlige), "status": status, **more}


def event(day: Day, name: str, klokken: str, party: str, citizen: Citizen, kind: str, **data: Any) -> Send:
    """Return an event in the shared language about a citizen's case; `kind` is its name without prefix and version."""
    borger = {"cpr": citizen.cpr, "navn": citizen.navn}
    value = {
        "id": day.ident(name),
        "type": f"dk.tvaers.{kind}.v1",
        "time": day.at(klokken).isoformat(),
        "data": {"borger": borger, **citizen.case(day), **data},
    }
    return Send(name, klokken, party, "faelles", dump(value), "application/json")


def attendance(day: Day, name: str, klokken: str, party: str, employee: str, rows: Sequence[Mapping[str, Any]]) -> Send:
    """Return an attendance list; the message's id, and each row's time of registration, are of this day."""
    place = {"registreret": day.at(klokken).isoformat()}
    value = {
        "meddelelse_id": day.ident(name),
        "afsendt": day.at(klokken).isoformat(),
        "medarbejder": {"id": employee, "rolle": "behandler" if party == "rusmiddel" else "værkstedsleder"},
        "raekker": [{"raekke_id": f"{number}", **one, **place} for number, one in enumerate(rows, start=1)],
    }
    return Send(name, klokken, party, "social", dump(value), "application/json")


def attended(
    day: Day, citizen: Citizen, offer: str, title: str, art: str, *reveals: str, **more: Any
) -> dict[str, Any]:
    """Return one row of an attendance list: yesterday, at this offer; `reveals` is what its kind gives away."""
    return {
        "cpr": citizen.cpr,
        "navn": citizen.navn,
        **citizen.case(day),
        "tilbud": {"id": offer, "navn": title, "oplysningstyper": list(reveals)},
        "fra": day.on(-1),
        "til": day.on(-1),
        "art": art,
        **more,
    }


def plan(
    day: Day,
    name: str,
    klokken: str,
    citizen: Citizen,
    modtagere: Sequence[str],
    maal: str,
    areas: Mapping[str, Sequence[Row]],
    *,
    version: int = 1,
    ident: str = "",
    formaal: str = "",
) -> Send:
    """Return a joint plan as the jobcenter's system sends it; `ident` is the name of the message whose id it takes."""
    root = etree.Element(f"{_PLAN}FaellesIndsatsplan", nsmap={None: _PLAN[1:-1]})  # type: ignore[dict-item]  # the default namespace, which lxml-stubs forgot
    _leaf(root, "MeddelelseIdentifikator", day.ident(ident or name))
    _leaf(root, "DannetDatoTid", day.at(klokken).isoformat())
    borger = _leaf(root, "Borger")
    _leaf(borger, "PersonCivilRegistrationIdentifier", citizen.cpr)
    _leaf(borger, "BorgerNavnTekst", citizen.navn)
    case = citizen.case(day)
    _leaf(root, "SagIdentifikator", case["sag"])
    _leaf(root, "FormaalTekst", formaal or case["formaal"])
    if modtagere:
        _leaves(root, "ModtagerSamling", "ModtagerIdentifikator", modtagere)
    bruger = _leaf(root, "Bruger")
    _leaf(bruger, "BrugerIdentifikator", "jc-114")
    _leaf(bruger, "BrugerRolleTekst", "koordinerende sagsbehandler")
    _leaf(root, "PlanIdentifikator", day.number(f"PLAN-{citizen.serie}"))
    _leaf(root, "PlanVersionNummer", f"{version}")
    _leaf(root, "OpdateretDato", day.on(0))
    _leaf(root, "OverordnetMaalTekst", maal)
    for area, rows in areas.items():
        _area(root, area, rows)
    body = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return Send(name, klokken, "jobcenter", "jobcenter", body, "application/xml")


def _area(root: etree._Element, area: str, rows: Sequence[Row]) -> None:
    words = "".join(word.capitalize() for word in area.split("_"))
    found = _leaf(root, f"{words}RaekkeSamling")
    for one in rows:
        inside = _leaf(found, "Raekke")
        for field, value in one.items():
            if field == "ansvarlige":
                _leaves(inside, _ROW[field], "AnsvarligTekst", value)
            else:
                _leaf(inside, _ROW[field], str(value).lower() if isinstance(value, bool) else str(value))


def _leaves(parent: etree._Element, group: str, name: str, texts: Sequence[str]) -> None:
    found = _leaf(parent, group)
    for text in texts:
        _leaf(found, name, text)


def _leaf(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{_PLAN}{name}")
    element.text = text
    return element
