"""Monetize360 with more mistakes, one each: bulk, webhooks, executions over time, rate limits."""

from base64 import b64encode
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from typing import Any

from contract_tests.mutants.making import Asked, Maker, Told, standing, within
from sandbox.apis.monetize360.workflows import FINISH
from sandbox.contract.inprocess import Handle, Wrap
from sandbox.kernel.clock import MINUTE, SECOND
from sandbox.kernel.limits import Limiter
from sandbox.kernel.request import Pending, Request, Response

make = Maker("monetize360")

_ANNOUNCE = "sandbox.apis.monetize360.mdata._announce"
_HIT = Limiter.hit

# Bulk


class _Undone(Exception):
    pass


@make.replaces("bulk", "mdata.create_many")
def one_bad_record_undoes_the_batch(was: Any) -> Any:
    """Nothing of a batch is created when one of its records is refused: it is one transaction."""

    def create_many(world: Any, mobject: Any, rows: Iterable[Any]) -> Any:
        created, errors = [], []
        with suppress(_Undone), world.transaction():
            created, errors = was(world, mobject, rows)
            if errors:
                raise _Undone
        return ([] if errors else created), errors

    return create_many


@make.replaces("bulk", "mdata.create_many")
def bulk_stops_at_its_first_failure(was: Any) -> Any:
    """What comes after the first refused record of a batch is neither created nor reported."""

    def create_many(world: Any, mobject: Any, rows: Iterable[Any]) -> Any:
        created, errors = [], []
        for index, data in enumerate(rows):
            made, wrong = was(world, mobject, [data])
            created += made
            errors += [one | {"index": index} for one in wrong]
            if wrong:
                break
        return created, errors

    return create_many


@make.answers("bulk", "bulkCreateMdata")
def bulk_counts_its_errors_from_one(told: Told, _asked: Asked) -> None:
    """index of an error in a batch is counted from 1: clients mend the wrong record."""
    for one in told.json.get("errors", ()):
        one["index"] += 1


# Webhooks


@make.replaces("webhooks", "mdata.create_many")
def records_of_a_batch_are_not_announced(was: Any) -> Any:
    """Records that are created in bulk send no mdata.created."""

    def create_many(*asked: Any) -> Any:
        with standing({_ANNOUNCE: lambda *_event: None}):
            return was(*asked)

    return create_many


@make.replaces("webhooks", "events.subscribers")
def first_webhook_alone_is_told(was: Any) -> Any:
    """Of several webhooks for one event only the first receives it."""
    return lambda *asked: islice(was(*asked), 1)


@make.replaces("webhooks", "workflows.announce")
def completed_execution_is_told_without_output(was: Any) -> Any:
    """workflow.completed lacks the output of the execution."""

    def announce(world: Any, event: str, data: dict[str, Any]) -> None:
        was(world, event, {name: value for name, value in data.items() if name != "output"})

    return announce


@make.replaces("webhooks", "events.hmac")
def signature_is_base64(was: Any) -> Any:
    """The signature is written in base64 instead of hexadecimal digits."""

    class Signature:
        def __init__(self, digest: bytes) -> None:
            self._digest = digest

        def hexdigest(self) -> str:
            return b64encode(self._digest).decode()

    class Signing:
        @staticmethod
        def new(secret: bytes, body: bytes, method: str) -> Signature:
            return Signature(was.new(secret, body, method).digest())

    return Signing


# Executions over time


@make.answers("time rules", "executeWorkflow")
def synchronous_execution_is_not_awaited(told: Told, asked: Asked) -> None:
    """A synchronous execution is answered as running: what became of it shows only when it is read."""
    if not (isinstance(asked.json, dict) and asked.json.get("async")) and "completedAt" in told.json:
        told.json["status"] = "running"
        for name in {"completedAt", "output", "error"} & told.json.keys():
            del told.json[name]


@make.replaces("time rules", "sandbox.kernel.world.World.schedule")
def executions_end_at_the_full_minute(was: Any) -> Any:
    """An asynchronous execution ends at the next full minute, when a job looks for those that are due."""

    def schedule(world: Any, at: int, api: str, kind: str, *about: Any) -> None:
        was(world, at + -at % MINUTE if kind == FINISH else at, api, kind, *about)

    return schedule


# Rate limits


@make.answers("rate limits", statuses=[429])
def refusal_does_not_say_when_to_retry(told: Told, _asked: Asked) -> None:
    """A 429 has no Retry-After."""
    told.headers.pop("retry-after", None)


@make.replaces("rate limits", "sandbox.kernel.limits.Limiter.hit")
def all_tokens_share_one_count(was: Any) -> Any:
    """Requests with one token lower what remains of another one."""
    return lambda limiter, limit, now: was(limiter, limit._replace(key="all"), now)


@make.mutant("rate limits")
def reset_is_a_span() -> Wrap:
    """X-RateLimit-Reset is in how many seconds the window ends, not when."""
    moments: list[int] = []

    def hit(limiter: Any, limit: Any, now: int) -> Any:
        moments[:] = [now]
        return _HIT(limiter, limit, now)

    def wrap(handle: Handle, request: Request) -> Response | Pending | None:
        response = within({"sandbox.kernel.limits.Limiter.hit": hit}, handle, request)
        if isinstance(response, Response) and moments:
            response.headers = [
                (name, b"%d" % (int(value) - moments[0] // SECOND) if name == b"x-ratelimit-reset" else value)
                for name, value in response.headers
            ]
        return response

    return wrap
