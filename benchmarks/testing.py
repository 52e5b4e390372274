"""``python -m benchmarks.testing``: what a test pays for the sandbox, next to responses, respx and moto, in one run.

The three are borrowed from the package index for the run; where that cannot be, their rows say so.
"""

import argparse
import importlib
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import httpx
import requests
from requests.adapters import HTTPAdapter

from benchmarks.machine import facts
from benchmarks.packages import borrowed
from sandbox.testing.local import Local, open_local

_PEERS = ("responses", "respx", "moto[dynamodb]")
_AUTH = {"Authorization": "Bearer YOUR_API_TOKEN_ENTERPRISE"}
_RECORDS = 10_000
_SCENARIO = f"""
title: Many records
include: [docs]
monetize360:
  mobjects:
    - id: many
      name: Many
      description: Many of the same.
      records: [{{ id: one, data: {{ name: The one, amount: 12.5 }} }}]
      generate:
        count: {_RECORDS - 1}
        fields:
          name: {{ template: "Customer {{ordinal:06d}}" }}
          amount: {{ template: "{{ordinal}}" }}
"""
_PATH = "/mobjects/many/mdata/one"
_MILLI, _MICRO = 1e3, 1e6


class Cell(NamedTuple):
    """A row of the table: the least, the median and the 99th percentile in ``unit``, and a bound for the median."""

    what: str
    who: str
    least: float
    value: float
    worst: float
    unit: str
    bound: float | None = None

    def __str__(self) -> str:
        bound = "" if self.bound is None else f"≤ {self.bound:g}: {'met' if self.value <= self.bound else 'missed'}"
        figures = [_number(figure) for figure in (self.least, self.value, self.worst)]
        return f"| {' | '.join([self.what, self.who, *figures, self.unit, bound])} |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004  # three digits either way


class Row(NamedTuple):
    """What to measure: ``act``, many times within ``around``."""

    what: str
    who: str
    act: Callable[[], object]
    unit: str = "µs"
    bound: float | None = None
    around: Callable[[], AbstractContextManager[object]] = nullcontext


