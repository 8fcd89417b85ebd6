from base64 import b64encode
from collections.abc import Sequence

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.disclosures.checkpoints import Signer, sign_checkpoint
from consent.disclosures.merkle import EMPTY_ROOT, consistency_proof, leaf_hash, root
from consent.disclosures.verify.notes import parse_key
from consent.disclosures.witness import NOTHING, Accepted, Refused, Seen, judge

ORIGIN = "tvaers.example/log"
LOG = Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
NEWER = Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes([7] * 32)))
STRANGER = Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes(32)))
LOGS = {ORIGIN: [parse_key(LOG.vkey)]}


def tree(size: int, fork: int | None = None) -> list[bytes]:
    """Return leaf hashes; those from `fork` on are of another history."""
    return [leaf_hash(b"other" * (fork is not None and number >= fork) + bytes([number])) for number in range(size)]


def request(old: int, leaves: Sequence[bytes], signer: Signer = LOG, proof: Sequence[bytes] | None = None) -> bytes:
    """Write a request, with the honest proof unless another is given."""
    honest = consistency_proof(leaves, old) if 0 < old <= len(leaves) else []
    lines = "".join(f"{b64encode(one).decode()}\n" for one in (honest if proof is None else proof))
    note = sign_checkpoint(signer.name, len(leaves), root(leaves), signer)
    return f"old {old}\n{lines}\n{note}".encode()


def seen(size: int) -> dict[str, Seen]:
    """Return the memory of a witness that has cosigned this size."""
    return {ORIGIN: Seen(size, root(tree(size)), "")}


def status(asked: bytes, memory: dict[str, Seen]) -> int:
    """Return the HTTP status of an answer."""
    judged = judge(asked, LOGS, memory)
    return judged.status if isinstance(judged, Refused) else 200


class TestAccepted:
    @given(st.integers(0, 60), st.integers(0, 60))
    @settings(max_examples=100)
    def test_growth_is_cosigned(self, old: int, more: int):
        """Every tree that begins with what was cosigned is accepted and is what is to be remembered."""
        leaves = tree(old + more)
        judged = judge(request(old, leaves), LOGS, seen(old))
        assert isinstance(judged, Accepted)
        assert (judged.origin, judged.size, judged.root) == (ORIGIN, old + more, root(leaves))
        assert judged.body == f"{ORIGIN}\n{old + more}\n{b64encode(root(leaves)).decode()}\n"

    def test_a_log_of_which_nothing_was_seen(self):
        """The first checkpoint of a log is accepted from size 0, without a proof."""
        assert status(request(0, tree(9)), {}) == 200
        assert NOTHING.root == EMPTY_ROOT

    def test_signatures_of_others_are_ignored(self):
        """A note that others have signed too is judged by the log's signature."""
        other = f"\u2014 somebody.example/else {b64encode(bytes(76)).decode()}\n".encode()
        judged = judge(request(0, tree(9)) + other, LOGS, {})
        assert isinstance(judged, Accepted)
        assert judged.note == request(0, tree(9)).decode().partition("\n\n")[2]

    def test_either_key_of_a_rotation(self):
        """While keys are rotated, a witness that watches for both accepts what either has signed."""
        both = {ORIGIN: [parse_key(LOG.vkey), parse_key(NEWER.vkey)]}
        for signer in (LOG, NEWER, Signer(ORIGIN, NEWER.key, older=(LOG,))):
            assert isinstance(judge(request(0, tree(3), signer), both, {}), Accepted)


