"""Answering a request without any trace: on a World that is thrown away, past limiter, journal and webhooks."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from sandbox.kernel.errors import Failure
from sandbox.kernel.request import Request

if TYPE_CHECKING:
    from sandbox.kernel.namespace import Namespace
    from sandbox.kernel.world import World

ROUTE, AUTHENTICATION, VALIDATION, RULE, ANSWER = "route", "authentication", "validation", "rule", "answer"
"""How far a request gets: what refuses it, or an answer."""


class Rehearsed(NamedTuple):
    """How a request would end: the ``stage`` it gets to, the ``status``, the ``failure`` if it is refused.

    ``principal`` is whoever sends it, None before that is known; ``values`` the raw values in its path.
    """

    stage: str
    status: int
    failure: Failure | None
    principal: Any
    values: tuple[str, ...]


Rehearse = Callable[["Namespace", "World", Request, Any], Rehearsed]
"""Takes the namespace, a World that may be spoilt, the request, and its principal (None to find out)."""
