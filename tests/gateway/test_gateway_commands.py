"""The commands against a Tværs that really runs, as those who use them type them."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import typer
from typer.testing import CliRunner, Result

from consent import commands as consent_commands
from consent.disclosures import commands as log_commands
from consent.disclosures.errors import ExportError
from consent.disclosures.merkle import VerificationError
from consent.document import write_document
from consent.errors import ConsentRefused
from gateway import cli, commands
from gateway.bus.api import call
from gateway.bus.client import connect
from gateway.client import Address
from gateway.errors import GatewayRefused
from ops.sample.pki import SamplePki

TVAERS = (sys.executable, "-c", "from gateway.cli import main; main()")
NAMES = {"jobcenter": "Jobcenter Åby", "social": "Socialafdelingen"}

# The commands as `gateway.cli` composes them, less its callback: that one sets up logging for a whole process.
app = typer.Typer()
commands.add_to(app)
app.add_typer(consent_commands.app, name="consent")
app.add_typer(log_commands.app, name="log")
app.add_typer(commands.dead, name="dead")
app.add_typer(commands.topology, name="topology")


@contextmanager
def process(data: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start a command as a process of its own; whatever happens, it is gone afterwards."""
    environment = {**os.environ, "TVAERS_PORT": "0", "TVAERS_DATA": str(data)}
    child = subprocess.Popen(
        [*TVAERS, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()


@pytest.fixture(scope="module")
def pki() -> SamplePki:
    """Return the authority that the running process trusts."""
    return SamplePki.create()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, pki: SamplePki) -> Iterator[Path]:
    """Run Tværs for this module and return its data folder."""
    folder = tmp_path_factory.mktemp("tvaers") / "data"
    folder.mkdir(mode=0o700)
    (folder / "ankre.pem").write_bytes(pki.anchors_pem)
    with process(folder, "run") as child:
        assert child.stdout is not None
        assert child.stdout.readline().startswith("Tværs answers on http://127.0.0.1:")
        yield folder


def run(data: Path, *arguments: object, stdin: str = "") -> Result:
    """Run a command on a data folder."""
    context = cli.Context(None, data)
    return CliRunner().invoke(app, [str(argument) for argument in arguments], obj=context, input=stdin)


def answer(data: Path, *arguments: object, stdin: str = "") -> Any:
    """Run a command that must succeed and return its JSON."""
    result = run(data, *arguments, "--json", stdin=stdin)
    assert result.exit_code == 0, result.exception or result.stderr
    return json.loads(result.stdout)


def lines(data: Path, *arguments: object) -> list[dict[str, Any]]:
    """Run a command that must succeed and return the JSON of each line."""
    result = run(data, *arguments, "--json")
    assert result.exit_code == 0, result.exception or result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def absence(folder: Path, cpr: str, **fields: object) -> Path:
    """Write an absence that social tells jobcenter of, and return the file."""
    content = {
        "id": str(uuid4()),
        "type": "dk.tvaers.fravaer.registreret.v1",
        "time": "2026-03-02T09:00:00+01:00",
        "data": {
            "borger": {"cpr": cpr},
            "sag": "sag-1",
            "formaal": "rehabilitering",
            "modtagere": ["jobcenter"],
            "tilbud": {"id": "t-1"},
            "fra": "2026-03-02",
            "art": "udeblevet",
            "registreret": "2026-03-02T09:00:00+01:00",
            **fields,
        },
    }
    path = folder / f"{content['id']}.json"
    path.write_text(json.dumps(content), "utf-8")
    return path


def send(data: Path, *files: Path) -> list[str]:
    """Hand in files as social and return their event ids."""
    found = lines(data, "send", "--as", "social", "--connector", "faelles", *files)
    return [event for line in found for event in line["haendelser"]]


def fetched(data: Path, command: str, party: str, event_id: str) -> dict[str, Any]:
    """Fetch until something about an event comes, and return it."""
    for _ in range(20):
        for line in lines(data, command, "--as", party):
            if event_id in (line.get("haendelse"), line.get("event", {}).get("id")):
                return line
    pytest.fail("nothing came about the event")


def consent(data: Path, folder: Path, pki: SamplePki, cpr: str) -> str:
    """Have a citizen's samtykke to absence registered, and return its id."""
    uuid, samtykke_id = str(uuid4()), f"urn:uuid:{uuid4()}"
    now, hour = datetime.now(UTC), timedelta(hours=1)
    declaration = {
        "samtykke_id": samtykke_id,
        "version": 1,
        "borger": cpr,
        "sag": "sag-1",
        "formaal": "rehabilitering",
        "punkter": [{"punkt": 1, "parter": ["jobcenter", "social"], "oplysningstyper": ["fremmoede"]}],
        "spaerringer": [],
        "afgivet": (now - hour).isoformat(timespec="seconds"),
        "gyldig_til": None,
    }
    path = folder / "samtykke.xml"
    credential = pki.issue(uuid, "Ane Eksempel", now - hour, now + hour)
    path.write_bytes(pki.sign(write_document(declaration, NAMES, "Eva Eksempel"), credential))
    signer = ("--uuid", uuid, "--relation", "borger", "--kilde", "borgerservice", "--reference", "sag-1")
    assert answer(data, "consent", "signer", *signer, stdin=f"{cpr}\n") == {"relation": "borger", "tilbagekaldte": 0}
    assert answer(data, "consent", "add", path)["ny"] is True
    return samtykke_id


class TestParties:
    def test_what_is_permitted_is_delivered_once_and_receipted(
        self, data: Path, tmp_path: Path, pki: SamplePki
    ) -> None:
        """`send` says the event's id; `tail` prints it and acknowledges it; `receipts` tells the sender."""
        consent(data, tmp_path, pki, "0101909991")
        (event_id,) = send(data, absence(tmp_path, "0101909991"))
        line = fetched(data, "tail", "jobcenter", event_id)
        assert line["delivery"] == f"{event_id}:jobcenter:1"
        assert line["event"]["data"]["art"] == "udeblevet"
        assert fetched(data, "receipts", "social", event_id)["modtagere"] == {"jobcenter": "afleveret"}
        assert run(data, "tail", "--as", "jobcenter").stdout == "Nothing waits.\n"
        assert run(data, "receipts", "--as", "social").stdout == "No receipts wait.\n"

    def test_what_is_refused_is_receipted_without_the_reason(self, data: Path, tmp_path: Path) -> None:
        """Without samtykke nothing is delivered, and the sender learns only that."""
        (event_id,) = send(data, absence(tmp_path, "0201919990"))
        receipt = fetched(data, "receipts", "social", event_id)
        assert receipt == {"haendelse": event_id, "modtagere": {"jobcenter": "tilbageholdt"}}
        assert lines(data, "tail", "--as", "jobcenter") == []

    def test_a_refused_message_stops_none_of_the_others(self, data: Path, tmp_path: Path) -> None:
        """Each file has its answer, people see why, and the exit status is 1."""
        bad = tmp_path / "bad.json"
        bad.write_text('{"hemmelig": ')
        result = run(data, "send", "--as", "social", "--connector", "faelles", bad, absence(tmp_path, "0201919990"))
        assert result.exit_code == 1
        assert re.search(r"bad\.json +refused: not JSON \(line 1", result.stdout)
        assert "accepted" in result.stdout
        assert "hemmelig" not in result.stdout

    def test_the_connector_is_the_partys_own_by_default(self, data: Path, tmp_path: Path) -> None:
        """The jobcenter's system speaks XML: JSON is malformed to its connector, and XML to the shared one is too."""
        result = run(data, "send", "--as", "jobcenter", absence(tmp_path, "0201919990"), "--json")
        assert json.loads(result.stdout)["refused"]["code"] == "ulaeselig"

    def test_a_wrapped_message_is_unwrapped(self, data: Path, tmp_path: Path) -> None:
        """A file named .indlevering.json is a message and what its format has no field for."""
        path = tmp_path / "brev.indlevering.json"
        path.write_text(json.dumps({"dokument": "aWtrZSBldCBicmV2", "sag": "sag-1"}))
        result = run(data, "send", "--as", "social", "--connector", "faelles", path, "--json")
        assert json.loads(result.stdout)["refused"]["reason"] == "not JSON"
        path.write_text(json.dumps({"dokument": "%"}))
        result = run(data, "send", "--as", "social", "--connector", "faelles", path, "--json")
        assert json.loads(result.stdout)["refused"]["where"] == "dokument"

    def test_a_stranger_is_wrong_usage(self, data: Path) -> None:
        """The parties that exist are named."""
        result = run(data, "tail", "--as", "nabokommunen")
        assert result.exit_code == 2
        assert "boligforening" in result.stderr

    def test_following_prints_what_comes_until_it_is_interrupted(
        self, data: Path, tmp_path: Path, pki: SamplePki
    ) -> None:
        """A line comes out when its event is delivered; Ctrl-C ends it well."""
        consent(data, tmp_path, pki, "0301909994")
        with process(data, "tail", "--as", "jobcenter", "--follow", "--json") as child:
            assert child.stdout is not None
            (first,) = send(data, absence(tmp_path, "0301909994"))
            assert json.loads(child.stdout.readline())["event"]["id"] == first
            (second,) = send(data, absence(tmp_path, "0301909994"))
            assert json.loads(child.stdout.readline())["event"]["id"] == second
            child.send_signal(signal.SIGINT)
            assert child.wait(timeout=15) == 0
        assert lines(data, "tail", "--as", "jobcenter") == []

    def test_what_nobody_read_is_not_acknowledged(self, data: Path, tmp_path: Path, pki: SamplePki) -> None:
        """Following ends when its reader is gone, and what could not be printed waits for the next one."""
        consent(data, tmp_path, pki, "0901909991")
        reading, writing = os.pipe()
        environment = {**os.environ, "TVAERS_DATA": str(data)}
        child = subprocess.Popen(
            [*TVAERS, "tail", "--as", "jobcenter", "-f", "--json"], env=environment, stdout=writing
        )
        os.close(writing)
        with os.fdopen(reading, "rb") as reader:
            (first,) = send(data, absence(tmp_path, "0901909991"))
            assert json.loads(reader.readline())["event"]["id"] == first
        (second,) = send(data, absence(tmp_path, "0901909991"))
        assert child.wait(timeout=15) == 1
        assert fetched(data, "tail", "jobcenter", second)["delivery"] == f"{second}:jobcenter:1"


SHOW = ("consent", "show", "--begrundelse", "borgeren spørger")


class TestConsents:
    def test_a_declaration_is_shown_to_those_who_know_the_number(
        self, data: Path, tmp_path: Path, pki: SamplePki
    ) -> None:
        """`show` lists it for its citizen and for nobody else."""
        samtykke_id = consent(data, tmp_path, pki, "0401909997")
        (found,) = answer(data, *SHOW, stdin="040190-9997\n")["samtykker"]
        assert (found["samtykke_id"], found["tilbagekaldt"]) == (samtykke_id, None)
        table = run(data, *SHOW, stdin="0401909997\n").stdout
        assert "1: jobcenter, social → jobcenter, social: fremmoede" in table
        assert run(data, *SHOW, stdin="2509479989\n").stdout == "Borgeren har ingen erklæringer.\n"

    def test_revoking_takes_back_what_is_not_fetched(self, data: Path, tmp_path: Path, pki: SamplePki) -> None:
        """When `revoke` answers, the copy is gone."""
        samtykke_id = consent(data, tmp_path, pki, "0501909999")
        (event_id,) = send(data, absence(tmp_path, "0501909999"))
        fetched(data, "receipts", "social", event_id)
        assert answer(data, "consent", "revoke", samtykke_id) == {"samtykke_id": samtykke_id, "tilbagekaldte": 1}
        assert lines(data, "tail", "--as", "jobcenter") == []

    def test_a_block_goes_before_the_samtykke(self, data: Path, tmp_path: Path, pki: SamplePki) -> None:
        """What is blocked crosses no more."""
        consent(data, tmp_path, pki, "0601909991")
        blocked = answer(
            data, "consent", "block", "--til", "jobcenter", "--oplysningstype", "fremmoede", stdin="0601909991\n"
        )
        assert blocked["spaerringer"] == [{"til": ["jobcenter"], "oplysningstyper": ["fremmoede"]}]
        (event_id,) = send(data, absence(tmp_path, "0601909991"))
        assert fetched(data, "receipts", "social", event_id)["modtagere"] == {"jobcenter": "tilbageholdt"}

    def test_what_is_no_cpr_number_is_refused_unquoted(self, data: Path) -> None:
        """The error says what to give, and not what was given."""
        result = run(data, *SHOW, stdin="3213131234\n")
        assert isinstance(result.exception, ConsentRefused)
        assert "3213131234" not in str(result.exception)

    def test_the_service_says_why_it_refuses(self, data: Path) -> None:
        """A declaration that nobody has cannot be withdrawn, and the answer says what to do."""
        result = run(data, "consent", "revoke", "urn:uuid:nobody")
        assert isinstance(result.exception, GatewayRefused)
        assert "consent show" in str(result.exception)


class TestLog:
    def test_a_search_finds_the_decision_and_is_found_itself(self, data: Path, tmp_path: Path) -> None:
        """The reasons stand in words; the look-up stands in the log with its own reason, sealed."""
        (event_id,) = send(data, absence(tmp_path, "0701909994"))
        fetched(data, "receipts", "social", event_id)
        table = run(data, "log", "search", "--haendelse", event_id, "--begrundelse", "aktindsigt").stdout
        assert re.search(r"afgoerelse +refused +social +jobcenter +fravaer\.registreret\.v1 +intet samtykke", table)
        (found,) = answer(
            data, "log", "search", "--borger", "--art", "afgoerelse", "--begrundelse", "a", stdin="0701909994\n"
        )
        assert found["oplysning"]["haendelse"] == event_id
        opened = answer(data, "log", "show", found["nummer"], "--begrundelse", "klagesag")
        assert (opened["aabnet"]["sag"], opened["slettet"]) == ("sag-1", False)
        look_up, *_ = answer(data, "log", "search", "--art", "opslag", "--limit", 2, "--begrundelse", "tilsyn")[1:]
        shown = run(data, "log", "show", look_up["nummer"], "--begrundelse", "tilsyn").stdout
        assert re.search(r"begrundelse +klagesag\n", shown)

    def test_times_are_danish_and_narrow_the_search(self, data: Path) -> None:
        """An instant without a zone is Danish time; what is no time is wrong usage."""
        assert log_commands.moment("2026-07-01") == "2026-06-30T22:00:00.000000Z"
        assert log_commands.moment("2026-07-01T10:00:00Z") == "2026-07-01T10:00:00.000000Z"
        assert answer(data, "log", "search", "--until", "2020-01-01", "--begrundelse", "tilsyn") == []
        assert run(data, "log", "search", "--since", "i går", "--begrundelse", "tilsyn").exit_code == 2

    def test_an_export_verifies_until_somebody_changes_it(self, data: Path, tmp_path: Path) -> None:
        """`key`, `export` and `verify` go together, and the entry that was changed is named."""
        vkey = answer(data, "log", "key")["key"]
        size = answer(data, "log", "export", tmp_path / "log")["entries"]
        kept = ("--checkpoint", tmp_path / "log" / "checkpoint")
        proven = answer(data, "log", "verify", tmp_path / "log", "--key", vkey, *kept)
        assert (proven["size"], proven["verified"]) == (size, True)
        entries = tmp_path / "log" / "entries.jsonl"
        whole = entries.read_text("utf-8").splitlines(keepends=True)
        entries.write_text("".join([whole[0], whole[1].replace('"v":1', '"v":2'), *whole[2:]]), "utf-8")
        changed = run(data, "log", "verify", tmp_path / "log", "--key", vkey, "--json")
        assert isinstance(changed.exception, VerificationError)
        assert json.loads(changed.stdout)["verified"] is False
        assert str(changed.exception).startswith("entry 1:")

    def test_the_key_may_be_a_file(self, data: Path, tmp_path: Path) -> None:
        """Whoever keeps the key keeps it in a file."""
        (tmp_path / "key").write_text(run(data, "log", "key").stdout)
        run(data, "log", "export", tmp_path / "log")
        result = run(data, "log", "verify", tmp_path / "log", "--key", tmp_path / "key")
        assert re.search(r"verified +verified\n", result.stdout)

    def test_where_nothing_has_run_there_is_no_log(self, tmp_path: Path) -> None:
        """The export says so, and makes no empty database."""
        result = run(tmp_path / "intet", "log", "export", tmp_path / "log")
        assert isinstance(result.exception, ExportError)
        assert not (tmp_path / "intet").exists()


class TestOperations:
    def test_a_dead_letter_is_listed_shown_and_handed_in_again(self, data: Path, tmp_path: Path) -> None:
        """The list has no content, the untouched bytes are shown for a reason, and a replay is decided like any."""
        bad = tmp_path / "bad.json"
        bad.write_bytes(b'{"ulaeselig": \xff')
        run(data, "send", "--as", "social", "--connector", "faelles", bad)
        letter = answer(data, "dead", "list")[0]
        assert (letter["party"], letter["origin"], letter["state"]) == ("social", "faelles", "dead")
        assert letter["dead_id"] in run(data, "dead", "list").stdout
        shown = run(data, "dead", "show", letter["dead_id"], "--begrundelse", "fejlsøgning")
        assert shown.stdout_bytes == bad.read_bytes()
        again = run(data, "dead", "replay", letter["dead_id"], "--begrundelse", "rettet")
        assert isinstance(again.exception, GatewayRefused)
        assert answer(data, "dead", "list")[0]["count"] == 2

    def test_a_stopped_party_waits_until_it_is_started(self, data: Path, tmp_path: Path) -> None:
        """Nothing crosses in between, and nothing is lost."""
        assert run(data, "stop", "--party", "social", "--reason", "øvelse").stdout == "Stopped: social.\n"
        (event_id,) = send(data, absence(tmp_path, "0801909997"))
        assert all(line["haendelse"] != event_id for line in lines(data, "receipts", "--as", "social"))
        assert answer(data, "start", "--party", "social", "--reason", "øvelse") == {"stoppet": []}
        assert fetched(data, "receipts", "social", event_id)["modtagere"] == {"jobcenter": "tilbageholdt"}

    def test_a_stop_needs_a_reason(self, data: Path) -> None:
        """Without one it is wrong usage, and everything goes on."""
        assert run(data, "stop").exit_code == 2
        assert answer(data, "start", "--reason", "ingen er stoppet") == {"stoppet": []}

    def test_a_missing_consumer_is_found_and_put_back(self, data: Path) -> None:
        """`check` names what differs and fails; `apply` mends it."""
        assert run(data, "topology", "check").stdout == "The bus is as it should be.\n"
        asyncio.run(remove_consumer(data))
        found = run(data, "topology", "check")
        assert found.exit_code == 1
        assert re.search(r"RECEIPTS +boligforening +exists +False +True\n", found.stdout)
        assert answer(data, "topology", "apply") == []

    def test_the_doctor_finds_nothing_wrong_with_what_runs(self, data: Path) -> None:
        """Every check is ok, broker and process included."""
        found = answer(data, "doctor")
        assert {one["check"] for one in found} >= {"database", "process", "broker"}
        assert all(one["ok"] for one in found)

    def test_the_doctor_sees_a_secret_that_others_may_read(self, data: Path) -> None:
        """It names the file and says what to do."""
        secret = data / "tokens" / "role_dpo"
        secret.chmod(0o644)
        try:
            result = run(data, "doctor")
        finally:
            secret.chmod(0o600)
        assert result.exit_code == 1
        assert re.search(r"data folder +others may open tokens/role_dpo .*chmod", result.stdout)

    def test_the_doctor_works_where_nothing_runs(self, tmp_path: Path) -> None:
        """It says so, and goes on to the other checks."""
        result = run(tmp_path / "intet", "doctor", "--json")
        found = {one["check"]: one for one in json.loads(result.stdout)}
        assert result.exit_code == 1
        assert found["registers"]["ok"]
        assert found["process"]["problem"] == "nothing runs on this data folder"
        assert "tvaers run" in found["process"]["next"]

    def test_other_roles_are_not_built_yet(self, tmp_path: Path) -> None:
        """A role that does not exist in this step is wrong usage, not a process that does nothing."""
        result = run(tmp_path / "intet", "run", "--role", "console")
        assert result.exit_code == 2
        assert not (tmp_path / "intet").exists()


async def remove_consumer(data: Path) -> None:
    """Do what an operator must not."""
    ops = await connect(Address.read(data).nats, "ops", data / "bus" / "keys" / "ops.nk")
    try:
        await call(ops.nc, "CONSUMER.DELETE.RECEIPTS.boligforening")
    finally:
        await ops.close()


class TestProcess:
    def test_a_failure_is_one_line_that_says_what_to_do(self, tmp_path: Path) -> None:
        """Nothing runs: exit status 1, no traceback."""
        with process(tmp_path / "intet", "dead", "list") as child:
            out, err = child.communicate(timeout=15)
        assert (child.returncode, out) == (1, "")
        assert err == "tvaers: nothing runs on this data folder; start it with `tvaers run`\n"

    def test_the_sample_day_is_shown_and_a_signal_ends_everything(self, tmp_path: Path) -> None:
        """`run --sample` plays the day and stays up; SIGTERM ends it with 0 and takes the broker along."""
        with process(tmp_path / "data", "run", "--sample") as child:
            shown = _until_up(child)
            broker = urlsplit(Address.read(tmp_path / "data").nats)
            socket.create_connection((broker.hostname, broker.port)).close()
            child.send_signal(signal.SIGTERM)
            assert child.wait(timeout=20) == 0
        assert re.search(r"\d\d:\d\d:\d\d +jobcenter +social +indsatsplan +afvist +samtykket er udløbet\n", shown)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((broker.hostname, broker.port))

    def test_the_demo_holds_what_it_promises(self, tmp_path: Path) -> None:
        """One object: the expected figures and a verified log; the data folder of the caller is not touched."""
        with process(tmp_path / "mine", "demo", "--json") as child:
            out, err = child.communicate(timeout=60)
        assert (child.returncode, err) == (0, "")
        found = json.loads(out)
        names = ["events", "permitted", "partly", "refused", "delivered", "recalled", "dead", "refusals"]
        assert list(found) == [*names, "log", "seconds"]
        assert found["log"]["verified"] is True
        assert not (tmp_path / "mine").exists()


def _until_up(child: subprocess.Popen[str]) -> str:
    """Read what a process prints until it says that it goes on."""
    assert child.stdout is not None
    shown = ""
    for line in child.stdout:
        shown += line
        if "goes on answering" in line:
            return shown
    pytest.fail("the process ended")


def test_no_command_takes_a_number_that_other_users_could_see() -> None:
    """CPR numbers are asked for: no argument or option of any command is one."""
    found = list(_parameters(typer.main.get_command(cli.app)))
    assert "begrundelse" in found
    assert not [name for name in found if "cpr" in name]


def _parameters(command: Any) -> Iterator[str]:
    yield from (parameter.name for parameter in command.params)
    for inner in getattr(command, "commands", {}).values():
        yield from _parameters(inner)
