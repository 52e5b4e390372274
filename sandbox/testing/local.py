"""One namespace of a sandbox that lives in this process, with everything a test does to it."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from threading import RLock
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import orjson

from sandbox import assets
from sandbox.kernel.clock import Clock, iso_ms
from sandbox.kernel.door import Door
from sandbox.kernel.journal import Exchange
from sandbox.kernel.namespace import Namespace
from sandbox.kernel.request import Pending, Request, Response
from sandbox.kernel.sandbox import Sandbox, Start
from sandbox.kernel.webhooks import Attempt, Outcome
from sandbox.server import all_apis, build_pipeline
from sandbox.testing.webhooks import Webhooks
from sandbox.web.pipeline import Pipeline
from sandbox.web.plan import NAMESPACE_HEADER

if TYPE_CHECKING:
    import httpx
    import requests
    import urllib3

HOST = "sandbox.test"
ORIGIN = f"http://{HOST}"
"""Where the sandbox is said to be; nothing of it is ever looked up."""

_NAMESPACE = NAMESPACE_HEADER.lower()
_lock = RLock()


class Refusal(Exception):
    """The sandbox refused what a test asked of its control plane: the words say what was wrong."""


class ControlledClock:
    """The simulated time of a Local."""

    def __init__(self, local: "Local") -> None:
        self._local = local

    @property
    def now(self) -> datetime:
        """The present instant, UTC."""
        return datetime.fromisoformat(self._local.control("GET", "/clock")["now"])

    def shift(self, by: timedelta | str | float) -> dict[str, Any]:
        """Move by a timedelta, an ISO 8601 duration or seconds, living through what falls due.

        Answers what happened, as POST /__admin/clock/shift does: ``counts`` of it by kind, and the ``events``. Raises
        Refusal for what is no duration, is negative, or is too long.
        """
        span = by.total_seconds() if isinstance(by, timedelta) else by
        moved: dict[str, Any] = self._local.control("POST", "/clock/shift", {"by": span})
        return moved

    def move_to(self, to: datetime | str) -> dict[str, Any]:
        """Move to an instant (text is ISO 8601 with its offset) and answer what happened, as ``shift`` does.

        Raises Refusal for an instant before the present one.
        """
        body = {"to": to if isinstance(to, str) else to.isoformat()}
        moved: dict[str, Any] = self._local.control("POST", "/clock/move", body)
        return moved

    def freeze(self) -> None:
        """Stand still at the present instant, from here on."""
        self._local.control("POST", "/clock/freeze")

    def follow(self) -> None:
        """Go with the time that this process sees: the machine's, or that which freezegun shows to the test.

        Raises Refusal when that lies before the time of the sandbox, which never goes back.
        """
        world = self._local.namespace.world
        clock = Clock()
        if clock.now() < world.now:
            msg = f"the test's time {iso_ms(clock.now())} is before the sandbox's, {iso_ms(world.now)}"
            raise Refusal(f"{msg}: start it earlier with the marker's clock")
        world.clock = clock


class Local:
    """One namespace: ``handle`` answers a request in process, the rest are ways to get there.

    Close it (or leave its ``with`` block) to forget all that happened in it.
    """

    def __init__(self, pipeline: Pipeline, namespace: Namespace) -> None:
        self.pipeline = pipeline
        self.namespace = namespace
        self.clock = ControlledClock(self)
        self.webhooks = Webhooks(namespace)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Forget all that happened in it. Nothing happens where that was done before."""
        with _lock:
            if self.namespace.name in self.pipeline.sandbox.namespaces:
                self.pipeline.sandbox.delete(self.namespace.name)

    def handle(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Response:
        """The answer to a request as a client sends it: ``url`` is absolute, header names are in any case.

        Webhook attempts are made at once, and answered as ``webhooks`` says.
        """
        target = urlsplit(url)
        sent = {name.lower(): value for name, value in headers.items()}
        sent["host"] = target.netloc.rpartition("@")[2]
        return self.answer(method.upper(), target.path or "/", target.query, sent, body)

    def answer(self, method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> Response:
        """The same for a request in its parts: header names in lower case, the host among them.

        ``headers`` belong to the sandbox afterwards. Where ``effect`` of the answer is set, a fault delays or loses it:
        what carries the answer acts on that.
        """
        headers.setdefault(_NAMESPACE, self.namespace.name)
        answer = self.pipeline.handle(Request(method, path, query, headers, body))
        while isinstance(answer, Pending):
            answer = answer.resume(self._outcomes(answer.attempts))
        if answer is None:
            said = orjson.dumps({"message": f"No simulated API answers at {path}"})
            return Response(404, said, [(b"content-type", b"application/json")])
        for attempt, outcome in zip(answer.attempts, self._outcomes(answer.attempts), strict=True):
            self.pipeline.sandbox.settle(attempt, outcome)
        return answer

    def _outcomes(self, attempts: Sequence[Attempt]) -> list[Outcome]:
        return [self.webhooks.answer(attempt) for attempt in attempts]

    def control(self, method: str, path: str, body: object = None) -> Any:
        """An act of the control plane, ``path`` below ``/__admin``; the parsed answer. Raises Refusal."""
        payload = b"" if body is None else orjson.dumps(body)
        answer = self.handle(method, f"{ORIGIN}/__admin{path}", {"content-type": "application/json"}, payload)
        told: Any = orjson.loads(answer.body) if answer.body else None
        if answer.status >= 400:  # noqa: PLR2004  # the classes of refusals
            raise Refusal(told["error"]["message"])
        return told

    @property
    def urls(self) -> dict[str, str]:
        """The base URL of each API, for the clients made here."""
        return {api.name: f"{ORIGIN}{api.mount.prefix}{api.mount.base}" for api in self.pipeline.sandbox.vendors}

    @property
    def credentials(self) -> dict[str, Mapping[str, Any]]:
        """Credentials that were issued for this namespace, by API."""
        return self.pipeline.sandbox.credentials(self.namespace)

    @property
    def exchanges(self) -> list[Exchange]:
        """What was asked and answered, oldest first."""
        return list(self.namespace.journal)

    def reset(self) -> None:
        """Back to the state it began with."""
        self.control("POST", "/reset")

    def change(self, **settings: Any) -> None:
        """Change settings; ``__`` in a name stands for its dot."""
        self.control("PATCH", "/settings", {name.replace("__", "."): value for name, value in settings.items()})

    def intercept(self) -> AbstractContextManager["Local"]:
        """Within the block the vendors' own hosts lead here; see ``sandbox.testing.intercept``."""
        from sandbox.testing.interception import intercept  # noqa: PLC0415  # only who uses it needs the libraries

        return intercept(self)

    def transport(self) -> "httpx.BaseTransport":
        """For ``httpx.Client(transport=…)``."""
        from sandbox.testing.httpx import Transport  # noqa: PLC0415  # only who uses httpx imports it

        return Transport(self)

    def async_transport(self) -> "httpx.AsyncBaseTransport":
        """For ``httpx.AsyncClient(transport=…)``."""
        from sandbox.testing.httpx import AsyncTransport  # noqa: PLC0415  # the same

        return AsyncTransport(self)

    def session(self) -> "requests.Session":
        """A requests session that reaches nothing but this sandbox."""
        from sandbox.testing.requests import make_session  # noqa: PLC0415  # the same

        return make_session(self)

    def pool(self) -> "urllib3.PoolManager":
        """A urllib3 pool manager that reaches nothing but this sandbox."""
        from sandbox.testing.urllib3 import Pools  # noqa: PLC0415  # the same

        return Pools(self)


@cache
def _pipeline() -> Pipeline:
    """One for the process: compiling the specs takes most of a second."""
    sandbox = Sandbox(all_apis(), assets.library(), Start("empty"), url=ORIGIN, door=Door(names=(HOST,)))
    return build_pipeline(sandbox)


@cache
def _base(start: Start) -> Namespace:
    """A namespace seeded so, which every test with the same wish begins with a fork of."""
    sandbox = _pipeline().sandbox
    return sandbox.create(f"base-{len(sandbox.namespaces)}", start)


def open_local(
    scenario: str = "docs", seed: int | None = None, scale: float = 1, clock: str | None = None, name: str = "test"
) -> Local:
    """A fresh namespace, forked from one that was seeded so. Raises NotFound, ScenarioError for a bad scenario.

    ``clock`` is as for ``msandbox serve``: ``running``, an instant, or an instant and ``+``.
    """
    with _lock:
        base, sandbox = _base(Start(scenario, seed, scale, clock)), _pipeline().sandbox
        free = next(text for n in count(1) if (text := name if n == 1 else f"{name}-{n}") not in sandbox.namespaces)
        return Local(_pipeline(), sandbox.fork(free, base))
