"""Faults: what goes wrong in a namespace, and the presets to start from."""

from typing import Any, NamedTuple

from sandbox.control.desk import Body, Desk, instant
from sandbox.kernel.clock import HOUR, iso_ms
from sandbox.kernel.errors import Invalid, NotFound
from sandbox.kernel.faults import Act, Fault, Latency, Match, Tally, When
from sandbox.kernel.request import Reply
from sandbox.kernel.world import Snapshot

_DELETED = {"success": True, "message": "Fault deleted successfully"}


class Preset(NamedTuple):
    """A fault with a name; it lasts ``span`` milliseconds of simulated time, None for as long as it is there."""

    description: str
    when: When
    act: Act
    span: int | None = None


PRESETS = {
    "outage": Preset("Every call answers 503.", When(), Act(503, "The service is unavailable", 60)),
    "flaky": Preset("One call in five answers 500.", When(probability=0.2), Act(500, "Something went wrong")),
    "slow": Preset(
        "Answers take 0.8 s in the middle, seldom several seconds.", When(), Act(latency=Latency("lognormal", 800, 0.5))
    ),
    "throttled": Preset("Every second call answers 429.", When(every=2), Act(429, "Too many requests: slow down", 30)),
    "maintenance": Preset(
        "Every call answers 503 for an hour of simulated time.",
        When(),
        Act(503, "The service is down for maintenance", 3_600),
        HOUR,
    ),
}


class FaultRules(Desk):
    """The fault rules of a namespace."""

    __slots__ = ()

    def list_faults(self) -> Reply:
        return {"faults": [_shown(fault, tally) for fault, tally in self._namespace.faults]}, 200

    def create_fault(self, body: Body) -> Reply:
        return self._add(body.get("name"), self._match(body), _when(body), _act(body["effect"])), 201

    def get_fault(self, fault_id: int) -> Reply:
        return _shown(*self._namespace.faults.get(fault_id)), 200

    def change_fault(self, fault_id: int, body: Body) -> Reply:
        old, _ = self._namespace.faults.get(fault_id)
        match = self._match(body) if "match" in body else old.match
        when = _when(body) if "when" in body else old.when
        act = _act(body["effect"]) if "effect" in body else old.act
        changed = Fault(old.id, body.get("name", old.name), match, when, act, self._since(act))
        self._namespace.faults.replace(changed)
        return _shown(changed, Tally()), 200

    def delete_fault(self, fault_id: int) -> Reply:
        self._namespace.faults.delete(fault_id)
        return _DELETED, 200

    def delete_faults(self) -> Reply:
        self._namespace.faults.delete_all()
        return {"success": True, "message": "Faults deleted successfully"}, 200

    def list_fault_presets(self) -> Reply:
        return {
            "presets": [
                {"name": name, "description": p.description, "when": _shown_when(p.when), "effect": _shown_act(p.act)}
                for name, p in PRESETS.items()
            ]
        }, 200

    def apply_fault_preset(self, name: str, body: Body | None) -> Reply:
        preset = PRESETS.get(name)
        if preset is None:
            msg = f"There is no preset {name!r}; there are {', '.join(PRESETS)}"
            raise NotFound(msg)
        when = preset.when if preset.span is None else preset.when._replace(end=self._world.now + preset.span)
        given = {field: value for field, value in _when(body or {})._asdict().items() if value is not None}
        return self._add(name, self._match(body or {}), when._replace(**given), preset.act), 201

    def _add(self, name: str | None, match: Match, when: When, act: Act) -> dict[str, Any]:
        since = self._since(act)
        fault = self._namespace.faults.add(lambda number: Fault(number, name, match, when, act, since))
        return _shown(fault, Tally())

    def _since(self, act: Act) -> Snapshot | None:
        """The present state, where answers are to come out of it later."""
        return self._world.snapshot() if act.spoiled == "stale" else None

    def _match(self, body: Body) -> Match:
        """What a body matches. Raises NotFound for an API or an operation that there is not."""
        match = Match(**body.get("match", {}))
        self._check_named(match.api, match.operation)
        return match


def _when(body: Body) -> When:
    """When a rule acts. Raises Invalid."""
    given = body.get("when", {})
    plain = {name: given.get(name) for name in ("call", "every", "probability", "times")}
    bounds = {name: instant(f"when.{name}", given[name]) for name in ("from", "until") if name in given}
    start, end = bounds.get("from"), bounds.get("until")
    if start is not None and end is not None and end <= start:
        msg = "when.until must be after when.from: the rule would never act"
        raise Invalid(msg, field="when.until", value=given["until"])
    return When(**plain, start=start, end=end)


def _act(effect: Body) -> Act:
    return Act(
        effect.get("status"),
        effect.get("message"),
        effect.get("retryAfter"),
        effect.get("answer"),
        effect.get("commit", False),
        _latency(effect["latency"]) if "latency" in effect else None,
        effect.get("bytesPerSecond"),
    )


def _latency(given: Body) -> Latency:
    if "fixed" in given:
        return Latency("fixed", given["fixed"])
    if "uniform" in given:
        return Latency("uniform", *sorted(given["uniform"]))
    return Latency("lognormal", given["lognormal"]["median"], given["lognormal"]["sigma"])


def _shown(fault: Fault, tally: Tally) -> dict[str, Any]:
    return {
        "id": fault.id,
        "name": fault.name,
        "match": _given(fault.match._asdict()),
        "when": _shown_when(fault.when),
        "effect": _shown_act(fault.act),
        **tally._asdict(),
    }


def _shown_when(when: When) -> dict[str, Any]:
    told = when._asdict()
    start, end = told.pop("start"), told.pop("end")
    bounds = {"from": start, "until": end}
    return _given(told) | {name: iso_ms(at) for name, at in bounds.items() if at is not None}


def _shown_act(act: Act) -> dict[str, Any]:
    return _given(
        {
            "status": act.status,
            "message": act.message,
            "retryAfter": act.retry_after,
            "answer": act.spoiled,
            "commit": act.commit or None,
            "latency": None if act.latency is None else _shown_latency(act.latency),
            "bytesPerSecond": act.rate,
        }
    )


def _shown_latency(latency: Latency) -> dict[str, Any]:
    kind, a, b = latency
    shown = {"fixed": a, "uniform": [a, b], "lognormal": {"median": a, "sigma": b}}
    return {kind: shown[kind]}


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
