"""What the kit is aimed at: the sandbox in this process, or any server by its URL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sandbox.contract.steps import Identity
from sandbox.contract.wire import Answer, Sent


@dataclass(frozen=True)
class Delivered:
    """One webhook attempt as a receiver gets it: header names are in lower case."""

    url: str
    headers: Mapping[str, str]
    body: bytes


class Site(Protocol):
    """One API at a target.

    ``can`` says what else the target offers: ``clock`` (simulated time can be moved), ``receiver`` (it calls the kit's
    webhook receiver, at ``hooks``), ``second`` (credentials of a second tenant), ``writes`` (more than reading is
    allowed), ``permanent`` (so is creating what cannot be deleted again), ``fresh`` (it begins anew on demand).
    """

    name: str
    can: frozenset[str]
    hooks: str

    def begin(self) -> None:
        """Begin a sequence: with the state of the beginning where the target can, else with what there is."""
        ...

    def send(self, sent: Sent, identity: Identity) -> Answer:
        """The answer to a request, with the credentials of that identity. Raises Unreachable, Refused."""
        ...

    def wait(self, seconds: float) -> None:
        """Let simulated time pass; only with ``clock``."""
        ...

    def delivered(self) -> Sequence[Delivered]:
        """Every webhook attempt since ``begin``, in order; only with ``receiver``."""
        ...


class Unreachable(Exception):
    """The target gave no answer at all."""


class Refused(Exception):
    """The kit itself refuses to send a request: its words say why."""


def authorization(api: str, credentials: Mapping[str, Any]) -> dict[str, str]:
    """The header that presents what the sandbox issued for a namespace."""
    issued = credentials[api]
    match api:
        case "monetize360":
            tokens = {one["tier"]: one["token"] for one in issued["tokens"]}
            return {"authorization": f"Bearer {tokens['enterprise']}"}
        case "moonify":
            return {"authorization": f"serviceID {issued['serviceID']}"}
    return {"authorization": f"Bearer {issued['adminToken']}"}


STRANGER = {"moonify": "serviceID 00000000000000000000000000000000"}
"""The Authorization header of nobody that any target knows, where it is not this bearer token."""
_WRONG = "Bearer 00000000-0000-4000-8000-00000000dead"


def stranger(api: str) -> dict[str, str]:
    """Wrong credentials."""
    return {"authorization": STRANGER.get(api, _WRONG)}
