"""A faithful local stand-in for the SMS service and the STS actions that its callers use.

``core`` answers one request from values; ``transport`` puts it behind httpx in this process,
``app`` behind a loopback socket. Nothing here shares code with the API client, so that a mistake
in one is not repeated in the other.
"""

#: The emulator's one account and its credentials. They open nothing but an emulator.
ACCOUNT_ID = "100000000001"
# Public by design: the documentation prints them.
SECRET_ID = "AKIDEMULATOR"  # noqa: S105
SECRET_KEY = "emulator"  # noqa: S105
