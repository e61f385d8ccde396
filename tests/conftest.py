"""How hard hypothesis tries: the same examples every time under CI, other ones each time at a desk."""

import os

from hypothesis import HealthCheck, settings

_CALM = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}

settings.register_profile("ci", max_examples=60, derandomize=True, database=None, print_blob=True, **_CALM)
settings.register_profile("dev", max_examples=100, **_CALM)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") == "true" else "dev"))
