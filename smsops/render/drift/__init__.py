"""Drift report in every format."""

FORMATS = ("text", "json", "markdown", "html", "junit")
