from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from consent.disclosures import checkpoints, store
from consent.disclosures.checkpoints import Signer, generate, key_changes, load, retire, rotate
from consent.disclosures.errors import SequencerError, SignerError
from consent.disclosures.merkle import VerificationError
from consent.disclosures.sequencer import Sequencer
from consent.disclosures.verify import verify_export
from consent.disclosures.verify.trust import Trust, trusting

if TYPE_CHECKING:
    from tests.consent.disclosures.conftest import Log

ORIGIN = "tvaers.example/log"


def made(number: int, *older: Signer, name: str = ORIGIN) -> Signer:
    """Return a made-up key."""
    return Signer(name, Ed25519PrivateKey.from_private_bytes(bytes([number] * 32)), older=older)


def follow(log: "Log", signer: Signer) -> None:
    """Go on with other keys, as a restart does."""
    log.signer = signer
    log.sequencer = Sequencer(log.database, signer, ORIGIN)
    log.sequencer.start()
    with log.database.write() as connection:
        connection.execute(text("UPDATE sequencer_lease SET until = ''"))


def grow(log: "Log", first: int) -> None:
    """Add three entries and sign them."""
    log.append(3, first=first)
    assert log.integrate() is not None


class TestKeyFile:
    def test_the_new_key_comes_first(self, tmp_path: Path):
        """After a rotation the file holds the new key and the old one; after retiring, the new one alone."""
        old = generate(tmp_path / "key", ORIGIN)
        new = rotate(tmp_path / "key")
        both = load(tmp_path / "key")
        assert [one.vkey for one in both.all] == [new.vkey, old.vkey]
        assert new.vkey != old.vkey
        assert retire(tmp_path / "key").vkey == new.vkey
        assert [one.vkey for one in load(tmp_path / "key").all] == [new.vkey]
        assert (tmp_path / "key").stat().st_mode & 0o077 == 0
        assert [path.name for path in tmp_path.iterdir()] == ["key"]

    def test_one_rotation_at_a_time(self, tmp_path: Path):
        """A second rotation before the first is finished, and retiring the only key, are refused."""
        generate(tmp_path / "key", ORIGIN)
        with pytest.raises(SignerError, match="rotate first"):
            retire(tmp_path / "key")
        rotate(tmp_path / "key")
        before = (tmp_path / "key").read_bytes()
        with pytest.raises(SignerError, match="not finished"):
            rotate(tmp_path / "key")
        assert (tmp_path / "key").read_bytes() == before

    def test_keys_of_two_logs(self, tmp_path: Path):
        """A file whose lines are keys of different logs is refused."""
        generate(tmp_path / "key", ORIGIN)
        generate(tmp_path / "other", "other.example/log")
        with (tmp_path / "key").open("a") as file:
            file.write((tmp_path / "other").read_text())
        with pytest.raises(SignerError, match="different logs"):
            load(tmp_path / "key")


class TestRotation:
    @pytest.fixture
    def rotated(self, log: "Log") -> tuple["Log", list[str]]:
        """Return a log that has had three keys, both of each pair signing for a while, and their public keys."""
        first = log.signer
        second = made(2, first)
        third = made(3, made(2))
        for number, signer in enumerate((first, second, made(2), third, made(3))):
            follow(log, signer)
            grow(log, 3 * number)
        return log, [first.vkey, second.vkey, third.vkey]

    @pytest.mark.parametrize("held", [0, 1, 2])
    def test_whoever_holds_any_of_the_keys(self, rotated: "tuple[Log, list[str]]", held: int, tmp_path: Path):
        """An outsider who was given any key of the log, early or late, proves the whole log with it."""
        log, vkeys = rotated
        proven = verify_export(log.export(tmp_path / "out"), vkeys[held])
        assert (proven.size, proven.checkpoints) == (15, 5)

    def test_both_sign_for_a_while(self, rotated: "tuple[Log, list[str]]", tmp_path: Path):
        """Each checkpoint carries a line of every key that signed at the time."""
        log, _ = rotated
        notes = sorted((log.export(tmp_path / "out") / "checkpoints").iterdir())
        assert [path.read_text().count("\u2014") for path in notes] == [2, 2, 2, 2, 1]

    def test_an_idle_log_is_signed_again(self, log: "Log", tmp_path: Path):
        """The newest checkpoint gets the new key's line at the start, so that nobody waits for the next entry."""
        grow(log, 0)
        follow(log, made(2, log.signer))
        follow(log, made(2))
        (log.export(tmp_path / "out") / "keys").unlink()
        assert verify_export(tmp_path / "out", made(2).vkey).size == 3

    def test_without_the_changes_only_the_newest_key_helps(self, rotated: "tuple[Log, list[str]]", tmp_path: Path):
        """Without the record of changes, who holds the first key cannot be led to the newest."""
        log, vkeys = rotated
        (log.export(tmp_path / "out") / "keys").unlink()
        for held in (0, 1, 2):
            with pytest.raises(VerificationError, match="signatures of the log's key"):
                verify_export(tmp_path / "out", vkeys[held])
        assert verify_export(tmp_path / "out", "\n".join(vkeys)).size == 15

    def test_kept_checkpoints_of_an_earlier_key(self, rotated: "tuple[Log, list[str]]", tmp_path: Path):
        """A checkpoint kept since before a rotation is still worth what it was."""
        log, vkeys = rotated
        directory = log.export(tmp_path / "out")
        kept = (directory / "checkpoints" / f"{3:020}.note").read_text()
        assert verify_export(directory, vkeys[2], [kept]).size == 15

    def test_an_earlier_key_does_not_sign_what_is_newest(self, log: "Log", tmp_path: Path):
        """Who holds the new key is not shown a log that only the old key, perhaps stolen, has signed."""
        old = log.signer
        log.append(3)
        before = log.integrate()
        assert before is not None
        follow(log, made(2, old))
        with log.database.write() as connection:
            ((_, change),) = store.key_changes(connection)
            store.sign_again(connection, 3, before.note)
        directory = log.export(tmp_path / "out")
        assert verify_export(directory, old.vkey).size == 3
        assert (directory / "keys").read_text() == change
        with pytest.raises(VerificationError, match="checkpoint: has 0 signatures"):
            verify_export(directory, made(2).vkey)


