"""What every operation of the control plane has at hand."""

from collections.abc import Callable
from typing import Any, TypeVar

from sandbox.control import representations as show
from sandbox.control.operations import operations
from sandbox.kernel.clock import parse_clock, parse_duration, parse_instant
from sandbox.kernel.errors import Invalid, NotFound, ScenarioError
from sandbox.kernel.namespace import Namespace
from sandbox.kernel.sandbox import Sandbox, Start

Body = dict[str, Any]
T = TypeVar("T")


class Desk:
    """The sandbox, the namespace that a request is for, and its World."""

    __slots__ = ("_namespace", "_sandbox", "_world")

    def __init__(self, sandbox: Sandbox, namespace: Namespace) -> None:
        self._sandbox = sandbox
        self._namespace = namespace
        self._world = namespace.world

    def _show(self, namespace: Namespace) -> dict[str, Any]:
        return show.namespace(namespace, [api.name for api in self._sandbox.vendors])

    def _check_named(self, api: str | None, operation: str | None = None) -> None:
        """Raises NotFound for an API or an operation that there is not: nothing would ever be one of its."""
        apis = self._sandbox.vendors
        names = [one.name for one in apis]
        if api is not None and api not in names:
            msg = f"There is no API {api!r}; there are {', '.join(names)}"
            raise NotFound(msg)
        if operation is None:
            return
        if all(one.operation_id != operation for made in apis if api in {None, made.name} for one in operations(made)):
            msg = f"There is no operation {operation!r} in {api or 'any API'}"
            raise NotFound(msg)


def checked(act: Callable[[], T]) -> T:
    """A wrong scenario is the caller's mistake here. Raises Invalid."""
    try:
        return act()
    except ScenarioError as error:
        raise Invalid(str(error), field="scenario", value=error.where) from None


def start_of(otherwise: Start, body: Body) -> Start:
    """What the body says, ``otherwise`` for the rest. Raises Invalid for a clock that is none."""
    if "clock" in body:
        try:
            parse_clock(body["clock"])
        except ValueError as error:
            raise Invalid(str(error), field="clock", value=body["clock"]) from None
    return otherwise._replace(**{key: value for key, value in body.items() if key != "name"})


def instant(field: str, text: str) -> int:
    """A member of a body as an instant. Raises Invalid."""
    try:
        return parse_instant(text)
    except ValueError as error:
        raise Invalid(str(error), field=field, value=text) from None


def span(field: str, value: str | float) -> int:
    """A member of a body as a span. Raises Invalid."""
    try:
        return parse_duration(value)
    except ValueError as error:
        raise Invalid(str(error), field=field, value=value) from None
