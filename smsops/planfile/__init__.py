"""Plan files: a plan as JSON, saved ones, and what a saved and a fresh one both hold. Pure."""
