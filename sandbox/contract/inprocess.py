"""The sandbox in this process as a target: no port, a clock to move, a fresh start for every sequence."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from urllib.parse import urlsplit

from sandbox import assets
from sandbox.contract.credentials import access, authorization, forged, limited, stranger
from sandbox.contract.steps import Identity
from sandbox.contract.targets import Delivered, Unreachable
from sandbox.contract.wire import Answer, Sent
from sandbox.kernel.door import Door
from sandbox.kernel.request import Pending, Request, Response
from sandbox.kernel.sandbox import DEFAULT, Sandbox, Start
from sandbox.kernel.webhooks import Attempt, Outcome
from sandbox.server import all_apis, build_pipeline
from sandbox.testing.local import ORIGIN
from sandbox.web.pipeline import Pipeline
from sandbox.web.plan import NAMESPACE_HEADER

SCENARIO = "docs"
ALL = frozenset({"clock", "receiver", "second", "writes", "permanent", "fresh", "levers"})
NAMESPACE = NAMESPACE_HEADER.lower()
_HOOKS = "http://127.0.0.1:9"
_TENANTS: tuple[Identity, ...] = ("first", "second")

Handle = Callable[[Request], "Response | Pending | None"]
Wrap = Callable[[Handle, Request], "Response | Pending | None"]
"""Something between the kit and the sandbox: takes what would answer, and the request (mutants are made so)."""


@cache
def pipeline() -> Pipeline:
    """One for the process: compiling the specs takes most of a second."""
    sandbox = Sandbox(all_apis(), assets.library(), Start(SCENARIO), url=ORIGIN, door=Door(names=(_host(ORIGIN),)))
    return build_pipeline(sandbox)


def _host(url: str) -> str:
    return urlsplit(url).netloc


class InProcess:
    """One API of the sandbox. Each sequence begins with two new namespaces, one for each identity.

    ``name`` keeps several of them apart.
    """

    hooks = _HOOKS

    def __init__(self, api: str, wrap: Wrap | None = None, name: str = "sandbox") -> None:
        self.name = name
        self.can = ALL if access(api).limited is None else ALL | {"limited"}
        self._pipeline = pipeline()
        self._sandbox = self._pipeline.sandbox
        mount = self._sandbox.apis[api].mount
        self._base = f"{mount.prefix}{mount.base}"
        self._api = api
        self._handle: Handle = self._pipeline.handle
        if wrap is not None:
            plain = self._pipeline.handle
            self._handle = lambda request: wrap(plain, request)
        self._headers: dict[Identity, Mapping[str, str]] = {"nobody": {}, "stranger": stranger(api)}
        self._delivered: list[Delivered] = []

    def begin(self) -> None:
        """Both tenants have the state of the scenario again."""
        self._delivered.clear()
        for identity in _TENANTS:
            name = self._namespace(identity)
            if name in self._sandbox.namespaces:
                self._sandbox.delete(name)
            namespace = self._sandbox.fork(name, self._sandbox.get(DEFAULT))
            issued = self._sandbox.credentials(namespace)
            self._headers[identity] = authorization(self._api, issued)
            if identity == "first" and (low := limited(self._api, issued)) is not None:
                self._headers["limited"] = low
        # who has no credentials would else act on the default namespace, which outlives the sequence
        where = {NAMESPACE: self._namespace("first")}
        self._headers |= {"nobody": where, "stranger": stranger(self._api) | where, "own": {}}
        self._headers["forged"] = forged(self._headers["first"]) | where

    def _namespace(self, identity: Identity) -> str:
        return f"contract-{self.name}-{identity}"

    def send(self, sent: Sent, identity: Identity) -> Answer:
        """The answer; webhook attempts are made and answered with 200 at once."""
        headers = {"host": _host(ORIGIN), **sent.headers, **self._headers[identity]}
        if sent.body:
            headers["content-length"] = str(len(sent.body))
        return self._answer(Request(sent.method, self._base + sent.path, sent.query, headers, sent.body))

    def answer(self, request: Request) -> Response | None:
        """The answer as it goes out, None where no API is asked; webhook attempts are made and answered with 200."""
        response = self._handle(request)
        while isinstance(response, Pending):
            response = response.resume([self._receive(attempt) for attempt in response.attempts])
        for attempt in response.attempts if response is not None else ():
            self._sandbox.settle(attempt, self._receive(attempt))
        return response

    def _answer(self, request: Request) -> Answer:
        response = self.answer(request)
        if response is None or response.effect is not None:
            raise Unreachable(f"{request.method} {request.path}")
        headers: dict[str, str] = {}
        for name, value in response.headers:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            headers[key] = f"{headers[key]}, {text}" if key in headers else text
        return Answer(response.status, headers, b"" if request.method == "HEAD" else response.body)

    def _receive(self, attempt: Attempt) -> Outcome:
        headers = {name.lower(): value for name, value in attempt.headers}
        self._delivered.append(Delivered(attempt.url, headers, attempt.body))
        return Outcome(200)

    def control(self, identity: Identity, method: str, path: str, body: bytes = b"") -> Answer:
        """An act of the control plane in the namespace of an identity, ``path`` below ``/__admin``."""
        headers = {"host": _host(ORIGIN), "content-type": "application/json"}
        headers |= {NAMESPACE: self._namespace(identity)}
        return self._answer(Request(method, f"/__admin{path}", "", headers, body))

    def wait(self, seconds: float) -> None:
        """Both tenants' clocks move."""
        for identity in _TENANTS:
            self.control(identity, "POST", "/clock/shift", b'{"by": %r}' % seconds)

    def now(self) -> int:
        """The tenants' clocks show the same."""
        return self._sandbox.get(self._namespace("first")).world.clock.now()

    def delivered(self) -> Sequence[Delivered]:
        """Every attempt since ``begin``."""
        return list(self._delivered)
