"""``handle``: one request through the sandbox, synchronous and without I/O. Read ``_run`` from top to bottom."""

import fnmatch
import logging
from collections.abc import Callable, Generator, Sequence
from functools import partial
from types import GeneratorType
from typing import Any

import orjson

from sandbox.kernel.api import Api
from sandbox.kernel.clock import stopwatch
from sandbox.kernel.errors import (
    Crash,
    Failure,
    HeadersTooLarge,
    Invalid,
    NotFound,
    TooLarge,
    TooManyRequests,
    UriTooLong,
)
from sandbox.kernel.faults import Call
from sandbox.kernel.journal import FAILED, PASSED, SKIPPED
from sandbox.kernel.namespace import Namespace
from sandbox.kernel.rehearsal import Rehearsed
from sandbox.kernel.request import Headers, Pending, Request, Response
from sandbox.kernel.sandbox import DEFAULT, Sandbox
from sandbox.kernel.timeline import catch_up
from sandbox.kernel.webhooks import Attempt, Outcome
from sandbox.kernel.world import World
from sandbox.web.faulty import Way
from sandbox.web.log import Log
from sandbox.web.mounted import Mounted
from sandbox.web.plan import NAMESPACE_HEADER, Plan
from sandbox.web.preferred import read_preference
from sandbox.web.refusals import JSON_HEADER, failed, over
from sandbox.web.rehearsal import Rehearsal

BODY_LIMIT = 10 * 1_048_576
"""Bytes a request body may have."""
TARGET_LIMIT = 16_384
"""Characters a path with its query may have."""
HEADERS_LIMIT = 65_536
"""Characters all headers of a request may have."""

_NAMESPACE = NAMESPACE_HEADER.lower()
_MALFORMED = frozenset({400, 413, 415, 422})
_log = logging.getLogger("sandbox")


class Pipeline:
    """All mounted Apis over one Sandbox. ``check_responses`` holds every answer to its documented schema."""

    def __init__(self, sandbox: Sandbox, *, check_responses: bool = False) -> None:
        self.sandbox = sandbox
        self.check_responses = check_responses
        self.log: Log | None = None
        """Told of every answer."""
        sandbox.rehearse = self.rehearse
        self._prefixes: dict[str, list[tuple[str, Mounted]]] = {}
        self._hosts: dict[str, Mounted | None] = {}
        self._patterns: list[tuple[str, Mounted]] = []

    def mount(self, mounted: Mounted) -> None:
        """Start answering for an Api; the longest prefix wins."""
        for segment in mounted.first_segments:
            found = self._prefixes.setdefault(segment, [])
            found.append((mounted.api.mount.prefix, mounted))
            found.sort(key=lambda other: -len(other[0]))
        self._patterns += [(host, mounted) for host in mounted.api.mount.hosts]
        self._hosts.clear()

    def handle(self, request: Request) -> Response | Pending | None:
        """The answer: a Pending when webhook outcomes are needed first, None when the request is for no Api."""
        started = stopwatch()
        name, path = None, request.path
        if path.startswith("/ns/"):
            name, path = _split_namespace(path)
        found = self._find(request, path)
        if found is None:
            return None
        mounted, rest = found
        try:
            namespace = self._namespace(name, mounted.api, request)
        except NotFound as failure:
            return self._nowhere(mounted.api, request, failure)
        namespace.asked = started
        exchange = _Exchange(self, mounted, namespace, request, rest, started)
        if not mounted.api.control:
            with namespace.lock:
                return exchange.run()
        with self.sandbox.lock, namespace.lock:
            return exchange.run()

    def _nowhere(self, api: Api, request: Request, failure: Failure) -> Response:
        """A namespace that does not exist; the control plane says so to those alone that it answers."""
        default = self.sandbox.get(DEFAULT)
        if not api.vendor:
            try:
                api.authenticate(self.sandbox, default, request)
            except Failure as refusal:
                failure = refusal
        answer = failed(api, failure, default.world.now, [])
        if api.vendor:
            self.note(api.name, request, answer, failure.message)
        return answer

    def note(self, api: str | None, request: Request, answer: Response, reason: str) -> None:
        """Journal what reached no namespace, or no Api, in ``default``."""
        namespace = self.sandbox.get(DEFAULT)
        with namespace.lock:
            world = namespace.world
            now = world.now if namespace.moving else world.clock.tick(world.now)
            number = namespace.journal.record(now, api, None, request, answer, 0.0, reason, SKIPPED)
        if self.log is not None:
            self.log.tell(number, namespace, api, None, request, answer, 0.0, reason)

    def rehearse(self, namespace: Namespace, world: World, request: Request, principal: Any = None) -> Rehearsed:
        """How a request would end in ``world``, which it may change and which is thrown away; nothing else changes.

        ``principal`` is whoever sends it, None to find out as usual. Raises LookupError when it is for no Api.
        """
        path = _split_namespace(request.path)[1] if request.path.startswith("/ns/") else request.path
        found = self._find(request, path)
        if found is None:
            raise LookupError(request.path)
        return Rehearsal(self.sandbox, found[0], world, request, principal).run(namespace, found[1])

    def run_due(self) -> tuple[list[Attempt], int | None]:
        """Run what came due in namespaces whose clock runs by itself.

        Answers the webhook attempts that follow, and the milliseconds until something is due next (None for never).
        """
        self.sandbox.drop_idle()
        attempts: list[Attempt] = []
        waits = []
        for namespace in tuple(self.sandbox.namespaces.values()):
            with namespace.lock:
                world = namespace.world
                if namespace.moving or world.clock.frozen is not None or world.agenda.next is None:
                    continue
                now = world.clock.tick(world.now)
                catch_up(world, self.sandbox.agents, now)
                world.now = now
                attempts += namespace.publish()
                if world.agenda.next is not None:
                    waits.append(world.agenda.next.at - now)
        return attempts, min(waits, default=None)

    def _find(self, request: Request, path: str) -> tuple[Mounted, str] | None:
        mounted = self._by_host(request.headers.get("host", ""))
        if mounted is not None:
            return mounted, mounted.meant(path)
        for prefix, candidate in self._prefixes.get(path[1:].partition("/")[0], ()):
            rest = path[len(prefix) :]
            if path.startswith(prefix) and (not rest or rest[0] == "/"):
                return candidate, candidate.meant(rest) if candidate.api.aliases else rest
        return None

    def _by_host(self, host: str) -> Mounted | None:
        if host not in self._hosts:
            if len(self._hosts) > 1_000:  # noqa: PLR2004  # clients choose what is remembered here
                self._hosts.clear()
            bare = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
            matches = (m for pattern, m in self._patterns if fnmatch.fnmatchcase(bare.lower(), pattern))
            self._hosts[host] = found = next(matches, None)
            return found
        return self._hosts.get(host)

    def _namespace(self, name: str | None, api: Api, request: Request) -> Namespace:
        if name is None:
            name = request.headers.get(_NAMESPACE)
        if name is None and self.sandbox.issued:
            credential = api.credential(request)
            name = self.sandbox.issued.get((api.name, credential)) if credential else None
        return self.sandbox.get(DEFAULT if name is None else name)


