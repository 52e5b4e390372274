"""A stateful, seeded, fast local sandbox of three monetization APIs.

``sandbox.intercept()`` and ``sandbox.open_local()`` are for tests; see docs/testing.md.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.testing import intercept, open_local

__version__ = "0.1.0"
__all__ = ["__version__", "intercept", "open_local"]


def __getattr__(name: str) -> Any:
    if name not in {"intercept", "open_local"}:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module("sandbox.testing"), name)
