"""Texts on their way out."""
