"""``/docs``: every route, for people to read and to try. Nothing in it comes from elsewhere."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.staticfiles import StaticFiles

FILES = "docs/files"
POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline'",  # Swagger UI is started by a script in its page
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}

router = APIRouter(include_in_schema=False)


def install(app: FastAPI) -> None:
    """Serve the page and the files that it is made of."""
    app.include_router(router)
    app.mount(f"/{FILES}", StaticFiles(packages=[("fastapi_offline", "static")]))


@router.get("/docs")
def docs(request: Request) -> Response:
    """The page. Its addresses are relative, so that it works below whatever path a proxy gives the service."""
    page = get_swagger_ui_html(
        openapi_url="openapi.json",
        title=request.app.title,
        swagger_js_url=f"{FILES}/swagger-ui-bundle.js",
        swagger_css_url=f"{FILES}/swagger-ui.css",
        swagger_favicon_url="page/icon.svg",
    )
    page.headers.update(HEADERS)
    return page
