"""Reference pages that are printed from tables."""