class TestOnRecord:
    def test_before_the_new_key_signs(self, log: "Log"):
        """The change of keys is stored at the start, before the new key has signed any checkpoint, and once."""
        grow(log, 0)
        signer = made(2, log.signer)
        follow(log, signer)
        follow(log, signer)
        with log.database.read() as connection:
            assert store.key_changes(connection) == key_changes(signer)

    def test_a_key_that_nobody_was_led_to(self, log: "Log"):
        """A key file that was replaced is refused: its checkpoints would look like another log's."""
        grow(log, 0)
        with pytest.raises(SequencerError, match="was the key file replaced"):
            follow(log, made(9))

    def test_a_key_that_was_given_up(self, log: "Log"):
        """After a change of keys the old key alone is refused, such as one that came back with a backup."""
        grow(log, 0)
        old = log.signer
        follow(log, made(2, old))
        with pytest.raises(SequencerError, match="last change of keys"):
            follow(log, old)


def change(old: Signer, new: Signer, signers: Sequence[Signer] | None = None) -> str:
    """Write a change of keys, signed by these."""
    body = f"tvaers/noegleskift/v1\nold {old.vkey}\nnew {new.vkey}\n"
    lines = [
        f"\u2014 {one.name} {b64encode(one.key_id + one.key.sign(body.encode())).decode()}\n"
        for one in ((old, new) if signers is None else signers)
    ]
    return f"{body}\n{''.join(lines)}"


class TestChanges:
    def test_ours_are_read(self):
        """What the writing side says of a change is what the checking side reads."""
        ((vkey, note),) = key_changes(made(2, made(1)))
        assert (vkey, note) == (made(2).vkey, change(made(1), made(2)))
        assert ids(trusting(made(1).vkey, note)) == ({made(1).key_id, made(2).key_id}, set())
        assert ids(trusting(made(2).vkey, note)) == ({made(2).key_id}, {made(1).key_id})

    def test_both_must_have_signed(self):
        """A change that one of the two keys has not signed leads nowhere."""
        for signers in ([made(1)], [made(2)], [made(1), made(3)], [made(1), made(1)]):
            refused(made(1), change(made(1), made(2), signers))

    def test_of_keys_that_were_not_given(self):
        """A change between two keys that nothing leads to is refused, wherever it stands."""
        stranger = change(made(8), made(9))
        refused(made(1), stranger, "change 1 does not lead")
        refused(made(1), change(made(1), made(2)) + stranger, "change 2 does not lead")

    def test_to_another_log(self):
        """A change to the key of another log is refused."""
        refused(made(1), change(made(1), made(2, name="other.example/log")), "another log's")

    @pytest.mark.parametrize(
        "garbage", ["hej\n", "tvaers/noegleskift/v1\n", "tvaers/noegleskift/v1\nold a\nnew b\n\n\u2014 a AAAAAAAA\n"]
    )
    def test_what_is_no_change(self, garbage: str):
        """Anything else is refused."""
        refused(made(1), garbage)

    def test_a_checkpoint_is_no_change(self):
        """Neither a checkpoint nor a change can be passed off as the other."""
        refused(made(1), checkpoints.sign_checkpoint(ORIGIN, 1, bytes(32), made(1)))
        with pytest.raises(VerificationError, match="is not a checkpoint"):
            trusting(made(1).vkey).newest(change(made(1), made(2)), "checkpoint")


def ids(trust: Trust) -> tuple[set[bytes], set[bytes]]:
    """Return the ids of the keys that are trusted, and of the earlier ones."""
    return {key.key_id for key in trust.keys}, {key.key_id for key in trust.earlier}


def refused(given: Signer, changes: str, match: str | None = None) -> None:
    """Expect changes to be refused."""
    with pytest.raises(VerificationError, match=match):
        trusting(given.vkey, changes)
