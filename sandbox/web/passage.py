"""One request on its way through a namespace. Read ``Passage`` from top to bottom."""

import logging
from collections.abc import Callable, Generator, Sequence
from functools import partial
from types import GeneratorType
from typing import TYPE_CHECKING, Any

import orjson

from sandbox.kernel.clock import iso_ms, stopwatch
from sandbox.kernel.errors import (
    Crash,
    Failure,
    HeadersTooLarge,
    Invalid,
    Stopping,
    TooLarge,
    TooManyRequests,
    UriTooLong,
)
from sandbox.kernel.faults import Call
from sandbox.kernel.journal import FAILED, PASSED, SKIPPED
from sandbox.kernel.namespace import Namespace
from sandbox.kernel.request import Headers, Pending, Request, Response
from sandbox.kernel.timeline import catch_up
from sandbox.kernel.webhooks import Attempt, Outcome
from sandbox.web.faulty import Way
from sandbox.web.mounted import Mounted
from sandbox.web.plan import Plan
from sandbox.web.preferred import read_preference
from sandbox.web.refusals import JSON_HEADER, failed, over

if TYPE_CHECKING:
    from sandbox.web.pipeline import Pipeline

BODY_LIMIT = 10 * 1_048_576
"""Bytes a request body may have."""
TARGET_LIMIT = 16_384
"""Characters a path with its query may have."""
HEADERS_LIMIT = 65_536
"""Characters all headers of a request may have."""


_MALFORMED = frozenset({400, 413, 415, 422})
_log = logging.getLogger("sandbox")


