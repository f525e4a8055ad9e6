"""HTML of the desk, written by jinja2: self-contained, nothing loaded from anywhere. Pure.

Every value that a template prints passes :func:`smsops.text.sanitise.html`, whatever it is: the
environment does it, so that no template can forget.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from smsops import __version__
from smsops.text import sanitise

_PAGES = Path(__file__).parent / "pages"
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path fill="#1259b8" d="M5 3h14a3'
    " 3 0 0 1 3 3v9a3 3 0 0 1-3 3h-6.600l-4.700 3.600A1 1 0 0 1 6 20.800V18H5a3 3 0 0 1-3-3V6a3 3"
    ' 0 0 1 3-3z"/></svg>'
)


def page(name: str, nonce: str, **values: Any) -> bytes:
    """The page ``name`` of ``pages/``; its one style and script carry ``nonce``.

    Without ``whole`` it has neither, for the script of a page that has both already.
    """
    template = _environment().get_template(f"{name}.html")
    return template.render(
        nonce=nonce,
        style=_own("desk.css"),
        script=_own("desk.js"),
        icon=f"data:image/svg+xml,{quote(_ICON)}",
        version=__version__,
        **values,
    ).encode()


def headers(nonce: str, language: str) -> Mapping[str, str]:
    """What every page says to the browser: load nothing, stay out of frames, tell nobody."""
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
        "img-src data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    return {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": policy,
        "content-language": language,
        "vary": "accept, accept-language, authorization",
        **SHUT,
    }


#: For every answer of the desk, whatever its type.
SHUT: Mapping[str, str] = {
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


@cache
def _own(name: str) -> Markup:
    return Markup((_PAGES / name).read_text("utf-8"))  # noqa: S704 - our own file


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_PAGES),
        autoescape=True,
        finalize=_printed,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _printed(value: Any) -> Any:
    """What a template prints for a value. Markup is only what templates and this module make."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return Markup(sanitise.html(value, multiline=True))  # noqa: S704 - escaped right here
    return value
