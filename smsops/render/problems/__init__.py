"""Problems of manifests in every format."""

FORMATS = ("text", "concise", "json", "github", "sarif", "codequality", "junit")
