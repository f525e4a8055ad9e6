"""Drift report in every format."""
