"""A request answered without any trace, for whoever wants to know what would come of it."""

from copy import copy
from typing import Any

from sandbox.kernel.errors import Crash, Failure
from sandbox.kernel.namespace import Namespace
from sandbox.kernel.rehearsal import ANSWER, AUTHENTICATION, ROUTE, RULE, VALIDATION, Rehearsed
from sandbox.kernel.request import Request
from sandbox.kernel.sandbox import Sandbox
from sandbox.kernel.world import World
from sandbox.web.mounted import Mounted


class Rehearsal:
    """One request on its way through a World that is thrown away."""

    __slots__ = ("_mounted", "_principal", "_request", "_sandbox", "_stage", "_values", "_world")

    def __init__(self, sandbox: Sandbox, mounted: Mounted, world: World, request: Request, principal: Any) -> None:
        self._sandbox = sandbox
        self._mounted = mounted
        self._world = world
        self._request = request
        self._principal = principal
        self._stage = ROUTE
        self._values: list[str] = []

    def run(self, namespace: Namespace, path: str) -> Rehearsed:
        """How it ends; ``path`` is that of the spec."""
        shadow = copy(namespace)
        shadow.world = self._world
        failure: Failure | None = None
        status = 500
        try:
            status = self._answer(shadow, path)
        except Failure as refusal:
            failure = refusal.with_traceback(None)
        except Exception as error:  # noqa: BLE001  # what fails here failed before
            failure = Crash(repr(error))
        if failure is not None:
            status = failure.status
        return Rehearsed(self._stage, status, failure, self._principal, tuple(self._values))

    def _answer(self, shadow: Namespace, path: str) -> int:
        (plan, method), self._values = self._mounted.routes.find(self._request.method, path)
        self._stage = AUTHENTICATION
        if plan.secured and self._principal is None:
            self._principal = self._mounted.api.authenticate(self._sandbox, shadow, self._request)
        self._world.principal = self._principal
        self._stage = VALIDATION
        arguments = plan.read(self._request, self._values)
        self._stage = RULE
        status: int = method(self._mounted.api.handlers(self._world), **arguments)[1]
        self._stage = ANSWER
        return status
