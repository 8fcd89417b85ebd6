"""A samtykke signed as PDF, handed in over HTTP."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from consent.document import write_document
from consent.pdf import write_pdf
from consent.signatures.revisions import MAX_PDF_BYTES
from gateway.errors import GatewayRefused
from gateway.tokens import role

pytestmark = pytest.mark.anyio

CPR, SIGNER = "2509479989", "3d1f6a52-0b7c-4e0e-8a55-0c1d7b9e4f99"
VALUE = {
    "samtykke_id": "urn:uuid:11111111-1111-4111-8111-111111111111",
    "version": 1,
    "borger": CPR,
    "sag": "sag-1",
    "formaal": "rehabilitering",
    "punkter": [{"punkt": 1, "parter": ["jobcenter", "social"], "oplysningstyper": ["plan", "helbred"]}],
    "spaerringer": [],
    "afgivet": "2026-11-01T10:00:00Z",
    "gyldig_til": None,
}


async def _hand_in(town, document) -> dict[str, Any]:
    headers = {"Content-Type": "application/pdf"}
    answer = await town.client.call(role("registrar"), "POST", "/v1/samtykker", content=document, headers=headers)
    return answer.json()


class TestPdf:
    async def test_a_signed_pdf_is_registered(self, town):
        """The answer says in which form it came and what its signature proved."""
        names = {part.id: part.navn for part in town.tvaers.records.register.parter}
        now, hour = datetime.now(UTC), timedelta(hours=1)
        credential = town.pki.issue(SIGNER, "Testborger", now - hour, now + hour)
        pages = write_pdf(write_document(VALUE, names, "Sagsbehandler"))
        signed = await asyncio.to_thread(town.pki.sign_pdf, pages, credential)
        answer = await _hand_in(town, signed)
        assert (answer["form"], answer["niveau"], answer["ny"]) == ("pdf", "B", True)
        with pytest.raises(GatewayRefused, match="ingen_underskrift"):
            await _hand_in(town, pages)

    async def test_a_pdf_that_is_too_large_is_not_read(self, town):
        """A megabyte is many times what a declaration takes."""
        with pytest.raises(GatewayRefused) as caught:
            await _hand_in(town, b"%PDF-" + b"x" * MAX_PDF_BYTES)
        assert caught.value.status == 413
