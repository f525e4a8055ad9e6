"""Statistics of applications in every format."""

FORMATS = ("text", "json", "markdown", "html")
