"""The page /graphiql: GraphiQL from files of our own, so that it works without internet.

Its content security policy names no foreign host, and the browser checks the vendored files
against the hashes that are committed beside them.
"""

import base64
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from string import Template

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

PATH = "/graphiql"
_ASSETS = f"{PATH}/assets"
_STATIC = Path(__file__).parent / "static"
_STYLES = ("graphiql-3.8.3.min.css", "plugin-explorer-1.0.2.css")
_SCRIPTS = (
    "react-18.2.0.production.min.js",
    "react-dom-18.2.0.production.min.js",
    "graphiql-3.8.3.min.js",
    "plugin-explorer-1.0.2.umd.js",
)
_TO_BE_TYPED = "Bearer "
_SAFE_HOST = re.compile(r"[A-Za-z0-9.:\[\]-]+")


def graphiql_routes(endpoint: str, key: str | None) -> list[BaseRoute]:
    """The page for the GraphQL endpoint of this server; `key` is preset in its header editor."""
    html = _page(endpoint, f"Bearer {key}" if key else _TO_BE_TYPED)

    async def page(request: Request) -> Response:
        return HTMLResponse(html, headers=_headers(request.url.netloc))

    return [Route(PATH, page), Mount(_ASSETS, _Assets(directory=_STATIC / "graphiql"))]


class _Assets(StaticFiles):
    """Files that browsers ask for again after an update: their names need not change for it."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def _page(endpoint: str, authorization: str) -> str:
    integrity = dict(_integrity())
    styles = [
        f'<link rel="stylesheet" href="{_ASSETS}/{name}" integrity="{integrity[name]}" />'
        for name in _STYLES
    ]
    scripts = [
        f'<script src="{_ASSETS}/{name}" integrity="{integrity[name]}"></script>'
        for name in _SCRIPTS
    ]
    template = Template((_STATIC / "graphiql.html").read_text(encoding="utf-8"))
    return template.substitute(
        assets=_ASSETS,
        styles="\n    ".join(styles),
        scripts="\n    ".join(scripts),
        endpoint=escape(endpoint),
        authorization=escape(authorization),
    )


def _integrity() -> Iterator[tuple[str, str]]:
    """For each vendored file its hash, in the form that browsers take."""
    for line in (_STATIC / "graphiql" / "SHA256SUMS").read_text(encoding="ascii").splitlines():
        digest, name = line.split()
        yield name, "sha256-" + base64.b64encode(bytes.fromhex(digest)).decode()


def _headers(host: str) -> dict[str, str]:
    own_sockets = f" ws://{host} wss://{host}" if _SAFE_HOST.fullmatch(host) else ""
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",  # its dialogs insert style elements
        "font-src": "data:",
        "img-src": "data:",
        "connect-src": f"'self'{own_sockets}",  # not every browser counts sockets as 'self'
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Cache-Control": "no-store",  # the page may hold a key
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
