"""Monetize360 with more mistakes, one each: answers, access, tenants.

What is kept, lists, and bulk, webhooks, time and limits are in ``late_monetize360_kept``, ``_lists`` and ``_runs``.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson

from contract_tests.mutants.making import Asked, Maker, Told, retried_as_others, within
from sandbox.apis.monetize360.fields import compile_fields
from sandbox.apis.monetize360.state import UNIQUE
from sandbox.contract.inprocess import Handle, Wrap
from sandbox.kernel.errors import Invalid, NotFound
from sandbox.kernel.request import Pending, Request, Response

make = Maker("monetize360")

# What an answer looks like


@make.answers("shape", "listExecutions")
def listed_executions_are_summaries(told: Told, _asked: Asked) -> None:
    """A list of executions lacks their input and output, which reading one of them has."""
    for one in told.json["data"]:
        one.pop("input", None)
        one.pop("output", None)


@make.answers("shape", statuses=[404])
def error_of_a_404_is_a_text(told: Told, _asked: Asked) -> None:
    """error of a 404 is a text instead of an object: clients find no code in it."""
    told.json = {"error": told.json["error"]["message"]}


@make.answers("shape", statuses=[400, 403, 404])
def time_of_an_error_is_a_number(told: Told, _asked: Asked) -> None:
    """timestamp of an error is in milliseconds since 1970 instead of a text."""
    error = told.json["error"]
    error["timestamp"] = int(datetime.fromisoformat(error["timestamp"]).timestamp() * 1000)


@make.answers("shape", "createWebhook")
def webhook_tells_its_secret(told: Told, asked: Asked) -> None:
    """The answer to a new webhook has its secret: it ends up in logs."""
    if "secret" in asked.json:
        told.json["secret"] = asked.json["secret"]


@make.answers("status", "executeWorkflow")
def asynchronous_execution_is_202(told: Told, asked: Asked) -> None:
    """An asynchronous execution is answered with 202."""
    if isinstance(asked.json, dict) and asked.json.get("async"):
        told.status = 202


@make.replaces("status", "mdata.delete")
def deleting_nothing_is_200(was: Any) -> Any:
    """Deleting a record that is not there, or no more, succeeds."""

    def delete(world: Any, mobject: Any, key: str) -> None:
        with suppress(NotFound):
            was(world, mobject, key)

    return delete


@make.replaces("status", "mdata.update")
def updates_are_not_validated(was: Any) -> Any:
    """An update may store what the schema forbids: only new records are held to it."""

    def update(world: Any, mobject: Any, key: str, changes: dict[str, Any]) -> Any:
        return was(world, replace(mobject, fields=mobject.fields._replace(check=None)), key, changes)

    return update


def _without_formats(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_formats(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: part for name, part in schema.items() if name != "format" or not isinstance(part, str)}
    return {name: _without_formats(part) for name, part in kept.items()}


@make.replaces("status", "mobjects.find")
def formats_are_not_enforced(was: Any) -> Any:
    """format is taken for a comment, as validators do unless told otherwise: any text is an email address."""

    def find(world: Any, key: str) -> Any:
        found = was(world, key)
        return found if found.schema is None else replace(found, fields=compile_fields(_without_formats(found.schema)))

    return find


@make.replaces("status", "mdata._check_unique")
def unique_values_are_compared_without_case(was: Any) -> Any:
    """Two unique texts that differ in case alone are refused as the same, as a database collates them."""

    def check(world: Any, mobject: Any, keys: Any, own: Any) -> None:
        was(world, mobject, keys, own)
        for field, text in keys:
            held = world.store.all(UNIQUE.of(f"{mobject.id}/{field}"))
            if any(one.lower() == text.lower() and held.get(one) != own for one in held._keys()):
                msg = f"{field} must be unique: another {mobject.name} has this value"
                raise Invalid(msg, field=field, value=orjson.loads(text))

    return check


@make.answers("headers", "listMdata")
def lists_of_records_are_octets(told: Told, _asked: Asked) -> None:
    """A list of records has the content type application/octet-stream, as bytes without a word about them."""
    told.headers["content-type"] = "application/octet-stream"


# Who may do what


@make.mutant("auth")
def scheme_is_not_looked_at() -> Wrap:
    """A token is taken after whatever scheme, such as Basic, and without one."""

    def wrap(handle: Handle, request: Request) -> Response | Pending | None:
        asked, said = make.read(request), request.headers.get("authorization", "").split()
        if asked is None or not said:
            return handle(request)
        asked.headers["authorization"] = f"Bearer {said[-1]}"
        return handle(asked.request())

    return wrap


@make.answers("auth", statuses=[401])
def unknown_token_is_403(told: Told, asked: Asked) -> None:
    """A token that is unknown is 403 FORBIDDEN: clients do not ask for a new one."""
    if "authorization" in asked.headers:
        told.status = 403
        told.json["error"]["code"] = "FORBIDDEN"
        told.headers.pop("www-authenticate", None)


@make.mutant("tenants")
def records_of_other_tenants_can_be_deleted() -> Wrap:
    """A record can be deleted by its id whoever it belongs to."""
    return retried_as_others(make, "deleteMdata")


def _refuse(_world: Any, body: dict[str, Any], _key: str | None = None) -> None:
    name = body["name"]
    raise Invalid(f"An object named {name} exists already", field="name", value=name)


@make.mutant("tenants")
def names_of_objects_are_taken_for_all_tenants() -> Wrap:
    """An object cannot have the name of an object of another tenant."""
    tokens: dict[str, None] = {}

    def names(handle: Handle, request: Request, token: str) -> list[str]:
        answer = handle(Request("GET", request.path, "limit=1000", {**request.headers, "authorization": token}, b""))
        listed = isinstance(answer, Response) and answer.status == 200 and orjson.loads(answer.body)["data"]
        return [one["name"] for one in listed or ()]

    def wrap(handle: Handle, request: Request) -> Response | Pending | None:
        asked = make.read(request)
        if asked is None:
            return handle(request)
        own = asked.headers.get("authorization", "")
        tokens[own] = None
        name = asked.json.get("name") if isinstance(asked.json, dict) else None
        if asked.operation == "createMobject" and isinstance(name, str):
            others = [token for token in tokens if token != own]
            if any(name in names(handle, request, token) for token in others):
                return within({"sandbox.apis.monetize360.mobjects.create": _refuse}, handle, request)
        return handle(request)

    return wrap
