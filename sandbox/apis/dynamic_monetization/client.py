"""The typed client of this API's levers.

Written from openapi/dynamic_monetization.control.yaml by tools/write_client.py.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal, NotRequired, TypedDict


class Token(TypedDict):
    """Token."""

    token: str
    role: Literal["admin", "client"]
    keyId: str
    instances: list[str]
    issuedAt: str
    expiresAt: str


class SessionItem(TypedDict):
    """Session item."""

    item: str
    version: NotRequired[str]
    count: float


class Payment(TypedDict):
    """Payment."""

    lineItemId: str
    actionId: str | None
    tokens: float


class SessionRequester(TypedDict):
    """The member requester of Session."""

    type: str
    value: str


class Session(TypedDict):
    """Session."""

    seq: int
    sessionId: str
    instanceId: str
    state: Literal["IDLE", "ACTIVE", "TERMINATED", "FAILED"]
    requester: SessionRequester | None
    items: list[SessionItem]
    createdAt: str
    idleSince: str | None
    periodStart: str | None
    chargedUntil: str | None
    heartbeatDue: str | None
    lastHeartBeat: str | None
    lastAccessRequest: str | None
    heartbeatsKept: bool
    missesNext: bool
    paid: list[Payment]
    endedBy: Literal["close", "charge", "heartbeat", "denied", "idle", "failed"] | None


class SessionPage(TypedDict):
    """Session page."""

    sessions: list[Session]
    cursor: int | None


class Levers:
    """The test levers of one API: ``Control.levers(Levers)`` makes it."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def mint_token(
        self, role: Literal["admin", "client"], *, expires_in: int | None = None, instances: Sequence[str] | None = None
    ) -> Token:
        """Mint a token.

        Makes a token that the API takes from now on, signed with the built-in key of its role: each namespace has one
        administration key and one client key of its own. A client's token may be used with the instances named, which
        need not exist. The same request at the same instant makes the same token.
        """
        answer: Token = self._call(
            "POST",
            "/__admin/dynamic_monetization/tokens",
            body={"role": role, "expiresIn": expires_in, "instances": instances},
        )
        return answer

    def list_sessions(
        self,
        *,
        instance_id: str | None = None,
        state: Literal["IDLE", "ACTIVE", "TERMINATED", "FAILED"] | None = None,
        after: int | None = None,
        limit: int | None = None,
    ) -> SessionPage:
        """List the sessions. Every session, oldest first, those that have ended too. Both filters apply together."""
        answer: SessionPage = self._call(
            "GET",
            "/__admin/dynamic_monetization/sessions",
            query={"instanceId": instance_id, "state": state, "after": after, "limit": limit},
        )
        return answer

    def get_session(self, session_id: str) -> Session:
        """Read a session. All that is known of a session, whatever its state."""
        answer: Session = self._call(
            "GET", "/__admin/dynamic_monetization/sessions/{sessionId}", at={"sessionId": session_id}
        )
        return answer

    def keep_heartbeats(self, session_id: str, *, kept: bool) -> Session:
        """Keep a session's heartbeats going, or stop that.

        While its heartbeats are kept, a session counts as having sent its heartbeat at the instant of each automatic
        charge, as if its application did so without fail. `lastHeartBeat` shows it. With `kept` true while a heartbeat
        is due, one counts as sent now. With `kept` false the application has to send the next one itself. A heartbeat
        that was to be missed no longer is, either way.
        """
        answer: Session = self._call(
            "PUT",
            "/__admin/dynamic_monetization/sessions/{sessionId}/heartbeats",
            at={"sessionId": session_id},
            body={"kept": kept},
        )
        return answer

    def miss_heartbeat(self, session_id: str) -> Session:
        """Let a session miss its next heartbeat.

        The next heartbeat that would be sent for this session, because its heartbeats are kept going, does not come. 30
        minutes after that automatic charge the session is terminated, and the charge is refunded, unless its
        application sends one. Where heartbeats are not kept, nothing changes until they are.
        """
        answer: Session = self._call(
            "POST", "/__admin/dynamic_monetization/sessions/{sessionId}/missed-heartbeat", at={"sessionId": session_id}
        )
        return answer

    def fail_session(self, session_id: str) -> Session:
        """Fail a session.

        The session is FAILED now, as after a fault of the vendor's service: it uses nothing more, and what it paid for
        the rest of its period is refunded. It takes no more requests and no heartbeats.
        """
        answer: Session = self._call(
            "POST", "/__admin/dynamic_monetization/sessions/{sessionId}/fail", at={"sessionId": session_id}
        )
        return answer
