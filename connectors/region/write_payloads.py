"""The steps of a conversation written as MedCom payloads, with the employees who are their authors."""

from collections.abc import Mapping, Sequence

from connectors.region.building import Json, reference, resource, stable_id
from connectors.region.terminology import CORE, PAYLOAD_AUTHOR, PAYLOAD_CONTACT, PAYLOAD_ID, PAYLOAD_TIME
from schemas.haendelser.korrespondance import Besked, Bilag

Author = tuple[str | None, str | None]
"""An author's name and position."""


def write_authors(event_id: str, steps: Sequence[Besked]) -> dict[Author, list[Json]]:
    """Return the resources of every author of the steps, each author once."""
    return {author: _author(event_id, *author) for author in dict.fromkeys(map(_author_of, steps))}


def write_payloads(
    event_id: str, steps: Sequence[Besked], sender: Json, authors: Mapping[Author, list[Json]]
) -> list[Json]:
    """Return the steps in their order; `sender` and `authors` are resources of the same bundle."""
    return [_payload(event_id, place, step, sender, authors[_author_of(step)]) for place, step in enumerate(steps)]


def human_name(full: str) -> Json:
    """Return a name in FHIR's two parts: the last word is the family name."""
    given, _, family = full.rpartition(" ")
    return {"family": family} | ({"given": [given]} if given else {})


def _payload(event_id: str, place: int, step: Besked, sender: Json, author: list[Json]) -> Json:
    """Return one step; where it was written is a reference only if that is the sender, whose numbers we know."""
    at = step.organisation
    assigner = {"assigner": reference(sender) if at == sender["name"] else {"display": at}} if at else {}
    name = step.id or f"urn:uuid:{stable_id(event_id, 'step', str(place))}"
    extension: list[Json] = [{"url": PAYLOAD_ID, "valueIdentifier": {"value": name, **assigner}}]
    if step.tidspunkt:
        extension.append({"url": PAYLOAD_TIME, "valueDateTime": step.tidspunkt.isoformat()})
    if author:
        extension.append({"url": PAYLOAD_AUTHOR, "valueReference": reference(author[0])})
    if step.telefon:
        extension.append({"url": PAYLOAD_CONTACT, "valueContactPoint": {"system": "phone", "value": step.telefon}})
    content = {"contentAttachment": _attachment(step.bilag)} if step.bilag else {"contentString": step.tekst}
    return {"extension": extension, **content}


def _attachment(bilag: Bilag) -> Json:
    plain = bilag.model_dump(mode="json", exclude_none=True)
    names = {"indholdstype": "contentType", "indhold": "data", "adresse": "url", "titel": "title"}
    return {theirs: plain[ours] for ours, theirs in names.items() if ours in plain}


def _author_of(step: Besked) -> Author:
    return step.forfatter, step.rolle


def _author(event_id: str, forfatter: str | None, rolle: str | None) -> list[Json]:
    """Return the PractitionerRole of an author and, where the author has a name, the Practitioner."""
    if forfatter is None and rolle is None:
        return []
    seed = (event_id, forfatter or "", rolle or "")
    people: list[Json] = []
    if forfatter:
        name = [human_name(forfatter)]
        profile = f"{CORE}/medcom-core-practitioner"
        people = [resource("Practitioner", stable_id(*seed, "person"), profile, name=name)]
    role = resource(
        "PractitionerRole",
        stable_id(*seed, "role"),
        f"{CORE}/medcom-core-practitionerrole",
        practitioner=reference(people[0]) if people else None,
        code=[{"text": rolle}] if rolle else None,
    )
    return [role, *people]
