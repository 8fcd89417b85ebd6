"""What outsiders see of the log over real HTTP: checkpoints, tiles, changes of keys, witnesses."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from consent.disclosures import sources
from consent.disclosures.cosigning import Cosigning, Vidne
from consent.disclosures.merkle import VerificationError
from consent.disclosures.verify import verify_tiles
from gateway.client import Address

if TYPE_CHECKING:
    from tests.e2e.conftest import Town

pytestmark = pytest.mark.anyio


@pytest.fixture
async def address(town: "Town") -> str:
    """Return where a town answers that has decided about three events."""
    await town.consent()
    for number in range(3):
        assert await town.plan(f"n-{number}") == 202
    await town.settled()
    return Address.read(town.settings.data).http


async def get(address: str, path: str, **headers: str) -> httpx2.Response:
    """Ask as anyone."""
    async with httpx2.AsyncClient(base_url=address) as http:
        return await http.get(path, headers=headers)


class TestTilesOverHttp:
    async def test_the_log_is_proven_over_http(self, town: "Town", address: str):
        """The verifier proves the running log from its tiles: the tree for anyone, the entries for the DPO."""
        vkey = town.tvaers.records.signer.vkey
        token = (town.settings.data / "tokens" / "role_dpo").read_text()

        def verify(shown: str, *, hashes_only: bool) -> Any:
            with sources.client(shown) as client:
                return verify_tiles(sources.server(client, f"{address}/log"), vkey, hashes_only=hashes_only)

        tree = await asyncio.to_thread(verify, "", hashes_only=True)
        whole = await asyncio.to_thread(verify, token, hashes_only=False)
        assert tree == whole
        assert whole.size >= 4
        with pytest.raises(VerificationError, match=r"tile/entries/000.* answers 401"):
            await asyncio.to_thread(verify, "", hashes_only=False)

    async def test_the_command(self, town: "Town", address: str):
        """`tvaers log verify --tiles ADDRESS` needs nothing but the address and the key."""
        command = [sys.executable, "-m", "gateway", "log", "verify", "--hashes", "--json"]
        done = await asyncio.to_thread(
            subprocess.run,
            [*command, "--tiles", f"{address}/log", "--key", town.tvaers.records.signer.vkey],
            capture_output=True,
            text=True,
            check=True,
        )
        assert json.loads(done.stdout)["verified"] is True

    async def test_headers(self, town: "Town", address: str):
        """What never changes may be kept for a year; what does, and what is not there yet, may not."""
        checkpoint = await get(address, "/log/checkpoint")
        assert checkpoint.headers["Cache-Control"] == "no-cache"
        assert checkpoint.headers["Content-Type"] == "text/plain; charset=utf-8"
        size = checkpoint.text.split("\n")[1]
        tile = await get(address, f"/log/tile/0/000.p/{size}")
        assert tile.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert tile.headers["Content-Type"] == "application/octet-stream"
        assert len(tile.content) == 32 * int(size)
        absent = await get(address, "/log/tile/0/000")
        assert (absent.status_code, absent.headers["Cache-Control"]) == (404, "no-store")
        token = (town.settings.data / "tokens" / "role_dpo").read_text()
        entries = await get(address, f"/log/tile/entries/000.p/{size}", Authorization=f"Bearer {token}")
        assert entries.headers["Cache-Control"] == "private, max-age=31536000, immutable"
        assert entries.headers["Content-Encoding"] == "gzip"
        plain = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
        assert (await get(address, f"/log/tile/entries/000.p/{size}", **plain)).content == entries.content

    @pytest.mark.parametrize(
        "path",
        [
            "0/000.p/0",
            "0/000.p/01",
            "0/000.p/200",
            "0/000.p/256",
            "0/0",
            "0/0000",
            "0/x000/000",
            "0/001",
            "0/x999/x999/x999/x999/x999/x999/x999/999",
            "1/000.p/1",
            "00/000.p/1",
            "64/000.p/1",
            "-1/000.p/1",
            "a/000.p/1",
            "data/000",
            "0/\u0661\u0661\u0661",
        ],
    )
    async def test_what_is_not_there(self, address: str, path: str):
        """A tile that the tree does not have, or a path in another spelling, is not found."""
        assert (await get(address, f"/log/tile/{path}")).status_code == 404

    async def test_entries_are_not_for_everyone(self, town: "Town", address: str):
        """Why something was withheld stands in the entries, and its sender must not learn it there."""
        sender = (town.settings.data / "tokens" / "jobcenter").read_text()
        assert (await get(address, "/log/tile/entries/000.p/1")).status_code == 401
        refused = await get(address, "/log/tile/entries/000.p/1", Authorization=f"Bearer {sender}")
        assert refused.status_code == 403


class TestWitnessesOverHttp:
    async def test_a_witness_of_a_running_log(self, town: "Town", address: str, tmp_path: Path):
        """A witness that runs elsewhere cosigns a running log, and the served checkpoint carries its line."""
        records = town.tvaers.records
        command = [sys.executable, "-m", "gateway", "log", "witness", "--listen", "127.0.0.1:0", "--json"]
        process = await asyncio.create_subprocess_exec(
            *command, "--key", str(tmp_path / "vidne.key"), "--log", records.signer.vkey, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        try:
            told = json.loads(await process.stdout.readline())
            assert (await get(address, "/log/checkpoint/witnessed")).status_code == 404
            await Cosigning(records.database, records.signer, [Vidne(told["address"], told["key"])]).check()
        finally:
            process.kill()
            await process.wait()
        served = (await get(address, "/log/checkpoint")).text
        assert served == (await get(address, "/log/checkpoint/witnessed")).text
        assert served.count("\u2014") == 2

        def verify() -> Any:
            with sources.client() as client:
                read = sources.server(client, f"{address}/log")
                return verify_tiles(read, records.signer.vkey, witnesses=[told["key"]], hashes_only=True)

        assert (await asyncio.to_thread(verify)).witnessed is not None
