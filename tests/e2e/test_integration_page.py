"""docs/integration.md, read and followed by a stranger: its snippets are run as they stand there."""

import asyncio
import json
import os
import re
import sys
from pathlib import Path

import pytest

from gateway.client import Address
from ops.docs.integration import page

pytestmark = pytest.mark.anyio

PAGE = Path(__file__).parents[2] / "docs" / "integration.md"
SNIPPETS = dict(re.findall(r"^```python (\w+\.py)\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE))


async def follow(town, folder: Path, name: str, part: str) -> str:
    """Run a snippet of the page as a program of its own, with what its party is given; return what it prints."""
    script = folder / name
    script.write_text(SNIPPETS[name], "utf-8")
    address = Address.read(town.settings.data)
    given = {
        "PART": part,
        "NATS_URL": address.nats,
        "HTTP": address.http,
        "SEED": str(town.settings.data / "bus" / "keys" / f"{part}.nk"),
        "TOKEN": (town.settings.data / "tokens" / part).read_text("ascii").strip(),
    }
    program = await asyncio.create_subprocess_exec(
        sys.executable, str(script), env={**os.environ, **given}, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(30):
        printed, _ = await program.communicate()
    assert program.returncode == 0
    return printed.decode()


def test_the_page_is_what_the_code_says():
    """Whoever changes an event commits the page with it: `make docs`."""
    assert PAGE.read_text("utf-8") == page()


def test_no_snippet_is_longer_than_a_reader_has_patience():
    """Ten lines or so, imports not counted."""
    for name, snippet in SNIPPETS.items():
        lines = [line for line in snippet.splitlines() if line and not line.startswith(("import", "from"))]
        assert len(lines) <= 14, name


@pytest.mark.parametrize("name", ["receive_nats.py", "receive_faststream.py"])
async def test_a_consumer_from_the_page_receives(town, tmp_path: Path, name: str):
    """A redacted and a whole event wait for the party; the snippet prints delivery id and type, and acknowledges."""
    await town.consent(oplysningstyper=["plan", "sagsforloeb"])
    await town.plan(overordnet_maal="Arbejde")
    await town.settled()
    printed = await follow(town, tmp_path, name, "social")
    assert re.search(r"^[0-9a-f-]{36}:social:1 dk\.tvaers\.indsatsplan\.opdateret\.v1$", printed, re.MULTILINE)
    await town.settled()
    assert await town.fetch("social") == []


async def test_a_sender_from_the_page_sends_and_gets_its_receipt(town, tmp_path: Path):
    """What the snippet hands in crosses, and the receipt snippet prints what became of it."""
    await town.consent()
    printed = await follow(town, tmp_path, "send_http.py", "jobcenter")
    assert printed.startswith("202 ")
    await town.settled()
    [event] = await town.fetch("social")
    assert event["data"]["tilbud"] == {"id": "T-7"}
    receipt = json.loads(await follow(town, tmp_path, "receipts.py", "jobcenter"))
    assert receipt == {"haendelse": event["id"], "modtagere": {"social": "afleveret"}}


async def test_what_is_full_and_what_is_redacted(town):
    """A consumer that may read all gets all; one that may read the plan alone gets no trace of the rest."""
    await town.consent()
    await town.consent(parter=["jobcenter", "familie"], oplysningstyper=["plan", "sagsforloeb"])
    await town.plan(overordnet_maal="Arbejde", modtagere=["social", "familie"])
    await town.settled()
    [full], [redacted] = await town.fetch("social"), await town.fetch("familie")
    assert full["data"]["helbred"]
    assert "helbred" not in redacted["data"]
    assert redacted["data"]["overordnet_maal"] == "Arbejde"
