"""Monetize360 with one mistake each: answers, access, what is kept, bulk, webhooks, time.

Those of lists and queries are in ``monetize360_lists``.
"""

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import orjson

from contract_tests.mutants.making import Asked, Maker, Told, retried_as_others, standing, without_allow
from sandbox.apis.monetize360 import mdata
from sandbox.apis.monetize360.state import MDATA, MOBJECT_NAMES, MOBJECTS, UNIQUE
from sandbox.contract.inprocess import Handle, Wrap
from sandbox.kernel.errors import NotFound
from sandbox.kernel.request import Pending, Request, Response
from sandbox.kernel.webhooks import SUBSCRIPTIONS

make = Maker("monetize360")

_LOST = 404

# What an answer looks like


@make.answers("shape", "createMdata", "updateMdata")
def written_record_without_its_object(told: Told, _asked: Asked) -> None:
    """The answer to a write lacks mobjectId, which the answer to a read has."""
    del told.json["mobjectId"]


@make.answers("shape", "getExecution")
def times_of_an_execution_have_no_zone(told: Told, _asked: Asked) -> None:
    """startedAt and completedAt of an execution end without Z: clients take them for local time."""
    for name in {"startedAt", "completedAt"} & told.json.keys():
        told.json[name] = told.json[name].removesuffix("Z")


@make.answers("shape", "createMdata", statuses=[400])
def refused_field_is_not_named(told: Told, _asked: Asked) -> None:
    """details of a refused record are empty: a client cannot say which field was wrong."""
    told.json["error"]["details"] = {}


@make.answers("status", "createMdata")
def creating_a_record_is_200(told: Told, _asked: Asked) -> None:
    """A created record is answered with 200."""
    told.status = 200


@make.replaces("status", "mdata._check_unique")
def unique_is_not_checked_on_update(was: Any) -> Any:
    """An update may give a record the unique value of another one."""
    return lambda world, mobject, keys, own: was(world, mobject, keys, own) if own is None else None


@make.replaces("status", "workflows.execute")
def inactive_workflows_run(was: Any) -> Any:
    """Executing an inactive workflow works."""
    return lambda world, workflow, data, **how: was(world, replace(workflow, status="active"), data, **how)


@make.mutant("headers")
def refused_method_without_allow() -> Wrap:
    """A 405 does not say which methods there are."""
    return without_allow()


# Who may do what


@make.mutant("auth")
def workflows_are_public() -> Wrap:
    """Workflows and their executions can be read without a token."""

    def wrap(handle: Handle, request: Request) -> Response | Pending | None:
        asked = make.read(request, ["listWorkflows", "getWorkflow", "listExecutions", "getExecution"])
        if asked is None or "authorization" in request.headers:
            return handle(request)
        asked.headers["authorization"] = "Bearer YOUR_API_TOKEN_ENTERPRISE"
        return handle(asked.request())

    return wrap


@make.replaces("auth", "mdata._writable")
def records_of_system_objects_can_be_written(_was: Any) -> Any:
    """Records of a SYSTEM object can be created, changed and deleted."""
    return lambda _mobject: None


@make.mutant("tenants")
def records_of_other_tenants_can_be_read() -> Wrap:
    """A record can be read by its id whoever it belongs to."""
    return retried_as_others(make, "getMdata")


@make.replaces("tenants", "mdata.find")
def record_is_found_under_any_object(was: Any) -> Any:
    """A record is answered under an object that is not its own."""

    def find(world: Any, mobject_id: str, key: str) -> Any:
        if mobject_id not in world.store.all(MOBJECTS):
            return was(world, mobject_id, key)
        for mobject in world.store.all(MOBJECTS):
            with suppress(NotFound):
                return was(world, mobject.id, key)
        raise NotFound(f"There is no record {key!r}")

    return find


# What is kept


