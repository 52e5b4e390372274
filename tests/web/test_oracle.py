"""The compiled pipeline answers as stock Connexion does, but for the differences of one table."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from sandbox.kernel import clock
from sandbox.kernel.journal import Exchange, Journal
from sandbox.kernel.namespace import Namespace, Origin
from sandbox.kernel.request import Request, Response
from sandbox.kernel.sandbox import DEFAULT, Sandbox
from sandbox.kernel.snapshots import Snapshots
from sandbox.kernel.world import Snapshot
from sandbox.server import all_apis
from tests.client import Answer, Client, make_client_of
from tests.web import drawn
from tests.web.differences import DIFFERENCES, Case, Difference, call
from tests.web.scenarios import SMALL
from tests.web.stock import Stock

DOCUMENTED = Path(__file__).parents[2] / "docs" / "differences.md"
REAL_NOW = 1_705_314_600_000
APIS = {api.name: api for api in all_apis()}
DRAWN = settings(
    max_examples=settings().max_examples // 4,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
OPERATIONS = [
    (name, operation_id)
    for name, api in APIS.items()
    for operation_id, operation in drawn.operations(name).items()
    if api.decode is None or "requestBody" not in operation.definition.raw
]
"""All but those whose bodies an Api reads in its own way, not in Connexion's."""


REAL = re.compile(
    rb'(?<="wall":)"[^"]*"|(?<="startedDateTime":)"[^"]*"|(?<="uptimeSeconds":)[\d.e-]+|^msandbox_.*$', re.MULTILINE
)
"""What an answer tells of real time, or of requests that only one of the two counts."""


class Saved(NamedTuple):
    """One namespace in the state from which every request starts."""

    namespace: Namespace
    world: Snapshot
    seeded: Snapshot
    origin: Origin
    exchanges: tuple[Exchange, ...]


class Side:
    """One of the two sandboxes: put back to the same state before each request."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.sandbox: Sandbox = client.sandbox
        self.sandbox.fork("other", self.sandbox.get(DEFAULT))
        for target in ("/workflows", "/mobjects/customers/mdata/ada", "/nowhere"):
            client.send(call("GET", target))
        self._issued = dict(self.sandbox.issued)
        self._saved = [
            Saved(n, n.world.snapshot(), n.seeded, n.origin, tuple(n.journal)) for n in self.sandbox.namespaces.values()
        ]

    def restore(self) -> None:
        self.sandbox.issued = dict(self._issued)
        self.sandbox.snapshots = Snapshots()
        self.sandbox.namespaces = {saved.namespace.name: saved.namespace for saved in self._saved}
        for saved in self._saved:
            saved.namespace.begin(saved.seeded, saved.origin)
            saved.namespace.world.restore(saved.world)
            saved.namespace.journal = Journal()
            for e in saved.exchanges:
                saved.namespace.journal.record(e.at, e.api, e.operation, e.request, e.response, 1.0, e.reason)

    @property
    def state(self) -> Any:
        """Everything that a request can have changed."""
        named = self.sandbox.namespaces.items()
        return self.sandbox.issued, {name: (n.world.snapshot(), n.origin, n.moving) for name, n in named}


class Twins:
    """The compiled pipeline and stock Connexion over equal sandboxes."""

    def __init__(self, client: Client, stock: Stock, other: Client) -> None:
        self.stock = stock
        self._ours, self._stocks = Side(client), Side(other)

    def ask(self, request: Request) -> Case | None:
        """Both answers from the same state; None when the request is for no Api."""
        self._ours.restore()
        if self._ours.client.pipeline.handle(request) is None:
            return None
        self._ours.restore()
        self._stocks.restore()
        ours, stock = self._ours.client.send(request), self.stock(request)
        return Case(request, stock, ours, tuple(self.stock.problems))

    def alike(self, case: Case) -> bool:
        """Whether both answered the same and did the same."""
        return _told(case.stock) == _told(case.ours) and self._ours.state == self._stocks.state

    def check(self, request: Request) -> None:
        case = self.ask(request)
        if case is not None and not self.alike(case) and not explained(case):
            answers = [f"{answer.status} {answer.body[:1000]!r}" for answer in (case.stock, case.ours)]
            sent = f"{request.method} {request.path}?{request.query}\n{request.headers}\n{request.body[:1000]!r}"
            pytest.fail("\n".join([sent, *answers]))


def _told(answer: Answer) -> tuple[int, Any]:
    body = REAL.sub(b"0", answer.body)
    try:
        return answer.status, orjson.loads(body)
    except orjson.JSONDecodeError:
        return answer.status, body


def explained(case: Case) -> list[str]:
    return [difference.name for difference in DIFFERENCES if difference.applies(case)]


@pytest.fixture(scope="module")
def twins() -> Iterator[Twins]:
    """Both sides see the real time stand still."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "real_now", lambda: REAL_NOW)
        other = make_client_of(SMALL)
        stock = Stock(other.sandbox)
        yield Twins(make_client_of(SMALL), stock, other)
        stock.close()


