"""What an API brings to the kit: its oracle, its directed rules, its probes, and what it creates."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from sandbox.contract import apis
from sandbox.contract.ledger import Creation, Place
from sandbox.contract.oracles import Oracle

if TYPE_CHECKING:
    from sandbox.contract.play import Play
    from sandbox.contract.rules import Rules

NAMES = tuple(sorted(found.name for found in iter_modules(apis.__path__)))
"""The APIs that there is a suite of."""


@dataclass(frozen=True)
class Probe:
    """A deterministic sequence: a tour of the operations, or what random steps cannot reach.

    ``needs`` is what the target must be able to do (see ``targets.Site``); where it cannot, the probe is skipped and
    ``why`` says what is not seen then.
    """

    name: str
    run: "Callable[[Play], None]"
    needs: frozenset[str] = frozenset()
    why: str = ""


@dataclass(frozen=True)
class Named:
    """What comes with the run's own things and is known by its name alone, as an operation lists it.

    ``items`` leads to the items in the answer, ``id`` and ``name`` are their members; paths call the id ``parameter``.
    """

    parameter: str
    items: Place = ("*",)
    id: str = "id"
    name: str = "name"


@dataclass(frozen=True)
class Suite:
    """What the kit knows of one API.

    ``creations`` says, by operationId, what is created and how to take it back; ``excused`` which operations need no
    successful answer, with the reason; ``named``, by the operation that lists it, what is the run's own by its name.
    """

    api: str
    oracle: Callable[[], Oracle]
    rules: "type[Rules]"
    probes: Sequence[Probe]
    creations: Mapping[str, Creation]
    excused: Mapping[str, str] = field(default_factory=dict)
    named: Mapping[str, Named] = field(default_factory=dict)


def suite(api: str) -> Suite:
    """That of an API. Raises KeyError for one that there is not."""
    if api not in NAMES:
        raise KeyError(api)
    found: Suite = import_module(f"sandbox.contract.apis.{api}").SUITE
    return found