@make.asks("persistence", "createMdata")
def empty_values_are_not_stored(asked: Asked) -> None:
    """false, 0 and empty texts of a new record are lost, as nothing had been given."""
    if isinstance(asked.json, dict) and isinstance(asked.json.get("data"), dict):
        asked.json["data"] = {name: value for name, value in asked.json["data"].items() if value}


@make.asks("persistence", "createMdata", "updateMdata")
def texts_are_trimmed(asked: Asked) -> None:
    """Blanks at either end of a text are lost."""
    if isinstance(asked.json, dict) and isinstance(asked.json.get("data"), dict):
        data = asked.json["data"].items()
        asked.json["data"] = {name: value.strip() if isinstance(value, str) else value for name, value in data}


@make.replaces("persistence", "mdata.update")
def update_replaces_the_record(was: Any) -> Any:
    """PUT loses the fields that it does not name."""

    def update(world: Any, mobject: Any, key: str, changes: dict[str, Any]) -> Any:
        before = orjson.loads(mdata.find(world, mobject.id, key))["data"]
        record = orjson.loads(was(world, mobject, key, dict.fromkeys(before) | changes))
        row = mdata.write(mobject.id, key, changes, record["createdAt"], record["updatedAt"])
        world.store.put(MDATA.of(mobject.id), key, row)
        return row

    return update


@make.replaces("persistence", "mdata.update")
def update_merges_nested_objects(was: Any) -> Any:
    """PUT merges objects within a record instead of replacing them: their members cannot be removed."""

    def update(world: Any, mobject: Any, key: str, changes: dict[str, Any]) -> Any:
        before = orjson.loads(mdata.find(world, mobject.id, key))["data"]
        nested = {
            name: before[name] | value
            for name, value in changes.items()
            if isinstance(value, dict) and isinstance(before.get(name), dict)
        }
        return was(world, mobject, key, changes | nested)

    return update


@make.replaces("persistence", "mobjects.delete")
def name_of_a_deleted_object_stays_taken(was: Any) -> Any:
    """An object cannot be created under the name of one that was deleted."""

    def delete(world: Any, key: str) -> None:
        mobject = world.store.get(MOBJECTS, key)
        was(world, key)
        world.store.put(MOBJECT_NAMES, mobject.name, key)

    return delete


# Bulk


@make.replaces("bulk", "mdata.create_many")
def bulk_loses_its_last_record(was: Any) -> Any:
    """The last record of a batch is answered as created, but is not there: the last part is never flushed."""

    def create_many(world: Any, mobject: Any, rows: Iterable[Any]) -> Any:
        created, errors = was(world, mobject, rows)
        if len(created) > 1:
            world.store.delete(MDATA.of(mobject.id), orjson.loads(created[-1])["id"])
        return created, errors

    return create_many


@make.replaces("bulk", "mdata.create_many")
def bulk_does_not_compare_its_own_items(was: Any) -> Any:
    """Two items of one batch may share a unique value: each is only compared with what was there before."""

    def create_many(world: Any, mobject: Any, rows: Iterable[Any]) -> Any:
        there, check = world.store.all(MDATA.of(mobject.id)), mdata._check_unique

        def before(world: Any, mobject: Any, keys: Any, own: Any) -> None:
            held = [(name, world.store.get(UNIQUE.of(f"{mobject.id}/{name}"), text), text) for name, text in keys]
            check(world, mobject, [(name, text) for name, holder, text in held if holder in there], own)

        with standing({"sandbox.apis.monetize360.mdata._check_unique": before}):
            return was(world, mobject, rows)

    return create_many


# Webhooks


@make.replaces("webhooks", "events.hmac")
def webhooks_sign_other_bytes(was: Any) -> Any:
    """The signature is that of the body written with blanks, not of the bytes that are sent."""

    class Signing:
        @staticmethod
        def new(secret: bytes, body: bytes, method: str) -> Any:
            return was.new(secret, json.dumps(orjson.loads(body)).encode(), method)

    return Signing


