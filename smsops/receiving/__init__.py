"""Receiving what vendors push: durable before it is answered, in groups, whatever fails."""