class TestRefused:
    def test_another_old_size(self):
        """A request that goes out from another size is answered 409, with the size that was cosigned."""
        judged = judge(request(3, tree(9)), LOGS, seen(5))
        assert isinstance(judged, Refused)
        assert (judged.status, judged.size) == (409, 5)

    def test_rolled_back(self):
        """A smaller tree than the one that was cosigned is never cosigned again, whatever old size is claimed."""
        assert status(request(5, tree(4)), seen(5)) == 400
        assert status(request(4, tree(4)), seen(5)) == 409
        assert status(request(0, tree(4)), seen(5)) == 409

    def test_forked_at_the_same_size(self):
        """Another root for the size that was cosigned is refused with 422."""
        assert status(request(5, tree(5, fork=2)), seen(5)) == 422

    def test_the_empty_tree_has_one_root(self):
        """A checkpoint of size 0 with another root than that of nothing is refused."""
        note = sign_checkpoint(ORIGIN, 0, bytes(32), LOG)
        assert status(f"old 0\n\n{note}".encode(), {}) == 422

    @given(st.integers(1, 40), st.integers(1, 20), st.data())
    @settings(max_examples=100)
    def test_forked_and_grown(self, old: int, more: int, data: st.DataObject):
        """A tree that does not begin with what was cosigned is refused with 422, with any proof its log can make."""
        other = tree(old + more, fork=data.draw(st.integers(0, old - 1)))
        proof = data.draw(
            st.sampled_from([consistency_proof(other, old), consistency_proof(tree(old + more), old), []])
        )
        assert status(request(old, other, proof=proof), seen(old)) == 422

    def test_a_proof_from_nothing_is_empty(self):
        """A proof where there is nothing to prove is refused."""
        assert status(request(0, tree(9), proof=[bytes(32)]), {}) == 422
        assert status(request(9, tree(9), proof=[bytes(32)]), seen(9)) == 422

    def test_unsigned(self):
        """A checkpoint that no key of the log has signed, or whose signature is wrong, is refused with 403."""
        assert status(request(0, tree(9), STRANGER), {}) == 403
        honest = request(0, tree(9))
        assert status(honest.replace(b"\n9\n", b"\n8\n"), {}) == 403

    def test_an_unknown_log(self):
        """A log that the witness does not watch is refused with 404."""
        other = Signer("other.example/log", LOG.key)
        assert status(request(0, tree(9), other), {}) == 404

    @pytest.mark.parametrize(
        "spoil",
        [
            pytest.param(lambda text: text.replace("old 3", "old 03"), id="leading zero"),
            pytest.param(lambda text: text.replace("old 3", "old -3"), id="sign"),
            pytest.param(lambda text: text.replace("old 3", "old  3"), id="two spaces"),
            pytest.param(lambda text: text.replace("old 3", "Old 3"), id="other word"),
            pytest.param(lambda text: text.replace("old 3\n", ""), id="no old size"),
            pytest.param(lambda text: text.replace("old 3\n", "old 3\nAAAA\n"), id="short hash"),
            pytest.param(lambda text: text.replace("old 3\n", "old 3\n#\n"), id="no base64"),
            pytest.param(lambda text: text.replace("old 3\n", "old 3\n" + f"{'A' * 42}B=\n"), id="other base64"),
            pytest.param(lambda text: text.replace("old 3\n", "old 3\n" + f"{'A' * 43}=\n" * 64), id="64 lines"),
            pytest.param(lambda text: text.replace("\n\n", "\n"), id="no blank lines"),
            pytest.param(lambda text: text.partition("\n\n")[0], id="no checkpoint"),
            pytest.param(lambda text: text.replace("\n9\n", "\n09\n"), id="size of the checkpoint"),
            pytest.param(lambda text: text[:-1], id="cut off"),
            pytest.param(lambda _: "", id="nothing"),
        ],
    )
    def test_malformed(self, spoil):
        """What is not in the form of a request is refused with 400."""
        assert status(spoil(request(3, tree(9)).decode()).encode(), seen(3)) == 400

    @given(st.binary(max_size=200))
    @settings(max_examples=100)
    def test_garbage(self, garbage: bytes):
        """Any bytes are refused, and raise nothing."""
        assert status(garbage, {}) == 400


class TestOneHistory:
    @given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 14), st.sampled_from([None, 0, 3, 8])), max_size=30))
    @settings(max_examples=200)
    def test_whatever_is_asked(self, asked: list[tuple[int, int, int | None]]):
        """Of any requests in any order, what a witness has accepted is one history that only grew."""
        memory: dict[str, Seen] = {}
        history: list[bytes] = []
        for old, size, fork in asked:
            leaves = tree(size, fork)
            judged = judge(request(min(old, size), leaves), LOGS, memory)
            if isinstance(judged, Accepted):
                assert leaves[: len(history)] == history
                history = leaves
                memory[judged.origin] = Seen(judged.size, judged.root, judged.note)
