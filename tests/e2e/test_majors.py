"""A breaking change, made up: a consumer of the old major keeps getting it, a sender of it keeps being understood."""

from typing import Any, ClassVar

import pytest

from schemas import events as known
from schemas.categories import Oplysningstype as Type
from schemas.events import Haendelse, Tekst
from schemas.fields import felt

pytestmark = pytest.mark.anyio


class VejledningV1(Haendelse):
    """A made-up event with one text."""

    navn: ClassVar[str] = "vejledning.proevet"
    kerne: ClassVar[frozenset[Type]] = frozenset({Type.PLAN})

    raad: Tekst = felt("Råd", "Hvad der blev rådet til", Type.PLAN)
    helbred: Tekst | None = felt("Helbred", "Om helbredet", Type.HELBRED, default=None)


class VejledningV2(Haendelse):
    """The same with a list of texts."""

    navn: ClassVar[str] = "vejledning.proevet"
    major: ClassVar[int] = 2
    kerne: ClassVar[frozenset[Type]] = frozenset({Type.PLAN})
    earlier: ClassVar[type[Haendelse] | None] = VejledningV1

    raad: tuple[Tekst, ...] = felt("Råd", "Hvad der blev rådet til", Type.PLAN, min_length=1)
    helbred: Tekst | None = felt("Helbred", "Om helbredet", Type.HELBRED, default=None)

    @staticmethod
    def up(data: dict[str, Any]) -> dict[str, Any]:
        """Make a list of the one text."""
        return {**data, "raad": [data["raad"]]}

    @staticmethod
    def down(data: dict[str, Any]) -> dict[str, Any]:
        """Make one text of the list."""
        return {**data, "raad": "; ".join(data["raad"])}


MADE_UP = {kind.wire_type(): kind for kind in (VejledningV1, VejledningV2)}
for name in MADE_UP:  # the rest of the suite reads the language, which these are no part of
    del known._TYPES[name]
ENVELOPES = {name: known._ENVELOPES.pop(name) for name in MADE_UP}


@pytest.fixture
def settings(settings, tmp_path, monkeypatch):
    """Know both majors for the length of a test, and let the social department read the old one."""
    for name, kind in MADE_UP.items():
        monkeypatch.setitem(known._TYPES, name, kind)
        monkeypatch.setitem(known._ENVELOPES, name, ENVELOPES[name])
    register = settings.parter.read_text("utf-8").replace(
        'id = "social"\n', 'id = "social"\nhovedversioner = { "vejledning.proevet" = 1 }\n'
    )
    assert "hovedversioner" in register
    parter = tmp_path / "parter.toml"
    parter.write_text(register, "utf-8")
    return settings.model_copy(update={"parter": parter})


async def test_old_and_new_consumers_get_the_same_event_each_in_its_own_major(town):
    """Each copy is redacted as ever, and lies under the subject of its own major."""
    await town.consent(parter=["jobcenter", "social", "familie"], oplysningstyper=["plan", "sagsforloeb"])
    about = {"raad": ["Søg om støtte", "Ring igen"], "helbred": "Mærke-helbred", "modtagere": ["social", "familie"]}
    await send(town, 2, about)
    [old], [new] = await town.fetch("social"), await town.fetch("familie")
    assert (old["type"], old["data"]["raad"]) == ("dk.tvaers.vejledning.proevet.v1", "Søg om støtte; Ring igen")
    assert (new["type"], new["data"]["raad"]) == ("dk.tvaers.vejledning.proevet.v2", ["Søg om støtte", "Ring igen"])
    assert old["id"] == new["id"]
    assert "Mærke-helbred" not in f"{old}{new}"


async def test_what_an_old_sender_sends_comes_up(town):
    """It crosses as the newest major, and sent again it is the same event."""
    await town.consent(parter=["jobcenter", "familie"], oplysningstyper=["plan", "sagsforloeb"])
    for _again in range(2):
        await send(town, 1, {"raad": "Søg om støtte", "modtagere": ["familie"]}, native_id="v-1")
    [new] = await town.fetch("familie")
    assert (new["type"], new["data"]["raad"]) == ("dk.tvaers.vejledning.proevet.v2", ["Søg om støtte"])


async def test_a_withdrawal_finds_the_copy_of_an_old_major(town):
    """What was sent as the old major is recalled as everything is."""
    samtykke_id = await town.consent(oplysningstyper=["plan", "sagsforloeb"])
    await send(town, 2, {"raad": ["Søg om støtte"], "modtagere": ["social"]})
    await town.client.withdraw(samtykke_id)
    assert await town.fetch("social") == []
    assert await town.states() == {"social": "recalled"}


async def send(town, major: int, data: dict[str, Any], native_id: str = "v-1") -> None:
    """Hand in the made-up event as one of its majors, and wait until it has crossed."""
    event = {"id": native_id, "type": f"dk.tvaers.vejledning.proevet.v{major}", "time": "2026-11-21T09:00:00Z"}
    key = {"borger": {"cpr": "2509479989"}, "sag": "sag-1", "formaal": "rehabilitering"}
    body = known.dump({**event, "data": {**key, **data}})
    assert await town.client.send("jobcenter", "faelles", body, "application/json") == 202
    await town.settled()
