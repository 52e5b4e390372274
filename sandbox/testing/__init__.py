"""The sandbox inside a test suite: no port, no waiting, no network. All of it is imported when first asked for."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.testing.apps import Asgi, Wsgi
    from sandbox.testing.interception import Blocked, intercept
    from sandbox.testing.local import Local, Refusal, open_local
    from sandbox.testing.served import Served, serve
    from sandbox.testing.webhooks import Delivered, Webhooks

__all__ = [
    "Asgi",
    "Blocked",
    "Delivered",
    "Local",
    "Refusal",
    "Served",
    "Webhooks",
    "Wsgi",
    "intercept",
    "open_local",
    "serve",
]

_HOMES = {
    "apps": ("Asgi", "Wsgi"),
    "interception": ("Blocked", "intercept"),
    "local": ("Local", "Refusal", "open_local"),
    "served": ("Served", "serve"),
    "webhooks": ("Delivered", "Webhooks"),
}
"""Which module each of them is in."""


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{home}"), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
