"""How two journals stand to each other: equal, ahead, behind, forked; found by asking for few of their hashes."""

import asyncio
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from consent.journal import BEGINNING, Art, Fact, Post
from gateway.journal_compare import Standing, Verdict, agreed

FACTS = st.lists(st.integers(0, 3), max_size=12)


def chain(tale: Sequence[int]) -> list[str]:
    """Return the hashes of a journal that tells these things, the one of its beginning first."""
    hashes = [BEGINNING]
    for number, about in enumerate(tale, 1):
        fact = Fact(art=Art.TILBAGEKALDELSE, tid=f"{about}", borger_id="b", samtykke_id="s")
        hashes.append(Post(number, hashes[-1], fact).hash)
    return hashes


def compared(ours: Sequence[int], theirs: Sequence[int]) -> tuple[int, int]:
    """Return up to where two journals agree, and how often that was asked."""
    inside, outside = chain(ours), chain(theirs)
    asked = 0

    async def same(number: int) -> bool:
        nonlocal asked
        asked += 1
        return inside[number] == outside[number]

    return asyncio.run(agreed(len(ours), len(theirs), same)), asked


def shared(ours: Sequence[int], theirs: Sequence[int]) -> int:
    """Return how many things two tales begin with alike."""
    return next((at for at, (one, other) in enumerate(zip(ours, theirs, strict=False)) if one != other), -1)


class TestAgreed:
    @given(FACTS, FACTS, FACTS)
    def test_they_agree_as_far_as_they_tell_the_same(self, before: list[int], ours: list[int], theirs: list[int]):
        """It is the length of what both begin with, however they go on."""
        inside, outside = [*before, *ours], [*before, *theirs]
        parting = shared(inside, outside)
        assert compared(inside, outside)[0] == (parting if parting >= 0 else min(len(inside), len(outside)))

    @given(st.integers(0, 200), st.integers(0, 200))
    def test_few_hashes_are_asked_for(self, shorter: int, more: int):
        """One where the shorter is the beginning of the longer; else a bisection."""
        assert compared([0] * shorter, [0] * (shorter + more))[1] <= 1
        assert compared([*[0] * shorter, 1], [*[0] * shorter, 2, *[0] * more])[1] <= 10


class TestVerdict:
    @given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.data())
    def test_each_standing_has_its_verdict(self, common: int, ours: int, theirs: int, data: st.DataObject):
        """Whoever has something beyond what is common is ahead, both are a fork, and what was given must be there."""
        given_to_it = data.draw(st.integers(0, common + ours))
        found = Standing(common, common + ours, common + theirs, given_to_it).verdict
        if theirs:
            assert found is (Verdict.FORKED if ours else Verdict.AHEAD)
        else:
            assert found is (Verdict.BEHIND if given_to_it > common else Verdict.EQUAL)

    def test_what_was_not_given_yet_is_no_loss(self):
        """A crash between commit and publishing leaves the place short of entries that it never had."""
        assert Standing(common=3, ours=5, theirs=3, given=3).verdict is Verdict.EQUAL

    def test_a_hole_is_a_loss(self):
        """The newest entry alone proves nothing where older ones are gone."""
        assert Standing(common=3, ours=3, theirs=3, given=3, whole=False).verdict is Verdict.BEHIND
