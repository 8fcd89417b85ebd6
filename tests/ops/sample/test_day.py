"""The sample day: what must come of it, and that it shows what it is meant to show."""

import json
from collections import Counter
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from lxml import etree

from consent.declarations import COPENHAGEN
from consent.words import ground_in_words
from gateway.intake import WRAPPED as INTAKE_WRAPPED
from ops.sample.citizens import CITIZENS, UNLINKED
from ops.sample.day import build, expectation, sends_of
from ops.sample.pki import SamplePki
from ops.sample.player import Played, play
from ops.sample.samtykker import SAMTYKKER
from ops.sample.steps import WRAPPED, Block, Fetch, Register, Send, Settle, Step, Withdraw

pytestmark = pytest.mark.anyio

DAY = date(2026, 11, 23)
WEIGHTS = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)


class TestWhatComesOfIt:
    async def test_every_message_ends_as_expected(self, steps: list[Step], bus: Any) -> None:
        """Each message reaches each recipient whole, partly or not at all, on the ground or for the reason written."""
        await play(steps, bus, bus.watch)
        found = [_outcome(one) for one in bus.crossed]
        assert sorted(found, key=_place) == sorted(expectation()["beskeder"], key=_place)

    async def test_the_summary_follows(self, steps: list[Step], bus: Any) -> None:
        """The numbers of the summary are those of the messages."""
        await play(steps, bus, bus.watch)
        outcomes, states = Counter(one.udfald for one in bus.crossed), Counter(one.state for one in bus.crossed)
        refused = [set(one.answer.withheld.values()) for one in bus.crossed if one.copy is None]
        assert expectation()["summary"] == {
            "events": len(bus.known),
            "permitted": outcomes["afleveret"],
            "partly": outcomes["delvist"],
            "refused": outcomes["tilbageholdt"],
            "delivered": states["delivered"],
            "recalled": states["recalled"],
            "dead": len(bus.dead),
            "refusals": Counter(reason.value for reasons in refused for reason in reasons),
        }

    async def test_played_again_it_changes_nothing(self, steps: list[Step], bus: Any) -> None:
        """A second playing gets the same answers and no recipient sees anything."""
        first = await play(steps, bus, bus.watch)
        before = [(one.delivery_id, one.state) for one in bus.crossed]
        again = await play(steps, bus, bus.watch)
        assert again.statuses == first.statuses
        assert not any(again.seen.values())
        assert [(one.delivery_id, one.state) for one in bus.crossed] == before

    async def test_the_guidance_centre_reads_nothing_of_substance_use(self, steps: list[Step], bus: Any) -> None:
        """Mikkel's plan reaches uu-vejledning without a word of his treatment, and rusmiddel with it."""
        played = await play(steps, bus, bus.watch)
        assert _seen(played, "uu-vejledning", "Besøg på to skoler")
        assert not _seen(played, "uu-vejledning", "Rusmiddelcentret")
        assert _seen(played, "rusmiddel", "Rusmiddelcentret hver tirsdag")

    async def test_absence_from_treatment_is_told_where_it_is_consented(self, steps: list[Step], bus: Any) -> None:
        """Mikkel's keyworkers learn that he stayed away from treatment, Bent's do not."""
        played = await play(steps, bus, bus.watch)
        for keyworker in ("jobcenter", "social"):
            assert _seen(played, keyworker, "Samtaleforløb om hash")
            assert not _seen(played, keyworker, "Alkoholbehandling")

    async def test_a_block_stops_the_reply_to_all(self, steps: list[Step], bus: Any) -> None:
        """The GP's reply to all reaches the family department alone, and the jobcenter nothing of the children."""
        played = await play(steps, bus, bus.watch)
        assert _seen(played, "familie", "mor er udmattet")
        assert not _seen(played, "social", "mor er udmattet")
        assert not _seen(played, "jobcenter", "mor er udmattet")
        assert _seen(played, "jobcenter", "Netværksmøde i Familiehuset")
        assert not _seen(played, "jobcenter", "Den yngste")

    async def test_withdrawal_takes_back_what_was_not_read(self, steps: list[Step], bus: Any) -> None:
        """Of a letter about Bent to two, one had read it; the next reaches neither; all hear that he has withdrawn."""
        played = await play(steps, bus, bus.watch)
        assert _seen(played, "jobcenter", "bør ikke arbejde om natten")
        assert not _seen(played, "social", "bør ikke arbejde om natten")
        assert not _seen(played, "jobcenter", "Blodtrykket er nu i ro")
        for party in ("social", "rusmiddel", "boligforening", "laege-099001"):
            assert _seen(played, party, "samtykke.tilbagekaldt")

    async def test_no_recipient_sees_a_claim_or_who_else_was_addressed(self, steps: list[Step], bus: Any) -> None:
        """Every copy is without hjemmel and modtagere, and about a citizen."""
        played = await play(steps, bus, bus.watch)
        copies = [json.loads(body)["data"] for box in played.seen.values() for body in box.values()]
        assert len(copies) == expectation()["summary"]["delivered"]
        assert all(copy["borger"]["cpr"] and not {"hjemmel", "modtagere"} & copy.keys() for copy in copies)


