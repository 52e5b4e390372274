"""What a tenant of the reference model has set: keys, instances, line items, rules of access, rate tables.

An answer is (status, body). The body of an error is the name of its only member, None means that there is no body.
Instants and spans are milliseconds. Line items and actions are known by identity: a replaced one stays the same dict.
"""

import json
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import zip_longest
from typing import Any

Json = dict[str, Any]
Answer = tuple[int, Any]

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
LINE_ITEM = ("activationId", "state", "quantity", "start", "end", "used", "attributes")
ACTION = ("id", "name", "conditionId", "action", "allocation")


def holds(condition: Json, dictionary: Json) -> bool:
    """Whether a requester with this dictionary meets a condition (G11)."""
    if condition["operator"] in {"AND", "OR"}:
        parts = [holds(part, dictionary) for part in condition["conditions"]]
        return all(parts) if condition["operator"] == "AND" else any(parts)
    found = False
    if condition["key"] in dictionary:
        value = dictionary[condition["key"]]
        for member in value if isinstance(value, list) else [value]:
            text = member if isinstance(member, str) else json.dumps(member)
            found = found or text in condition["values"]
    return found if condition["operator"] == "IN" else not found


def decide(item: Json, conditions: Iterable[Json], dictionary: Json) -> tuple[bool, Json | None]:
    """Whether the actions of a line item let a requester use it, and which of them says so (G12)."""
    for action in item["actions"]:
        meets = [holds(one, dictionary) for one in conditions if one["id"] == action.get("conditionId")]
        if "conditionId" not in action or meets == [True]:
            return action["action"] == "ALLOW", action
    return not item["actions"], None


