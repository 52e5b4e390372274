"""What the tests of Dynamic Monetization ask and do, in its own words. Paths begin with one of the three prefixes."""

from typing import Any

from sandbox.apis.dynamic_monetization import keys
from sandbox.kernel.clock import DAY, LAST_INSTANT, parse_instant
from tests.client import Answer, Client

BASE = "/dynamicmonetization"
PROVISIONING, API, ELASTIC = "/provisioning/api/v1.0", "/api/v1.0", "/elastic/api/v1.0"
LEVERS = "/__admin/dynamic_monetization"
NOW = parse_instant("2024-01-15T10:30:00Z")
LISA = {"type": "user", "value": "LisaBarry"}

SCENARIO = """
title: One instance
clock: 2024-01-15T10:30:00Z
dynamic_monetization:
  rateTables:
    - series: Apps
      version: "1"
      effectiveFrom: -P1D
      items: [{ name: Photo, version: "1.0", rate: 3 }, { name: Cad, version: "2.0", rate: 7 }, { name: Free, rate: 0 }]
  instances:
    - id: home
      shortName: Home
      accountId: ACME
      lineItems: [{ activationId: ACT, start: -P1D, quantity: 100, rateTableSeries: Apps }]
"""


def item(name: str, version: str | None, count: float = 1) -> dict[str, Any]:
    """An entry of ``requestedItems``."""
    return {"item": name, "count": count} | ({} if version is None else {"version": version})


def tokens(answer: Answer) -> list[tuple[str, list[tuple[str, Any]]]]:
    """Of each requested item its code, and what was charged to which line item."""
    return [
        (one["status"]["code"], [(part["activationId"], part["tokensCharged"]) for part in one["lineItems"]])
        for one in answer.json["requestedItems"]
    ]


class Driver:
    """One sandbox, called with an administration token unless ``token`` says otherwise."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.token = self.mint()

    def __call__(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        return self.client(method, BASE + path, body, **{"token": self.token} | options)

    def get(self, path: str, **options: Any) -> Answer:
        return self("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self("POST", path, body, **options)

    def put(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self("PUT", path, body, **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self("PATCH", path, body, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        return self("DELETE", path, **options)

    def mint(self, *instances: str, **more: Any) -> str:
        """A token: an administration token, or a client's for these instances."""
        role = {"role": "client", "instances": list(instances)} if instances else {"role": "admin"}
        return str(self.admin("POST", "/dynamic_monetization/tokens", role | more)["token"])

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        """An act of the control plane that succeeds."""
        answer = self.client(method, "/__admin" + path, body, token=None)
        assert answer.status in {200, 201}, answer
        return answer.json

    def lever(self, method: str, path: str, body: Any = None) -> Answer:
        return self.client(method, LEVERS + path, body, token=None)

    def shift(self, by: str | float) -> Any:
        return self.admin("POST", "/clock/shift", {"by": by})

    def set(self, *, key_propagation: bool) -> None:
        self.admin("PATCH", "/settings", {keys.PROPAGATION.name: key_propagation})

    def line_item(self, name: str = "ACT", instance: str = "home") -> Any:
        answer = self.get(f"{PROVISIONING}/instances/{instance}/line-items/{name}")
        assert answer.status == 200, answer
        return answer.json

    def used(self, name: str = "ACT", instance: str = "home") -> Any:
        return self.line_item(name, instance)["used"]

    def map(self, name: str = "ACT", instance: str = "home", **changed: Any) -> Answer:
        """Map a line item, DEPLOYED and without an end unless ``changed``; ``attributes`` are added to."""
        attributes = {"elastic": True, "rateTableSeries": "Apps"} | changed.pop("attributes", {})
        body = {"activationId": name, "state": "DEPLOYED", "quantity": 100, "start": NOW - DAY, "end": LAST_INSTANT}
        return self.put(f"{PROVISIONING}/instances/{instance}/line-items", body | changed | {"attributes": attributes})

    def request(self, *wanted: dict[str, Any], instance: str = "home", **dictionary: Any) -> Answer:
        """A one-off request for these items."""
        body = {"requester": LISA | {"dictionary": dictionary}, "requestedItems": list(wanted)}
        return self.post(f"{ELASTIC}/instances/{instance}/access-request", body)

    def open(self, *wanted: dict[str, Any], instance: str = "home", **dictionary: Any) -> str:
        """The id of a new session that uses these items."""
        answer = self.post(f"{API}/sessions", {"instanceId": instance})
        assert answer.status == 200, answer
        session = str(answer.json["sessionId"])
        assert not wanted or self.use(session, *wanted, **dictionary).status == 200
        return session

    def use(self, session: str, *wanted: dict[str, Any], rollback: bool = True, **dictionary: Any) -> Answer:
        """A request in a session: for these items from now on."""
        requester = LISA | {"dictionary": dictionary}
        body = {"requester": requester, "rollbackOnDeny": rollback, "requestedItems": list(wanted)}
        return self.put(f"{API}/sessions/{session}", body)

    def session(self, session: str) -> Any:
        """All that is known of a session."""
        return self.admin("GET", f"/dynamic_monetization/sessions/{session}")
