"""``handle``: one request through the sandbox, synchronous and without I/O: which Api and namespace it is for."""

import fnmatch
from typing import Any

from sandbox.kernel.api import Api
from sandbox.kernel.clock import stopwatch
from sandbox.kernel.errors import Failure, NotFound
from sandbox.kernel.journal import SKIPPED
from sandbox.kernel.namespace import Namespace
from sandbox.kernel.rehearsal import Rehearsed
from sandbox.kernel.request import Pending, Request, Response
from sandbox.kernel.sandbox import DEFAULT, Sandbox
from sandbox.kernel.timeline import catch_up
from sandbox.kernel.webhooks import Attempt
from sandbox.kernel.world import World
from sandbox.web.log import Log
from sandbox.web.mounted import Mounted
from sandbox.web.passage import Passage
from sandbox.web.plan import NAMESPACE_HEADER
from sandbox.web.refusals import failed
from sandbox.web.rehearsal import Rehearsal

_NAMESPACE = NAMESPACE_HEADER.lower()


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
        passage = Passage(self, mounted, namespace, request, rest, started)
        if not mounted.api.control:
            with namespace.lock:
                return passage.run()
        with self.sandbox.lock, namespace.lock:
            return passage.run()

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


def _split_namespace(path: str) -> tuple[str, str]:
    """The namespace named by ``/ns/<name>``, and the rest of the path."""
    name, slash, rest = path[4:].partition("/")
    return name, slash + rest
