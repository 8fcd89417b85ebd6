import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from consent.disclosures import checkpoints, store
from consent.disclosures.checkpoints import Signer
from consent.disclosures.merkle import EMPTY_ROOT, VerificationError, leaf_hash, root
from consent.disclosures.verify import main, verify_export

if TYPE_CHECKING:
    from tests.consent.disclosures.conftest import Log

NAME = "tvaers.example/log"
SIGNER = Signer(NAME, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
STRANGER = Signer(NAME, Ed25519PrivateKey.from_private_bytes(bytes(32)))

Files = dict[str, bytes]


def made_leaves(count: int) -> list[bytes]:
    """Return leaves of a made-up log, in more than one script."""
    return [f'{{"tilstand":"besøgt","v":{number}}}'.encode() for number in range(count)]


def note(leaves: Sequence[bytes], signer: Signer = SIGNER) -> str:
    """Sign the tree over these leaves."""
    return checkpoints.sign_checkpoint(NAME, len(leaves), root([leaf_hash(leaf) for leaf in leaves]), signer)


def files(leaves: Sequence[bytes], sizes: Sequence[int] = ()) -> Files:
    """Return the files of an export of these leaves, signed at their number and at earlier sizes."""
    written = {f"checkpoints/{size:020}.note": note(leaves[:size]).encode() for size in {*sizes, len(leaves)}}
    return {
        "entries.jsonl": b"".join(leaf + b"\n" for leaf in leaves),
        "leaves.txt": b"".join(leaf_hash(leaf).hex().encode() + b"\n" for leaf in leaves),
        "checkpoint": note(leaves).encode(),
        **written,
    }


def write(directory: Path, content: Files) -> Path:
    """Write an export's files below a directory and return it."""
    (directory / "checkpoints").mkdir(parents=True)
    for name, data in content.items():
        (directory / name).write_bytes(data)
    return directory


HONEST = files(made_leaves(12), sizes=[0, 3, 8])


@pytest.fixture
def honest(tmp_path: Path) -> Path:
    """Return the directory of an honest export of twelve entries with checkpoints at 0, 3, 8 and 12."""
    return write(tmp_path / "export", HONEST)


def refused(directory: Path, match: str | None, known: Sequence[str] = (), vkey: str = SIGNER.vkey) -> None:
    """Expect the verifier to refuse, with a message that matches."""
    with pytest.raises(VerificationError, match=match):
        verify_export(directory, vkey, known)


class TestHonestLogs:
    def test_a_real_export_verifies(self, log: "Log", tmp_path: Path):
        """What the log exports is proven: size, root and every checkpoint."""
        for first in (0, 4, 8):
            log.append(4, first=first)
            log.integrate()
        log.append(1, first=12)  # waits for its place, so it is not in the export
        proven = verify_export(log.export(tmp_path / "out"), log.signer.vkey)
        with log.database.read() as connection:
            latest = store.latest_checkpoint(connection)
        assert latest is not None
        assert (proven.size, proven.root, proven.checkpoints) == (12, latest.root, 3)

    def test_an_export_of_the_empty_log(self, log: "Log", tmp_path: Path):
        """A log that has signed its empty tree can be exported and proven."""
        log.integrate()
        proven = verify_export(log.export(tmp_path / "out"), log.signer.vkey)
        assert (proven.size, proven.root) == (0, EMPTY_ROOT)

    @given(st.integers(0, 40), st.lists(st.integers(0, 40), max_size=4))
    @settings(deadline=None, max_examples=50)
    def test_every_size_verifies(self, tmp_path_factory: pytest.TempPathFactory, size: int, sizes: list[int]):
        """Logs of every size verify, with checkpoints at any earlier sizes, in the export or kept outside."""
        leaves = made_leaves(size)
        earlier = [one for one in sizes if one <= size]
        directory = write(tmp_path_factory.mktemp("sizes") / "export", files(leaves, earlier))
        assert verify_export(directory, SIGNER.vkey).size == size
        assert verify_export(directory, SIGNER.vkey, [note(leaves[:one]) for one in earlier]).size == size

    def test_witnesses_may_sign_too(self, honest: Path):
        """A kept checkpoint that carries signatures of keys unknown to us is taken by the log's own signature."""
        kept = note(made_leaves(8))
        witness = f"\u2014 region.example/vidne {b64encode(bytes(76)).decode()}\n"
        assert verify_export(honest, SIGNER.vkey, [kept + witness, kept.replace("\n\n", "\n\n" + witness)]).size == 12

    def test_the_key_may_end_in_a_newline(self, honest: Path):
        """The public key is taken as it is read from a file."""
        assert verify_export(honest, SIGNER.vkey + "\n").size == 12


class TestI8EveryChangeShows:
    @given(st.data())
    @settings(deadline=None, max_examples=200)
    def test_any_change_to_any_file(self, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject):
        """A byte flipped, inserted or deleted, a file cut, and lines swapped or doubled, are found in every file."""
        name = data.draw(st.sampled_from(sorted(HONEST)))
        content = HONEST[name]
        at = data.draw(st.integers(0, max(len(content) - 1, 0)))
        lines = content.splitlines(keepends=True)
        line, other = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        swapped = [*lines]
        swapped[line], swapped[other] = lines[other], lines[line]
        byte = data.draw(st.binary(min_size=1, max_size=1))
        mutated = data.draw(
            st.sampled_from(
                [
                    content[:at] + bytes([content[at] ^ byte[0]]) + content[at + 1 :],
                    content[:at] + byte + content[at:],
                    content[:at] + content[at + 1 :],
                    content[:at],
                    b"".join(swapped),
                    b"".join(lines[: line + 1] + lines[line:]),
                    content + byte,
                    content + b"\n",
                ]
            )
        )
        assume(mutated != content)
        directory = write(tmp_path_factory.mktemp("changed") / "export", HONEST | {name: mutated})
        with pytest.raises(VerificationError):
            verify_export(directory, SIGNER.vkey)

    @pytest.mark.parametrize("name", ["entries.jsonl", "leaves.txt"])
    def test_a_flipped_byte_names_its_entry(self, tmp_path: Path, name: str):
        """Whichever byte of an entry or of its hash is flipped, the entry is named by its index."""
        content = HONEST[name]
        for at in range(0, len(content), 7):
            entry = content[:at].count(b"\n")
            changed = HONEST | {name: content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]}
            refused(write(tmp_path / f"{name}{at}", changed), rf"^entry {entry}:")

    def test_every_flipped_byte_of_a_note_names_its_file(self, tmp_path: Path):
        """Whichever byte of a checkpoint is flipped, the checkpoint's file is named."""
        for name in ("checkpoint", f"checkpoints/{3:020}.note"):
            content = HONEST[name]
            for at in range(len(content)):
                changed = HONEST | {name: content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]}
                refused(write(tmp_path / f"{name.replace('/', '-')}{at}", changed), f"^{name}:")

    def test_an_entry_removed(self, tmp_path: Path):
        """An entry taken out of both files is found by the signed roots, between the checkpoints around it."""
        leaves = made_leaves(12)
        without = files([*leaves[:5], *leaves[6:]]) | {"checkpoint": HONEST["checkpoint"]}
        content = {name: data for name, data in (HONEST | without).items() if name in HONEST}
        refused(write(tmp_path / "export", content), "entries 3 to 7 are not what")

    def test_an_entry_changed_with_its_hash(self, tmp_path: Path):
        """An entry rewritten together with its line in leaves.txt is found between the checkpoints around it."""
        leaves = made_leaves(12)
        leaves[8] = b'{"tilstand":"intet"}'
        changed = HONEST | {name: files(leaves)[name] for name in ("entries.jsonl", "leaves.txt")}
        refused(write(tmp_path / "export", changed), "entries 8 to 11 are not what")

    def test_an_entry_inserted(self, tmp_path: Path):
        """An entry put in at the end, with its hash, is not covered by the checkpoint."""
        more = files(made_leaves(13))
        changed = HONEST | {name: more[name] for name in ("entries.jsonl", "leaves.txt")}
        refused(write(tmp_path / "export", changed), "entry 12: is in entries.jsonl, but no checkpoint covers it")

    def test_entries_reordered(self, tmp_path: Path):
        """Two entries that changed places, with their hashes, are found."""
        leaves = made_leaves(12)
        leaves[0], leaves[1] = leaves[1], leaves[0]
        changed = HONEST | {name: files(leaves)[name] for name in ("entries.jsonl", "leaves.txt")}
        refused(write(tmp_path / "export", changed), "entries 0 to 2 are not what")

    def test_a_tail_cut_from_the_files(self, tmp_path: Path):
        """Entries missing below the signed size are named."""
        shorter = files(made_leaves(10))
        changed = HONEST | {name: shorter[name] for name in ("entries.jsonl", "leaves.txt")}
        refused(write(tmp_path / "both", changed), "entries 10 to 11 are missing from")
        refused(write(tmp_path / "one", HONEST | {"leaves.txt": shorter["leaves.txt"]}), "missing from leaves.txt")

    def test_a_tail_cut_and_signed_again(self, tmp_path: Path):
        """A shorter log, honestly signed, is refused by who kept a longer one's checkpoint, naming what is gone."""
        directory = write(tmp_path / "export", files(made_leaves(9), [3]))
        assert verify_export(directory, SIGNER.vkey).size == 9
        refused(directory, "entries 9 to 11 are missing: known checkpoint 1 covers 12", [note(made_leaves(12))])
        refused(directory, "entry 9 is missing", [note(made_leaves(10))])

    def test_a_history_rewritten_and_signed_again(self, tmp_path: Path):
        """A log rewritten and signed with the right key is refused by who kept a checkpoint of the old one."""
        leaves = made_leaves(12)
        leaves[2] = b'{"tilstand":"delivered"}'
        directory = write(tmp_path / "export", files(leaves, [8]))
        assert verify_export(directory, SIGNER.vkey).size == 12
        refused(directory, "entries 0 to 4 are not what known checkpoint 1", [note(made_leaves(5))])
        refused(directory, "two histories", [note(made_leaves(8))])
        assert verify_export(directory, SIGNER.vkey, [note(made_leaves(2))]).size == 12

    def test_two_histories_among_the_known(self, honest: Path):
        """Two kept checkpoints of one size with different roots prove that two histories were shown."""
        other = note([b"other", *made_leaves(5)[1:]])
        refused(honest, "known checkpoint 1 and known checkpoint 2 .* size 5", [note(made_leaves(5)), other])

    def test_another_key(self, honest: Path):
        """A log, or a kept checkpoint, signed by any other key is refused, under whatever name."""
        refused(honest, "signatures of the log's key", vkey=STRANGER.vkey)
        refused(honest, "known checkpoint 1", [note(made_leaves(3), STRANGER)])

    def test_another_log_of_the_same_key(self, honest: Path):
        """A note of the log's key over another log's name is no checkpoint of this log."""
        text = f"tvaers.example/prøve\n0\n{b64encode(EMPTY_ROOT).decode()}\n"
        signature = b64encode(SIGNER.key_id + SIGNER.key.sign(text.encode())).decode()
        refused(honest, "is not a checkpoint of", [f"{text}\n\u2014 {NAME} {signature}\n"])