class _Exchange:
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
        self, pipeline: Pipeline, mounted: Mounted, namespace: Namespace, request: Request, path: str, started: float
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
        body, status = reply[:2]
        payload = body if isinstance(body, bytes) else orjson.dumps(body)
        headers = [JSON_HEADER, *self._headers] if payload else self._headers.copy()
        for more in reply[2:]:
            if more and more[0][0] == JSON_HEADER[0]:
                headers = [header for header in headers if header is not JSON_HEADER]
            headers += more
        return Response(status, payload, headers)

    def _go_on(self, work: "Work", outcomes: Sequence[Outcome] | None) -> Response | Pending:
        """The next step of an operation that waits for webhook outcomes."""
        try:
            attempts = work.send(outcomes)
        except StopIteration as stop:
            return self._reply(stop.value)
        return Pending(self._namespace.name, attempts, lambda outcomes: self._resume(work, outcomes))

    def _resume(self, work: "Work", outcomes: Sequence[Outcome]) -> Response | Pending:
        self._namespace.asked = stopwatch()
        with self._namespace.lock:
            return self._guard(lambda: self._go_on(work, outcomes))

    def _guard(self, step: Callable[[], Response | Pending]) -> Response | Pending:
        """Turn whatever a step raises into an answer, publish what happened and write the journal."""
        namespace, reason = self._namespace, None
        try:
            answer = step()
            if isinstance(answer, Pending):
                return answer
            if answer.effect is not None:
                reason = answer.effect.reason
            elif self._pipeline.check_responses and self._plan:
                self._plan.check(answer.status, answer.headers, answer.body)
        except Failure as failure:
            reason = failure.message
            answer = self._refused(failure)
        except Exception as error:  # noqa: BLE001  # logged, and answered in the envelope
            _log.exception("%s %s failed", self._request.method, self._path)
            reason = repr(error)
            answer = self._refused(Crash("The sandbox failed to answer: its log says why"))
        answer.attempts = namespace.publish()
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


def _split_namespace(path: str) -> tuple[str, str]:
    """The namespace named by ``/ns/<name>``, and the rest of the path."""
    name, slash, rest = path[4:].partition("/")
    return name, slash + rest


def _check_size(path: str, request: Request) -> None:
    if len(path) + len(request.query) > TARGET_LIMIT:
        msg = f"The path and query have more than {TARGET_LIMIT} characters"
        raise UriTooLong(msg)
    if sum(map(len, request.headers)) + sum(map(len, request.headers.values())) > HEADERS_LIMIT:
        msg = f"The headers have more than {HEADERS_LIMIT} characters"
        raise HeadersTooLarge(msg)
