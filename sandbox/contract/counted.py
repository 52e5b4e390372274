"""What of a spec was reached: operations, parameters and links, counted from the exchanges."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sandbox.contract.contracts import Operation, contract
from sandbox.contract.play import Side, Watch
from sandbox.contract.report import Tally
from sandbox.contract.steps import Step
from sandbox.contract.wire import Exchange
from sandbox.kernel.references import resolve

_BODY = "$response.body#/"
_PATH = "$request.path."
_NOWHERE: Any = object()


class Link(NamedTuple):
    """A declared way from one operation's answer to another: ``values`` are expressions by path parameter."""

    source: str
    status: str
    name: str
    target: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class Reach:
    """All that there is to reach in the spec of an API.

    Parameters by operation, links by the operation that they lead to, and each documented (operation, status).
    """

    parameters: Mapping[str, frozenset[str]]
    links: Mapping[str, Sequence[Link]]
    statuses: frozenset[tuple[str, int]]

    def all_parameters(self) -> set[tuple[str, str]]:
        """Each as (operation, name)."""
        return {(operation, name) for operation, names in self.parameters.items() for name in names}

    def all_links(self) -> set[tuple[str, str]]:
        """Each as (operation, name): where it begins, and what it is called there."""
        return {(link.source, link.name) for links in self.links.values() for link in links}


@cache
def reach(api: str) -> Reach:
    """That of an API. Raises KeyError."""
    known = contract(api)
    parameters = {one.id: frozenset(_parameters(known.document, one)) for one in known.operations.values()}
    links: dict[str, list[Link]] = {operation: [] for operation in known.operations}
    for operation in known.operations.values():
        for link in _links(known.document, operation):
            links[link.target].append(link)
    statuses = {(one.id, int(status)) for one in known.operations.values() for status in one.spec["responses"]}
    return Reach(parameters, links, frozenset(statuses))


def _parameters(document: Mapping[str, Any], operation: Operation) -> Iterator[str]:
    shared = document["paths"][operation.path].get("parameters", ())
    for told in (*shared, *operation.spec.get("parameters", ())):
        yield resolve(document, told)["name"]


def _links(document: Mapping[str, Any], operation: Operation) -> Iterator[Link]:
    for status, told in operation.spec["responses"].items():
        for name, reference in resolve(document, told).get("links", {}).items():
            link = resolve(document, reference)
            yield Link(operation.id, status, name, link["operationId"], link.get("parameters", {}))


def watcher(api: str, layer: str, tally: Tally, target: str) -> Watch:
    """Counts every exchange of a layer in ``tally``; as answers only those of the site with the name ``target``."""
    whole = reach(api)

    def watch(side: Side, step: Step, exchange: Exchange) -> None:
        tally.calls += 1
        if side.site.name == target:
            operation = step.operation
            tally.answers[layer, api, operation, exchange.answer.status] += 1
            tally.parameters |= {(api, operation, name) for name in _sent(whole.parameters[operation], exchange)}
            followed = _followed(whole.links[operation], side.exchanges[:-1], exchange)
            tally.links |= {(api, link.source, link.name) for link in followed}

    return watch


def _sent(declared: frozenset[str], exchange: Exchange) -> Iterator[str]:
    sent = {name.lower() for name in (*exchange.path, *dict(exchange.sent.parameters), *exchange.sent.headers)}
    return (name for name in declared if name.lower() in sent)


def _followed(links: Sequence[Link], before: Sequence[Exchange | None], now: Exchange) -> Iterator[Link]:
    for link in links:
        for earlier in before:
            if earlier is not None and (earlier.operation, str(earlier.answer.status)) == (link.source, link.status):
                values = {name: _evaluated(expression, earlier) for name, expression in link.values.items()}
                given = dict(now.sent.parameters) | dict(now.path)
                if values and all(given.get(name) == value for name, value in values.items()):
                    yield link
                    break


def _evaluated(expression: Any, exchange: Exchange) -> Any:
    """The text that a runtime expression, or a constant, stands for, as it would stand in a path or query."""
    if not isinstance(expression, str) or not expression.startswith("$"):
        return str(expression)
    if expression.startswith(_PATH):
        return exchange.path.get(expression.removeprefix(_PATH))
    value = exchange.answer.json
    for part in expression.removeprefix(_BODY).split("/"):
        try:
            value = value[int(part) if isinstance(value, list) else part]
        except (LookupError, TypeError, ValueError):
            return _NOWHERE
    return str(value)
