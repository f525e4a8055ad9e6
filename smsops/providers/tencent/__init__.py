"""Talking to Tencent Cloud: credentials, endpoints, signatures, pacing, and what replies mean."""

import sys
from typing import Any, cast

# httpx imports its own command line, and with it rich and pygments, wherever these are installed:
# a quarter of the time before the first call. A module that is None cannot be imported.
cast("dict[str, Any]", sys.modules).setdefault("httpx._main", None)