@make.replaces("webhooks", "events.subscribers")
def webhooks_get_every_event(_was: Any) -> Any:
    """A webhook receives the events that it does not name, too."""
    return lambda world, api, _event: (one for one in world.store.all(SUBSCRIPTIONS) if one.api == api)


@make.replaces("webhooks", "workflows.announce")
def failed_executions_are_announced_as_completed(was: Any) -> Any:
    """A failed execution sends workflow.completed."""
    return lambda world, event, data: was(world, event.replace("failed", "completed"), data)


@make.mutant("webhooks")
def webhooks_come_in_reverse() -> Wrap:
    """The events of one request are delivered last first."""

    def wrap(handle: Handle, request: Request) -> Response | Pending | None:
        response = handle(request)
        if isinstance(response, Response):
            response.attempts = response.attempts[::-1]
        return response

    return wrap


# Time and limits


@make.replaces("time rules", "workflows.execute")
def asynchronous_runs_end_at_once(was: Any) -> Any:
    """An asynchronous execution is completed at its first reading, whatever the workflow's duration."""

    def execute(world: Any, workflow: Any, data: Any, *, later: bool) -> Any:
        return was(world, replace(workflow, queue=0, duration=0) if later else workflow, data, later=later)

    return execute


@make.replaces("time rules", "workflows._finish")
def runs_complete_when_they_start(was: Any) -> Any:
    """completedAt of an execution is its startedAt: it seems to have taken no time."""
    return lambda world, workflow, execution, _at: was(world, workflow, execution, execution.started_at)


def _limits(change: Callable[[dict[bytes, bytes], int], None]) -> Wrap:
    """A change of the rate-limit headers, as numbers by name."""

    def wrap(handle: Handle, request: Request) -> Response | Pending | None:
        response = handle(request)
        if isinstance(response, Response):
            told = dict(response.headers)
            change(told, response.status)
            response.headers = list(told.items())
        return response

    return wrap


@make.mutant("rate limits")
def remaining_never_falls() -> Wrap:
    """X-RateLimit-Remaining is always one less than the limit."""

    def change(headers: dict[bytes, bytes], _status: int) -> None:
        if b"x-ratelimit-limit" in headers:
            headers[b"x-ratelimit-remaining"] = b"%d" % (int(headers[b"x-ratelimit-limit"]) - 1)

    return _limits(change)


@make.mutant("rate limits")
def reset_is_in_milliseconds() -> Wrap:
    """X-RateLimit-Reset is in milliseconds: clients wait for thousands of years."""

    def change(headers: dict[bytes, bytes], _status: int) -> None:
        if b"x-ratelimit-reset" in headers:
            headers[b"x-ratelimit-reset"] += b"000"

    return _limits(change)


@make.mutant("rate limits")
def errors_do_not_tell_the_limit() -> Wrap:
    """Answers with 400 and 404 lack the rate-limit headers."""

    def change(headers: dict[bytes, bytes], status: int) -> None:
        for name in [name for name in headers if status in {400, _LOST} and name.startswith(b"x-ratelimit")]:
            del headers[name]

    return _limits(change)


@make.replaces("rate limits", "sandbox.kernel.limits.Limiter.hit")
def window_never_ends(was: Any) -> Any:
    """The count of a token is not cleared when a minute is over: what remains only falls."""

    def hit(limiter: Any, limit: Any, now: int) -> Any:
        counted = limiter._windows.get(limit.key)
        if counted is not None:
            limiter._windows[limit.key] = now // limit.span, counted[1]
        return was(limiter, limit, now)

    return hit


@make.replaces("rate limits", "sandbox.kernel.limits.Limiter.hit")
def limit_is_not_enforced(was: Any) -> Any:
    """More requests than the limit allows are answered: there is no 429."""
    return lambda limiter, limit, now: was(limiter, limit, now)._replace(allowed=True)
