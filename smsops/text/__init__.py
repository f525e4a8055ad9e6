"""Text on its way out: the sanitiser, display width, messages."""
