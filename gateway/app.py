"""HTTP: composed here from the routes that each part owns, with one way of saying no (RFC 9457)."""

from collections.abc import Awaitable, Callable

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from consent.database import DatabaseUnavailable
from consent.disclosures.errors import KeyStoreError
from consent.errors import ConsentRefused
from gateway.bus.errors import BusError
from gateway.door import Door
from gateway.errors import GatewayRefused
from gateway.pages import CONTENT_POLICY, interface
from gateway.problems import problem
from gateway.process import Tvaers
from gateway.routes import drift, forklaring, gennemsyn, intake, offentlig, oplysninger, samtykker, sprog
from gateway.routes import journal as journal_routes
from gateway.routes import log as log_routes

log = structlog.get_logger(__name__)


def build(tvaers: Tvaers) -> FastAPI:
    """Return the application of a running gateway."""
    app = FastAPI(title="Tværs", version="0.1", summary="Samtykkestyret beskedbus", docs_url=None, redoc_url=None)
    app.state.tvaers = tvaers

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        """Show what the interface offers."""
        return HTMLResponse(interface(app.openapi()), headers={"Content-Security-Policy": CONTENT_POLICY})

    for part in (
        intake,
        samtykker,
        oplysninger,
        forklaring,
        gennemsyn,
        log_routes,
        journal_routes,
        drift,
        sprog,
        offentlig,
    ):
        app.include_router(part.router)
    app.add_exception_handler(GatewayRefused, _gateway_refused)
    app.add_exception_handler(ConsentRefused, _consent_refused)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _wrong_body)
    for unavailable in (BusError, DatabaseUnavailable, KeyStoreError):
        app.add_exception_handler(unavailable, _unavailable)
    app.middleware("http")(_no_surprises)
    app.add_middleware(Door, holder=tvaers.tokens.holder)
    return app


async def _no_surprises(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Answer what nobody expected with 500 and no detail: a library's message may quote what it failed on."""
    try:
        response = await call_next(request)
    except ClientDisconnect:
        return problem(408, "afbrudt", "the body was too large, or did not come in time")
    except Exception as error:  # noqa: BLE001 - the last line
        log.error("request_failed", kind=type(error).__name__)  # noqa: TRY400 - a traceback may quote what it failed on
        return problem(500, "intern_fejl", "the request failed; operations can see that it did")
    response.headers["Cache-Control"] = response.headers.get("Cache-Control", "no-store")
    return response


async def _gateway_refused(_request: Request, error: Exception) -> Response:
    refused = error if isinstance(error, GatewayRefused) else GatewayRefused(500, "intern_fejl", "")
    if refused.acknowledgement:
        media_type, answer = refused.acknowledgement
        return Response(answer, refused.status, media_type=media_type)
    return problem(refused.status, refused.code, refused.reason, refused.where)


async def _consent_refused(_request: Request, error: Exception) -> Response:
    code = error.code if isinstance(error, ConsentRefused) else "afvist"
    return problem(422, code, str(error))


async def _unavailable(_request: Request, error: Exception) -> Response:
    response = problem(503, "utilgaengelig", str(error))
    response.headers["Retry-After"] = "1"
    return response


async def _wrong_body(_request: Request, error: Exception) -> Response:
    first = error.errors()[0] if isinstance(error, RequestValidationError) else {"type": "", "loc": ()}
    # The name of a field that nobody knows is a value too: somebody may have put a CPR number there.
    known = first["loc"][:-1] if first["type"] == "extra_forbidden" else first["loc"]
    where = ".".join(str(step) for step in known)
    return problem(400, "forkert_form", str(first["type"]).replace("_", " "), where)


async def _http_error(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return problem(status, "http", str(error.detail) if isinstance(error, HTTPException) else "")
