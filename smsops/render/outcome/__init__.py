"""Outcome of an apply in every format."""
