"""Rules of access: conditions of an instance, ordered actions of its line items (C2.4, C4.6, G11-G16)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from sandbox.apis.dynamic_monetization.amounts import ZERO, amount
from sandbox.apis.dynamic_monetization.records import Action, Condition
from sandbox.apis.dynamic_monetization.state import ACTIONS, ALLOCATED, CONDITIONS
from sandbox.kernel.errors import Conflict, Invalid, NotFound
from sandbox.kernel.world import World

Body = Mapping[str, Any]


def save_conditions(world: World, instance: str, told: Iterable[Body]) -> list[Condition]:
    """Change those with an ``id``, add the others; answers both in the order told. Raises Invalid."""
    told = list(told)
    _check_once([one["id"] for one in told if one.get("id") is not None], "condition")
    return [_save(world, instance, place, one) for place, one in enumerate(told)]


def _check_once(ids: Sequence[str], what: str) -> None:
    for one, times in Counter(ids).most_common(1):
        if times > 1:
            msg = f"The {what} {one!r} is listed {times} times: list it once"
            raise Invalid(msg, field="body")


def _save(world: World, instance: str, place: int, told: Body) -> Condition:
    table, key = CONDITIONS.of(instance), told.get("id")
    if key is not None and world.store.get(table, key) is None:
        msg = f"There is no condition {key!r} on the instance {instance!r}: leave the id out to add one"
        raise Invalid(msg, field=f"conditions.{place}.id", value=key)
    made = Condition(
        key or world.new_uuid("dynamic_monetization.condition"),
        {name: value for name, value in told.items() if name != "id"},
    )
    world.store.put(table, made.id, made)
    return made


def delete_condition(world: World, instance: str, condition: str) -> None:
    """Raises NotFound, Conflict while an action refers to it (G16)."""
    if world.store.get(CONDITIONS.of(instance), condition) is None:
        msg = f"There is no condition {condition!r} on the instance {instance!r}"
        raise NotFound(msg)
    _check_free(world, instance, {condition})
    world.store.delete(CONDITIONS.of(instance), condition)


def delete_conditions(world: World, instance: str) -> None:
    """All of an instance. Raises Conflict while an action refers to one of them (G16)."""
    _check_free(world, instance, {one.id for one in world.store.all(CONDITIONS.of(instance))})
    world.store.drop(CONDITIONS.of(instance))


def _check_free(world: World, instance: str, conditions: set[str]) -> None:
    for actions in world.store.all(ACTIONS.of(instance)):
        for action in actions:
            if action.condition in conditions:
                msg = (
                    f"The condition {action.condition!r} is referred to by the action {action.id!r}: change that first"
                )
                raise Conflict(msg)


def actions_of(world: World, instance: str, line_item: str) -> tuple[Action, ...]:
    """In order; none where no rule was made."""
    return world.store.get(ACTIONS.of(instance), line_item) or ()


def create_actions(world: World, instance: str, line_item: str, told: Sequence[Body]) -> tuple[Action, ...]:
    """Raises Conflict when there are actions already (G14), Invalid (G15)."""
    if actions_of(world, instance, line_item):
        msg = f"The line item {line_item!r} has actions already: modify them with PUT"
        raise Conflict(msg)
    return _store(world, instance, line_item, [{**one, "id": None} for one in told])


def put_actions(world: World, instance: str, line_item: str, told: Sequence[Body]) -> tuple[Action, ...]:
    """The whole new list: those with an ``id`` keep their count, omitted ones lose it (C2.4). Raises Invalid."""
    before = {action.id for action in actions_of(world, instance, line_item)}
    for place, one in enumerate(told):
        if one.get("id") is not None and one["id"] not in before:
            msg = f"The line item {line_item!r} has no action {one['id']!r}: leave the id out to add one"
            raise Invalid(msg, field=f"{place}.id", value=one["id"])
    kept = [one["id"] for one in told if one.get("id") is not None]
    _check_once(kept, "action")
    for gone in before.difference(kept):
        world.store.delete(ALLOCATED.of(instance), gone)
    return _store(world, instance, line_item, told)


def delete_actions(world: World, instance: str, line_item: str) -> None:
    """All of a line item, with what was used under them."""
    put_actions(world, instance, line_item, [])


def _store(world: World, instance: str, line_item: str, told: Sequence[Body]) -> tuple[Action, ...]:
    _check(world, instance, told)
    made = tuple(
        Action(
            one.get("id") or world.new_uuid("dynamic_monetization.action"),
            one.get("name"),
            one.get("conditionId"),
            one["action"] == "ALLOW",
            amount(one["allocation"]) if "allocation" in one else None,
        )
        for one in told
    )
    for action in made:
        if world.store.get(ALLOCATED.of(instance), action.id) is None:
            world.store.put(ALLOCATED.of(instance), action.id, ZERO)
    if made:
        world.store.put(ACTIONS.of(instance), line_item, made)
    else:
        world.store.delete(ACTIONS.of(instance), line_item)
    return made


def _check(world: World, instance: str, told: Sequence[Body]) -> None:
    """What a list of actions must be (C3, G15). Raises Invalid."""
    defaults = [place for place, one in enumerate(told) if one.get("conditionId") is None]
    if len(defaults) > 1:
        msg = "Only one action may be the default, without conditionId"
        raise Invalid(msg, field=f"{defaults[1]}.conditionId")
    for place, one in enumerate(told):
        condition, allows = one.get("conditionId"), one["action"] == "ALLOW"
        if condition is not None and world.store.get(CONDITIONS.of(instance), condition) is None:
            msg = f"There is no condition {condition!r} on the instance {instance!r}"
            raise Invalid(msg, field=f"{place}.conditionId", value=condition)
        if allows and condition is not None and "allocation" not in one:
            msg = "An ALLOW needs an allocation, unless it is the default action"
            raise Invalid(msg, field=f"{place}.allocation")
        if not allows and "allocation" in one:
            msg = "A DENY has no allocation"
            raise Invalid(msg, field=f"{place}.allocation", value=one["allocation"])


class Judge:
    """What the rules of an instance say about one requester's ``dictionary``."""

    __slots__ = ("_actions", "_conditions", "_decided", "_dictionary", "_met")

    def __init__(self, world: World, instance: str, dictionary: Body) -> None:
        self._actions = world.store.all(ACTIONS.of(instance))
        self._conditions = world.store.all(CONDITIONS.of(instance))
        self._dictionary = dictionary
        self._met: dict[str, bool] = {}
        self._decided: dict[str, tuple[bool, Action | None]] = {}

    def decide(self, line_item: str) -> tuple[bool, Action | None]:
        """Whether the line item may be used, and under which action: the first that matches decides (C4.6, G12)."""
        actions = self._actions.get(line_item)
        if not actions:
            return True, None
        decided = self._decided.get(line_item)
        if decided is None:
            found = next((one for one in actions if one.condition is None or self._meets(one.condition)), None)
            decided = self._decided[line_item] = found is not None and found.allows, found
        return decided

    def _meets(self, condition: str) -> bool:
        if condition not in self._met:
            found = self._conditions.get(condition)
            self._met[condition] = found is not None and meets(found.criterion, self._dictionary)
        return self._met[condition]


def meets(criterion: Body, dictionary: Body) -> bool:
    """Whether a requester's dictionary fulfils a condition (G11)."""
    if criterion["operator"] in {"AND", "OR"}:
        joined = all if criterion["operator"] == "AND" else any
        return joined(meets(part, dictionary) for part in criterion["conditions"])
    listed = not _texts(dictionary.get(criterion["key"], [])).isdisjoint(criterion["values"])
    return listed is (criterion["operator"] == "IN")


def _texts(value: Any) -> set[str]:
    """A text as it is, a list as each of its members, anything else as JSON writes it."""
    if isinstance(value, list):
        return {text for member in value for text in _texts(member)}
    return {value if isinstance(value, str) else orjson.dumps(value).decode()}
