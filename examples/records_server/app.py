"""A records server: the objects and records of Monetize360 v1, as a team would build them for itself.

    python examples/records_server/app.py --port 8080

It is a plain Flask application that keeps everything in memory, and a thing to aim the contract tests at: it was
written from the API's description alone and shares no code with the sandbox. There are no workflows and no webhooks.

TOKENS are the API tokens of its two tenants. Each tenant begins with one SYSTEM object, Currency, and its records.
The environment variable RECORDS_SERVER_BUGS says which of its two known BUGS it has, separated by commas: both of them
by default, and with "none" neither.

GET /received, outside of the API, tells how many requests of each method came to the API.
"""

import os
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_to_bytes

import lists
import orjson
from flask import Blueprint, Flask, Response, current_app, g, request
from jsonschema_rs import Draft202012Validator
from problems import Problem, invalid
from schemas import CHANGED_OBJECT, MANY_RECORDS, NEW_OBJECT, OBJECT, ONE_RECORD, Json, check
from tenants import Tenant, now
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import BaseConverter
from werkzeug.serving import make_server

TOKENS = {
    "token-of-north": ("north", 1_000_000),
    "small-token-of-north": ("north", 60),
    "token-of-south": ("south", 1_000_000),
}
"""API token → tenant, and how many requests a minute it may make."""
BUGS = {
    "sort-as-text": "numbers are sorted as if they were text: 10 before 9",
    "put-replaces": "an update of a record drops the fields that it does not name",
}
LARGEST = 10 * 2**20
"""Bytes of a body."""
DEEPEST = 200
"""Levels that a body may be nested."""


class RecordId(BaseConverter):
    """Any text but the word that stands there for many records."""

    regex = r"(?!bulk$)[^/]+"
    part_isolating = True


v1 = Blueprint("v1", __name__, url_prefix="/v1")


def answer(body: Json, status: int = 200) -> Response:
    """JSON."""
    return Response(orjson.dumps(body), status, mimetype="application/json")


def refuse(problem: Problem) -> Response:
    """An error, as the API words it."""
    return answer(problem.told(now()), problem.status)


def refuse_http(error: HTTPException) -> Response:
    """What Flask refuses by itself, in the same words."""
    response = refuse(Problem(error.code or 500, error.description or error.name))
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return response


def mine() -> Tenant:
    """The data of whoever asks."""
    tenant: Tenant = current_app.config["TENANTS"][TOKENS[g.token][0]]
    return tenant


def sent(validator: Draft202012Validator) -> Json:
    """The body of the request."""
    raw = request.get_data()
    if not raw:
        invalid("body", None, "A JSON body is needed")
    if request.mimetype != "application/json":
        raise Problem(415, f"Send application/json, not {request.mimetype or 'a body of no declared type'}")
    try:
        body: Json = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        invalid("body", None, f"The body is no JSON: {error}")
    if depth(body) > DEEPEST:
        invalid("body", None, f"The body is nested deeper than {DEEPEST} levels")
    check(validator, body, "body")
    return body


def depth(value: Any) -> int:
    """How many levels lists and objects are nested."""
    level, levels = [value], 0
    while level := [one for one in level if isinstance(one, dict | list)]:
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
        levels += 1
    return levels


def given(name: str) -> str | None:
    """A parameter that may come once."""
    found = request.args.getlist(name)
    if len(found) > 1:
        invalid(name, found, f"{name} must be given once")
    return found[0] if found else None


def limits() -> tuple[int, int]:
    """Which page is wanted."""
    limit = lists.bounded("limit", given("limit"), range(1, 1001), 50)
    return limit, lists.bounded("offset", given("offset"), range(2**53), 0)


# The operations


@v1.get("/mobjects")
def list_objects() -> Response:
    """Every object, in the order of creation."""
    return answer(lists.page(list(mine().objects.values()), *limits()))


@v1.post("/mobjects")
def create_object() -> Response:
    """A new object."""
    return answer(mine().create_object(known(sent(NEW_OBJECT))), 201)


@v1.get("/mobjects/<key>")
def get_object(key: str) -> Response:
    """One object."""
    return answer(mine().object(key))


@v1.put("/mobjects/<key>")
def update_object(key: str) -> Response:
    """Change an object."""
    return answer(mine().update_object(key, known(sent(CHANGED_OBJECT))))


def known(body: Json) -> Json:
    """What of a body is an object's."""
    return {name: value for name, value in body.items() if name in OBJECT["properties"]}


@v1.delete("/mobjects/<key>")
def delete_object(key: str) -> Response:
    """Delete an object and its records."""
    mine().delete_object(key)
    return answer({"success": True, "message": "Object deleted successfully"})


@v1.get("/mobjects/<key>/mdata")
def list_records(key: str) -> Response:
    """The records that meet every filter."""
    conditions = lists.conditions(request.args.getlist("filter"))
    by, names, (limit, offset) = lists.order(given("sort")), given("fields"), limits()
    mine().object(key)
    found = [one for one in mine().records[key].values() if all(lists.meets(one, each) for each in conditions)]
    told = lists.page(lists.arranged(found, by, as_text=has("sort-as-text")), limit, offset)
    return answer(told | {"data": [lists.only(one, names) for one in told["data"]]})


