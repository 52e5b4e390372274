"""The operations of the control plane (openapi/control.yaml)."""

import hmac
from collections.abc import Generator, Sequence
from typing import Any

from sandbox import __version__
from sandbox.control import representations as show
from sandbox.kernel.clock import iso_ms, parse_clock, parse_duration, parse_instant
from sandbox.kernel.errors import Invalid, ScenarioError, Unauthorized
from sandbox.kernel.namespace import Namespace
from sandbox.kernel.request import Reply, Request
from sandbox.kernel.sandbox import DEFAULT, Sandbox, Start
from sandbox.kernel.timeline import Move, move
from sandbox.kernel.webhooks import DELIVERIES, Attempt, Outcome
from sandbox.kernel.world import Snapshot

Body = dict[str, Any]
Waiting = Generator[Sequence[Attempt], Sequence[Outcome], Reply]


def authenticate(sandbox: Sandbox, _namespace: Namespace, request: Request) -> None:
    """Nobody is asked on a loopback address; elsewhere the token printed at the start. Raises Unauthorized."""
    if sandbox.admin_token is None:
        return
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), sandbox.admin_token.encode()):
        msg = "The control plane wants the token printed at the start: send Authorization: Bearer <token>"
        raise Unauthorized(msg)


class Handlers:
    """One method per operationId; clock moves wait for the webhook attempts that fall inside them."""

    __slots__ = ("_namespace", "_sandbox", "_world")

    def __init__(self, sandbox: Sandbox, namespace: Namespace) -> None:
        self._sandbox = sandbox
        self._namespace = namespace
        self._world = namespace.world

    def get_health(self) -> Reply:
        names = [api.name for api in self._sandbox.vendors]
        return {
            "status": "ok",
            "version": __version__,
            "apis": names,
            "namespaces": len(self._sandbox.namespaces),
        }, 200

    def reset(self, body: Body | None) -> Reply:
        seed = (body or {}).get("seed")
        origin = self._namespace.origin
        if seed is None or seed == origin.seed:
            self._namespace.reset()
        else:
            self._load(Start(origin.scenario, seed, origin.scale, _clock_text(self._namespace.seeded)))
        return show.summary(self._namespace), 200

    def get_clock(self) -> Reply:
        return show.clock(self._world), 200

    def freeze_clock(self, body: Body | None) -> Waiting:
        at = (body or {}).get("at")
        moved = yield from self._move(self._world.now if at is None else _instant("at", at), "at", at)
        self._world.clock = self._world.clock.freeze(self._world.now)
        return show.move(self._namespace, moved), 200

    def run_clock(self, body: Body | None) -> Waiting:
        start = (body or {}).get("from")
        moved = yield from self._move(self._world.now if start is None else _instant("from", start), "from", start)
        self._world.clock = self._world.clock.run(self._world.now)
        return show.move(self._namespace, moved), 200

    def shift_clock(self, body: Body) -> Waiting:
        moved = yield from self._move(self._world.now + _span("by", body["by"]), "by", body["by"])
        return show.move(self._namespace, moved), 200

    def move_clock(self, body: Body) -> Waiting:
        moved = yield from self._move(_instant("to", body["to"]), "to", body["to"])
        return show.move(self._namespace, moved), 200

    def list_events(self, after: int, limit: int) -> Reply:
        events = self._namespace.timeline.after(after, limit)
        shown = [{"seq": number, **show.happening(event)} for number, event in events]
        more = bool(events) and events[-1][0] < self._namespace.timeline.last
        return {"events": shown, "cursor": events[-1][0] if more else None}, 200

    def list_namespaces(self) -> Reply:
        named = sorted(self._sandbox.namespaces.values(), key=lambda n: (n.name != DEFAULT, n.name))
        return {"namespaces": [self._show(namespace) for namespace in named]}, 200

    def create_namespace(self, body: Body) -> Reply:
        name = body["name"]
        if "from" in body:
            made = self._sandbox.fork(name, self._sandbox.get(body["from"]))
        else:
            made = self._checked(lambda: self._sandbox.create(name, _start(self._sandbox.start, body)))
        credentials = self._sandbox.credentials(made)
        return {"namespace": self._show(made), "credentials": credentials, "urls": self._sandbox.urls(name)}, 201

    def get_namespace(self, name: str) -> Reply:
        return self._show(self._sandbox.get(name)), 200

    def delete_namespace(self, name: str) -> Reply:
        self._sandbox.delete(name)
        return {"success": True, "message": "Namespace deleted successfully"}, 200

    def list_scenarios(self) -> Reply:
        loaded = self._namespace.origin.scenario
        names = dict.fromkeys([*self._sandbox.library.names, loaded])
        scenarios = [self._checked(lambda name=name: self._sandbox.scenario(name)) for name in names]
        return {
            "scenarios": [
                {"name": name, "title": s.title, "description": s.description, "loaded": name == loaded}
                for name, s in zip(names, scenarios, strict=True)
            ]
        }, 200

    def load_scenario(self, name: str, body: Body | None) -> Reply:
        self._load(_start(Start(name), body or {}))
        return show.summary(self._namespace), 200

    def list_requests(
        self, after: int, limit: int, status: int | None = None, operation_id: str | None = None
    ) -> Reply:
        found = [
            exchange
            for exchange in self._namespace.journal
            if exchange.id > after
            and status in {None, exchange.response.status}
            and operation_id in {None, exchange.operation}
        ]
        apis = self._sandbox.apis
        shown = [show.exchange(e, self._namespace.name, apis[e.api]) for e in found[:limit]]
        return {"requests": shown, "cursor": found[limit - 1].id if len(found) > limit else None}, 200

    def get_settings(self) -> Reply:
        known = self._sandbox.settings.values()
        return {"settings": [show.setting(s, self._world.setting(s)) for s in known]}, 200

    def change_settings(self, body: Body) -> Reply:
        known = self._sandbox.settings
        for name, value in body.items():
            if name not in known:
                msg = f"There is no setting {name!r}; there are {', '.join(sorted(known))}"
                raise Invalid(msg, field=name, value=value)
            self._world.settings = self._world.settings.set(name, known[name].accept(value))
        return self.get_settings()

    def list_deliveries(self, after: int, limit: int) -> Reply:
        found = [d for d in self._world.store.all(DELIVERIES) if int(d.id) > after]
        shown = [show.delivery(d, self._namespace.signature(d)) for d in found[:limit]]
        return {"deliveries": shown, "cursor": int(found[limit - 1].id) if len(found) > limit else None}, 200

    def _move(self, to: int, field: str, given: Any) -> Move:
        """Move the clock; a refusal names the field and value that asked for it."""
        try:
            return (yield from move(self._namespace, self._sandbox.agents, to))
        except Invalid as refusal:
            raise Invalid(refusal.message, field=field, value=given) from None

    def _show(self, namespace: Namespace) -> dict[str, Any]:
        return show.namespace(namespace, [api.name for api in self._sandbox.vendors])

    def _load(self, start: Start) -> None:
        self._checked(lambda: self._sandbox.load(self._namespace, start))

    @staticmethod
    def _checked(act: Any) -> Any:
        """A wrong scenario is the caller's mistake here."""
        try:
            return act()
        except ScenarioError as error:
            raise Invalid(str(error), field="scenario", value=error.where) from None


def _start(otherwise: Start, body: Body) -> Start:
    """What the body says, ``otherwise`` for the rest. Raises Invalid for a clock that is none."""
    if "clock" in body:
        try:
            parse_clock(body["clock"])
        except ValueError as error:
            raise Invalid(str(error), field="clock", value=body["clock"]) from None
    return otherwise._replace(**{key: value for key, value in body.items() if key != "name"})


def _clock_text(seeded: Snapshot) -> str:
    """The clock that a namespace started with, as a scenario or a body writes it."""
    if seeded.clock.frozen is not None:
        return iso_ms(seeded.clock.frozen)
    return iso_ms(seeded.now) + "+" if seeded.clock.offset else "running"


def _instant(field: str, text: str) -> int:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise Invalid(str(error), field=field, value=text) from None


def _span(field: str, value: str | float) -> int:
    try:
        return parse_duration(value)
    except ValueError as error:
        raise Invalid(str(error), field=field, value=value) from None