class Tenant:
    """Its settings at ``now``."""

    def __init__(self, now: int) -> None:
        self.now = now
        self.tolerant = False
        self.keys: dict[tuple[str, str], Json] = {}
        self.tables: list[Json] = []
        self.instances: list[Json] = []
        self.sessions: list[Json] = []

    # Keys

    def put_key(self, kind: str, key_id: str, pem: str) -> Answer:
        key = self.keys.get((kind, key_id), {"listed": False, "history": []})
        if not key["listed"]:
            self.keys.pop((kind, key_id), None)
            self.keys[kind, key_id] = key
            key["created"] = self.now
        key |= {"listed": True, "publicKey": pem}
        key["history"].append((self.now + 10 * MINUTE, pem))
        return 200, None

    def delete_key(self, kind: str, key_id: str) -> Answer:
        key = self.keys.get((kind, key_id))
        if key is None or not key["listed"]:
            return 404, "message"
        if kind == "administration-key" and sum(one[0] == kind and self.keys[one]["listed"] for one in self.keys) == 1:
            return 403, "message"
        key["listed"] = False
        key["history"].append((self.now + 10 * MINUTE, None))
        return 200, None

    def verifies(self, kind: str, key_id: str, pem: str) -> bool:
        history = self.keys.get((kind, key_id), {"history": []})["history"]
        return [value for since, value in history if since <= self.now][-1:] == [pem]

    # Instances and line items

    def add_instance(self, body: Json, instance_id: str) -> Answer:
        first = all(one["accountId"] != body["accountId"] for one in self.instances)
        shown = {"id": instance_id, **body, "defaultInstance": first, "created": self.now}
        self.instances.append({**shown, "shown": shown, "items": [], "deleted": [], "conditions": []})
        return 200, shown

    def line_item(self, instance: Json, item_id: str) -> Json | None:
        return next((one for one in instance["items"] if one["activationId"] == item_id), None)

    def shown_item(self, item: Json) -> Json:
        return {name: item[name] for name in LINE_ITEM}

    def put_line_item(self, instance: Json, body: Json) -> Answer:
        item = self.line_item(instance, body["activationId"])
        if body["end"] <= body["start"]:
            return 400, "errors"
        if body["state"] != ("DEPLOYED" if item is None else body["state"]):
            return 400, "errors"
        if item is not None and item["state"] == "OBSOLETE" != body["state"]:
            return 400, "errors"
        if item is None:
            item = self._mapped(instance, body["activationId"])
        item |= {name: body[name] for name in LINE_ITEM if name != "used"}
        return 200, self.shown_item(item)

    def _mapped(self, instance: Json, item_id: str) -> Json:
        """A new line item, or the deleted one that sessions still hold."""
        held = [
            item for item in instance["deleted"] if item["activationId"] == item_id and self._is_held(instance, item)
        ]
        item = held[0] if held else {"used": Fraction(0), "actions": []}
        instance["deleted"] = [one for one in instance["deleted"] if one is not item]
        instance["items"].append(item)
        return item

    def _is_held(self, instance: Json, item: Json) -> bool:
        return any(
            one["item"] is item
            for session in self.sessions
            if session["instance"] is instance and session["state"] == "ACTIVE"
            for one in session["paid"]
        )

    def delete_line_item(self, instance: Json, item_id: str) -> Answer:
        item = self.line_item(instance, item_id)
        if item is None:
            return 404, "message"
        if item["state"] != "OBSOLETE":
            return 409, "message"
        item["actions"] = []
        instance["items"] = [one for one in instance["items"] if one is not item]
        instance["deleted"].append(item)
        return 204, None

    # Rules of access

    def shown_actions(self, item: Json) -> list[Json]:
        return [
            {name: action[name] for name in ACTION if name in action}
            | ({"used": action["used"]} if "allocation" in action else {})
            for action in item["actions"]
        ]

    def _bad_actions(self, instance: Json, actions: Iterable[Json]) -> bool:
        known = [one["id"] for one in instance["conditions"]]
        wanted = [one["conditionId"] for one in actions if "conditionId" in one]
        return (
            sum("conditionId" not in one for one in actions) > 1
            or sum(one["action"] == "ALLOW" and "allocation" not in one for one in actions) > 1
            or any(one not in known for one in wanted)
        )

    def _malformed(self, actions: Iterable[Json]) -> bool:
        return any(one["action"] == "DENY" and "allocation" in one for one in actions)

    def create_actions(self, instance: Json, item_id: str, body: list[Json], ids: Sequence[str]) -> Answer:
        item = self.line_item(instance, item_id)
        if item is not None and item["actions"] and not self._malformed(body):
            return 409, "message"
        return self.put_actions(instance, item_id, body, ids)

    def put_actions(self, instance: Json, item_id: str, body: list[Json], ids: Sequence[str]) -> Answer:
        """``ids``: those of all actions, as answered."""
        item = self.line_item(instance, item_id)
        if self._malformed(body):
            return 400, "message"
        if item is None:
            return 404, "message"
        if self._bad_actions(instance, body):
            return 400, "message"
        actions = []
        for entry, new_id in zip_longest(body, ids):
            known = [one for one in item["actions"] if one["id"] == entry.get("id")]
            action = known[0] if known else {"id": new_id, "used": Fraction(0)}
            kept = {"id": action["id"], "used": action["used"]}
            action.clear()
            action |= entry | kept
            actions.append(action)
        item["actions"] = actions
        return 200, self.shown_actions(item)

    def delete_actions(self, instance: Json, item_id: str) -> Answer:
        item = self.line_item(instance, item_id)
        if item is None:
            return 404, "message"
        item["actions"] = []
        return 204, None

    def save_conditions(self, instance: Json, body: list[Json], ids: Sequence[str]) -> Answer:
        """POST and PATCH; ``ids``: those of all conditions, as answered."""
        saved = []
        for entry, new_id in zip_longest(body, ids):
            known = [one for one in instance["conditions"] if one["id"] == entry.get("id")]
            condition = known[0] if known else {"id": new_id}
            kept = {"id": condition["id"]}
            condition.clear()
            condition |= entry | kept
            saved.append(condition)
            instance["conditions"] += [] if known else [condition]
        return 200, saved

    def delete_conditions(self, instance: Json, condition_id: str | None = None) -> Answer:
        """One, or all."""
        gone = [one for one in instance["conditions"] if condition_id in {None, one["id"]}]
        if condition_id is not None and not gone:
            return 404, "message"
        used = [action.get("conditionId") for item in instance["items"] for action in item["actions"]]
        if any(one["id"] in used for one in gone):
            return 409, "message"
        instance["conditions"] = [one for one in instance["conditions"] if one not in gone]
        return 204, None

    # Rate tables

    def post_table(self, body: Json) -> Answer:
        if any((one["series"], one["version"]) == (body["series"], body["version"]) for one in self.tables):
            return 409, "error"
        self.tables.append({**body, "created": self.now})
        return 201, {"message": "Rate table successfully saved"}

    def delete_table(self, series: str, version: str) -> Answer:
        found = [one for one in self.tables if (one["series"], one["version"]) == (series, version)]
        if not found:
            return 404, "message"
        if found[0]["effectiveFrom"] <= self.now:
            return 409, "error"
        self.tables.remove(found[0])
        return 204, None

    def rate(self, series: str, item: str, version: str) -> Fraction | None:
        """The price of an item by the table of a series that is in force."""
        in_force = None
        for table in self.tables:
            counts = table["series"] == series and table["effectiveFrom"] <= self.now
            if counts and (in_force is None or table["effectiveFrom"] >= in_force["effectiveFrom"]):
                in_force = table
        prices = in_force["items"] if in_force else []
        return next((one["rate"] for one in prices if (one["name"], one.get("version", "")) == (item, version)), None)
