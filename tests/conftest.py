"""Hypothesis profiles: `ci` draws the same examples at every run; choose another with --hypothesis-profile."""

from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None, max_examples=50, print_blob=True)
settings.register_profile("explore", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile("ci")
