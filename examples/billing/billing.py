"""A print shop's billing: customers and their charges, prints that are metered, and visitors who earn.

- Monetize360 keeps the customers, and a workflow of it charges them; it tells by webhook when that is done.
- Dynamic Monetization says whether a print may be made, and counts it.
- Moonify gives the page of each customer a session to earn in.
"""

import hmac
from dataclasses import dataclass, field
from typing import Any

import requests
from flask import Blueprint, Flask, current_app, request

CUSTOMERS = "/mobjects/3f9a1ea8-5d9a-4f2b-a8f6-8f6b5d9a1ea9/mdata"
CHARGE = "/workflows/workflow-id/execute"
PRICE = 0.25
"""Euro a print."""
GRANTED = "101"
"""Dynamic Monetization's code for an item that may be used."""

Answer = tuple[dict[str, Any], int]
routes = Blueprint("billing", __name__)


@dataclass(frozen=True)
class Config:
    """Where the three services are, and what they want to be shown."""

    monetize360_token: str
    webhook_secret: str
    moonify_service: str
    metering_token: str
    instance: str
    monetize360_url: str = "https://api.monetize360.com/v1"
    moonify_url: str = "https://api.moonify.io/0.2"
    metering_url: str = "https://print-shop.flexnetoperations.com/dynamicmonetization"
    timeout: float = 10
    """Seconds."""


class Unavailable(Exception):
    """A service of a vendor cannot be reached, or fails."""


class Denied(Exception):
    """A print may not be made: the words say why."""


class Vendor:
    """One vendor's API: JSON in, JSON out."""

    def __init__(self, url: str, authorization: str, timeout: float) -> None:
        self._url = url
        self._timeout = timeout
        self._session = requests.Session()
        self._session.headers["Authorization"] = authorization

    def get(self, path: str) -> Any:
        """What is there; None if nothing is. Raises Unavailable."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """What is answered. Raises Unavailable."""
        return self._ask("POST", path, body)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        try:
            answer = self._session.request(method, self._url + path, json=body, timeout=self._timeout)
            if answer.status_code == requests.codes.not_found:
                return None
            answer.raise_for_status()
            return answer.json()
        except requests.RequestException as error:
            raise Unavailable(str(error)) from error


@dataclass
class Charge:
    """What a customer owes for some prints: ``open`` until Monetize360 says that it is ``paid``."""

    id: str
    customer: str
    copies: int
    amount: float
    state: str = "open"


@dataclass
class Ledger:
    """The charges by the id of the execution that makes them. A real shop would have a database."""

    charges: dict[str, Charge] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    """Deliveries of webhooks that were booked: each counts once, however often it comes."""


class Billing:
    """What the routes do."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.ledger = Ledger()
        self.monetize360 = Vendor(config.monetize360_url, f"Bearer {config.monetize360_token}", config.timeout)
        self.moonify = Vendor(config.moonify_url, f"serviceID {config.moonify_service}", config.timeout)
        self.metering = Vendor(config.metering_url, f"Bearer {config.metering_token}", config.timeout)

    def sign_up(self, name: str, email: str) -> dict[str, Any]:
        """A new customer, with a token for the page that they are shown."""
        data = {"name": name, "email": email, "status": "active", "tier": "standard"}
        made = self.monetize360.post(CUSTOMERS, {"data": data})
        session = self.moonify.post("/moonitize/sessions", {"userID": made["id"], "@tier": "standard"})
        return {"id": made["id"], "pageToken": session["tokenID"]}

    def customer(self, key: str) -> dict[str, Any] | None:
        """What is known of a customer: data, what they earned, and the charges."""
        found = self.monetize360.get(f"{CUSTOMERS}/{key}")
        if found is None:
            return None
        visitor = self.moonify.get(f"/moonitize/users/{key}")
        charges = [vars(charge) for charge in self.ledger.charges.values() if charge.customer == key]
        return {**found["data"], "id": key, "earned": visitor["user"]["score"] if visitor else 0, "charges": charges}

    def print(self, customer: str, copies: int) -> Charge:
        """Make prints, if Dynamic Monetization grants them, and charge for them. Raises Denied, Unavailable."""
        self._use(customer, copies)
        amount = round(copies * PRICE, 2)
        order = {"customerId": customer, "amount": amount, "action": "print"}
        started = self.monetize360.post(CHARGE, {"data": order, "async": True})
        charge = Charge(started["executionId"], customer, copies, amount)
        self.ledger.charges[charge.id] = charge
        return charge

    def _use(self, customer: str, copies: int) -> None:
        path = f"/elastic/api/v1.0/instances/{self.config.instance}/access-request"
        item = {"item": "PhotoPrint", "version": "1.0", "count": copies}
        wish = {"requester": {"type": "user", "value": customer}, "requestedItems": [item]}
        answer = self.metering.post(path, wish)
        if answer is None:
            raise Unavailable(f"There is no instance {self.config.instance}")
        status = answer["requestedItems"][0]["status"]
        if status["code"] != GRANTED:
            raise Denied(status["description"])

    def book(self, delivery: str, event: dict[str, Any]) -> None:
        """A charge was paid, if that is what the event says and it is one of ours."""
        if delivery in self.ledger.seen:
            return
        self.ledger.seen.add(delivery)
        charge = self.ledger.charges.get(event["data"].get("executionId", ""))
        if event["event"] == "workflow.completed" and charge is not None:
            charge.state = "paid"


def create_app(config: Config) -> Flask:
    """The service."""
    app = Flask(__name__)
    app.extensions["billing"] = Billing(config)
    app.register_blueprint(routes)
    app.register_error_handler(Unavailable, lambda error: ({"error": str(error)}, 503))
    app.register_error_handler(Denied, lambda error: ({"error": str(error)}, 402))
    return app


def billing() -> Billing:
    """That of the present application."""
    found: Billing = current_app.extensions["billing"]
    return found


@routes.post("/customers")
def add_customer() -> Answer:
    """Sign up: ``name`` and ``email``."""
    given = request.get_json()
    return billing().sign_up(given["name"], given["email"]), 201


@routes.get("/customers/<key>")
def show_customer(key: str) -> Answer:
    """A customer, 404 for an unknown one."""
    found = billing().customer(key)
    return (found, 200) if found else ({"error": "No such customer"}, 404)


@routes.post("/customers/<key>/prints")
def make_prints(key: str) -> Answer:
    """Print ``copies``: 202 with the charge, 402 where that is denied."""
    return vars(billing().print(key, request.get_json()["copies"])), 202


@routes.post("/webhooks/monetize360")
def receive_event() -> Answer:
    """An event of Monetize360: 401 without its signature."""
    wanted = hmac.new(billing().config.webhook_secret.encode(), request.get_data(), "sha256").hexdigest()
    if not hmac.compare_digest(request.headers.get("X-Monetize360-Signature", ""), f"sha256={wanted}"):
        return {"error": "Not signed by Monetize360"}, 401
    billing().book(request.headers["X-Monetize360-Delivery"], request.get_json())
    return {}, 200
