"""An instance and a session in a probe, with short ways to ask about them."""

from typing import Any

from sandbox.contract.apis.dynamic_monetization.beliefs import Json
from sandbox.contract.apis.dynamic_monetization.draws import SERIES, request, table
from sandbox.contract.play import Play, Result
from sandbox.contract.steps import Ref, Tag

ONE, TWO = SERIES
_PHOTO, _CAD, _FREE = ("photo", "1"), ("cad", ""), ("free", "")
FIRST_PRICES: dict[tuple[str, str], float] = {_PHOTO: 3, _CAD: 0.7, _FREE: 0}
SECOND_PRICES: dict[tuple[str, str], float] = {_PHOTO: 7, _CAD: 0.1}


class Place:
    """An instance in a probe, and short ways to ask about it."""

    def __init__(self, play: Play, name: str = "one", **more: Any) -> None:
        self.play = play
        self.more = more
        body = {"shortName": Tag(name), "accountId": Tag("acme")}
        self.made = play.send("addInstance", body=body, **more)
        self.path: Json = {"instanceId": self.made.ref("id")}

    def put(self, body: Json) -> Result:
        """Map a line item."""
        return self.play.send("addActivation", self.path, body, **self.more)

    def ask(self, *asked: tuple[str, str, float], dept: str | None = None) -> Result:
        """Request items once, and read what was used."""
        found = self.play.send("postAccessRequest", self.path, request(*asked, dept=dept), **self.more)
        self.read()
        return found

    def read(self) -> None:
        """Everything that it holds."""
        for operation in ("getActivationsForInstance", "getLineItemActions", "getConditionsOfAccess"):
            self.play.send(operation, self.path, **self.more)
        self.play.send("getAllSessionsForInstance", query=[("instanceId", self.path["instanceId"])], **self.more)

    def of(self, name: str) -> Json:
        """The path of a line item."""
        return {**self.path, "lineItemId": Tag(name)}

    def session(self) -> "Use":
        """A new session."""
        return Use(self)

    def condition(self, dept: str, operator: str = "IN") -> Ref:
        """A new condition on the requester's department."""
        body = {"conditions": [{"name": dept, "key": "dept", "operator": operator, "values": [dept]}]}
        return self.play.send("postConditionsOfAccess", self.path, body).ref(0, "id")


class Use:
    """A session in a probe."""

    def __init__(self, place: Place) -> None:
        self.place, self.play = place, place.play
        made = self.play.send("createSession", body={"instanceId": place.path["instanceId"]}, **place.more)
        self.path = {"sessionId": made.ref("sessionId")}

    def ask(self, *asked: tuple[str, str, float], rollback: bool = True) -> Result:
        """Request items, and read what that changed."""
        found = self.play.send("putSessionAccessRequest", self.path, request(*asked, rollback=rollback))
        self.read()
        return found

    def read(self) -> None:
        """The session, and its instance."""
        self.play.send("getSession", self.path)
        self.place.read()

    def beat(self) -> None:
        """A heartbeat."""
        self.play.send("getHeartbeat", self.path)

    def close(self) -> None:
        """The end."""
        self.play.send("closeSession", self.path)
        self.read()

    def wait(self, span: int) -> None:
        """Time passes, in milliseconds; then everything is read."""
        self.play.wait(span / 1000)
        self.read()


def priced(play: Play, **more: Any) -> None:
    """Two series; all that decides on prices is read, so that it is known."""
    play.send("postRateTables", body=table(ONE, "1", FIRST_PRICES), **more)
    play.send("postRateTables", body=table(TWO, "1", SECOND_PRICES), **more)
    play.send("getRateTables", **more)
    play.send("getTenantConfigurations", **more)


def condition_on(dept: str) -> Json:
    """The body of a condition: the requester is of that department."""
    return {"name": dept, "key": "dept", "operator": "IN", "values": [dept]}
