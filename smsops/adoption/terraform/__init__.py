"""Terraform: reading its states, taking over what it manages, and making it let go."""
