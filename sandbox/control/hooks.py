"""Webhooks: who subscribed, what was delivered where and how that went, and what is to go wrong."""

from collections import Counter
from typing import Any

from sandbox.control import representations as show
from sandbox.control.desk import Body, Desk, span
from sandbox.control.time import Waiting
from sandbox.kernel.clock import DAY, SECOND
from sandbox.kernel.errors import Conflict, Invalid, NotFound
from sandbox.kernel.misdelivery import FAULTS, SPANS, Fault, put_faults
from sandbox.kernel.request import Reply
from sandbox.kernel.targets import ALLOWED, callable_target
from sandbox.kernel.webhooks import DELIVERIES, SUBSCRIPTIONS, Delivery, unsubscribe

LONGEST = 400 * DAY
"""What a fault may add to time, in ms: as far as one move of the clock goes."""


class Hooks(Desk):
    """Subscriptions of every API, deliveries and their faults, of a namespace."""

    __slots__ = ()

    def list_webhooks(self) -> Reply:
        states: dict[str, Counter[str]] = {}
        for delivery in self._world.store.all(DELIVERIES):
            states.setdefault(delivery.subscription, Counter())[delivery.state] += 1
        found = self._world.store.all(SUBSCRIPTIONS)
        return {"webhooks": [show.webhook(s, dict(states.get(s.id, {}))) for s in found]}, 200

    def delete_webhook(self, webhook_id: str) -> Reply:
        found = self._world.store.get(SUBSCRIPTIONS, webhook_id)
        if found is None:
            msg = f"There is no webhook {webhook_id!r}"
            raise NotFound(msg)
        unsubscribe(self._world, found)
        return {"success": True, "message": "Webhook deleted successfully"}, 200

    def list_deliveries(self, after: int, limit: int, state: str | None = None) -> Reply:
        found = [d for d in self._world.store.all(DELIVERIES) if int(d.id) > after and state in {None, d.state}]
        shown = [self._shown(delivery) for delivery in found[:limit]]
        return {"deliveries": shown, "cursor": int(found[limit - 1].id) if len(found) > limit else None}, 200

    def get_delivery(self, delivery_id: int) -> Reply:
        return self._shown(self._delivery(delivery_id)), 200

    def replay_delivery(self, delivery_id: int) -> Waiting:
        found, epoch = self._delivery(delivery_id), self._namespace.epoch
        self._check_replay(found)
        attempt = self._namespace.replay(found)
        (outcome,) = yield [attempt]
        if self._namespace.epoch != epoch:
            msg = "The namespace was reset or deleted while the delivery was replayed"
            raise Conflict(msg)
        self._namespace.settle(attempt, outcome)
        booked = self._delivery(delivery_id)
        return {"attempt": show.attempt(booked.tried[-1]), "delivery": self._shown(booked)}, 200

    def get_webhook_faults(self) -> Reply:
        return {"faults": [show.webhook_fault(fault) for fault in self._world.store.all(FAULTS)]}, 200

    def set_webhook_faults(self, body: Body) -> Reply:
        for given in body["faults"]:
            self._check_named(given.get("api"))
        put_faults(self._world, [_fault(place, given) for place, given in enumerate(body["faults"])])
        return self.get_webhook_faults()

    def clear_webhook_faults(self) -> Reply:
        self._world.store.drop(FAULTS)
        return {"success": True, "message": "Webhook faults removed successfully"}, 200

    def _shown(self, delivery: Delivery) -> dict[str, Any]:
        return show.delivery(delivery, self._namespace.signature(delivery))

    def _delivery(self, number: int) -> Delivery:
        found = self._world.store.get(DELIVERIES, str(number))
        if found is None:
            msg = f"There is no delivery {number}: there never was, or it is forgotten"
            raise NotFound(msg)
        return found

    def _check_replay(self, delivery: Delivery) -> None:
        """Raises Conflict for one that is under way, or may not be sent at all."""
        if delivery.id in self._namespace.under_way:
            msg = f"An attempt at delivery {delivery.id} is under way: wait for its outcome"
            raise Conflict(msg)
        if not callable_target(delivery.url, self._world.setting(ALLOWED)):
            msg = "The URL is neither loopback nor on the allow-list: add its host to the setting webhooks.allow"
            raise Conflict(msg)


def _fault(place: int, given: Body) -> Fault:
    """A fault as a body describes it. Raises Invalid for a span of more than 400 days."""
    effect, field = given["effect"], f"faults.{place}.by"
    length = span(field, given.get("by", SPANS[effect] / SECOND)) if SPANS[effect] else 0
    if length > LONGEST:
        msg = f"by must be at most {LONGEST // DAY} days"
        raise Invalid(msg, field=field, value=given["by"])
    return Fault(effect, length, given.get("next"), given.get("api"), given.get("event"))
