"""The sandbox inside a test suite: no port, no waiting, no network. All of it is imported when first asked for."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.testing.interception import intercept
    from sandbox.testing.local import Local, open_local

__all__ = ["Local", "intercept", "open_local"]

_HOMES = {"Local": "local", "open_local": "local", "intercept": "interception"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
