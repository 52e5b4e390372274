"""Who may do what (C1.4, G3): administration tokens everything, client tokens what concerns their instances."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from sandbox.apis.dynamic_monetization import instances, sessions
from sandbox.apis.dynamic_monetization.records import Principal, Role, Session
from sandbox.kernel.errors import Forbidden, Invalid
from sandbox.kernel.world import World

Method = TypeVar("Method", bound=Callable[..., Any])


def administration(method: Method) -> Method:
    """An operation for producers only: others get Forbidden."""

    @wraps(method)
    def checked(handlers: Any, **arguments: Any) -> Any:
        if handlers.principal.role is not Role.ADMIN:
            raise Forbidden("This operation is for producers: it needs a token of an administration key")
        return method(handlers, **arguments)

    return cast("Method", checked)


def check_instance(world: World, principal: Principal, instance: str) -> None:
    """The instance exists and the token is good for it. Raises Forbidden, NotFound."""
    _check_listed(principal, instance)
    instances.find(world, instance)


def check_header(principal: Principal, instance: str, header: str | None) -> None:
    """A client names its instance in ``x-instance-id`` too. Raises Invalid, Forbidden."""
    if principal.role is Role.ADMIN:
        return
    if header is None:
        raise Invalid("The header x-instance-id is required with a client's token", field="x-instance-id")
    _check_listed(principal, header)
    if header != instance:
        raise Forbidden(f"This belongs to another instance than x-instance-id says: {header!r}")


def session_for(world: World, principal: Principal, session: str, header: str | None) -> Session:
    """The session, if the token is good for its instance. Raises Invalid, Forbidden, NotFound."""
    if principal.role is Role.CLIENT and header is not None:
        _check_listed(principal, header)
    elif principal.role is Role.CLIENT:
        check_header(principal, "", header)
    found = sessions.find(world, session)
    check_header(principal, found.instance, header)
    return found


def _check_listed(principal: Principal, instance: str) -> None:
    if principal.role is Role.CLIENT and instance not in principal.instances:
        raise Forbidden(f"The token is not good for the instance {instance!r}: its claim aud does not list it")
