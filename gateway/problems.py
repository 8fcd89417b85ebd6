"""How HTTP says no: RFC 9457 problems that never quote what was sent."""

from typing import Any

from fastapi.responses import JSONResponse

PROBLEM = "application/problem+json"


def problem(status: int, code: str, reason: str, where: str = "") -> JSONResponse:
    """Return an RFC 9457 problem; neither reason nor place ever quotes what was sent."""
    return JSONResponse(body_of_problem(status, code, reason, where), status, media_type=PROBLEM)


def body_of_problem(status: int, code: str, reason: str, where: str = "") -> dict[str, Any]:
    """Return what `problem` answers, as JSON values."""
    body = {"type": f"urn:dk:tvaers:fejl:{code}", "title": code, "status": status, "detail": reason}
    return body | ({"where": where} if where else {})
