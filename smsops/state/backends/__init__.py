"""State backends: where the bytes of a state are kept. One module a backend."""
