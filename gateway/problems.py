"""How HTTP says no: RFC 9457 problems that never quote what was sent."""

from fastapi.responses import JSONResponse

PROBLEM = "application/problem+json"


def problem(status: int, code: str, reason: str, where: str = "") -> JSONResponse:
    """Return an RFC 9457 problem; neither reason nor place ever quotes what was sent."""
    body = {"type": f"urn:dk:tvaers:fejl:{code}", "title": code, "status": status, "detail": reason}
    return JSONResponse(body | ({"where": where} if where else {}), status, media_type=PROBLEM)
