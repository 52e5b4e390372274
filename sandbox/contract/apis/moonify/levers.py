"""What the sandbox's levers tell an oracle: what was earned, and whose a service ID is."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from sandbox.contract.apis.moonify.asked import opened
from sandbox.contract.apis.moonify.beliefs import Entry, Tenant
from sandbox.contract.wire import Exchange

_NAMESPACE = "x-sandbox-namespace"


@dataclass
class Environment:
    """Whose namespaces and service IDs are, as GET /environment told."""

    identities: dict[tuple[str, str], str] = field(default_factory=dict)

    def note(self, exchange: Exchange) -> None:
        """A lever's answer, if it tells that."""
        match exchange.answer.json:
            case {"variables": {"MSANDBOX_NAMESPACE": str(name), "MOONIFY_SERVICE_ID": str(service)}}:
                self.identities[name, service] = str(exchange.identity)

    def whose(self, exchange: Exchange) -> str | None:
        """Who acts: an identity, ``nobody`` for what must be refused, None where that is not known (B1).

        The header decides, then the body, then the query.
        """
        if exchange.identity != "nobody":
            return "nobody" if exchange.identity == "stranger" else exchange.identity
        scheme, _, service = exchange.sent.headers.get("authorization", "").partition(" ")
        if scheme:
            return self._of(exchange, service) if scheme.lower() == "serviceid" else "nobody"
        given = [value for name, value in exchange.sent.parameters if name == "serviceID" and value]
        if exchange.operation == "createSession" and exchange.sent.body:
            asked = opened(exchange.sent)
            given = [asked.service] if asked.service else given if asked.verdict == "good" else ["in doubt"]
        return self._of(exchange, given[0]) if given else "nobody"

    def _of(self, exchange: Exchange, service: str) -> str | None:
        return self.identities.get((exchange.sent.headers.get(_NAMESPACE, ""), service))


def pulled(tenant: Tenant, exchange: Exchange) -> None:
    """A lever was pulled: what it does is believed."""
    method, body = exchange.sent.method, exchange.sent.json
    match exchange.sent.path.removeprefix("/__admin/moonify/").split("/"):
        case ["sessions", token, "activity"] if method == "POST":
            _earned(tenant, unquote(token), body)
        case ["rewards"] if method == "POST":
            _rewarded(tenant, body)
        case ["simulation"]:
            tenant.unearned()


def _earned(tenant: Tenant, token: str, body: Any) -> None:
    session = tenant.sessions.get(token)
    if session is None or not isinstance(body, dict):
        tenant.unearned()
        return
    tenant.epoch += 1
    for track in tenant.tracks(session):
        track.add(tenant.clock.now, score=body.get("score", 0), time=body.get("time", 0))


def _rewarded(tenant: Tenant, body: Any) -> None:
    match body:
        case {"userID": user, "score": score}:
            entry: Entry | None = tenant.users.users.get(user)
        case {"group": {"name": name, "value": value}, "score": score}:
            entry = tenant.groups.get((name, value))
        case _:
            tenant.unearned()
            return
    tenant.epoch += 1
    if entry is not None and entry.track is not None:
        figure = "by_moonify" if body.get("byMoonify") else "rewarded"
        entry.track.add(tenant.clock.now, **{figure: score})
