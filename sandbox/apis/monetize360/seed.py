"""Starting data of Monetize360."""

from sandbox.kernel.api import Seeding


def seed(_seeding: Seeding) -> None:
    """Nothing yet."""
