"""A client that calls the pipeline in process: what a test asks, and what it was answered."""

from collections.abc import Callable, Sequence
from typing import Any

import orjson
import pytest

from sandbox import assets
from sandbox.kernel.request import Pending, Request, Response
from sandbox.kernel.sandbox import DEFAULT, Sandbox, Start
from sandbox.kernel.scenario import Library
from sandbox.kernel.webhooks import Attempt, Outcome
from sandbox.kernel.world import World
from sandbox.server import all_apis, build_pipeline
from sandbox.web.pipeline import Pipeline

STANDARD = "YOUR_API_TOKEN"
ENTERPRISE = "YOUR_API_TOKEN_ENTERPRISE"
M360 = "/monetize360/v1"

Receiver = Callable[[Attempt], Outcome]


def refuse(_attempt: Attempt) -> Outcome:
    """A receiver that is down."""
    return Outcome(None, "connection refused")


class Answer:
    """One answer: ``json`` is its body parsed, ``headers`` by lower-case name."""

    def __init__(self, response: Response) -> None:
        self.status = response.status
        self.headers = {name.decode(): value.decode() for name, value in response.headers}
        self.body = response.body
        self.attempts = response.attempts

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    def __repr__(self) -> str:
        return f"{self.status} {self.headers} {self.body!r}"


class Client:
    """Calls one Pipeline. ``receiver`` answers every webhook attempt; ``attempts`` are those it was handed."""

    def __init__(self, pipeline: Pipeline, token: str | None = ENTERPRISE, receiver: Receiver = refuse) -> None:
        self.pipeline = pipeline
        self.token = token
        self.receiver = receiver
        self.attempts: list[Attempt] = []

    @property
    def sandbox(self) -> Sandbox:
        return self.pipeline.sandbox

    @property
    def world(self) -> World:
        """That of the namespace ``default``."""
        return self.sandbox.get(DEFAULT).world

    def __call__(
        self, method: str, target: str, body: Any = None, *, headers: dict[str, str] | None = None, **options: Any
    ) -> Answer:
        """``body`` goes out as JSON, bytes as they are. Options: ``token`` (None sends none), ``content_type``."""
        path, _, query = target.partition("?")
        sent = {"host": "127.0.0.1:4010"}
        token = options.get("token", self.token)
        if token is not None:
            sent["authorization"] = f"Bearer {token}"
        payload = b"" if body is None else body if isinstance(body, bytes) else orjson.dumps(body)
        content_type = options.get("content_type", "application/json" if body is not None else None)
        if content_type is not None:
            sent["content-type"] = content_type
        sent |= headers or {}
        return self.send(Request(method, path, query, sent, payload))

    def send(self, request: Request) -> Answer:
        """One request, with the webhook attempts it leads to."""
        answer = self.pipeline.handle(request)
        while isinstance(answer, Pending):
            answer = answer.resume(self._deliver(answer.attempts))
        if answer is None:
            pytest.fail(f"no Api answers {request.method} {request.path}")
        for attempt, outcome in zip(answer.attempts, self._deliver(answer.attempts), strict=True):
            self.sandbox.settle(attempt, outcome)
        return Answer(answer)

    def _deliver(self, attempts: Sequence[Attempt]) -> list[Outcome]:
        self.attempts += attempts
        return [self.receiver(attempt) for attempt in attempts]

    def get(self, target: str, **options: Any) -> Answer:
        return self("GET", target, **options)

    def post(self, target: str, body: Any = None, **options: Any) -> Answer:
        return self("POST", target, body, **options)

    def put(self, target: str, body: Any = None, **options: Any) -> Answer:
        return self("PUT", target, body, **options)

    def delete(self, target: str, **options: Any) -> Answer:
        return self("DELETE", target, **options)


def make_client(scenario: str = "docs", *, check_responses: bool = True, **start: Any) -> Client:
    """A sandbox of its own; every answer is held to its documented schema."""
    return Client(make_pipeline(assets.library(), Start(scenario, **start), check_responses=check_responses))


def make_client_of(text: str, **start: Any) -> Client:
    """A sandbox of a scenario written in the test."""

    def read(name: str) -> tuple[str, str]:
        return ("test", text) if name == "test" else assets.read_scenario_file(name)

    return Client(make_pipeline(Library(("test",), read), Start("test", **start), check_responses=True))


def make_pipeline(library: Library, start: Start, *, check_responses: bool) -> Pipeline:
    return build_pipeline(Sandbox(all_apis(), library, start), check_responses=check_responses)
