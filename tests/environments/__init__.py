"""Several accounts of one project."""
