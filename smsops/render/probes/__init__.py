"""A run of probes in every format."""

FORMATS = ("text", "json", "junit", "markdown")