class TestMalformedExports:
    @pytest.mark.parametrize("name", ["entries.jsonl", "leaves.txt", "checkpoint"])
    @pytest.mark.parametrize("instead", ["nothing", "folder", "dangling link"])
    def test_files_that_are_none(self, honest: Path, name: str, instead: str):
        """A missing file, a folder in its place or a link to nowhere is named."""
        (honest / name).unlink()
        if instead == "folder":
            (honest / name).mkdir()
        if instead == "dangling link":
            (honest / name).symlink_to(honest / "nowhere")
        refused(honest, f"^{name}: is missing or not a plain file")

    def test_no_directory(self, tmp_path: Path, honest: Path):
        """A directory that is not there, or is a file, is refused."""
        refused(tmp_path / "nowhere", "checkpoint")
        refused(honest / "checkpoint", "checkpoint")

    def test_folder_of_checkpoints(self, honest: Path):
        """A missing folder of checkpoints, a stranger in it and a wrongly named note are refused."""
        kept = honest / "checkpoints" / f"{3:020}.note"
        kept.rename(kept.with_name(f"{4:020}.note"))
        refused(honest, f"checkpoints/{4:020}.note: is a checkpoint of size 3")
        (honest / "checkpoints" / f"{4:020}.note").unlink()
        (honest / "checkpoints" / "noter.txt").write_text("hej")
        refused(honest, "checkpoints/noter.txt")
        for file in (honest / "checkpoints").iterdir():
            file.unlink()
        refused(honest, f"checkpoints/{12:020}.note: is missing")
        (honest / "checkpoints").rmdir()
        refused(honest, "^checkpoints: cannot be listed")

    def test_blank_lines(self, tmp_path: Path):
        """A blank line is no entry, even where it was hashed and signed."""
        refused(write(tmp_path / "export", files([b"{}", b"", b"{}"])), "entry 1: is a blank line")

    def test_endless_lines(self, tmp_path: Path):
        """A line far longer than any entry is refused before it fills the memory."""
        refused(write(tmp_path / "export", files([b"x" * 2_000_000])), "entry 0: .* cut off or far too long")
        refused(write(tmp_path / "note", HONEST | {"checkpoint": b"x" * 2_000_000}), "checkpoint: is larger")

    @given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
    @settings(deadline=None, max_examples=100)
    def test_garbage_is_no_checkpoint(self, tmp_path_factory: pytest.TempPathFactory, garbage: bytes):
        """Any bytes in place of a checkpoint, an entry file or a key raise nothing but VerificationError."""
        directory = tmp_path_factory.mktemp("garbage")
        for number, name in enumerate(HONEST):
            refused(write(directory / str(number), HONEST | {name: garbage}), None)
        refused(directory / "0", None, vkey=garbage.decode("utf-8", "surrogateescape"))
        refused(directory / "0", None, known=[garbage.decode("utf-8", "surrogateescape")])

    @pytest.mark.parametrize(
        "spoil",
        [
            pytest.param(lambda text: text.replace("\n12\n", "\n012\n"), id="leading zero"),
            pytest.param(lambda text: text.replace("\n12\n", "\n+12\n"), id="sign"),
            pytest.param(lambda text: text.replace("\n12\n", "\n\u0661\u0662\n"), id="other digits"),
            pytest.param(lambda text: text.replace("\n12\n", "\n12\nmore\n"), id="more lines"),
            pytest.param(lambda text: text.replace("\n12\n", "\n"), id="fewer lines"),
            pytest.param(lambda text: text.replace("\n12\n", "\n" + "9" * 5000 + "\n"), id="endless number"),
            pytest.param(lambda text: text.replace("=\n", "\n"), id="no padding"),
            pytest.param(lambda text: text.replace("=\n", "==\n"), id="more padding"),
            pytest.param(lambda text: text[: text.index("\n12\n")] + "\n12\nAA==\n", id="short root"),
        ],
    )
    def test_signed_nonsense(self, honest: Path, spoil: Callable[[str], str]):
        """What is no checkpoint in its one spelling is refused, even signed with the right key."""
        text = spoil(note(made_leaves(12)).rpartition("\n\n")[0] + "\n")
        signature = b64encode(SIGNER.key_id + SIGNER.key.sign(text.encode())).decode()
        refused(honest, "known checkpoint 1", [f"{text}\n\u2014 {NAME} {signature}\n"])

    def test_base64_has_one_spelling(self, honest: Path):
        """A signature whose base64 decodes alike but is spelled otherwise is refused."""
        text = note(made_leaves(12))
        assert text.endswith("=\n")
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        padded = text.rstrip("=\n")
        spare = alphabet[alphabet.index(padded[-1]) ^ 1]
        refused(honest, "base64", [text.replace(padded, padded[:-1] + spare)])

    @pytest.mark.parametrize(
        "line", ["\u2014 vid\tne AAAAAAAA\n", "- vidne AAAAAAAA\n", "\u2014  AAAAAAAA\n", "\u2014 vidne AAAA\n"]
    )
    def test_signature_lines_that_are_none(self, honest: Path, line: str):
        """A witness's line with a control character, another dash, no name or no signature is refused."""
        refused(honest, "^known checkpoint 1: ", [note(made_leaves(12)) + line])

    def test_signed_twice(self, honest: Path):
        """A note with two signatures of the log's key is refused: one of them is there for no good reason."""
        text = note(made_leaves(12))
        refused(honest, "2 signatures", [text + text.rpartition("\n\n")[2]])

    @pytest.mark.parametrize(
        "vkey",
        ["", "navn", "+", "++", "a+b+c", SIGNER.vkey[:-4], SIGNER.vkey.replace("+A", "+B", 1), SIGNER.vkey + "\n\n"],
    )
    def test_malformed_keys(self, honest: Path, vkey: str):
        """A public key that is cut, changed or none is refused as such."""
        refused(honest, "^the key: ", vkey=vkey)


