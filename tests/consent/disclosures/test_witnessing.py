import json
import signal
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from hashlib import sha256
from pathlib import Path

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consent.disclosures.checkpoints import COSIGNATURE, Signer, generate, load, sign_checkpoint
from consent.disclosures.errors import SignerError, WitnessError
from consent.disclosures.merkle import consistency_proof, leaf_hash, root
from consent.disclosures.verify.notes import COSIGNATURE as WITNESS
from consent.disclosures.verify.notes import cosigned_at, parse_key, read_note
from consent.disclosures.witness import MAX_REQUEST_BYTES, Refused
from consent.disclosures.witnessing import Memory, Witness, application, open_witness

ORIGIN = "tvaers.example/log"
LOG = Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
NAME = "region.example/vidne"

Start = Callable[[], tuple[Signer, Witness]]
Serve = Callable[..., AbstractAsyncContextManager[str]]


def note(size: int, first: int = 0) -> str:
    """Sign a tree of made-up leaves; another `first` makes another history."""
    return sign_checkpoint(ORIGIN, size, root(hashes(size, first)), LOG)


def hashes(size: int, first: int = 0) -> list[bytes]:
    """Return leaf hashes."""
    return [leaf_hash(bytes([first + number])) for number in range(size)]


def request(old: int, size: int, first: int = 0) -> bytes:
    """Write a request with the proof that the log can make."""
    proof = consistency_proof(hashes(size, first), old) if 0 < old <= size else []
    lines = "".join(f"{b64encode(one).decode()}\n" for one in proof)
    return f"old {old}\n{lines}\n{note(size, first)}".encode()


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """Return where the witness's key goes."""
    return tmp_path / "vidne.key"


@pytest.fixture
def start(key: Path) -> Iterator[Start]:
    """Return a function that starts the witness again, as another process would after the last one was killed."""
    opened: list[Witness] = []

    def starting() -> tuple[Signer, Witness]:
        for witness in opened:
            witness.close()
        signer, witness = open_witness(key, NAME, [LOG.vkey])
        opened.append(witness)
        return signer, witness

    yield starting
    for witness in opened:
        witness.close()


class TestMemory:
    def test_made_with_the_key(self, key: Path, start: Start):
        """A witness that is new gets a key and an empty memory, which only it can read the key of."""
        signer, _ = start()
        assert load(key, COSIGNATURE).vkey == signer.vkey
        assert signer.vkey.startswith(f"{NAME}+")
        assert json.loads((key.parent / "vidne.key.seen").read_text()) == {}

    def test_it_outlives_the_process(self, start: Start):
        """A witness that is started again refuses what it would have refused before."""
        for old, size in ((0, 3), (3, 8)):
            _, witness = start()
            assert isinstance(witness.add_checkpoint(request(old, size)), str)
        _, witness = start()
        refusals = [witness.add_checkpoint(asked) for asked in (request(8, 9, first=1), request(3, 5), request(0, 20))]
        assert [one.status for one in refusals if isinstance(one, Refused)] == [422, 409, 409]

    def test_it_holds_the_note(self, key: Path, start: Start):
        """What was cosigned is kept with the log's own signature: it proves what the log has shown."""
        _, witness = start()
        witness.add_checkpoint(request(0, 8))
        assert json.loads((key.parent / "vidne.key.seen").read_text())[ORIGIN]["note"].startswith(note(8))

    def test_nothing_is_cosigned_that_is_not_kept(self, key: Path, start: Start, monkeypatch: pytest.MonkeyPatch):
        """When the disk does not take it there is no cosignature, and the memory is what it was."""
        _, witness = start()
        witness.add_checkpoint(request(0, 3))

        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as failing:
            failing.setattr("os.fsync", full)
            with pytest.raises(WitnessError, match="No space"):
                witness.add_checkpoint(request(3, 8))
        assert json.loads((key.parent / "vidne.key.seen").read_text())[ORIGIN]["size"] == 3
        assert isinstance(witness.add_checkpoint(request(3, 8)), str)

    @pytest.mark.parametrize("spoil", ["missing", "garbage", "other"])
    def test_a_witness_that_has_forgotten(self, key: Path, start: Start, spoil: str):
        """A key whose memory is gone or unreadable signs no more: it might sign a second history."""
        _, witness = start()
        witness.close()
        seen = key.parent / "vidne.key.seen"
        if spoil == "missing":
            seen.unlink()
        else:
            seen.write_text("[" if spoil == "garbage" else '{"a": {"size": 1}}')
        with pytest.raises(WitnessError, match="forgotten"):
            start()

    def test_one_process_at_a_time(self, key: Path, start: Start):
        """A second process on the same memory is refused."""
        _, witness = start()
        with pytest.raises(WitnessError, match="another process"):
            Memory(key.parent / "vidne.key.seen")
        witness.close()
        Memory(key.parent / "vidne.key.seen").close()

    def test_other_keys(self, key: Path):
        """The key of a log is no witness's, and what is no public key is not watched for."""
        generate(key, ORIGIN)
        (key.parent / "vidne.key.seen").write_text("{}")
        with pytest.raises(SignerError):
            open_witness(key, NAME, [LOG.vkey])
        with pytest.raises(WitnessError, match="public key"):
            open_witness(key, NAME, ["hej"])


