"""How many examples a property test tries."""

from __future__ import annotations

import os

from hypothesis import settings

_FEWEST = 25


def examples(count: int) -> int:
    """``count`` with the profiles ``thorough`` and ``explore``; else as much less as the profile
    tries, but not too few; or what the environment says.
    """
    chosen = os.environ.get("SMSOPS_EXAMPLES")
    if chosen:
        return int(chosen)
    return max(min(count, _FEWEST), count * settings().max_examples // 100)
