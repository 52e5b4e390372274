"""What mutants are made of: one function each, that changes the request, the answer, or a rule of the sandbox.

    make = Maker("monetize360")

    @make.asks("filters", "listMdata")
    def only_the_first_filter(asked: Asked) -> None:
        "Of several filters the first alone counts: records that miss the others come along."
        ...

The function's name is the mutant's, its docstring says what a client would notice. A function must not keep anything
between requests but in the sandbox's own store (or in what a factory of ``make.mutant`` makes anew for each run): the
clean sandbox lives in the same process, and sequences begin afresh without a word to the mutant.
"""

import json
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from sandbox.apis import dynamic_monetization, monetize360, moonify
from sandbox.contract.contracts import Operation, contract
from sandbox.contract.inprocess import Handle, Wrap
from sandbox.contract.steps import encoded_path, encoded_query
from sandbox.contract.wire import parse
from sandbox.kernel.api import Api
from sandbox.kernel.request import Pending, Request, Response

_APIS: Mapping[str, Api] = {one.API.name: one.API for one in (monetize360, moonify, dynamic_monetization)}
_SUCCESS = range(200, 300)
_UNAUTHORIZED, _NOT_FOUND = 401, 404

Change = TypeVar("Change", bound=Callable[..., Any])


@dataclass(frozen=True)
class Mutant:
    """The sandbox with one mistake in one API.

    ``description`` says what a client notices. ``make`` makes it anew, with no memory of earlier runs. ``module`` is
    where it is declared; ``late`` are those written without having seen the finished kit.
    """

    name: str
    api: str
    kind: str
    description: str
    make: Callable[[], Wrap]
    module: str
    late: bool = False


class Asked:
    """A request of an operation that a mutant may change before it is answered.

    ``path`` are the parameters in the path, decoded; ``query`` are pairs, decoded, in their order.
    """

    def __init__(self, request: Request, operation: Operation, path: dict[str, str], base: str) -> None:
        self.operation = operation.id
        self.path = path
        self.query = parse_qsl(request.query, keep_blank_values=True)
        self.headers = dict(request.headers)
        self.json = parse(request.body)
        self._said = dict(path), list(self.query), parse(request.body)
        self._request, self._operation, self._base = request, operation, base

    def values(self, name: str) -> list[str]:
        """What a query parameter says, each time it comes."""
        return [value for key, value in self.query if key == name]

    def put(self, name: str, *values: str) -> None:
        """Let a query parameter say that instead; without values it is gone."""
        self.query = [pair for pair in self.query if pair[0] != name] + [(name, value) for value in values]

    def request(self) -> Request:
        """The request as it is now: what was not touched stays as it came, byte for byte."""
        path, query, body = self._said
        came = self._request
        return Request(
            came.method,
            came.path if self.path == path else self._base + self._operation.fill(encoded_path(self.path)),
            came.query if self.query == query else encoded_query(self.query),
            self.headers,
            came.body if self.json == body else json.dumps(self.json).encode(),
        )


class Told:
    """An answer that a mutant may change: header names are in lower case, ``json`` is the body."""

    def __init__(self, response: Response) -> None:
        self.status = response.status
        self.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in response.headers}
        self.json = parse(response.body)
        self._came, self._said = response, parse(response.body)

    def response(self) -> Response:
        """The answer as it is now."""
        body = self._came.body if _same(self.json, self._said) else json.dumps(self.json).encode()
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()]
        made = Response(self.status, body, headers, self._came.attempts)
        made.effect = self._came.effect
        return made


def _same(one: Any, other: Any) -> bool:
    """Whether they would be written alike; 1 and 1.0, and another order of members, would not."""
    return repr(one) == repr(other)


