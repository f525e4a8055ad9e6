"""Manifests: from bytes of YAML to desired resources, with positions for every problem."""
