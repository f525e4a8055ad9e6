"""The state: its bytes, its backends, and the commands that repair it."""
