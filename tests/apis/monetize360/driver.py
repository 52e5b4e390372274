"""Says what a test does to the simulated Monetize360 in that API's own words."""

from typing import Any
from urllib.parse import quote

from tests.client import M360, Answer, Client

NOW = "2024-01-15T10:30:00Z"
MISSING = "00000000-0000-4000-8000-000000000000"
HOOK = "http://127.0.0.1:9/hook"

SCENARIO = """
title: A small account
clock: 2024-01-15T10:30:00Z
monetize360:
  tokens:
    - { token: YOUR_API_TOKEN, tier: standard }
    - { token: YOUR_API_TOKEN_PREMIUM, tier: premium }
    - { token: YOUR_API_TOKEN_ENTERPRISE, tier: enterprise }
  workflows:
    - { id: order, name: Order, description: Takes an order, duration: 15, output: { status: success } }
  mobjects:
    - { id: note, name: Note, description: Anything }
    - id: plan
      name: Plan
      description: The platform's own
      type: SYSTEM
      records:
        - { id: free, data: { name: Free } }
"""


class Driver:
    """One account; ``client`` is who asks."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def get(self, path: str, **options: Any) -> Answer:
        return self.client.get(M360 + path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.client.post(M360 + path, body, **options)

    def put(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.client.put(M360 + path, body, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        return self.client.delete(M360 + path, **options)

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        """What the control plane answers, which must be a success."""
        answer = self.client(method, f"/__admin{path}", body)
        assert answer.status in {200, 201}, answer
        return answer.json

    def lever(self, method: str, path: str, body: Any = None) -> Answer:
        return self.client(method, f"/__admin/monetize360{path}", body)

    def mobject(self, name: str = "Thing", fields: dict[str, Any] | None = None, **more: Any) -> str:
        """The id of a new object with these fields."""
        body = {"name": name, "description": "For a test", **more}
        if fields is not None:
            body["schema"] = {"type": "object", "properties": fields}
        answer = self.post("/mobjects", body)
        assert answer.status == 201, answer
        return str(answer.json["id"])

    def create(self, mobject: str, **data: Any) -> Answer:
        return self.post(f"/mobjects/{mobject}/mdata", {"data": data})

    def record(self, mobject: str, **data: Any) -> str:
        """The id of a new record."""
        answer = self.create(mobject, **data)
        assert answer.status == 201, answer
        return str(answer.json["id"])

    def change(self, mobject: str, key: str, **data: Any) -> Answer:
        return self.put(f"/mobjects/{mobject}/mdata/{key}", {"data": data})

    def bulk(self, mobject: str, *rows: dict[str, Any]) -> Answer:
        return self.post(f"/mobjects/{mobject}/mdata/bulk", {"data": list(rows)})

    def query(self, mobject: str, *filters: str, **parameters: Any) -> Answer:
        given = [("filter", text) for text in filters] + list(parameters.items())
        query = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in given)
        return self.get(f"/mobjects/{mobject}/mdata?{query}")

    def found(self, mobject: str, *filters: str, **parameters: Any) -> list[Any]:
        """The member ``k`` of the records that a query answers, in their order."""
        answer = self.query(mobject, *filters, **parameters)
        assert answer.status == 200, answer
        return [record["data"].get("k") for record in answer.json["data"]]

    def workflow(self, key: str = "flow", **body: Any) -> str:
        """A workflow made by the lever."""
        answer = self.lever("PUT", f"/workflows/{key}", {"name": key.title(), **body})
        assert answer.status == 201, answer
        return key

    def execute(self, workflow: str, data: dict[str, Any] | None = None, *, later: bool = False) -> dict[str, Any]:
        """The execution that was started."""
        answer = self.post(f"/workflows/{workflow}/execute", {"data": data or {}, "async": later})
        assert answer.status == 200, answer
        return dict(answer.json)

    def execution(self, started: dict[str, Any]) -> dict[str, Any]:
        """An execution as it is now."""
        answer = self.get(f"/workflows/{started['workflowId']}/executions/{started['executionId']}")
        assert answer.status == 200, answer
        return dict(answer.json)

    def own_workflow(self, verb: str, name: str) -> str:
        """The id of one of an object's own workflows."""
        listed = self.get("/workflows?limit=1000").json["data"]
        return str(next(workflow["id"] for workflow in listed if workflow["name"] == f"{verb} {name}"))

    def shift(self, by: str | float) -> Any:
        """Move the clock on; what happened."""
        return self.admin("POST", "/clock/shift", {"by": by})

    def subscribe(self, *events: str, url: str = HOOK, **more: Any) -> str:
        """The id of a new webhook."""
        answer = self.post("/webhooks", {"url": url, "events": list(events), **more})
        assert answer.status == 201, answer
        return str(answer.json["id"])

    def deliveries(self) -> list[Any]:
        return list(self.admin("GET", "/deliveries")["deliveries"])

    def set(self, **settings: Any) -> None:
        """Change settings, their names with an underscore for the dot."""
        self.admin("PATCH", "/settings", {name.replace("_", "."): value for name, value in settings.items()})


def refused(answer: Answer) -> tuple[int, str, Any, Any]:
    """Status, code, field and value of an error."""
    error = answer.json["error"]
    return answer.status, error["code"], error["details"].get("field"), error["details"].get("value")


def invalid(field: str, value: Any) -> tuple[int, str, Any, Any]:
    """What ``refused`` says of a 400 for that field and value."""
    return 400, "VALIDATION_ERROR", field, value
