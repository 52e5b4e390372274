"""A stateful, seeded, fast local sandbox of three monetization APIs."""

__version__ = "0.1.0"
