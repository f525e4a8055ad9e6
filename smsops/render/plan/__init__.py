"""Plan in every format."""
