"""Adoption: taking over what exists, by import, from Terraform states, by export."""
