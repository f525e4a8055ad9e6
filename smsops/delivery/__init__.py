"""Proof of delivery: what was sent, what vendors report of it, and what that amounts to."""
