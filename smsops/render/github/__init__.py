"""GitHub: workflow commands, and reports for its step summary."""
