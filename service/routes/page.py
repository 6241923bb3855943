"""``/``: the page that a person sees in a browser. It asks the same ``/search`` as everyone else."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

FOLDER = Path(__file__).parents[1] / "page"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",  # the browser itself forbids to make markup of an article's text
        "trusted-types 'none'",
    ]
)
HEADERS = {
    "Cache-Control": "no-cache",  # kept, but never shown without asking whether it is still current
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",  # publishers do not learn what was asked
    "X-Content-Type-Options": "nosniff",
}

router = APIRouter(include_in_schema=False)


@router.get("/")
def page(request: Request) -> Response:
    """The page."""
    return part(request, "index.html")


@router.get("/page/{name}")
def part(request: Request, name: str) -> Response:
    """A file that the page is made of; 304 for who has it already."""
    files = {path.name: path for path in FOLDER.iterdir() if path.suffix in TYPES}
    if name not in files:
        raise HTTPException(404)
    content = files[name].read_bytes()
    headers = {**HEADERS, "ETag": f'"{sha256(content).hexdigest()[:16]}"'}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=TYPES[files[name].suffix], headers=headers)
