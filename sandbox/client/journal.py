"""Requests answered and webhooks sent. Written from openapi/control.yaml by tools/write_client.py."""

from collections.abc import Callable
from typing import Any, Literal, NotRequired, TypedDict


class Message(TypedDict):
    """Message."""

    headers: dict[str, str]
    body: str | None


class Exchange(TypedDict):
    """A request with its answer."""

    id: int
    at: str
    wall: str
    api: str | None
    operationId: str | None
    namespace: str
    method: str
    path: str
    status: int
    durationMs: float
    request: Message
    response: Message
    validation: Literal["passed", "failed", "skipped"]
    reason: str | None


class ExchangePage(TypedDict):
    """Exchange page."""

    requests: list[Exchange]
    cursor: int | None


class Cleared(TypedDict):
    """Cleared."""

    cleared: int


class ArchivedExchangeRequestPostData(TypedDict):
    """The member postData of ArchivedExchangeRequest."""

    mimeType: str
    params: list[dict[str, Any]]
    text: str


class ArchivedExchangeRequest(TypedDict):
    """The member request of ArchivedExchange."""

    method: str
    url: str
    httpVersion: str
    cookies: list[dict[str, Any]]
    headers: list[dict[str, Any]]
    queryString: list[dict[str, Any]]
    headersSize: int
    bodySize: int
    postData: NotRequired[ArchivedExchangeRequestPostData]


class ArchivedExchangeResponseContent(TypedDict):
    """The member content of ArchivedExchangeResponse."""

    size: int
    mimeType: str
    text: str
    encoding: NotRequired[Literal["base64"]]
    comment: NotRequired[str]


class ArchivedExchangeResponse(TypedDict):
    """The member response of ArchivedExchange."""

    status: int
    statusText: str
    httpVersion: str
    cookies: list[dict[str, Any]]
    headers: list[dict[str, Any]]
    content: ArchivedExchangeResponseContent
    redirectURL: str
    headersSize: int
    bodySize: int


class ArchivedExchangeTimings(TypedDict):
    """The member timings of ArchivedExchange."""

    send: float
    wait: float
    receive: float


class ArchivedExchange(TypedDict):
    """An entry of an HTTP Archive; its times are real ones."""

    startedDateTime: str
    time: float
    request: ArchivedExchangeRequest
    response: ArchivedExchangeResponse
    cache: dict[str, Any]
    timings: ArchivedExchangeTimings


class ArchiveLogCreator(TypedDict):
    """The member creator of ArchiveLog."""

    name: str
    version: str


class ArchiveLog(TypedDict):
    """The member log of Archive."""

    version: Literal["1.2"]
    creator: ArchiveLogCreator
    entries: list[ArchivedExchange]


class Archive(TypedDict):
    """An HTTP Archive, as the specification of HAR 1.2 has it."""

    log: ArchiveLog


class Problem(TypedDict):
    """Problem."""

    field: str
    pointer: str
    keyword: str | None
    message: str


class NearOperation(TypedDict):
    """Near operation."""

    api: str
    operationId: str
    method: str
    path: str
    likeness: float


class ExplanationOperation(TypedDict):
    """The member operation of Explanation."""

    api: str
    operationId: str
    method: str
    path: str
    pointer: str


ExplanationLimit = TypedDict(
    "ExplanationLimit",
    {
        "most": int,
        "from": str,
        "to": str,
        "journalled": int,
    },
)
"""The member limit of Explanation."""


class Explanation(TypedDict):
    """Why a request was answered as it was."""

    id: int
    stage: Literal["route", "authentication", "limit", "fault", "validation", "rule", "answer", "crash"]
    reason: str | None
    operation: ExplanationOperation | None
    fault: str | None
    problems: list[Problem]
    limit: ExplanationLimit | None
    facts: list[str]
    nearest: list[NearOperation]
    curl: str


class JournalOperations:
    """Requests answered and webhooks sent."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def list_requests(  # noqa: PLR0913  # one for each thing it takes
        self,
        *,
        after: int | None = None,
        limit: int | None = None,
        newest: bool | None = None,
        status: str | None = None,
        operation_id: str | None = None,
        api: str | None = None,
        method: str | None = None,
        path: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> ExchangePage:
        """List the requests that were answered.

        The namespace's journal, oldest first: each request with its answer and, where it was refused, why. It is
        bounded by entries and bytes, for itself and for all namespaces together; the oldest are dropped first. Secrets
        are redacted. What reached no namespace or no API is in the journal of `default`.
        """
        answer: ExchangePage = self._call(
            "GET",
            "/__admin/requests",
            query={
                "after": after,
                "limit": limit,
                "newest": newest,
                "status": status,
                "operationId": operation_id,
                "api": api,
                "method": method,
                "path": path,
                "since": since,
                "until": until,
            },
        )
        return answer

    def clear_requests(self) -> Cleared:
        """Forget the requests that were answered. Empties the namespace's journal. Ids go on from where they were."""
        answer: Cleared = self._call("DELETE", "/__admin/requests")
        return answer

    def export_har(
        self,
        *,
        after: int | None = None,
        status: str | None = None,
        operation_id: str | None = None,
        api: str | None = None,
        method: str | None = None,
        path: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> Archive:
        """Export the requests as an HTTP Archive.

        The namespace's journal as HAR 1.2, whole bodies included, for browsers and tools that read it. Times are real
        ones there; members that begin with `_` hold what the format lacks, such as the simulated instant `_at`. Secrets
        are redacted.
        """
        answer: Archive = self._call(
            "GET",
            "/__admin/requests.har",
            query={
                "after": after,
                "status": status,
                "operationId": operation_id,
                "api": api,
                "method": method,
                "path": path,
                "since": since,
                "until": until,
            },
        )
        return answer

    def export_ndjson(
        self,
        *,
        after: int | None = None,
        status: str | None = None,
        operation_id: str | None = None,
        api: str | None = None,
        method: str | None = None,
        path: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> bytes:
        """Export the requests as lines of JSON.

        The namespace's journal, one exchange on each line, as listRequests shows it.
        """
        answer: bytes = self._call(
            "GET",
            "/__admin/requests.ndjson",
            query={
                "after": after,
                "status": status,
                "operationId": operation_id,
                "api": api,
                "method": method,
                "path": path,
                "since": since,
                "until": until,
            },
        )
        return answer

    def get_request(self, id_: int) -> Exchange:
        """Read one request with its answer. As listRequests shows it."""
        answer: Exchange = self._call("GET", "/__admin/requests/{id}", at={"id": id_})
        return answer

    def explain_request(self, id_: int) -> Explanation:
        """Explain why a request was answered as it was.

        Which operation it met, what decided about the answer, and the facts behind a refusal: what of the body breaks
        which part of the spec; what was deleted when, or exists in another namespace; when a token expired; which
        operations an unknown path is near to; and a line of curl that repeats it. It is worked out when asked for, on
        copies: nothing changes, and what it says of other namespaces and of the data holds now.
        """
        answer: Explanation = self._call("GET", "/__admin/requests/{id}/explain", at={"id": id_})
        return answer