def main() -> None:
    """Measure in alternating rounds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=2_000, help="of each row")
    parser.add_argument("--alone", action="store_true", help="without the peers")
    options = parser.parse_args()
    with ExitStack() as stack:
        peers = () if options.alone else tuple(_importable(stack))
        rows = [*_ours(stack), *(row for peer in peers for row in _ROWS[peer](stack))]
        print(", ".join(f"{name} {value}" for name, value in facts().items()), end="\n\n")
        print("| what | with | least | median | p99 | unit | bound |\n| --- | --- | --- | --- | --- | --- | --- |")
        for cell in measured(rows, options.calls):
            print(cell)
        for peer in _ROWS.keys() - set(peers):
            print(f"| {peer} | skipped: it is not here | | | | | |")


def measured(rows: list[Row], calls: int, rounds: int = 5) -> Iterator[Cell]:
    """Each row's times, of calls that take turns in rounds; the first tenth of each round warms up."""
    times: list[list[float]] = [[] for _ in rows]
    for _ in range(rounds):
        for number, row in enumerate(rows):
            with row.around():
                times[number] += _times(row.act, max(10, calls // rounds))
    for row, found in zip(rows, map(sorted, times), strict=True):
        factor = _MILLI if row.unit == "ms" else _MICRO
        least, middle, worst = (factor * figure for figure in (found[0], median(found), found[len(found) * 99 // 100]))
        yield Cell(row.what, row.who, least, middle, worst, row.unit, row.bound)


def _times(act: Callable[[], object], number: int) -> list[float]:
    for _ in range(number // 10):
        act()
    found = []
    for _ in range(number):
        before = time.perf_counter()
        act()
        found.append(time.perf_counter() - before)
    return found


def _importable(stack: ExitStack) -> Iterator[str]:
    """The peers that are here, installed for this run unless they were already."""
    if missing := [peer for peer in _PEERS if not _has(peer)]:
        folder = stack.enter_context(borrowed(*missing))
        if folder is not None:
            sys.path.append(str(folder))
            importlib.invalidate_caches()
    yield from (name for name in _ROWS if _has(name))


def _has(peer: str) -> bool:
    try:
        importlib.import_module(peer.partition("[")[0])
    except ImportError:
        return False
    return True


def _ours(stack: ExitStack) -> Iterator[Row]:
    scenario = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "many.yaml"
    scenario.write_text(_SCENARIO, "utf-8")
    start = str(scenario)
    local = stack.enter_context(open_local(start, name="measured"))
    yield Row(
        f"set-up and tear-down, {_RECORDS:,} records", "sandbox", lambda: open_local(start).close(), "ms", bound=1
    )
    url = local.urls["monetize360"] + _PATH
    client = stack.enter_context(httpx.Client(transport=local.transport(), headers=_AUTH))
    session = stack.enter_context(local.session())
    session.headers.update(_AUTH)
    body = _checked(client.get(url)).content
    yield Row("GET one, plain", "sandbox, handle()", lambda: local.handle("GET", url, _AUTH))
    yield Row("GET one, httpx", "sandbox", lambda: client.get(url), bound=150)
    canned = httpx.MockTransport(lambda _request: httpx.Response(200, content=body))
    bare = stack.enter_context(httpx.Client(transport=canned, headers=_AUTH))
    yield Row("GET one, httpx", "httpx.MockTransport, a canned answer", lambda: bare.get(url))
    yield Row("GET one, requests", "sandbox", lambda: session.get(url), bound=300)
    empty = stack.enter_context(_canned_session(local, body))
    yield Row("GET one, requests", "an adapter with a canned answer", lambda: empty.get(url))


def _checked(answer: httpx.Response) -> httpx.Response:
    answer.raise_for_status()
    return answer


class _Canned(HTTPAdapter):
    """Answers the same to everything, made as any adapter makes it."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self._body = body

    def send(self, request: requests.PreparedRequest, *_options: Any, **_more: Any) -> requests.Response:
        """The same as ever."""
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = 200, request.url or "", request
        answer._content = self._body  # noqa: SLF001  # as tests do that build one by hand
        return answer


def _canned_session(local: Local, body: bytes) -> AbstractContextManager[requests.Session]:
    session = local.session()
    session.headers.update(_AUTH)
    session.mount("http://", _Canned(body))
    return session


_URL = "http://sandbox.test/one"
_ANSWER = json.dumps({"id": "one", "data": {"name": "The one", "amount": 12.5}}).encode()


def _responses(stack: ExitStack) -> Iterator[Row]:
    responses: Any = importlib.import_module("responses")

    @contextmanager
    def started() -> Iterator[None]:
        with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
            mock.add(responses.GET, _URL, body=_ANSWER, content_type="application/json")
            yield

    session = stack.enter_context(requests.Session())
    session.trust_env = False
    yield Row("set-up and tear-down, one answer", "responses", lambda: _enter(started), "ms")
    yield Row("GET one, requests", "responses", lambda: session.get(_URL, headers=_AUTH), around=started)


def _respx(stack: ExitStack) -> Iterator[Row]:
    respx: Any = importlib.import_module("respx")

    @contextmanager
    def started() -> Iterator[None]:
        with respx.mock(assert_all_called=False) as router:
            router.get(_URL).respond(200, content=_ANSWER)
            yield

    client = stack.enter_context(httpx.Client(headers=_AUTH, trust_env=False))
    yield Row("set-up and tear-down, one answer", "respx", lambda: _enter(started), "ms")
    yield Row("GET one, httpx", "respx", lambda: client.get(_URL), around=started)


def _moto(_stack: ExitStack) -> Iterator[Row]:
    moto: Any = importlib.import_module("moto")
    boto3: Any = importlib.import_module("boto3")
    options = {"region_name": "us-east-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}
    wanted = {"TableName": "many", "Key": {"id": {"S": "one"}}}
    client: list[Any] = []

    @contextmanager
    def started() -> Iterator[None]:
        with moto.mock_aws():
            client[:] = [boto3.client("dynamodb", **options)]
            client[0].create_table(
                TableName="many",
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
            one = {"id": {"S": "one"}, "name": {"S": "The one"}, "amount": {"N": "12.5"}}
            client[0].put_item(TableName="many", Item=one)
            yield

    nothing = moto.mock_aws(lambda: None)
    yield Row("set-up and tear-down, no records", "moto's decorator", nothing, "ms")
    yield Row("GET one, boto3", "moto, DynamoDB's GetItem", lambda: client[0].get_item(**wanted), around=started)


def _enter(context: Callable[[], AbstractContextManager[object]]) -> None:
    with context():
        pass


_ROWS: dict[str, Callable[[ExitStack], Iterator[Row]]] = {"responses": _responses, "respx": _respx, "moto": _moto}


if __name__ == "__main__":
    main()
