"""The state: its snapshot, its journal, and the backends that keep it."""
