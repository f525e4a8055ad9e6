"""Reference pages of ``docs/``, generated from tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from smsops.reference import lifecycle, manifests, rules

#: File name of a page -> the function that makes its text.
PAGES: Mapping[str, Callable[[], str]] = {
    "lifecycle.md": lifecycle.text,
    "manifests.md": manifests.text,
    "rules.md": rules.text,
}
