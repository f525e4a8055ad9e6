"""What every test shares.

Property tests try the same inputs in every run, so that a change is judged by what it changed and
not by its luck, and they have no deadline on a busy machine. `pytest --hypothesis-profile=explore`
tries others each time.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

settings.register_profile("steady", _PATIENT, derandomize=True)
settings.register_profile("explore", _PATIENT)
settings.load_profile("steady")
