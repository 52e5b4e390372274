"""What cannot be had of an API where some operations are never asked."""

from collections.abc import Collection, Iterator, Mapping

from sandbox.contract.contracts import Contract, Operation
from sandbox.contract.ledger import Creation
from sandbox.kernel.references import resolve


def without(contract: Contract, creations: Mapping[str, Creation], refused: Collection[str]) -> dict[str, str]:
    """The operations that cannot succeed without refused creations, and which of those each lacks.

    An operation needs what its path, its required query (any query, where it is no GET) and, where it creates,
    ``Creation.within`` name. A creation gives the parameters that its ``Creation.parameters`` call the new thing by;
    what no creation gives by name comes of any of them. An operation is lost where all that give something it needs
    are refused or lost themselves, and where it takes back what a refused creation makes.
    """
    gives = {name: _gives(creation) for name, creation in creations.items()}
    named = set().union(*gives.values())
    gone = {name: name for name in creations if name in refused}
    lost: dict[str, str] = {}

    def lacked(operation: Operation) -> str | None:
        undone = [name for name, one in creations.items() if one.undo == operation.id]
        needed = _needs(contract, operation, creations.get(operation.id))
        givers = [undone, *([name for name in gives if one not in named or one in gives[name]] for one in needed)]
        return next((gone[one[0]] for one in givers if one and gone.keys() >= {*one}), None)

    before = -1
    while before != len(lost):
        before = len(lost)
        for operation in contract.operations.values():
            if operation.id not in refused and operation.id not in lost and (lacks := lacked(operation)) is not None:
                lost[operation.id] = lacks
                if operation.id in creations:
                    gone[operation.id] = lacks
    return lost


def _gives(creation: Creation) -> set[str]:
    return {name for name, source in creation.parameters.items() if source == "id" or not isinstance(source, str)}


def _needs(contract: Contract, operation: Operation, creation: Creation | None) -> Iterator[str]:
    yield from operation.pattern.groupindex
    for one in operation.spec.get("parameters", ()):
        parameter = resolve(contract.document, one)
        if parameter["in"] == "query" and (parameter.get("required") or operation.method != "GET"):
            yield parameter["name"]
    yield from () if creation is None else creation.within
