"""Who is told of what, how that went, and what is to go wrong with it.

Written from openapi/control.yaml by tools/write_client.py.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypedDict

from sandbox.client.shapes import Deletion


class Attempt(TypedDict):
    """Attempt."""

    at: str
    outcome: str
    status: int | None


class Delivery(TypedDict):
    """One event on its way to one webhook."""

    id: int
    api: str
    subscription: str
    url: str
    event: str
    state: Literal["pending", "delivered", "failed", "blocked", "dropped"]
    attempts: list[Attempt]
    nextAttempt: str | None
    faults: list[Literal["drop", "delay", "duplicate", "reorder", "wrongSignature", "staleTime"]]
    body: str
    signature: str | None


class DeliveryPage(TypedDict):
    """Delivery page."""

    deliveries: list[Delivery]
    cursor: int | None


class Replay(TypedDict):
    """Replay."""

    attempt: Attempt
    delivery: Delivery


class Webhook(TypedDict):
    """Webhook."""

    id: str
    api: str
    url: str
    events: list[str]
    signed: bool
    createdAt: str
    deliveries: dict[str, int]


class WebhookList(TypedDict):
    """Webhook list."""

    webhooks: list[Webhook]


class WebhookFault(TypedDict):
    """Webhook fault."""

    effect: Literal["drop", "delay", "duplicate", "reorder", "wrongSignature", "staleTime"]
    by: float
    left: int | None
    api: str | None
    event: str | None
    applied: int


class WebhookFaultList(TypedDict):
    """Webhook fault list."""

    faults: list[WebhookFault]


class WebhooksOperations:
    """Who is told of what, how that went, and what is to go wrong with it."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def list_deliveries(
        self,
        *,
        after: int | None = None,
        limit: int | None = None,
        state: Literal["pending", "delivered", "failed", "blocked", "dropped"] | None = None,
    ) -> DeliveryPage:
        """List the webhook deliveries.

        What was sent to webhooks, or waits to be, oldest first: the exact body, its signature, and every attempt. It is
        bounded; the oldest are dropped first.
        """
        answer: DeliveryPage = self._call(
            "GET", "/__admin/deliveries", query={"after": after, "limit": limit, "state": state}
        )
        return answer

    def get_delivery(self, delivery_id: int) -> Delivery:
        """Get a webhook delivery.

        One event on its way to one webhook, with every attempt. A finished one may be forgotten in time.
        """
        answer: Delivery = self._call("GET", "/__admin/deliveries/{deliveryId}", at={"deliveryId": delivery_id})
        return answer

    def replay_delivery(self, delivery_id: int) -> Replay:
        """Make one more attempt at a delivery now.

        Sends the delivery once, now, whatever its state, and answers when the outcome is known. No fault strikes a
        replay: it is rightly signed. A success ends the delivery; after a failure its schedule goes on as before.
        """
        answer: Replay = self._call("POST", "/__admin/deliveries/{deliveryId}/replay", at={"deliveryId": delivery_id})
        return answer

    def list(self) -> WebhookList:
        """List the webhooks of every API.

        Who subscribed to which events, in the order of their creation, with the number of deliveries made for each by
        state. Secrets are not told.
        """
        answer: WebhookList = self._call("GET", "/__admin/webhooks")
        return answer

    def delete(self, webhook_id: str) -> Deletion:
        """Delete a webhook of any API. No further event is sent to it; what waits to be delivered to it has failed."""
        answer: Deletion = self._call("DELETE", "/__admin/webhooks/{webhookId}", at={"webhookId": webhook_id})
        return answer

    def get_faults(self) -> WebhookFaultList:
        """Read what is to go wrong with webhooks.

        The faults in their order, each with the number of deliveries it struck.
        """
        answer: WebhookFaultList = self._call("GET", "/__admin/webhook-faults")
        return answer

    def set_faults(self, faults: Sequence[Mapping[str, Any]]) -> WebhookFaultList:
        """Say what is to go wrong with webhooks.

        Replaces the faults. Each strikes the next deliveries made, as many as it says or until it is removed, of one
        API or one event if it names them. Of several with one effect the first that is not spent strikes; different
        effects add up, but nothing else happens to a delivery that is dropped. A blocked delivery uses none up. A time
        longer than 400 days is 400.
        """
        answer: WebhookFaultList = self._call("PUT", "/__admin/webhook-faults", body={"faults": faults})
        return answer

    def clear_faults(self) -> Deletion:
        """Let webhooks go right again. Removes every fault; deliveries that were struck keep what struck them."""
        answer: Deletion = self._call("DELETE", "/__admin/webhook-faults")
        return answer
