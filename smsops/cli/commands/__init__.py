"""Commands: one module each, imported when it runs."""
