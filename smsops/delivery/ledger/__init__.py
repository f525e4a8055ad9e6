"""The ledger: what was sent, reported and replied, appended and never changed."""

from smsops.delivery.ledger.store import Fault, Ledger, Removed

__all__ = ["Fault", "Ledger", "Removed"]
