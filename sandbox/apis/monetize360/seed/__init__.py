"""Starting data of Monetize360: what a scenario may say of it, and how that becomes the state of a World."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.apis.monetize360 import tokens, workflows
from sandbox.apis.monetize360.control import describe
from sandbox.apis.monetize360.events import DOCUMENTED, EXTENDED
from sandbox.apis.monetize360.records import TIERS, Execution, Workflow
from sandbox.apis.monetize360.seed.drafts import span
from sandbox.apis.monetize360.seed.generate import Placed, instant, load_objects
from sandbox.apis.monetize360.state import EXECUTIONS, NAME, WORKFLOWS
from sandbox.kernel.api import Seeding
from sandbox.kernel.clock import DAY
from sandbox.kernel.errors import ScenarioError
from sandbox.kernel.webhooks import SUBSCRIPTIONS, Subscription
from sandbox.kernel.world import World

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_NAME: Schema = {"type": "string", "minLength": 1}
_FLAG: Schema = {"type": "boolean"}
_ANY: Schema = {}
_FREE: Schema = {"type": "object"}
_ID: Schema = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$"}
"""What stands in a path segment as it is."""
_SPAN: Schema = {"type": ["string", "number"], "minimum": 0}
_RANGE: Schema = {"type": ["string", "number", "array"], "minimum": 0, "items": _SPAN, "minItems": 2, "maxItems": 2}
LONGEST = 400 * DAY
"""The longest that an execution may queue or run: one move of the clock reaches its end."""
_MOBJECT_TYPES = ("PERSISTENT", "TRANSIENT", "SYSTEM", "STANDARD", "CUSTOM")
_JSON_TYPES = ("string", "number", "integer", "boolean", "array", "object")
_FIELD_TYPES = (*_JSON_TYPES, "currency", "text", "picklist", "date", "lookup")


def _closed(required: str, **members: Schema) -> Schema:
    """An object with these members and no other; ``required`` names some of them."""
    return {"type": "object", "additionalProperties": False, "required": required.split(), "properties": members}


def _list(item: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": item, **more}


def _one_of(values: Any) -> Schema:
    return {"enum": list(values)}


_FIELD: Schema = {
    "type": "object",
    "properties": {
        "type": _one_of(_FIELD_TYPES),
        "required": _FLAG,
        "unique": _FLAG,
        "options": _list(_closed("value", value={"type": ["string", "number", "boolean"]}, label=_TEXT)),
        "mobjectId": _NAME,
        "items": {"$ref": "#/$defs/field"},
        "properties": {"type": "object", "additionalProperties": {"$ref": "#/$defs/field"}},
    },
}
_HINT = _closed(
    "",
    faker=_NAME,
    choice=_list(_ANY, minItems=1),
    within=_RANGE,
    ahead=_RANGE,
    since=_NAME,
    lookup=_NAME,
    template=_TEXT,
    value=_ANY,
    nulls={"type": "number", "minimum": 0, "maximum": 1},
    times={"type": ["number", "string"], "minLength": 1},
    **{"from": _NAME, "with": _FREE},
    weights=_list({"type": "number", "minimum": 0}),
    where=_FREE,
    until=_NAME,
    plus=_SPAN,
    months={"type": "integer", "minimum": -1_200, "maximum": 1_200},
)
_GROUP = _closed(
    "count",
    count={"type": "integer", "minimum": 0},
    months={"type": "integer", "minimum": 1, "maximum": 1_200},
    createdAt=_HINT,
    updatedAt=_HINT,
    fields={"type": "object", "additionalProperties": _HINT},
)
_ERROR = _closed("code message", code=_NAME, message=_NAME, details=_FREE)

SCENARIO: Schema = {
    "$id": "urn:monetization-sandbox:scenario:monetize360",
    "$defs": {"field": _FIELD},
    **_closed(
        "",
        tokens=_list(
            _closed(
                "token tier",
                token={"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._~+=-]{0,199}$"},
                tier=_one_of(TIERS),
                limit={"type": "integer", "minimum": 1, "maximum": 100_000_000},
            )
        ),
        workflows=_list(
            _closed(
                "id name",
                id=_ID,
                name=_NAME,
                description=_TEXT,
                status=_one_of(("active", "inactive")),
                duration=_SPAN,
                queue=_SPAN,
                outcome=_one_of(("completed", "failed", "waiting")),
                output=_FREE,
                error=_ERROR,
                secondaryStatus=_TEXT,
            )
        ),
        executions=_list(
            _closed(
                "id workflow status",
                id=_ID,
                workflow=_NAME,
                status=_one_of(("pending", "running", "waiting", "completed", "failed")),
                input=_FREE,
                startedAt=_TEXT,
                completedAt=_TEXT,
                output=_FREE,
                error=_ERROR,
                secondaryStatus=_TEXT,
            )
        ),
        webhooks=_list(
            _closed(
                "id url events",
                id=_ID,
                url={"type": "string", "format": "uri", "pattern": "^https?://[^/?#:]"},
                events=_list(_one_of((*DOCUMENTED, *EXTENDED)), minItems=1, uniqueItems=True),
                secret=_NAME,
            )
        ),
        mobjects=_list(
            _closed(
                "name description",
                id=_ID,
                name=_NAME,
                description=_TEXT,
                type=_one_of(_MOBJECT_TYPES),
                businessKey=_NAME,
                auditEnabled=_FLAG,
                schema={
                    "type": "object",
                    "properties": {
                        "type": _one_of(("object",)),
                        "properties": {"type": "object", "additionalProperties": {"$ref": "#/$defs/field"}},
                        "required": _list(_TEXT, uniqueItems=True),
                    },
                },
                records=_list(_closed("data", id=_ID, data=_FREE, createdAt=_TEXT, updatedAt=_TEXT)),
                generate={**_GROUP, "type": ["object", "array"], "items": _GROUP},
            )
        ),
    ),
}
"""The section ``monetize360`` of a scenario."""


def seed(seeding: Seeding) -> None:
    """Fill the World from the sections of a scenario. Raises ScenarioError.

    What a later section names again replaces what an earlier one said of it. Webhooks come last, so that nothing of
    this is delivered.
    """
    world = seeding.world
    for where, item in _gather(seeding, "tokens", "token"):
        _put_token(world, where, item)
    for where, item in _gather(seeding, "workflows", "id"):
        world.store.put(WORKFLOWS, item["id"], _described(world, where, item))
    load_objects(seeding, _gather(seeding, "mobjects", "name"))
    for where, item in _gather(seeding, "executions", "id"):
        _put_execution(world, where, item)
    for _, item in _gather(seeding, "webhooks", "id"):
        _put_webhook(world, item)


def _gather(seeding: Seeding, kind: str, key: str) -> list[Placed]:
    """The items of all sections, each with where it stands."""
    found: dict[str, Placed] = {}
    for label, section in seeding.sections:
        seen = set()
        for place, item in enumerate(section.get(kind, ())):
            where = f"{label}: {NAME}.{kind}.{place}"
            if item[key] in seen:
                raise ScenarioError(f"{where}.{key}", f"must be given once: {item[key]} stands above already")
            seen.add(item[key])
            found[item[key]] = where, item
    return list(found.values())


def _put_token(world: World, where: str, item: Mapping[str, Any]) -> None:
    if "limit" in item and item["tier"] != "enterprise":
        raise ScenarioError(f"{where}.limit", f"goes with the tier enterprise alone, {item['tier']} has its own")
    tokens.put(world, item["token"], item["tier"], item.get("limit"))


def _described(world: World, where: str, item: Mapping[str, Any]) -> Workflow:
    for member in ("queue", "duration"):
        span(f"{where}.{member}", item.get(member, 0), LONGEST)
    return describe(world, item["id"], dict(item))


def _put_execution(world: World, where: str, item: Mapping[str, Any]) -> None:
    """An execution in the state given; one that is pending or running goes on from there."""
    workflow = world.store.get(WORKFLOWS, item["workflow"])
    if workflow is None:
        raise ScenarioError(f"{where}.workflow", f"must be the id of a workflow, {item['workflow']!r} is none")
    started = instant(world, f"{where}.startedAt", item["startedAt"]) if "startedAt" in item else world.now
    ended = started + workflow.duration
    if "completedAt" in item:
        ended = instant(world, f"{where}.completedAt", item["completedAt"])
    secondary = item.get("secondaryStatus", workflow.secondary_status)
    made = Execution(item["id"], workflow.id, "running", item.get("input", {}), started, secondary_status=secondary)
    _bring(world, workflow, made, item, ended)


def _bring(world: World, workflow: Workflow, made: Execution, item: Mapping[str, Any], ended: int) -> None:
    """Bring an execution into the state that the scenario says."""
    table = EXECUTIONS.of(workflow.id)
    match item["status"]:
        case "pending":
            world.store.put(table, made.id, replace(made, status="pending", started_at=None))
            world.schedule(world.now + workflow.queue, NAME, workflows.START, made.id, workflow.id)
        case "running":
            world.store.put(table, made.id, made)
            world.schedule(max(ended, world.now), NAME, workflows.FINISH, made.id, workflow.id)
        case "waiting":
            workflows.hold(world, made, made.secondary_status)
        case "completed":
            output = item.get("output", workflows.render(workflow.output, made.input))
            workflows.complete(world, made, output, ended)
        case _:
            workflows.fail(world, made, item.get("error", workflow.error or {}), ended)


def _put_webhook(world: World, item: Mapping[str, Any]) -> None:
    """A scenario may use the events beyond the documented ones, whatever the setting says of POST /webhooks."""
    made = Subscription(item["id"], NAME, item["url"], tuple(item["events"]), item.get("secret"), world.now)
    world.store.put(SUBSCRIPTIONS, made.id, made)
