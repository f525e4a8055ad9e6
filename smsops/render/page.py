"""HTML pages: self-contained, no scripts, nothing loaded. The one door to jinja2. Pure.

Every value that a template prints passes :func:`smsops.text.sanitise.html`, whatever it is: the
environment does it, so that no template can forget.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from smsops import __version__
from smsops.text import sanitise
from smsops.text.messages import Text

#: The attribute of an unfolded ``<details>``.
OPEN = Markup(" open")
#: The attribute of a table cell that is short and not broken over lines.
KEY = Markup(' class="key"')
_PAGES = Path(__file__).parent / "pages"


def page(name: str, **values: Any) -> str:
    """The page ``name`` of ``smsops/render/pages``."""
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    # Not even a style attribute is allowed: the only style is the one with this digest.
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    template = _environment().get_template(f"{name}.html")
    return template.render(
        style=Markup(style),  # noqa: S704 - our own file
        policy=policy,
        version=__version__,
        **values,
    )


@cache
def _style() -> str:
    return (_PAGES / "style.css").read_text("utf-8")


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_PAGES),
        autoescape=True,
        finalize=_printed,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _printed(value: Any) -> Any:
    """What a template prints for a value. Markup is only what templates and this module make."""
    if isinstance(value, (str, Text)) and not isinstance(value, Markup):
        return Markup(sanitise.html(value))  # noqa: S704 - escaped right here
    return value