@pytest.mark.anyio
class TestHttp:
    async def test_the_answers_of_the_specification(self, start: Start, serve: Serve):
        """Over real HTTP each answer has the status, type and body that c2sp.org/tlog-witness gives it."""
        signer, witness = start()
        async with serve(application(witness)) as address, httpx2.AsyncClient(base_url=address) as http:
            good = await http.post("/add-checkpoint", content=request(0, 8))
            assert good.status_code == 200
            cosigned = read_note(note(8) + good.text, "note")
            assert cosigned_at(cosigned, parse_key(signer.vkey, WITNESS)) is not None

            conflict = await http.post("/add-checkpoint", content=request(3, 9))
            assert (conflict.status_code, conflict.text) == (409, "8\n")
            assert conflict.headers["Content-Type"].startswith("text/x.tlog.size")

            statuses = [
                (await http.post("/add-checkpoint", content=content)).status_code
                for content in (request(8, 9, first=1), b"hej", b"x" * (MAX_REQUEST_BYTES + 1))
            ]
            assert statuses == [422, 400, 413]
            assert (await http.get("/add-checkpoint")).status_code == 405

            kept = await http.get(f"/{sha256(ORIGIN.encode()).hexdigest()}/checkpoint")
            assert kept.text == note(8) + good.text
            assert (await http.get(f"/{sha256(b'other').hexdigest()}/checkpoint")).status_code == 404

    async def test_a_full_disk(self, start: Start, serve: Serve, monkeypatch: pytest.MonkeyPatch):
        """A witness that cannot write answers 500 and no cosignature."""
        _, witness = start()

        def failing(*_: object) -> None:
            raise WitnessError("full")

        monkeypatch.setattr(Memory, "remember", failing)
        async with serve(application(witness)) as address, httpx2.AsyncClient(base_url=address) as http:
            answer = await http.post("/add-checkpoint", content=request(0, 8))
        assert answer.status_code == 500
        assert "\u2014" not in answer.text


@contextmanager
def running(key: Path) -> Iterator[tuple[str, str]]:
    """Run `tvaers log witness` and yield its address and public key."""
    command = [sys.executable, "-m", "gateway", "log", "witness", "--json", "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(
        [*command, "--key", str(key), "--log", LOG.vkey, "--name", NAME], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        told = json.loads(process.stdout.readline())
        yield told["address"], told["key"]
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()


class TestCommand:
    def test_killed_and_started_again(self, key: Path):
        """The command answers on a laptop, and after kill -9 it still refuses another history."""
        with running(key) as (address, vkey):
            answer = httpx2.post(f"{address}/add-checkpoint", content=request(0, 8))
            assert answer.status_code == 200
            assert cosigned_at(read_note(note(8) + answer.text, "note"), parse_key(vkey, WITNESS)) is not None
        with running(key) as (address, again):
            assert again == vkey
            assert httpx2.post(f"{address}/add-checkpoint", content=request(8, 9, first=1)).status_code == 422
            assert httpx2.post(f"{address}/add-checkpoint", content=request(8, 9)).status_code == 200
