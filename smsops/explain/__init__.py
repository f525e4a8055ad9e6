"""What codes mean and what to do about them: ``smsops explain``."""

from smsops.explain.catalogue import Category, Entry, catalogue, conditions
from smsops.explain.lookup import Lookup, Match, UnknownCode, listing, look_up

__all__ = [
    "Category",
    "Entry",
    "Lookup",
    "Match",
    "UnknownCode",
    "catalogue",
    "conditions",
    "listing",
    "look_up",
]