class TestCommandLine:
    def test_verified(self, honest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
        """With the key as text or in a file, and kept checkpoints, a good export prints what was proven and exits 0."""
        (tmp_path / "key").write_text(SIGNER.vkey + "\n")
        (tmp_path / "kept").write_text(note(made_leaves(5)))
        assert main([str(honest), "--key", SIGNER.vkey]) == 0
        assert main([str(honest), "--key", str(tmp_path / "key"), "--checkpoint", str(tmp_path / "kept")]) == 0
        first, second = capsys.readouterr().out.splitlines()
        assert first.startswith("verified: 12 entries, root ")
        assert first.endswith(", 4 checkpoints")
        assert second.endswith(", 5 checkpoints")

    def test_not_verified(self, honest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
        """A bad export, or a kept checkpoint that cannot be read, says what is wrong and exits 1."""
        (honest / "leaves.txt").write_bytes(HONEST["leaves.txt"].replace(b"a", b"b", 1))
        assert main([str(honest), "--key", SIGNER.vkey]) == 1
        assert main([str(honest), "--key", SIGNER.vkey, "--checkpoint", str(tmp_path / "none")]) == 1
        assert capsys.readouterr().err.count("NOT VERIFIED: ") == 2

    def test_it_runs_as_a_module(self, honest: Path):
        """`python -m consent.disclosures.verify` works without the database, the bus or the web in memory."""
        command = [
            sys.executable,
            "-X",
            "importtime",
            "-m",
            "consent.disclosures.verify",
            str(honest),
            "--key",
            SIGNER.vkey,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stdout.startswith("verified: 12 entries")
        assert not [name for name in ("sqlalchemy", "pydantic", "nats", "fastapi", "rfc8785") if name in done.stderr]
