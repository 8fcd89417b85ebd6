"""The one page of this step: what the HTTP interface offers, written from its own description and nothing foreign."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""No script, no font, no picture, from here or elsewhere: the page needs its own style alone."""

_STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; color: #1a1a1a; max-width: 56rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.75rem } h2 { font-size: 1.2rem; margin-top: 2rem; border-bottom: 2px solid #0059b3 }
dt { font-family: ui-monospace, monospace; margin-top: 1rem } dd { margin: 0 0 0 1rem }
b { display: inline-block; min-width: 3.5rem; color: #0059b3 }
"""


def interface(openapi: Mapping[str, Any]) -> str:
    """Return an HTML page that lists every route of an OpenAPI description, by tag."""
    title = escape(f"{openapi['info']['title']}: HTTP")
    body = "".join(_sections(openapi["paths"]))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><main><h1>{title}</h1><p>Everything under <code>/v1</code> needs a bearer token from the data folder. "
        f'The same for machines: <a href="/openapi.json">openapi.json</a>.</p>{body}</main></body></html>'
    )


def _sections(paths: Mapping[str, Any]) -> Iterator[str]:
    routes: dict[str, list[str]] = {}
    for path, methods in paths.items():
        for method, told in methods.items():
            line = (
                f"<dt><b>{escape(method.upper())}</b> {escape(path)}</dt><dd>{escape(told.get('description', ''))}</dd>"
            )
            routes.setdefault(told.get("tags", ["-"])[0], []).append(line)
    for tag, lines in routes.items():
        yield f"<section><h2>{escape(tag)}</h2><dl>{''.join(lines)}</dl></section>"