class Maker:
    """Makes mutants of one API out of functions. ``operations`` are operationIds; none means all of them."""

    def __init__(self, api: str) -> None:
        self.api = api
        mount = _APIS[api].mount
        self._base = mount.prefix + mount.base

    def mutant(self, kind: str) -> Callable[[Callable[[], Wrap]], Mutant]:
        """Of a factory of what stands between the kit and the sandbox."""
        return lambda make: Mutant(make.__name__, self.api, kind, (make.__doc__ or "").strip(), make, make.__module__)

    def asks(self, kind: str, *operations: str) -> Callable[[Callable[[Asked], None]], Mutant]:
        """Of a function that changes requests of these operations."""

        def wrapping(change: Callable[[Asked], None]) -> Wrap:
            def wrap(handle: Handle, request: Request) -> Response | Pending | None:
                asked = self.read(request, operations)
                if asked is None:
                    return handle(request)
                change(asked)
                return handle(asked.request())

            return wrap

        return self._of(kind, wrapping)

    def answers(
        self, kind: str, *operations: str, statuses: Sequence[int] = _SUCCESS
    ) -> Callable[[Callable[[Told, Asked], None]], Mutant]:
        """Of a function that changes answers of these operations that have one of the ``statuses``."""

        def wrapping(change: Callable[[Told, Asked], None]) -> Wrap:
            def wrap(handle: Handle, request: Request) -> Response | Pending | None:
                asked, response = self.read(request, operations), handle(request)
                if asked is None or not isinstance(response, Response) or response.status not in statuses:
                    return response
                told = Told(response)
                change(told, asked)
                return told.response()

            return wrap

        return self._of(kind, wrapping)

    def replaces(self, kind: str, *targets: str) -> Callable[[Callable[[Any], Any]], Mutant]:
        """Of a function that takes what stands at the first of the ``targets`` and gives what all of them are instead.

        A target is a name within the API's package, such as ``mdata.create``, or a full one that begins with
        ``sandbox.``. What the sandbox remembers on shared data, as sorted selections, must be left alone.
        """
        names = [name if name.startswith("sandbox.") else f"sandbox.apis.{self.api}.{name}" for name in targets]

        def wrapping(change: Callable[[Any], Any]) -> Wrap:
            instead = change(pkgutil.resolve_name(names[0]))

            def wrap(handle: Handle, request: Request) -> Response | Pending | None:
                return within(dict.fromkeys(names, instead), handle, request)

            return wrap

        return self._of(kind, wrapping)

    def _of(self, kind: str, wrapping: Callable[[Any], Wrap]) -> Callable[[Callable[..., Any]], Mutant]:
        def declare(change: Callable[..., Any]) -> Mutant:
            told = (change.__doc__ or "").strip()
            return Mutant(change.__name__, self.api, kind, told, lambda: wrapping(change), change.__module__)

        return declare

    def read(self, request: Request, operations: Sequence[str] = ()) -> Asked | None:
        """The request, if it is for one of these operations of the API."""
        before, found, below = request.path.partition(self._base)
        if not found or (before and not before.startswith("/ns/")):
            return None
        spec = contract(self.api)
        other = below.removesuffix("/") if below.endswith("/") else f"{below}/"
        match = spec.match(request.method, below) or spec.match(request.method, other)
        if match is None or (operations and match[0].id not in operations):
            return None
        return Asked(request, *match, before + self._base)


def without_allow() -> Wrap:
    """No answer says which methods there are."""

    def wrap(handle: Handle, request: Request) -> Response | Pending | None:
        response = handle(request)
        if isinstance(response, Response):
            response.headers = [one for one in response.headers if one[0].lower() != b"allow"]
        return response

    return wrap


def retried_as_others(make: Maker, *operations: str) -> Wrap:
    """What is not found for one client of these operations is looked for with the credentials of all others."""
    known: dict[str, None] = {}

    def wrap(handle: Handle, request: Request) -> Response | Pending | None:
        response, asked = handle(request), make.read(request, operations)
        if not isinstance(response, Response) or response.status == _UNAUTHORIZED:
            return response
        own = request.headers.get("authorization", "")
        known[own] = None
        if asked is None or response.status != _NOT_FOUND:
            return response
        for other in [one for one in known if one != own]:
            asked.headers["authorization"] = other
            again = handle(asked.request())
            if isinstance(again, Response) and again.status not in {_UNAUTHORIZED, _NOT_FOUND}:
                return again
        return response

    return wrap


def within(places: Mapping[str, Any], handle: Handle, request: Request) -> Response | Pending | None:
    """The answer of the sandbox while other values stand at these places; so for what it resumes later."""
    with standing(places):
        return _waiting(places, handle(request))


def _waiting(places: Mapping[str, Any], response: Response | Pending | None) -> Response | Pending | None:
    if not isinstance(response, Pending):
        return response
    resume = response.resume

    def later(outcomes: Any) -> Any:
        with standing(places):
            return _waiting(places, resume(outcomes))

    return response._replace(resume=later)


@contextmanager
def standing(places: Mapping[str, Any]) -> Iterator[None]:
    """Other values stand at these places: full names of what modules and classes hold."""
    owners = [(pkgutil.resolve_name(place.rpartition(".")[0]), place.rpartition(".")[2]) for place in places]
    before = [getattr(owner, name) for owner, name in owners]
    try:
        for (owner, name), instead in zip(owners, places.values(), strict=True):
            setattr(owner, name, instead)
        yield
    finally:
        for (owner, name), old in zip(owners, before, strict=True):
            setattr(owner, name, old)
