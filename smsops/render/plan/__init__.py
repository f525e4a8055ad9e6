"""Plan in every format."""

FORMATS = ("text", "json", "markdown", "html", "gitlab")