@v1.post("/mobjects/<key>/mdata")
def create_record(key: str) -> Response:
    """A new record."""
    data = sent(ONE_RECORD)["data"]
    return answer(mine().create_record(key, data, now()), 201)


@v1.post("/mobjects/<key>/mdata/bulk")
def create_records(key: str) -> Response:
    """Many new records: each that is valid."""
    items: list[Json] = sent(MANY_RECORDS)["data"]
    mine().editable(key)
    made, errors, at = [], [], now()
    for index, data in enumerate(items):
        try:
            made.append(mine().create_record(key, data, at))
        except Problem as error:
            told = {"field": error.field, "value": error.value, "message": error.message}
            errors.append({"index": index, **told})
    counts = {"totalProcessed": len(items), "created": len(made), "failed": len(errors)}
    result = {"success": not errors, **counts, "data": made, **({"errors": errors} if errors else {})}
    return answer(result, 201 if made else 200)


@v1.get("/mobjects/<key>/mdata/<record:record>")
def get_record(key: str, record: str) -> Response:
    """One record."""
    return answer(mine().record(key, record))


@v1.put("/mobjects/<key>/mdata/<record:record>")
def update_record(key: str, record: str) -> Response:
    """Change a record."""
    changes = sent(ONE_RECORD)["data"]
    return answer(mine().update_record(key, record, changes, merge=not has("put-replaces")))


@v1.delete("/mobjects/<key>/mdata/<record:record>")
def delete_record(key: str, record: str) -> Response:
    """Delete a record."""
    mine().delete_record(key, record)
    return answer({"success": True, "message": "Record deleted successfully"})


def has(bug: str) -> bool:
    """Whether this server has one of the known bugs."""
    return bug in current_app.config["BUGS"]


# Around every request


def admit() -> None:
    """Find out who asks, count it, and refuse what goes no further: 404 and 405, then 401, then 429."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    g.token = token.strip() if scheme.lower() == "bearer" and token.strip() in TOKENS else None
    g.minute = int(time.time()) // 60  # noqa: TID251  # no part of the sandbox
    current_app.config["USED"][g.token, g.minute] += 1
    if request.routing_exception is not None:
        raise request.routing_exception
    if g.token is None:
        raise Problem(401, "Send the header Authorization: Bearer TOKEN")
    if used() > TOKENS[g.token][1]:
        raise Problem(429, "Too many requests: wait for the next minute")
    try:
        unquote_to_bytes(request.query_string).decode()
    except UnicodeDecodeError:
        invalid("query", request.query_string.decode("latin-1"), "The query is not percent-encoded UTF-8")


def used() -> int:
    """How many requests the token has made in this minute."""
    return int(current_app.config["USED"][g.token, g.minute])


def tell_limits(response: Response) -> Response:
    """The headers about limits, for a token that is known."""
    ends = (g.minute + 1) * 60
    if g.token is not None:
        most = TOKENS[g.token][1]
        told = {"Limit": most, "Remaining": max(0, most - used()), "Reset": ends}
        response.headers.update({f"X-RateLimit-{name}": str(value) for name, value in told.items()})
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        response.headers["Retry-After"] = str(max(1, ends - int(time.time())))  # noqa: TID251  # as above
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


class Received:
    """Counts the requests by method, and tells of them at /received."""

    def __init__(self, inner: Callable[..., Iterable[bytes]]) -> None:
        self._inner = inner
        self._methods: Counter[str] = Counter()

    def __call__(self, environ: Json, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """WSGI."""
        if environ["PATH_INFO"] == "/received":
            return answer(dict(self._methods))(environ, start_response)
        self._methods[environ["REQUEST_METHOD"]] += 1
        return self._inner(environ, start_response)


def create_app(environment: Mapping[str, str] = os.environ) -> Flask:
    """The server. Raises ValueError for a bug that it does not know."""
    said = environment.get("RECORDS_SERVER_BUGS", ",".join(BUGS))
    bugs = set() if said == "none" else set(said.split(","))
    if unknown := bugs - BUGS.keys():
        raise ValueError(f"RECORDS_SERVER_BUGS: {', '.join(unknown)} is none of {', '.join(BUGS)}, none")
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = False
    app.url_map.converters["record"] = RecordId
    app.config.update(MAX_CONTENT_LENGTH=LARGEST, BUGS=bugs, USED=Counter())
    app.config.update(TENANTS={name: Tenant() for name, _ in TOKENS.values()})
    app.before_request(admit)
    app.after_request(tell_limits)
    app.register_error_handler(Problem, refuse)
    app.register_error_handler(HTTPException, refuse_http)
    app.register_blueprint(v1)
    app.wsgi_app = Received(app.wsgi_app)  # type: ignore[method-assign]  # as Flask's documentation has it
    return app


def main() -> None:
    """Serve on 127.0.0.1, one request at a time, and say where."""
    parser = ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--port", type=int, default=8080, help="0 for any that is free")
    server = make_server("127.0.0.1", parser.parse_args().port, create_app())
    print(f"http://127.0.0.1:{server.port}/v1", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
