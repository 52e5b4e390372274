"""Comparisons with other mock servers, and what the sandbox costs by itself. Run ``python -m benchmarks --help``."""
