"""Hand in a native message."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from gateway.errors import GatewayRefused
from gateway.intake import MAX_BODY_BYTES
from gateway.routes.access import Running, body_of, party

router = APIRouter(prefix="/v1/intake", tags=["intake"])


@router.post("/{connector}", status_code=202)
async def accept(connector: str, request: Request, tvaers: Running, sender: Annotated[str, Depends(party)]) -> Response:
    """Accept a native message: 202 once it is durable.

    A sender that accepts `application/fhir+json` gets MedCom's acknowledgement as the answer, good or bad.
    """
    body = await body_of(request, MAX_BODY_BYTES)
    content_type = request.headers.get("Content-Type", "")
    if not content_type:
        raise GatewayRefused(415, "ingen_indholdstype", "say what the message is with a Content-Type")
    wanted = "fhir+json" in request.headers.get("Accept", "")
    accepted = await tvaers.intake.accept(sender, connector, body, content_type, acknowledge=wanted)
    if accepted.acknowledgement:
        media_type, answer = accepted.acknowledgement
        return Response(answer, 202, media_type=media_type)
    return JSONResponse({"haendelser": accepted.haendelser}, 202)
