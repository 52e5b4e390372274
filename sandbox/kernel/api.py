"""The descriptor of one simulated API: the only seam between an API and the rest."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from sandbox.kernel.agenda import Due
from sandbox.kernel.errors import Failure
from sandbox.kernel.ids import Fakes
from sandbox.kernel.limits import Limit, Quota
from sandbox.kernel.request import Headers, Request
from sandbox.kernel.settings import Setting
from sandbox.kernel.world import World

if TYPE_CHECKING:
    from sandbox.kernel.namespace import Namespace
    from sandbox.kernel.sandbox import Sandbox
    from sandbox.kernel.scenario import Section


@dataclass(frozen=True, slots=True)
class Mount:
    """Where an API answers: below ``prefix`` on any host, and at ``base`` on the vendor's ``hosts`` (``*`` matches).

    The spec's paths follow ``prefix + base``, or ``base`` alone on a vendor's host.
    """

    prefix: str
    base: str = ""
    hosts: tuple[str, ...] = ()


Walk = Callable[[str, Sequence[Any]], Iterable[Any]]
"""Goes through what is made, in order, and may tell somebody how far that is; it is told what they are."""


def straight(_what: str, items: Sequence[Any]) -> Iterable[Any]:
    """Tells nobody."""
    return items


@dataclass(frozen=True, slots=True)
class Seeding:
    """What ``Api.seed`` works with: the API's sections of a scenario in order, fake data, and the scale (1 = as is).

    ``walk`` goes through what is generated in great numbers.
    """

    world: World
    sections: tuple["Section", ...]
    fakes: Fakes
    scale: float
    walk: Walk = straight


def _nothing(*_: Any) -> None:
    return None


def _no_lines(_world: World, _url: str) -> list[str]:
    return []


def _no_variables(_world: World, _own: Sequence[str]) -> dict[str, str]:
    return {}


def _no_headers(_quota: Quota) -> Headers:
    return []


class Issued(NamedTuple):
    """Credentials made for one namespace: as requests carry them, and how they are shown to whoever asked."""

    credentials: tuple[str, ...] = ()
    shown: Mapping[str, Any] = {}


def _no_credentials(_world: World, _namespace: str) -> Issued:
    return Issued()


@dataclass(frozen=True, slots=True)
class Api:
    """One simulated API. ``name`` is that of its spec (``openapi/<name>.yaml``) and of its folder."""

    name: str
    mount: Mount
    handlers: type
    """Class of the object whose methods are the operations: made with the World, or for the control plane (``control``)
    with the Sandbox and the Namespace."""
    envelope: Callable[[Failure, int], Any]
    """The error body of a failure at an instant."""
    authenticate: Callable[["Sandbox", "Namespace", Request], Any] = _nothing
    """The principal behind a request; raises Unauthorized."""
    challenge: str = "Bearer"
    """What the WWW-Authenticate header of a 401 says."""
    credential: Callable[[Request], str | None] = _nothing
    """The credential a request carries, as issued for a namespace; None when it carries none."""
    issue: Callable[[World, str], Issued] = _no_credentials
    """Makes fresh credentials for a new namespace."""
    decode: Callable[[Request], Any] | None = None
    """Its own way from a request to a body, whatever the media type; None reads JSON and forms as the spec says."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Beginnings of paths that mean another: clients use them, the spec does not have them."""
    limit: Callable[[World, Any], Limit | None] = _nothing
    """The rate limit of a principal."""
    limit_headers: Callable[[Quota], Headers] = _no_headers
    due: Mapping[str, Callable[[World, Due], None]] = field(default_factory=dict)
    """What its agenda items do, by kind."""
    happens: tuple[str, ...] = ()
    """Types of the happenings that it notes."""
    state: ModuleType | None = None
    """The module that declares its tables; an export holds these."""
    seed: Callable[[Seeding], None] = _nothing
    scenario: Mapping[str, Any] = field(default_factory=dict)
    """JSON Schema of its section in a scenario file."""
    settings: Iterable[Setting[Any]] = ()
    sign: Callable[[str, str, str, bytes], list[tuple[str, str]]] | None = None
    """Headers of a webhook attempt, from secret ("" for none), event, delivery id and body."""
    welcome: Callable[[World, str], list[str]] = _no_lines
    """Lines to print at the start: credentials and a first request to paste, for its base URL."""
    variables: Callable[[World, Sequence[str]], Mapping[str, str]] = _no_variables
    """Credentials for the environment of a program, by the end of the variable's name, such as ``TOKEN``: rather those
    that were issued for its namespace, which come second."""
    levers: type | None = None
    """Class of the handlers of its own test levers (``openapi/<name>.control.yaml``), made with the World."""
    control: bool = False
    secrets: tuple[str, ...] = ()
    """Names of headers (in lower case), query parameters and body members that the journal never shows."""
    vendor: bool = True
    """Whether it simulates a vendor's API; False for the control plane and the levers."""
