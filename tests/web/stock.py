"""The same specs and handlers served by stock Connexion: the oracle of the compiled pipeline.

What is Connexion's own here: routing, security, parameters, bodies, their validation and its order. What is lent to it:
the namespace, the handlers in their transaction, and the words of the Api's envelope.
"""

import asyncio
import inspect
import json
from collections.abc import Generator, Sequence
from functools import partial
from types import GeneratorType
from typing import Any
from urllib.parse import unquote

import connexion
import orjson
from connexion.datastructures import MediaTypeDict
from connexion.exceptions import BadRequestProblem, OAuthProblem, ProblemException, UnsupportedMediaTypeProblem
from connexion.lifecycle import ConnexionRequest, ConnexionResponse
from connexion.security import ApiKeySecurityHandler, BearerSecurityHandler
from connexion.validators import VALIDATOR_MAP
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message

from sandbox import assets
from sandbox.kernel.api import Api
from sandbox.kernel.errors import (
    Crash,
    Failure,
    Invalid,
    MethodNotAllowed,
    NotFound,
    UnsupportedMediaType,
)
from sandbox.kernel.namespace import Namespace
from sandbox.kernel.request import Reply, Request, Response
from sandbox.kernel.sandbox import DEFAULT, Sandbox
from sandbox.kernel.schema import Problem
from sandbox.kernel.timeline import catch_up
from sandbox.kernel.webhooks import Attempt, Outcome
from sandbox.web.plan import NAMESPACE_HEADER, method_name
from tests.client import Answer, refuse
from tests.web.words import JsonBody, Parameters, Refused

JSON = "application/json"
Work = Generator[Sequence[Attempt], Sequence[Outcome] | None, Reply]


class Stock:
    """Connexion with its default middlewares over a Sandbox: call it with one Request after the other.

    ``problems`` is everything its validators had to say about the last one.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.problems: Sequence[Problem] = ()
        self._request = Request("GET", "/", "", {}, b"")
        self._runner = asyncio.Runner()
        self._app = connexion.AsyncApp(__name__, pythonic_params=True)
        bodies = MediaTypeDict({**VALIDATOR_MAP["body"], "*/*json": partial(JsonBody, lambda: self._request.body)})
        for api in sandbox.apis.values():
            self._app.add_api(
                dict(assets.spec(api.name)),
                base_path=api.mount.prefix + api.mount.base,
                name=api.name,
                resolver=connexion.Resolver(partial(self._bind, api)),
                security_map=dict.fromkeys(("bearer", "apiKey"), partial(_Security, self, api)),
                validator_map={"parameter": Parameters, "body": bodies},
                strict_validation=not api.vendor,
            )
        for kind in (HTTPException, ProblemException, Failure):
            self._app.add_error_handler(kind, self._refuse)

    def close(self) -> None:
        self._runner.close()

    def __call__(self, request: Request) -> Answer:
        self._request, self.problems = request, ()
        return Answer(self._runner.run(_call(self._app, request)))

    @property
    def namespace(self) -> Namespace:
        """The namespace of the present request. Raises NotFound."""
        return self.sandbox.get(self._request.headers.get(NAMESPACE_HEADER.lower(), DEFAULT))

    def authenticate(self, api: Api) -> Any:
        """Whoever sent the present request: told to the World too. Raises Unauthorized."""
        principal = api.authenticate(self.sandbox, self.namespace, self._request)
        self.namespace.world.principal = principal
        return principal

    def _bind(self, api: Api, operation_id: str) -> Any:
        """A function that Connexion calls with the operation's arguments."""
        method = getattr(api.handlers, method_name(operation_id))
        takes = inspect.signature(method).parameters

        async def answer(**arguments: Any) -> Any:
            given = {name: value for name, value in arguments.items() if name in takes}
            body, status, *_ = self._act(api, method, given)
            payload = body if isinstance(body, bytes) else orjson.dumps(body)
            return ConnexionResponse(status, content_type=JSON, body=payload)

        return answer

    def _act(self, api: Api, method: Any, arguments: dict[str, Any]) -> Reply:
        """The handler in a transaction, with what is due before and the webhook attempts after."""
        namespace = self.namespace
        world = namespace.world
        catch_up(world, self.sandbox.agents, world.clock.tick(world.now))
        world.tick()
        try:
            with world.transaction():
                handlers = api.handlers(self.sandbox, namespace) if api.control else api.handlers(world)
                reply: Reply | Work = method(handlers, **arguments)
                return _finish(reply) if isinstance(reply, GeneratorType) else reply  # type: ignore[return-value]  # mypy keeps both
        finally:
            for attempt in namespace.publish():
                self.sandbox.settle(attempt, refuse(attempt))

    async def _refuse(self, _request: ConnexionRequest, error: Exception) -> Any:
        api = self.api_of(self._request.path)
        failure = self._failure(api, error)
        body = json.dumps(api.envelope(failure, self.sandbox.get(DEFAULT).world.now))  # takes what Connexion lets in
        return ConnexionResponse(failure.status, content_type=JSON, body=body.encode())

    def api_of(self, path: str) -> Api:
        """The Api that a path belongs to: that of the longest prefix."""
        begins = {api.mount.prefix or api.mount.base: api for api in self.sandbox.apis.values()}
        return begins[max(filter(path.startswith, begins), key=len)]

    def _failure(self, api: Api, error: Exception) -> Failure:
        """What Connexion refused, in the sandbox's words."""
        if isinstance(error, Failure):
            return error
        if isinstance(error, OAuthProblem):
            return self._unauthorized(api)
        if isinstance(error, UnsupportedMediaTypeProblem):
            sent = self._request.headers.get("content-type", "").partition(";")[0].strip().lower()
            return UnsupportedMediaType(f"Content-Type {sent or '(empty)'} is not read here: send {JSON}")
        if isinstance(error, BadRequestProblem):
            return self._invalid(error)
        return self._unroutable(api, getattr(error, "status_code", 500))

    def _unroutable(self, api: Api, status: int) -> Failure:
        if status == 404:
            path = self._request.path
            return NotFound(f"There is nothing at {path.removeprefix(api.mount.prefix) if api.vendor else path}")
        if status == 405:
            return MethodNotAllowed(f"{self._request.method} is not allowed here", ())
        return Crash(f"stock Connexion answered {status}")

    def _unauthorized(self, api: Api) -> Failure:
        try:
            self.authenticate(api)
        except Failure as failure:
            return failure
        return Crash("stock Connexion refused a credential that the Api takes")

    def _invalid(self, error: BadRequestProblem) -> Invalid:
        if isinstance(error, Refused):
            self.problems = error.problems
            field, value, message, _ = error.problems[0]
            return Invalid(message, field=field or "body", value=value)
        cause = error.__context__
        if isinstance(cause, json.JSONDecodeError):
            told = f"{cause.msg} at line {cause.lineno}, column {cause.colno}"
            return Invalid(f"The body is not JSON: {told}", field="body")
        return Invalid("A JSON body is required", field="body")