class Passage:
    """One request on its way through a namespace."""

    __slots__ = (
        "_api",
        "_headers",
        "_mounted",
        "_namespace",
        "_path",
        "_pipeline",
        "_plan",
        "_request",
        "_started",
        "_valid",
    )

    def __init__(
        self, pipeline: "Pipeline", mounted: Mounted, namespace: Namespace, request: Request, path: str, started: float
    ) -> None:
        self._pipeline = pipeline
        self._mounted = mounted
        self._api = mounted.api
        self._namespace = namespace
        self._request = request
        self._path = path
        self._started = started
        self._valid = False
        self._plan: Plan | None = None
        self._headers: Headers = []

    def run(self) -> Response | Pending:
        """Everything from what is due to the journal, in the namespace's lock."""
        self._catch_up()
        return self._guard(self._options if self._request.method == "OPTIONS" else self._answer)

    def _options(self) -> Response:
        self._count_anyway()
        allowed = self._mounted.routes.allowed(self._path)
        return Response(204, b"", [(b"allow", ", ".join(allowed).encode()), *self._headers])

    def _catch_up(self) -> None:
        namespace = self._namespace
        world = namespace.world
        if namespace.moving:
            return
        now = world.clock.tick(world.now)
        due = world.agenda.next
        if due is not None and due.at <= now:
            catch_up(world, self._pipeline.sandbox.agents, now)
        world.now = now

    def _answer(self) -> Response | Pending:
        plan, method, values = self._route()
        if plan.secured:
            self._namespace.world.principal = self._admit()
        if len(self._request.body) > BODY_LIMIT:
            msg = f"The body has more than {BODY_LIMIT} bytes"
            raise TooLarge(msg)
        if (self._namespace.faults.rules or "prefer" in self._request.headers) and self._api.vendor:
            return self._disturbed(plan, method, values)
        return self._carry_out(plan, method, values)

    def _carry_out(self, plan: Plan, method: Callable[..., Any], values: list[str]) -> Response | Pending:
        """The operation itself."""
        arguments = plan.read(self._request, values)
        self._valid = True
        with self._namespace.world.transaction():
            reply = method(self._handlers(), **arguments)
            return self._go_on(reply, None) if isinstance(reply, GeneratorType) else self._reply(reply)

    def _disturbed(self, plan: Plan, method: Callable[..., Any], values: list[str]) -> Response | Pending:
        """Where a preference or else a fault may decide."""
        api, world, prefer = self._api, self._namespace.world, self._request.headers.get("prefer")
        wanted = read_preference(prefer) if prefer else None
        if wanted is not None:
            return self._way(plan, method, values).prefer(wanted, self._headers)
        call = Call(api.name, plan.operation_id, self._request.method, self._path, api.mount.prefix)
        struck = self._namespace.faults.strike(call, world.now, world.seed)
        if struck is None:
            return self._carry_out(plan, method, values)
        return self._way(plan, method, values).disturb(struck)

    def _way(self, plan: Plan, method: Callable[..., Any], values: list[str]) -> Way:
        check = self._pipeline.check_responses
        carry_out = partial(self._carry_out, plan, method, values)
        return Way(self._namespace.world, self._api, plan, carry_out, self._refused, check=check)

    def _handlers(self) -> object:
        if self._api.control:
            return self._api.handlers(self._pipeline.sandbox, self._namespace)
        return self._api.handlers(self._namespace.world)

    def _route(self) -> tuple[Plan, Callable[..., Any], list[str]]:
        request = self._request
        try:
            _check_size(self._path, request)
            (plan, method), values = self._mounted.routes.find(request.method, self._path)
        except Failure:
            self._count_anyway()
            raise
        self._plan = plan
        return plan, method, values

    def _count_anyway(self) -> None:
        """A request that found no operation still counts, and still says where its sender's limit stands.

        The control plane says nothing at all to those that it does not answer. Raises Forbidden, Unauthorized.
        """
        try:
            self._admit()
        except Failure:
            if not self._api.vendor:
                raise

    def _admit(self) -> Any:
        """Who sent it, once within their rate limit. Raises Unauthorized, TooManyRequests."""
        api, world = self._api, self._namespace.world
        principal = api.authenticate(self._pipeline.sandbox, self._namespace, self._request)
        limit = api.limit(world, principal)
        if limit is not None:
            quota = self._namespace.limiter.hit(limit, world.now)
            self._headers = api.limit_headers(quota)
            if not quota.allowed:
                raise TooManyRequests(over(quota.limit, world.clock.mode), quota.retry_after(world.now))
        return principal

    def _reply(self, reply: Any) -> Response:
        """The answer, held to its documented schema where answers are. Raises Crash, which undoes what was done."""
        body, status = reply[:2]
        payload = body if isinstance(body, bytes) else orjson.dumps(body)
        headers = [JSON_HEADER, *self._headers] if payload else self._headers.copy()
        for more in reply[2:]:
            if more and more[0][0] == JSON_HEADER[0]:
                headers = [header for header in headers if header is not JSON_HEADER]
            headers += more
        if self._pipeline.check_responses and self._plan:
            self._plan.check(status, headers, payload)
        return Response(status, payload, headers)

    def _go_on(self, work: "Work", outcomes: Sequence[Outcome] | None) -> Response | Pending:
        """The next step of an operation that waits for webhook outcomes."""
        try:
            attempts = work.send(outcomes)
        except StopIteration as stop:
            return self._reply(stop.value)
        return Pending(self._namespace.name, attempts, partial(self._resume, work), partial(self._stop, work))

    def _resume(self, work: "Work", outcomes: Sequence[Outcome]) -> Response | Pending:
        self._namespace.asked = stopwatch()
        with self._namespace.lock:
            return self._guard(partial(self._go_on, work, outcomes))

    def _stop(self, work: "Work") -> Response:
        with self._namespace.lock:
            work.close()
            failure = Stopping(f"The server stops: the clock stands at {iso_ms(self._namespace.world.now)}")
            return self._end(self._refused(failure), failure.message)

    def _guard(self, step: Callable[[], Response | Pending]) -> Response | Pending:
        """Turn whatever a step raises into an answer, publish what happened and write the journal."""
        reason = None
        try:
            answer = step()
            if isinstance(answer, Pending):
                return answer
            if answer.effect is not None:
                reason = answer.effect.reason
        except Failure as failure:
            reason = failure.message
            answer = self._refused(failure)
        except Exception as error:  # noqa: BLE001  # logged, and answered in the envelope
            _log.exception("%s %s failed", self._request.method, self._path)
            reason = repr(error)
            answer = self._refused(Crash("The sandbox failed to answer: its log says why"))
        return self._end(answer, reason)

    def _end(self, answer: Response, reason: str | None) -> Response:
        answer.attempts = self._namespace.publish()
        self._record(answer, reason)
        return answer

    def _refused(self, failure: Failure) -> Response:
        failure.operation = self._plan.operation_id if self._plan else None
        if isinstance(failure, Invalid) and failure.field.rpartition(".")[2] in self._api.secrets:
            failure.details["value"] = None
        return failed(self._api, failure, self._namespace.world.now, self._headers)

    def _record(self, answer: Response, reason: str | None) -> None:
        """The control plane is not journalled: it would hide what it is asked about."""
        namespace, api, log = self._namespace, self._api, self._pipeline.log
        if not api.vendor and log is None:
            return
        operation = self._plan.operation_id if self._plan else None
        ended = stopwatch()
        took = (ended - self._started) * 1_000
        now, number = namespace.world.now, None
        if api.vendor:
            validation = PASSED if self._valid else self._invalid(answer)
            journal = namespace.journal
            number = journal.record(now, api.name, operation, self._request, answer, took, reason, validation, ended)
        if log is not None:
            log.tell(number, namespace, api.name, operation, self._request, answer, took, reason)

    def _invalid(self, answer: Response) -> str:
        """What held it to its spec said: a fault may have been faster, and so may what comes before."""
        return FAILED if self._plan and answer.status in _MALFORMED and answer.effect is None else SKIPPED


Work = Generator[Sequence[Attempt], Sequence[Outcome] | None, Any]


def _check_size(path: str, request: Request) -> None:
    if len(path) + len(request.query) > TARGET_LIMIT:
        msg = f"The path and query have more than {TARGET_LIMIT} characters"
        raise UriTooLong(msg)
    if sum(map(len, request.headers)) + sum(map(len, request.headers.values())) > HEADERS_LIMIT:
        msg = f"The headers have more than {HEADERS_LIMIT} characters"
        raise HeadersTooLarge(msg)
