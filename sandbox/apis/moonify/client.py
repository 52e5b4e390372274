"""The typed client of this API's levers. Written from openapi/moonify.control.yaml by tools/write_client.py."""

from collections.abc import Callable, Mapping
from typing import Any, NotRequired, TypedDict


class Deletion(TypedDict):
    """That something was closed or stopped."""

    success: bool
    message: str


class SessionGroup(TypedDict):
    """The member group of Session."""

    name: str
    value: str


class Session(TypedDict):
    """Session."""

    seq: int
    tokenID: str
    userID: str | None
    group: SessionGroup | None
    openedAt: str


class SessionPage(TypedDict):
    """Session page."""

    sessions: list[Session]
    cursor: int | None


class User(TypedDict):
    """A user, as the API itself answers it."""

    id: str
    score: float
    scoreRewarded: float
    scoreRewardedByMoonify: float
    totalTime: int
    updated: str


class Group(TypedDict):
    """A group, as the API itself answers it."""

    name: str
    value: str
    score: float
    scoreRewarded: float
    scoreRewardedByMoonify: float
    totalTime: int
    updated: str


class Statistics(TypedDict):
    """Those that changed: `user` in the whole service, `group`, and `groupUser`, the user in that group."""

    user: NotRequired[User]
    group: NotRequired[Group]
    groupUser: NotRequired[User]


class Simulation(TypedDict):
    """Simulation."""

    ratePerMinute: float
    spread: float
    interval: int
    startedAt: str
    nextStep: str
    sessions: int


class Levers:
    """The test levers of one API: ``Control.levers(Levers)`` makes it."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def list_sessions(self, *, after: int | None = None, limit: int | None = None) -> SessionPage:
        """List the open sessions.

        Every session that is open, oldest first. A session stays open until it is closed here.
        """
        answer: SessionPage = self._call("GET", "/__admin/moonify/sessions", query={"after": after, "limit": limit})
        return answer

    def get_session(self, token_id: str) -> Session:
        """Read a session. Whose session it is, where its score counts, and when it was opened."""
        answer: Session = self._call("GET", "/__admin/moonify/sessions/{tokenID}", at={"tokenID": token_id})
        return answer

    def close_session(self, token_id: str) -> Deletion:
        """Close a session.

        Closes a session, which then earns no more. What it has earned stays with its user and its group.
        """
        answer: Deletion = self._call("DELETE", "/__admin/moonify/sessions/{tokenID}", at={"tokenID": token_id})
        return answer

    def add_activity(self, token_id: str, *, score: float | None = None, time: int | None = None) -> Statistics:
        """Let a session earn.

        Adds score and time to whatever the session counts for, as the visitor's browser would: its user, its group, and
        its user in that group. `updated` of each is now. An anonymous session without a group counts for nothing.
        """
        answer: Statistics = self._call(
            "POST",
            "/__admin/moonify/sessions/{tokenID}/activity",
            at={"tokenID": token_id},
            body={"score": score, "time": time},
        )
        return answer

    def reward(
        self,
        score: float,
        *,
        user_id: str | None = None,
        by_moonify: bool | None = None,
        group: Mapping[str, Any] | None = None,
    ) -> Statistics:
        """Reward a user or a group.

        Adds to what a user or a group was rewarded: to `scoreRewarded`, or with `byMoonify` to
        `scoreRewardedByMoonify`. `updated` is now; all else stays as it is, the score too. The user or the group must
        exist.
        """
        answer: Statistics = self._call(
            "POST",
            "/__admin/moonify/rewards",
            body={"score": score, "userID": user_id, "byMoonify": by_moonify, "group": group},
        )
        return answer

    def get_simulation(self) -> Simulation:
        """Read the visitor simulation. How visitors earn, and when they do so next. Without a simulation 404."""
        answer: Simulation = self._call("GET", "/__admin/moonify/simulation")
        return answer

    def set_simulation(
        self, rate_per_minute: float, *, spread: Any | None = None, interval: Any | None = None
    ) -> Simulation:
        """Start or change the visitor simulation.

        From now on every open session earns, in steps on the namespace's clock. Once every `interval` each gets the
        whole seconds that it was open since the step before, and for each minute of them `ratePerMinute` score, more or
        less by `spread`. How much more or less follows from the namespace's seed, the session and the step alone: the
        same seed gives the same numbers, whether the clock is moved at once or by and by.
        """
        answer: Simulation = self._call(
            "PUT",
            "/__admin/moonify/simulation",
            body={"ratePerMinute": rate_per_minute, "spread": spread, "interval": interval},
        )
        return answer

    def stop_simulation(self) -> Deletion:
        """Stop the visitor simulation.

        From now on no session earns by itself; sessions stay open. What they would have got at the step to come is not
        added. Without a simulation 404.
        """
        answer: Deletion = self._call("DELETE", "/__admin/moonify/simulation")
        return answer