class _Security:
    """Connexion's reading of a bearer token or a key; whether it is good, the Api says."""

    def __init__(self, stock: Stock, api: Api) -> None:
        self._stock = stock
        self._api = api

    def get_fn(self, scheme: Any, scopes: Any) -> Any:
        if scheme["type"] == "apiKey":
            return ApiKeySecurityHandler()._get_verify_func(self._check, scheme["in"], scheme["name"], scopes)
        return BearerSecurityHandler()._get_verify_func(self._check)

    def _check(self, _token: str) -> dict[str, Any]:
        return {"principal": self._stock.authenticate(self._api)}


def _finish(work: Work) -> Reply:
    """Refuse every webhook attempt that an operation waits for, until it is done."""
    outcomes: list[Outcome] | None = None
    while True:
        try:
            attempts = work.send(outcomes)
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]  # a generator's value
        outcomes = [refuse(attempt) for attempt in attempts]


async def _call(app: ASGIApp, request: Request) -> Response:
    """One request through an ASGI application, as uvicorn would hand it over."""
    sent: list[Message] = []
    unread = [{"type": "http.request", "body": request.body, "more_body": False}]

    async def receive() -> Message:
        return unread.pop() if unread else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(_scope(request), receive, send)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return Response(sent[0]["status"], body, [(name.lower(), value) for name, value in sent[0]["headers"]])


def _scope(request: Request) -> dict[str, Any]:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in request.headers.items()]
    if request.body and "transfer-encoding" not in request.headers:
        headers.append((b"content-length", b"%d" % len(request.body)))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": unquote(request.path),
        "raw_path": request.path.encode("latin-1"),
        "query_string": request.query.encode("latin-1"),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 4010),
    }
