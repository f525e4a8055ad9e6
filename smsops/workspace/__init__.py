"""Composition root: opens a project, its state and its account. Imports no click."""
