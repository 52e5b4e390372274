"""The simulated APIs, one folder each. A folder that defines ``API`` is an Api: nothing else lists them."""

import pkgutil
from importlib import import_module

from sandbox.kernel.api import Api


def discover() -> tuple[Api, ...]:
    """Every Api in this package, by name."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__) if found.ispkg)
    return tuple(import_module(f"{__name__}.{name}").API for name in names)
