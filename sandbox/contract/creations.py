"""What a creating request makes, and the requests that take it back."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from sandbox.contract.contracts import Contract
from sandbox.contract.ledger import ANY, Creation, Made, Place, Undo
from sandbox.contract.steps import encoded_path, encoded_query
from sandbox.contract.wire import MISSING, parse


def values(body: Any, place: Place) -> list[Any]:
    """What a Place leads to: none, one, or several."""
    if not place:
        return [body]
    first, rest = place[0], place[1:]
    if first == "*":
        return [found for item in body for found in values(item, rest)] if isinstance(body, list) else []
    try:
        return values(body[first], rest)
    except (KeyError, IndexError, TypeError):
        return []


def of_request(place: Place) -> Place:
    """A Place in the request's body, without the word that says so."""
    return place[1:] if place[:1] == ("request",) else place


class Request(NamedTuple):
    """A creating request as far as it says what it makes: ``body`` is its JSON or form, parsed."""

    operation: str
    path: Mapping[str, str]
    body: Any


def made_by(contract: Contract, creation: Creation, request: Request, answer: Any) -> list[Made]:
    """What a request makes by its answer's JSON; before that is known (MISSING), what has an id from the client."""
    match creation.id[:1]:
        case ("request",):
            ids = values(request.body, of_request(creation.id))
        case ("path",):
            ids = [request.path[str(creation.id[1])]]
        case _:
            ids = values(answer, creation.id)
    return [make(contract, creation, request, str(one)) for one in ids if _is_id(one)]


def most(creation: Creation, request: Request) -> int:
    """How many calls it may take to take back what a request makes."""
    body = request.body.values() if isinstance(request.body, Mapping) else [request.body]
    several = [len(one) for one in body if isinstance(one, list)] if ANY in creation.id else []
    return max(several, default=1) * (2 if creation.retire else 1)


def _is_id(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""


def make(contract: Contract, creation: Creation, request: Request, new: str) -> Made:
    """One thing by its id."""
    called = {
        name: value for name, source in creation.parameters.items() if (value := _called(source, request, new)) != ""
    }
    names = [(name, value) for name, value in called.items() if not isinstance(creation.parameters[name], str)]
    names += [(name, new) for name, source in creation.parameters.items() if source == "id"]
    names = names or [(ANY, new)]
    if creation.undo is None:
        return Made(new, names)
    return Made(new, names, [*_retiring(contract, creation, request), _deleting(contract, creation.undo, called)])


def _called(source: str | Place, request: Request, new: str) -> str:
    """The value of a parameter of the undo request."""
    if isinstance(source, str):
        return new if source == "id" else request.path[source]
    return next((str(one) for one in values(request.body, of_request(source))), "")


def _retiring(contract: Contract, creation: Creation, request: Request) -> list[Undo]:
    if not creation.retire or not isinstance(request.body, dict):
        return []
    operation = contract.operations[request.operation]
    body = request.body | dict(creation.retire)
    return [Undo(operation.method, operation.fill(encoded_path(request.path)), "", body)]


def _deleting(contract: Contract, undo: str, called: Mapping[str, str]) -> Undo:
    operation = contract.operations[undo]
    query = [(name, value) for name, value in called.items() if f"{{{name}}}" not in operation.path]
    return Undo(operation.method, operation.fill(encoded_path(called)), encoded_query(query))


def is_told(creation: Creation, answer: Any) -> bool:
    """Whether a successful answer says what was made, were it nothing: a list may be empty."""
    if "*" not in creation.id:
        return False
    return any(isinstance(one, list) for one in values(answer, creation.id[: creation.id.index("*")]))


def content(headers: Mapping[str, str], body: bytes) -> Any:
    """A body's JSON, else its form; MISSING for any other."""
    found = parse(body)
    if found is not MISSING:
        return found
    media = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    return dict(parse_qsl(body.decode("utf-8", "replace"))) if "form" in media else MISSING
