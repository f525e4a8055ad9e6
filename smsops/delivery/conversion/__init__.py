"""Conversion: what vendors say of messages, as rows of a ledger, by tables of names. Pure."""

from smsops.delivery.conversion.fields import Unusable

__all__ = ["Unusable"]
