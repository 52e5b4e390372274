"""The control plane: what a test or a person does to the sandbox itself. A slice like any other, with its own spec."""

from sandbox.control.doors import authenticate
from sandbox.control.errors import envelope
from sandbox.control.handlers import Handlers
from sandbox.kernel.api import Api, Mount

API = Api(
    name="control",
    mount=Mount(""),
    handlers=Handlers,
    envelope=envelope,
    authenticate=authenticate,
    control=True,
    vendor=False,
)


def levers_of(api: Api) -> Api | None:
    """The Api of another's own test levers, at ``/__admin/<name>``; None when it has none."""
    if api.levers is None:
        return None
    return Api(
        name=f"{api.name}.control",
        mount=Mount(f"/__admin/{api.name}"),
        handlers=api.levers,
        envelope=envelope,
        authenticate=authenticate,
        vendor=False,
    )
