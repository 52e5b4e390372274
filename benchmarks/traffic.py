"""The load, the same for every server: rotating ids, pages and queries that hardly repeat, bodies that never do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from sandbox.kernel.ids import stream

TOKEN = "BENCHMARK_TOKEN"  # noqa: S105  # that of scenario.yaml, it opens nothing else
OBJECT = "customers"
INBOX = "inbox"
PAGE = 50
STATUSES = ("active", "trial", "paused", "closed")
_VARIANTS = 5_000
_NUMBER = "########"
"""Stands in a request where a running number of as many digits goes."""

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Load:
    """The requests of one operation, sent in turn; ``status`` is what every answer must have.

    Each request is what stands before and after a running number; one without a number has nothing after it.
    """

    name: str
    status: int
    requests: Sequence[tuple[bytes, bytes]]

    def request(self, number: int) -> bytes:
        """That request in turn, as it goes over the wire."""
        head, tail = self.requests[number % len(self.requests)]
        return b"%s%08d%s" % (head, number, tail) if tail else head


class Dialect:
    """How a server is asked: where its paths begin, and how it spells a filtered page."""

    def __init__(self, base: str) -> None:
        self.base = base

    def page(self, field: str, operator: str, value: str, offset: int) -> str:
        """The query for fifty records from ``offset`` on that pass one filter."""
        return f"filter={field}:{operator}:{value}&limit={PAGE}&offset={offset}"


class MockoonDialect(Dialect):
    """Mockoon has filters of its own, and numbers its pages."""

    def page(self, field: str, operator: str, value: str, offset: int) -> str:
        """The page that ``offset`` falls on."""
        return f"data.{field}_{operator}={value}&limit={PAGE}&page={1 + offset // PAGE}"


def loads(dialect: Dialect, records: Sequence[Record]) -> list[Load]:
    """One for each operation that is compared."""
    return [_get_one(dialect, records), _list_pages(dialect, records), _list_new(dialect, records), _create(dialect)]


def first_request(dialect: Dialect) -> bytes:
    """A page of records: whoever answers it is ready."""
    return _listing(dialect, dialect.page("status", "eq", STATUSES[0], 0))


def all_records(dialect: Dialect) -> bytes:
    """Asks for as many records as one page may have."""
    return _request("GET", f"{dialect.base}/mobjects/{OBJECT}/mdata?limit=1000")


def _get_one(dialect: Dialect, records: Sequence[Record]) -> Load:
    keys = [str(record["id"]) for record in records]
    stream("get one").shuffle(keys)
    paths = (f"{dialect.base}/mobjects/{OBJECT}/mdata/{key}" for key in keys)
    return _load("GET one", 200, [_request("GET", path) for path in paths])


def _list_pages(dialect: Dialect, records: Sequence[Record]) -> Load:
    """One of four filters, from any offset that leaves a full page."""
    last = {status: _count(records, status) - PAGE for status in STATUSES}
    chance = stream("pages")
    asked = []
    for _ in range(_VARIANTS):
        status = chance.choice(STATUSES)
        asked.append(dialect.page("status", "eq", status, chance.randrange(last[status] + 1)))
    return _load("GET list, 4 filters", 200, [_listing(dialect, query) for query in asked])


def _list_new(dialect: Dialect, records: Sequence[Record]) -> Load:
    """A filter that was never sent before, which about half of the records pass or more."""
    chance = stream("new filters")
    asked = []
    for _ in range(_VARIANTS):
        bound, offset = f"{chance.randrange(500)}.{_NUMBER}", chance.randrange(len(records) // 4)
        asked.append(dialect.page("amount", "gte", bound, offset))
    return _load("GET list, new filters", 200, [_listing(dialect, query) for query in asked])


def _create(dialect: Dialect) -> Load:
    chance = stream("bodies")
    requests = []
    for place in range(_VARIANTS):
        data = {
            "name": f"Customer {_NUMBER}",
            "email": f"customer-{place:06d}@example.com",
            "status": chance.choice(STATUSES),
            "tier": chance.choice(("basic", "premium")),
            "amount": chance.randrange(100_000) / 100,
        }
        requests.append(_request("POST", f"{dialect.base}/mobjects/{INBOX}/mdata", orjson.dumps({"data": data})))
    return _load("POST create", 201, requests)


def _listing(dialect: Dialect, query: str) -> bytes:
    return _request("GET", f"{dialect.base}/mobjects/{OBJECT}/mdata?{query}")


def _request(method: str, target: str, body: bytes = b"") -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {TOKEN}", "Accept: */*"]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _load(name: str, status: int, requests: Sequence[bytes]) -> Load:
    split = (request.partition(_NUMBER.encode()) for request in requests)
    return Load(name, status, [(head, tail) for head, _, tail in split])


def _count(records: Sequence[Record], status: str) -> int:
    return sum(record["data"]["status"] == status for record in records)
