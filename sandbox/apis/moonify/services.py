"""Services and who may speak for them: the three places of a service ID (B1, B5), and fresh ones for a namespace."""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

from sandbox.apis.moonify.bodies import body, query, text
from sandbox.apis.moonify.records import Service
from sandbox.apis.moonify.state import KEYS, SERVICES
from sandbox.kernel.api import Issued
from sandbox.kernel.errors import Failure, Forbidden, Unauthorized
from sandbox.kernel.ids import derive_hex
from sandbox.kernel.namespace import Namespace
from sandbox.kernel.request import Request
from sandbox.kernel.sandbox import Sandbox
from sandbox.kernel.settings import Setting
from sandbox.kernel.store import EMPTY
from sandbox.kernel.world import World

FORBIDDEN = Setting(
    "moonify.invalidIsForbidden",
    default=False,
    description="answer 403 to an invalid service ID, as the vendor's table says, instead of the example's 401 (B4.1)",
)


def credential(request: Request) -> str | None:
    """The service ID a request carries: header first, then body, then query; a wrong header is not rescued (B5)."""
    header = request.headers.get("authorization")
    if header is not None:
        scheme, _, key = header.partition(" ")
        return key.strip() if scheme.lower() == "serviceid" else None
    return _given(body, request) or _given(query, request)


def _given(place: Callable[[Request], list[tuple[str, Any]]], request: Request) -> str | None:
    """The last one that is given there; none where that cannot be read."""
    try:
        found = [value for name, value in place(request) if name == "serviceID"]
    except Failure:
        return None
    return next(filter(None, (text(value) for value in reversed(found) if isinstance(value, str | int | float))), None)


def authenticate(_sandbox: Sandbox, namespace: Namespace, request: Request) -> str:
    """The service ID. Raises Unauthorized, or Forbidden by the setting."""
    key = credential(request)
    service = None if key is None else namespace.world.store.get(KEYS, key)
    if service is None:
        msg = "Service ID is invalid"
        raise (Forbidden if namespace.world.setting(FORBIDDEN) else Unauthorized)(msg)
    return service


def own(world: World) -> Service:
    """The service of the request."""
    service = world.store.get(SERVICES, world.principal)
    if service is None:
        msg = "Service ID is invalid"
        raise Unauthorized(msg)
    return service


def create(world: World, key: str) -> Service:
    """A service without users."""
    made = Service(key, EMPTY, EMPTY, EMPTY, EMPTY)
    world.store.put(SERVICES, key, made)
    world.store.put(KEYS, key, key)
    return made


def main(world: World) -> Service:
    """The service that levers and issued IDs mean: the last one of the scenario. Made when there is none."""
    found = list(world.store.all(SERVICES))
    return found[-1] if found else create(world, "yourServiceID")


def issue(world: World, namespace: str) -> Issued:
    """Another service ID for the namespace's main service, which selects the namespace too.

    The same for the same seed and name.
    """
    key = derive_hex(world.seed, "moonify.service", namespace)
    world.store.put(KEYS, key, main(world).id)
    return Issued((key,), {"serviceID": key})


def welcome(world: World, url: str) -> list[str]:
    """The service IDs there are, and a first request."""
    keys = [service.id for service in world.store.all(SERVICES)]
    lines = [f"service ID {key}" for key in keys]
    return [*lines, f'curl -X POST -H "Authorization: serviceID {keys[0]}" {url}/moonitize/sessions'] if keys else lines


def variables(world: World, own: Sequence[str]) -> dict[str, str]:
    """The service ID of the namespace's own, else the first there is."""
    there = (service.id for service in world.store.all(SERVICES))
    first = next(chain((key for key in own if key in world.store.all(KEYS)), there), None)
    return {} if first is None else {"SERVICE_ID": first}
