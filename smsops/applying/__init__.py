"""Applying: everything that takes time after a plan."""
