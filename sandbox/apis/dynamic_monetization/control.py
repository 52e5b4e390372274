"""The test levers of Dynamic Monetization (openapi/dynamic_monetization.control.yaml): tokens, and clients' lives."""

from dataclasses import replace
from typing import Any

from sandbox.apis.dynamic_monetization import representations as show
from sandbox.apis.dynamic_monetization import sessions, tokens
from sandbox.apis.dynamic_monetization.records import Live, Role, Session
from sandbox.apis.dynamic_monetization.state import SESSIONS, SIGNERS
from sandbox.kernel.clock import SECOND, iso
from sandbox.kernel.errors import Conflict, Invalid
from sandbox.kernel.request import Reply
from sandbox.kernel.world import World

Body = dict[str, Any]


class Levers:
    """One method per operationId."""

    __slots__ = ("_world",)

    def __init__(self, world: World) -> None:
        self._world = world

    def mint_token(self, body: Body) -> Reply:
        role, instances = Role(body["role"].upper()), body.get("instances", [])
        if bool(instances) is (role is Role.ADMIN):
            wanted = (
                "A client's token is for instances: list them"
                if role is Role.CLIENT
                else "Only a client's token has instances"
            )
            raise Invalid(wanted, field="instances", value=instances or None)
        life = body.get("expiresIn", tokens.LIFE // SECOND) * SECOND
        token = tokens.mint(self._world, role, instances, life)
        signer = self._world.store.get(SIGNERS, role)
        return {
            "token": token,
            "role": body["role"],
            "keyId": signer.key_id if signer else None,
            "instances": instances,
            "issuedAt": iso(self._world.now),
            "expiresAt": iso(self._world.now // SECOND * SECOND + life),
        }, 201

    def list_sessions(self, after: int, limit: int, instance_id: str | None = None, state: str | None = None) -> Reply:
        rows = [
            row
            for row in self._world.store.all(SESSIONS)
            if row.seq > after and instance_id in {None, row.instance} and state in {None, row.state}
        ]
        page = rows[:limit]
        cursor = page[-1].seq if len(rows) > limit else None
        return {"sessions": [show.session_known(row) for row in page], "cursor": cursor}, 200

    def get_session(self, session_id: str) -> Reply:
        return show.session_known(sessions.find(self._world, session_id)), 200

    def keep_heartbeats(self, session_id: str, body: Body) -> Reply:
        session = self._live(session_id)
        if body["kept"] and session.heartbeat_due is not None:
            sessions.heartbeat(self._world, session)
        return self._changed(replace(sessions.find(self._world, session_id), kept=body["kept"]))

    def miss_heartbeat(self, session_id: str) -> Reply:
        return self._changed(replace(self._live(session_id), misses=True))

    def fail_session(self, session_id: str) -> Reply:
        sessions.end(self._world, self._live(session_id), "failed", state=Live.FAILED)
        return self.get_session(session_id)

    def _live(self, session_id: str) -> Session:
        found = sessions.find(self._world, session_id)
        if not found.live:
            msg = f"The session is {found.state}: it has no heartbeats any more"
            raise Conflict(msg)
        return found

    def _changed(self, session: Session) -> Reply:
        self._world.store.put(SESSIONS, session.id, session)
        return show.session_known(session), 200