@pytest.mark.parametrize(("api", "operation"), OPERATIONS)
def test_drawn_requests_are_answered_alike(twins: Twins, api: str, operation: str) -> None:
    @settings(DRAWN)
    @given(drawn.requests(APIS[api], operation))
    def check(request: Request) -> None:
        twins.check(request)

    check()


@pytest.mark.parametrize(("api", "operation"), OPERATIONS)
def test_the_examples_of_the_specs_are_answered_alike(twins: Twins, api: str, operation: str) -> None:
    for request in drawn.examples(APIS[api], operation):
        twins.check(request)


@pytest.mark.parametrize("value", drawn.QUERY_VALUES)
def test_odd_queries_are_answered_alike(twins: Twins, value: str) -> None:
    for name in ("limit", "offset", "filter", "sort", "fields", "unknown"):
        twins.check(call("GET", f"/mobjects/customers/mdata?{name}{value}"))
    for name in ("after", "status", "operationId"):
        twins.check(call("GET", f"/__admin/requests?{name}{value}"))


@pytest.mark.parametrize("sent", drawn.CONTENT_TYPES)
def test_odd_bodies_are_answered_alike(twins: Twins, sent: str | None) -> None:
    targets = ["/mobjects/mobject-id/mdata", "/workflows/workflow-id/execute", "/__admin/clock/shift"]
    for target, body in product(targets, drawn.BODIES):
        twins.check(call("POST", target, body, content_type="-" if sent is None else sent))


@pytest.mark.parametrize("sent", drawn.AUTHORIZATIONS)
def test_odd_credentials_are_answered_alike(twins: Twins, sent: str | None) -> None:
    for target in ("/workflows", "/workflows?limit=0", "/nowhere", "/__admin/clock"):
        twins.check(call("GET", target, authorization="-" if sent is None else sent))
    twins.check(call("POST", "/webhooks", b"{", authorization="-" if sent is None else sent))


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.name)
def test_every_difference_is_there(twins: Twins, difference: Difference) -> None:
    case = twins.ask(difference.example)
    assert case is not None
    assert not twins.alike(case) or "allow" in case.ours.headers, "both answer the same: take it off the table"
    assert difference.applies(case), (case.stock, case.ours)


def test_the_table_explains_nothing_else(twins: Twins) -> None:
    """No difference claims an ordinary request, so that the table cannot hide a defect of one."""
    ordinary = [
        call("GET", "/workflows?limit=2&offset=1"),
        call("GET", "/mobjects/customers/mdata/ada"),
        call("POST", "/mobjects/mobject-id/mdata", b'{"data":{"name":"Four"}}'),
        call("POST", "/mobjects/customers/mdata", b'{"data":{"name":"Cyd","email":"nonsense"}}'),
        call("POST", "/webhooks", b'{"url":"http://127.0.0.1/","events":["nonsense"]}'),
        call("GET", "/workflows?limit=0"),
        call("GET", "/workflows/unknown"),
        call("GET", "/workflows", authorization="Bearer unknown"),
    ]
    for request in ordinary:
        case = twins.ask(request)
        assert case is not None
        assert twins.alike(case)
        assert explained(case) == []


def test_a_state_that_differs_would_be_seen(twins: Twins) -> None:
    """The comparison itself: an answer alike over another state is not alike."""
    case = twins.ask(call("POST", "/mobjects/mobject-id/mdata", b'{"data":{}}'))
    assert case is not None
    assert twins.alike(case)
    twins._ours.sandbox.get("other").world.new_uuid("anything")
    assert not twins.alike(case)
    assert _told(case.ours) != _told(Answer(Response(200, b"{}", [])))


def test_the_table_is_documented() -> None:
    rows = re.findall(r"^\| (?P<name>[^|]+?) \| (?P<reason>[^|]+?) \|$", DOCUMENTED.read_text("utf-8"), re.MULTILINE)
    assert rows[2:] == [(difference.name, difference.reason) for difference in DIFFERENCES]
