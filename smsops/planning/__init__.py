"""Planning: decision tables, and what asks them. Three models in, a plan out. Pure."""
