"""MedCom's acknowledgement as the answer of the HTTP intake."""

import json
from datetime import date
from typing import Any

import httpx2
import pytest

from gateway.client import Address
from gateway.intake import WRAPPED
from ops.sample.day import build
from ops.sample.steps import Send

pytestmark = pytest.mark.anyio


@pytest.fixture
def letter(pki) -> Send:
    """Return a CareCommunication of the sample day, handed in as it is."""
    sends = [step for step in build(date(2026, 11, 21), pki) if isinstance(step, Send)]
    plain = (one for one in sends if one.connector == "region" and one.content_type != WRAPPED)
    return next(one for one in plain if one.expect_status == 202 and one.body.lstrip().startswith(b"{"))


async def _hand_in(town, letter, body) -> httpx2.Response:
    token = (town.settings.data / "tokens" / letter.party).read_text()
    wanted = {"Content-Type": letter.content_type, "Accept": "application/fhir+json"}
    address = Address.read(town.settings.data).http
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}", **wanted}) as http:
        return await http.post(f"{address}/v1/intake/region", content=body)


def _response(answer) -> dict[str, Any]:
    resources = [one["resource"] for one in json.loads(answer.content)["entry"]]
    return next(one["response"] for one in resources if one["resourceType"] == "MessageHeader")


class TestMedComAcknowledgement:
    async def test_an_accepted_message_is_acknowledged_ok(self, town, letter):
        """The sender that asks for FHIR gets an acknowledgement of its own MessageHeader, code ok."""
        answer = await _hand_in(town, letter, letter.body)
        sent = json.loads(letter.body)["entry"][0]["resource"]["id"]
        assert (answer.status_code, answer.headers["Content-Type"]) == (202, "application/fhir+json")
        assert (_response(answer)["identifier"], _response(answer)["code"]) == (sent, "ok")

    async def test_a_duplicate_gets_the_very_same_acknowledgement(self, town, letter):
        """MedCom's rule for a resend: acknowledged identically, before and after it has crossed."""
        first = await _hand_in(town, letter, letter.body)
        await town.settled()
        second = await _hand_in(town, letter, letter.body)
        assert second.content == first.content

    async def test_a_malformed_message_is_acknowledged_as_refused(self, town, letter):
        """What cannot be read further in is refused for good in MedCom's own words, with status 400."""
        bundle = json.loads(letter.body)
        for one in bundle["entry"]:
            if one["resource"]["resourceType"] == "Patient":
                one["resource"]["identifier"][0]["value"] = "3213990000"
        answer = await _hand_in(town, letter, json.dumps(bundle).encode())
        assert answer.status_code == 400
        assert _response(answer)["code"] == "fatal-error"
