"""The journal: what was asked and answered."""

from collections.abc import Iterator
from typing import Any, NamedTuple, Self

import orjson

from sandbox.control.desk import Desk, instant
from sandbox.control.exchanges import exchange, redaction
from sandbox.control.explain import explain
from sandbox.control.har import har
from sandbox.kernel.errors import NotFound
from sandbox.kernel.journal import Exchange
from sandbox.kernel.request import Reply

_ND_JSON = [(b"content-type", b"application/x-ndjson")]


class Wanted(NamedTuple):
    """Which exchanges are asked for; None means any. ``since`` is the first instant, ``until`` the first one after."""

    after: int
    status: str | None
    operation: str | None
    api: str | None
    method: str | None
    path: str | None
    since: int | None
    until: int | None

    @classmethod
    def read(cls, since: str | None, until: str | None, *others: Any) -> Self:
        """From query parameters: ``others`` are the other members in their order. Raises Invalid."""
        return cls._make((*others, _instant("since", since), _instant("until", until)))

    def holds(self, one: Exchange) -> bool:
        """Whether the exchange is one of them."""
        return (
            one.id > self.after
            and self._is_answered(one.response.status)
            and self.operation in {None, one.operation}
            and self.api in {None, one.api}
            and self.method in {None, one.request.method}
            and (self.path is None or _path_begins(one.request.path, self.path))
            and (self.since is None or one.at >= self.since)
            and (self.until is None or one.at < self.until)
        )

    def _is_answered(self, status: int) -> bool:
        return self.status is None or str(status) == self.status or f"{status // 100}xx" == self.status


def _path_begins(path: str, wanted: str) -> bool:
    """With the prefix that chose the namespace or without it."""
    rest = "/" + path.partition("/ns/")[2].partition("/")[2] if path.startswith("/ns/") else path
    return path.startswith(wanted) or rest.startswith(wanted)


def _instant(field: str, text: str | None) -> int | None:
    return None if text is None else instant(field, text)


class Exchanges(Desk):
    """The requests of a namespace to the simulated APIs."""

    __slots__ = ()

    def list_requests(  # noqa: PLR0913, PLR0917  # one for each filter
        self,
        after: int,
        limit: int,
        newest: bool,  # noqa: FBT001  # a parameter of the spec
        status: str | None = None,
        operation_id: str | None = None,
        api: str | None = None,
        method: str | None = None,
        path: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> Reply:
        found = list(self._found(Wanted.read(since, until, after, status, operation_id, api, method, path)))
        if newest:
            found = found[-limit:]
        return {
            "requests": [self._told(one) for one in found[:limit]],
            "cursor": found[limit - 1].id if len(found) > limit else None,
        }, 200

    def clear_requests(self) -> Reply:
        count = len(self._namespace.journal)
        self._namespace.journal.clear()
        return {"cleared": count}, 200

    def export_har(
        self,
        after: int,
        status: str | None = None,
        operation_id: str | None = None,
        api: str | None = None,
        method: str | None = None,
        path: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> Reply:
        found = self._found(Wanted.read(since, until, after, status, operation_id, api, method, path))
        return har(self._sandbox, self._namespace.name, found), 200

    def export_ndjson(
        self,
        after: int,
        status: str | None = None,
        operation_id: str | None = None,
        api: str | None = None,
        method: str | None = None,
        path: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> Reply:
        found = self._found(Wanted.read(since, until, after, status, operation_id, api, method, path))
        lines = (orjson.dumps(self._told(one), option=orjson.OPT_APPEND_NEWLINE) for one in found)
        return b"".join(lines), 200, _ND_JSON

    def get_request(self, id_: int) -> Reply:
        return self._told(self._exchange(id_)), 200

    def explain_request(self, id_: int) -> Reply:
        return explain(self._sandbox, self._namespace, self._exchange(id_)), 200

    def _told(self, one: Exchange) -> dict[str, Any]:
        return exchange(one, self._namespace.name, redaction(self._sandbox, one))

    def _found(self, wanted: Wanted) -> Iterator[Exchange]:
        """Raises NotFound for an API or an operation that there is not."""
        self._check_named(wanted.api, wanted.operation)
        return (one for one in self._namespace.journal if wanted.holds(one))

    def _exchange(self, number: int) -> Exchange:
        found = self._namespace.journal.find(number)
        if found is None:
            msg = f"There is no request {number} in the journal: there never was, or it is forgotten"
            raise NotFound(msg)
        return found