class TestTheDayItself:
    def test_it_is_the_same_but_for_signatures(self, steps: list[Step], pki: SamplePki) -> None:
        """Built twice, only signatures and certificates differ."""
        assert [_unsigned(step) for step in build(DAY, pki)] == [_unsigned(step) for step in steps]

    def test_another_day_is_other_messages(self, steps: list[Step], pki: SamplePki) -> None:
        """No body of one day is a body of the next, and no declaration either."""
        tomorrow = build(DAY + timedelta(1), pki)
        assert {one.body for one in sends_of(steps)}.isdisjoint(one.body for one in sends_of(tomorrow))
        documents = [{_unsigned(one) for one in day if isinstance(one, Register)} for day in (steps, tomorrow)]
        assert documents[0].isdisjoint(documents[1])

    def test_it_can_be_laid_on_any_day(self, pki: SamplePki) -> None:
        """Leap days, the turn of the year and the change of clocks make a day like any other."""
        for day in (date(2028, 2, 29), date(2027, 1, 1), date(2026, 3, 29), date(2026, 10, 25)):
            assert len(build(day, pki)) == len(build(DAY, pki))

    def test_it_is_large_enough(self, steps: list[Step]) -> None:
        """At least 44 native messages from six parties about five citizens, at as many different minutes."""
        sends = list(sends_of(steps))
        assert len(sends) >= 44
        assert len({one.party for one in sends}) >= 6
        assert len(CITIZENS) >= 5
        assert len({one.name for one in sends}) == len({one.klokken for one in sends}) == len(sends)
        assert [one.klokken for one in sends] == sorted(one.klokken for one in sends)

    def test_nothing_changes_under_way(self, steps: list[Step]) -> None:
        """Whatever a decision rests on, and whatever is read, changes only after all that was sent has crossed."""
        changes = Register | Block | Withdraw | Fetch
        assert not any(isinstance(one, Send) and isinstance(after, changes) for one, after in pairwise(steps))
        noon = next(place for place, one in enumerate(steps) if isinstance(one, Withdraw))
        assert isinstance(steps[noon - 1], Settle)
        assert isinstance(steps[-1], Settle)

    def test_steps_tell_nothing_personal(self, steps: list[Step]) -> None:
        """The representation of a step holds no number and no name of a citizen."""
        shown = "\n".join(map(repr, steps))
        assert not any(one.cpr in shown or one.navn in shown for one in (*CITIZENS, UNLINKED))

    def test_citizens_have_test_numbers(self) -> None:
        """The numbers end in 99 and two digits, and their check digit is wrong."""
        for citizen in CITIZENS:
            assert citizen.cpr[6:8] == "99"
            assert sum(int(digit) * weight for digit, weight in zip(citizen.cpr, WEIGHTS, strict=True)) % 11

    def test_declarations_were_given_before_the_day(self, steps: list[Step]) -> None:
        """Each was given at a quarter past ten, days or weeks before; one of them more than a year before."""
        texts = [
            etree.fromstring(one.document).findtext("{*}AfgivetTidspunkt") for one in steps if isinstance(one, Register)
        ]
        assert len(texts) == len(SAMTYKKER)
        given = [_local(str(text)) for text in texts]
        assert all((moment.hour, moment.minute) == (10, 15) and moment.date() < DAY for moment in given)
        assert sum(moment.date() < DAY - timedelta(366) for moment in given) == 1

    def test_wrapping_is_the_gateways(self) -> None:
        """The content type of a wrapped message is the one that the intake knows."""
        assert WRAPPED == INTAKE_WRAPPED


def _outcome(one: Any) -> dict[str, Any]:
    grounds = sorted({ground_in_words(ground.as_json()) for ground in one.answer.permitted.values()})
    reasons = {category: reason.value for category, reason in one.answer.withheld.items()}
    found: dict[str, Any] = {"besked": one.besked, "nr": one.nr, "til": one.til, "udfald": one.udfald}
    found["grund"] = grounds or sorted(set(reasons.values()))
    found |= {"uden": reasons} if one.udfald == "delvist" else {}
    return found | ({"tilbagekaldt": True} if one.state == "recalled" else {})


def _place(outcome: dict[str, Any]) -> tuple[str, int, str]:
    return outcome["besked"], outcome["nr"], outcome["til"]


def _seen(played: Played, party: str, words: str) -> bool:
    return any(words in body.decode() for body in played.seen.get(party, {}).values())


def _unsigned(step: Step) -> object:
    if not isinstance(step, Register):
        return step
    root = etree.fromstring(step.document)
    for signature in root.findall("{*}Signature"):
        root.remove(signature)
    return step.name, etree.tostring(root, method="c14n")


def _local(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(COPENHAGEN)
