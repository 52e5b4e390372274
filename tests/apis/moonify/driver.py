"""What the tests of Moonify ask and do, in its own words."""

from typing import Any

from tests.client import Answer, Client

KEY = {"authorization": "serviceID yourServiceID"}
FORM = "application/x-www-form-urlencoded"
BASE = "/moonify/0.2/moonitize"
LEVERS = "/__admin/moonify"
NOW = "2024-01-15 10:30:00"
ZEROS = {"score": 0, "scoreRewarded": 0, "scoreRewardedByMoonify": 0, "totalTime": 0}

SCENARIO = """
title: Two users
clock: 2024-01-15T10:30:00Z
moonify:
  services:
    - id: yourServiceID
      users:
        - { id: ann, score: 10, totalTime: 100, updated: "2024-01-14T00:00:00Z" }
        - { id: bob, score: 20, totalTime: 200, updated: "2024-01-14T00:00:00Z" }
"""


class Driver:
    """One sandbox, called as the service ``yourServiceID`` unless ``headers`` say otherwise."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def __call__(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        return self.client(method, BASE + path, body, **{"token": None, "headers": KEY} | options)

    def get(self, path: str, **options: Any) -> Answer:
        return self("GET", path, **options)

    def open(self, body: Any = None, **options: Any) -> str:
        """The token of a new session."""
        answer = self("POST", "/sessions", body, **options)
        assert answer.status == 201, answer
        return str(answer.json["tokenID"])

    def refused(self, body: Any, **options: Any) -> str:
        """What a 400 says."""
        answer = self("POST", "/sessions", body, **options)
        assert answer.status == 400, answer
        assert answer.json.keys() == {"error"}
        return str(answer.json["error"])

    def user(self, user: str, group: str = "") -> Any:
        """One user as it is now, or in the group ``name/value``."""
        return self.get(f"/groups/{group}/users/{user}" if group else f"/users/{user}").json["user"]

    def group(self, group: str) -> Any:
        return self.get(f"/groups/{group}/").json["group"]

    def users(self, query: str = "", group: str = "") -> dict[str, Any]:
        """A page of the users by id, in order."""
        answer = self.get((f"/groups/{group}/users/" if group else "/users") + query)
        assert answer.status == 200, answer
        return dict(answer.json["users"])

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        """An act of the control plane that succeeds."""
        answer = self.client(method, "/__admin" + path, body)
        assert answer.status in {200, 201}, answer
        return answer.json

    def earn(self, token: str, score: float = 0, time: int = 0) -> Any:
        """Let a session earn; what it counts for, afterwards."""
        return self.admin("POST", f"/moonify/sessions/{token}/activity", {"score": score, "time": time})

    def shift(self, by: str | float) -> Any:
        return self.admin("POST", "/clock/shift", {"by": by})

    def due(self) -> list[str]:
        """The kinds of what is on the agenda."""
        return [item.kind for item in self.client.world.agenda]

    def set(self, name: str, *, value: bool) -> None:
        self.admin("PATCH", "/settings", {f"moonify.{name}": value})
