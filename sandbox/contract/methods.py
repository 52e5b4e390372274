"""A directed sequence for any API: methods that a path does not have."""

import re
from collections.abc import Callable

from sandbox.contract.contracts import contract
from sandbox.contract.play import Play
from sandbox.contract.steps import Identity
from sandbox.contract.suites import Probe

_METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH")
NOBODYS = "00000000-0000-4000-8000-000000000000"
"""An id that no server draws."""


def undeclared(api: str, rule: str, *identities: Identity) -> Probe:
    """Each path of an API is asked with every method that it does not have: 405, with those that it has.

    Only of what begins anew on demand: elsewhere such a method might do something.
    """
    needs = frozenset({"fresh"} | {"second"} & set(identities))
    return Probe("undeclared methods", _asking(api, rule, identities or ("first",)), needs, "refusal of other methods")


def _asking(api: str, rule: str, identities: tuple[Identity, ...]) -> Callable[[Play], None]:
    def ask(play: Play) -> None:
        known = contract(api)
        for operation in {one.path: one for one in known.operations.values()}.values():
            path = dict.fromkeys(re.findall(r"{(\w+)}", operation.path), NOBODYS)
            for method in _METHODS:
                if known.match(method, operation.fill(path)) is None:
                    for identity in identities:
                        play.send(operation.id, path, method=method, identity=identity, expect=(405,), rule=rule)

    return ask
