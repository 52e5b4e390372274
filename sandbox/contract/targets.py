"""What the kit is aimed at: the sandbox in this process, or any server by its URL."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from sandbox.contract.steps import Identity
from sandbox.contract.wire import Answer, Sent


@dataclass(frozen=True)
class Delivered:
    """One webhook attempt as a receiver gets it: header names are in lower case."""

    url: str
    headers: Mapping[str, str]
    body: bytes


_OFFERS = {
    "clock": "a clock that may be moved (--control)",
    "fresh": "a new beginning for each sequence, as the sandbox in this process has",
    "levers": "the levers of the sandbox in this process",
    "limited": "credentials that soon reach the rate limit (..._LIMITED)",
    "permanent": "leave to create what cannot be deleted (--allow-permanent)",
    "receiver": "a way to the webhook receiver",
    "second": "credentials of a second tenant (..._SECOND)",
    "writes": "leave to write",
}
"""What ``Site.can`` may hold, in words for people, with how to offer it."""


def lacking(what: Collection[str], why: str) -> str:
    """Why something is not tried where a target does not offer ``what``; ``why`` says what is not seen then."""
    return f"the target lacks {', '.join(_OFFERS[one] for one in sorted(what))}: {why}"


class Site(Protocol):
    """One API at a target.

    ``can`` says what else the target offers: ``clock`` (simulated time can be moved), ``receiver`` (it calls the kit's
    webhook receiver, at ``hooks``), ``second`` (credentials of a second tenant), ``limited`` (other ones of the first
    tenant, that soon reach a rate limit), ``writes`` (more than reading is allowed), ``permanent`` (so is creating what
    cannot be deleted again), ``fresh`` (it begins anew on demand),
    ``levers`` (the sandbox's control plane is there to use; such a site is ``Levered``).
    """

    name: str
    can: frozenset[str]

    @property
    def hooks(self) -> str:
        """The URL that webhooks of this sequence are sent below."""
        ...

    def begin(self) -> None:
        """Begin a sequence: with the state of the beginning where the target can, else with what there is."""
        ...

    def send(self, sent: Sent, identity: Identity) -> Answer:
        """The answer to a request, with the credentials of that identity. Raises Unreachable, Refused."""
        ...

    def wait(self, seconds: float) -> None:
        """Let simulated time pass; only with ``clock``."""
        ...

    def now(self) -> int:
        """What the target's clock says, in milliseconds, as well as that is known."""
        ...

    def delivered(self) -> Sequence[Delivered]:
        """Every webhook attempt since ``begin``, in order; only with ``receiver``."""
        ...


@runtime_checkable
class Levered(Protocol):
    """A site with the sandbox's levers."""

    def control(self, identity: Identity, method: str, path: str, body: bytes = b"") -> Answer:
        """The answer to an act of the control plane for an identity's tenant, ``path`` below ``/__admin``."""
        ...


class Unreachable(Exception):
    """The target gave no answer at all."""


class Refused(Exception):
    """The kit itself refuses to send a request: its words say why."""
