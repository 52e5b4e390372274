"""What faults and preferences make of one call: whether it is carried out, what is answered, how that is sent."""

from collections.abc import Callable

from sandbox.kernel.api import Api
from sandbox.kernel.clock import SECOND
from sandbox.kernel.errors import Failure, TooManyRequests
from sandbox.kernel.faults import Fault, Struck
from sandbox.kernel.limits import Quota
from sandbox.kernel.request import Cut, Effect, Headers, Pending, Response
from sandbox.kernel.world import World
from sandbox.web.plan import Plan
from sandbox.web.preferred import Preference, preferred

_ERROR = 400
_CUTS: dict[str | None, Cut] = {"empty": "empty", "reset": "reset", "truncated": "truncated"}


class Way:
    """The way of one admitted call of a simulated API, where faults or a preference may turn it.

    ``carry_out`` is its ordinary end and raises Failure, ``refuse`` turns that into an answer; with ``check`` every
    other answer is held to its documented schema.
    """

    def __init__(
        self,
        world: World,
        api: Api,
        plan: Plan,
        carry_out: Callable[[], Response | Pending],
        refuse: Callable[[Failure], Response],
        *,
        check: bool,
    ) -> None:
        self._world = world
        self._api = api
        self._plan = plan
        self._carry_out = carry_out
        self._refuse = refuse
        self._check = check
        self._said: list[str] = []

    def prefer(self, wanted: Preference, headers: Headers) -> Response:
        """The answer of the spec that a client prefers. Raises Invalid where there is none."""
        return self._checked(preferred(self._plan, wanted, headers))

    def disturb(self, struck: Struck) -> Response:
        """What faults make of the answer."""
        answer = self._ordinary() if struck.fault is None else self._decided(struck.fault)
        if struck.delay:
            self._said.append(f"delayed {struck.delay} ms")
        if struck.rate is not None:
            self._said.append(f"{struck.rate} bytes a second")
        reason = f"fault {', '.join(map(str, struck.ids))}: {'; '.join(self._said)}"
        cut = None if struck.fault is None else _CUTS.get(struck.fault.act.spoiled)
        answer.effect = Effect(reason, struck.delay, struck.rate, cut)
        return answer

    def _ordinary(self) -> Response:
        try:
            return self._arrived(self._carry_out())
        except Failure as failure:
            self._said.append(failure.message)
            return self._refuse(failure)

    def _decided(self, fault: Fault) -> Response:
        spoiled = fault.act.spoiled
        if fault.act.status is not None or spoiled in {"empty", "reset"}:
            return self._lost(fault)
        if spoiled == "stale":
            return self._stale(fault)
        answer = self._ordinary()
        if spoiled == "duplicate":
            self._said.append("carried out twice")
            self._ordinary()
        elif spoiled == "malformed":
            answer.body = malformed(answer.body)
        if spoiled in {"malformed", "truncated"}:
            self._said.append(f"{spoiled} body")
        return answer

    def _lost(self, fault: Fault) -> Response:
        """Another answer or none, after the call was carried out or instead of it."""
        act = fault.act
        if act.commit:
            self._ordinary()
        self._said.append("carried out, then lost" if act.commit else "not carried out")
        if act.status is None:
            self._said.append("connection reset" if act.spoiled == "reset" else "empty reply")
            return Response(500, b"", [])
        self._said.append(f"answered {act.status}")
        failure = fault.failure()
        answer = self._refuse(failure)
        if isinstance(failure, TooManyRequests):
            self._exhaust(answer, failure)
        elif act.retry_after is not None:
            answer.headers.append((b"retry-after", b"%d" % act.retry_after))
        return self._checked(answer)

    def _exhaust(self, answer: Response, failure: TooManyRequests) -> None:
        """Let the rate limit's headers say what a 429 says: nothing remains until the client may try again."""
        limit = self._api.limit(self._world, self._world.principal)
        if limit is not None:
            reset = self._world.now + failure.retry_after * SECOND
            told = self._api.limit_headers(Quota(limit.most, 0, reset, allowed=False))
            names = {name for name, _ in told}
            answer.headers = [header for header in answer.headers if header[0] not in names] + told

    def _stale(self, fault: Fault) -> Response:
        """The answer out of the state when the fault was made; whatever is written there is forgotten."""
        self._said.append("answered out of an earlier state")
        world = self._world
        before, happened, clock, now = world.state(), world.happened, world.clock, world.now
        if fault.since is not None:
            world.restore(fault.since)
        world.clock, world.now = clock, now
        try:
            return self._ordinary()
        finally:
            world.restore(before)
            world.happened = happened

    def _arrived(self, answer: Response | Pending) -> Response:
        if isinstance(answer, Pending):
            msg = "an operation of a simulated API waits for webhook outcomes"
            raise TypeError(msg)
        return answer

    def _checked(self, answer: Response) -> Response:
        """Raises Crash where a documented answer is not as documented; a fault's other statuses are its own."""
        if self._check and (answer.status < _ERROR or self._plan.documented(str(answer.status))):
            self._plan.check(answer.status, answer.headers, answer.body)
        return answer


def malformed(body: bytes) -> bytes:
    """Half of a body and a byte that JSON never has; nothing stays nothing."""
    return body[: len(body) // 2] + b"\x00" if body else b""
