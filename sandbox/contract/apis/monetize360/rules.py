"""Random steps: objects, records, lists, tenants, workflows and webhooks in any order."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from sandbox.contract.apis.monetize360 import samples
from sandbox.contract.apis.monetize360.samples import Json
from sandbox.contract.rules import Rules
from sandbox.contract.steps import NOTHING, Hook, Tag, Text

_ANY = st.integers(0, 11)
_NUMBERS = st.one_of(st.integers(-12, 12), st.sampled_from([0.5, -0.5, 9.25, 100]))
_TEXTS = st.sampled_from(["a", "b", "B", "", " a", "10", "9", "a:b", "ü", "🙂", "x,y", "aa", samples.LONG])
_VALUES = {
    "label": _TEXTS | st.none(),
    "amount": _NUMBERS,
    "count": st.integers(-3, 12) | st.none(),
    "price": _NUMBERS,
    "active": st.booleans(),
    "day": st.sampled_from(["2024-01-15", "2023-12-31", "2024-02-29"]),
    "code": st.sampled_from(["AA", "BB", "CC", "DD", "EE"]),
    "size": st.sampled_from(["S", "M", "L"]),
    "tags": st.lists(st.sampled_from(["x", "y", "z"]), max_size=3),
    "extra": st.sampled_from([1, "1", True, [1], {"a": 1}, {"b": 2, "c": None}, {"a": {"d": 1}}, {}]),
}
_RECORDS = st.fixed_dictionaries({"kind": st.sampled_from(["a", "b", "c"])}, optional=_VALUES)
_CHANGES = st.fixed_dictionaries({}, optional={"kind": st.sampled_from(["a", "b", "c"]), **_VALUES})
_PLAIN = {name: drawn for name, drawn in _VALUES.items() if name != "code"}
_CLEAN = st.lists(
    st.fixed_dictionaries({"kind": st.sampled_from(["a", "b", "c"])}, optional=_PLAIN), min_size=3, max_size=14
)
_MIXED = st.lists(_RECORDS | st.sampled_from(samples.INVALID), min_size=1, max_size=7)
_NAMED = st.sampled_from(["kind", "label", "amount", "count", "price", "active", "day", "extra", "tags", "createdAt"])
_OPERATORS = st.sampled_from(["eq", "ne", "gt", "gte", "lt", "lte", "contains"])
_WANTED = st.sampled_from(["a", "b", "3", "-5", "0", "10", "true", "2024-01-15", "x", " a", "a:b", "many"])
_SINGLE = st.builds("{}:{}:{}".format, _NAMED, _OPERATORS, _WANTED)
_SEVERAL = st.builds("{}:in:{},{}".format, _NAMED, _WANTED, _WANTED)
_FILTERS = st.lists(_SINGLE | _SEVERAL | st.sampled_from(samples.CONDITIONS), max_size=2)
_SORTED = st.sampled_from(["kind", "label", "amount", "count", "price", "active", "day", "createdAt"])
"""Not by lists and objects: their order among themselves is open."""

_SORTS = st.lists(st.builds("{}{}".format, _SORTED, st.sampled_from(["", ":asc", ":desc"])), max_size=3)
_LIMITS = st.none() | st.sampled_from([1, 2, 3, 5, 10, 11, 50, 1000])
_OFFSETS = st.none() | st.sampled_from([0, 1, 2, 3, 7, 10, 30])


@dataclass
class _Object:
    """An object that was made, with its path and shape, and the paths of its records."""

    path: dict[str, Any]
    shape: str
    records: list[dict[str, Any]] = field(default_factory=list)


class Directed(Rules):
    """Makes objects and records, and asks for them in all ways."""

    def __init__(self) -> None:
        super().__init__()
        self.objects: list[_Object] = []
        self.removed: list[dict[str, Any]] = []
        self.runs: list[dict[str, Any]] = []
        self.made = 0

    def _object(self, which: int) -> _Object | None:
        return self.objects[which % len(self.objects)] if self.objects else None

    def _record(self, which: int) -> dict[str, Any] | None:
        known = [one for each in self.objects for one in each.records]
        return known[which % len(known)] if known else None

    @initialize(items=_CLEAN)
    def begin_with_some(self, items: list[Json]) -> None:
        """An object with records to work with."""
        self.make(samples.STRICT)
        self.add_many(0, items)

    @rule(shape=st.sampled_from([samples.STRICT, samples.FREE]))
    def make(self, shape: str) -> None:
        """A new object."""
        if not self.play.can("writes"):
            return
        self.made += 1
        made = self.play.send("createMobject", body=samples.mobject(f"object{self.made}", shape))
        if made.ok:
            self.objects.append(_Object({"mobjectId": made.ref("id")}, shape))

    @rule(which=_ANY)
    def make_again(self, which: int) -> None:
        """An object of a name that may be taken."""
        if self.objects:
            name = f"object{which % self.made + 1}"
            made = self.play.send("createMobject", body=samples.mobject(name, samples.FREE))
            if made.ok:
                self.objects.append(_Object({"mobjectId": made.ref("id")}, samples.FREE))

    @rule(which=_ANY, text=_TEXTS, audit=st.booleans())
    def describe(self, which: int, text: str, audit: bool) -> None:  # noqa: FBT001  # drawn
        """Members of an object change."""
        if (known := self._object(which)) is not None:
            self.play.send("updateMobject", known.path, {"description": text, "auditEnabled": audit})
            self.play.send("getMobject", known.path)

    @rule(which=_ANY)
    def remove_object(self, which: int) -> None:
        """An object goes with all it has."""
        if len(self.objects) > 1 and (known := self._object(which)) is not None:
            if self.play.send("deleteMobject", known.path).ok:
                self.objects.remove(known)
                self.removed += known.records[:1]
            self.play.send("getMobject", known.path)

    @rule(limit=_LIMITS, offset=_OFFSETS, operation=st.sampled_from(["listMobjects", "listWorkflows"]))
    def list_others(self, limit: int | None, offset: int | None, operation: str) -> None:
        """Objects or workflows."""
        self.play.send(operation, query=_page(limit, offset))

    @rule(which=_ANY, data=_RECORDS)
    def add(self, which: int, data: Json) -> None:
        """A new record."""
        if (known := self._object(which)) is not None:
            made = self.play.send("createMdata", known.path, {"data": data})
            if made.ok:
                known.records.append(known.path | {"mdataId": made.ref("id")})

    @rule(which=_ANY, items=_CLEAN)
    def add_many(self, which: int, items: list[Json]) -> None:
        """Several records at once."""
        if (known := self._object(which)) is not None:
            made = self.play.send("bulkCreateMdata", known.path, {"data": items})
            if made.ok:
                known.records += [known.path | {"mdataId": made.ref("data", n, "id")} for n in range(len(items))]

    @rule(which=_ANY, items=_MIXED)
    def add_mixed(self, which: int, items: list[Json]) -> None:
        """Several records, of which some may be refused."""
        if (known := self._object(which)) is not None:
            self.play.send("bulkCreateMdata", known.path, {"data": items})
            self.play.send("listMdata", known.path)

    @rule(which=_ANY, data=st.sampled_from(samples.INVALID))
    def add_wrong(self, which: int, data: Json) -> None:
        """A record that may break the schema, then what is there."""
        if (known := self._object(which)) is not None:
            self.play.send("createMdata", known.path, {"data": data})
            self.play.send("listMdata", known.path)

    @rule(which=_ANY)
    def read(self, which: int) -> None:
        """A record."""
        if (path := self._record(which)) is not None:
            self.play.send("getMdata", path)

    @rule(which=_ANY, data=_CHANGES | st.sampled_from(samples.INVALID))
    def change(self, which: int, data: Json) -> None:
        """Fields of a record are set, then it is read."""
        if (path := self._record(which)) is not None:
            self.play.send("updateMdata", path, {"data": data})
            self.play.send("getMdata", path)

    @rule(which=_ANY)
    def remove(self, which: int) -> None:
        """A record goes."""
        if (path := self._record(which)) is not None and self.play.send("deleteMdata", path).ok:
            for one in self.objects:
                one.records = [kept for kept in one.records if kept != path]
            self.removed.append(path)

    @rule(which=_ANY)
    def read_removed(self, which: int) -> None:
        """What is gone stays gone."""
        if self.removed:
            path = self.removed[which % len(self.removed)]
            self.play.send("getMdata", path)
            self.play.send("updateMdata", path, {"data": {"kind": "a"}})

    @rule(which=_ANY, filters=_FILTERS, sorts=_SORTS, limit=_LIMITS, offset=_OFFSETS, fields=st.booleans())
    def query(  # the parameters of a list
        self, which: int, filters: list[str], sorts: list[str], limit: int | None, offset: int | None, *, fields: bool
    ) -> None:
        """Records, selected and sorted."""
        if (known := self._object(which)) is not None:
            asked: list[tuple[str, Any]] = [("filter", one) for one in filters]
            asked += [("sort", ",".join(sorts))] if sorts else []
            asked += [("fields", "kind,amount,nowhere")] if fields else []
            self.play.send("listMdata", known.path, query=[*asked, *_page(limit, offset)])

    @rule(which=_ANY, query=st.sampled_from(samples.BAD_QUERIES))
    def query_badly(self, which: int, query: tuple[tuple[str, Any], ...]) -> None:
        """A parameter that is not valid."""
        if (known := self._object(which)) is not None:
            self.play.send("listMdata", known.path, query=query, expect=(400,), rule="A2.5")

    @rule(which=_ANY, other=_ANY, operation=st.sampled_from(["getMdata", "updateMdata", "deleteMdata"]))
    def astray(self, which: int, other: int, operation: str) -> None:
        """A record under an object that may not be its own."""
        owner, path = self._object(other), self._record(which)
        if owner is not None and path is not None and owner.path["mobjectId"] != path["mobjectId"]:
            body = {"data": {"kind": "astray"}} if operation == "updateMdata" else NOTHING
            self.play.send(operation, path | owner.path, body)
            self.play.send("getMdata", path)

    @rule(
        which=_ANY,
        identity=st.sampled_from(["second", "nobody", "stranger"]),
        operation=st.sampled_from(["getMdata", "updateMdata", "deleteMdata", "getMobject", "listMdata", "createMdata"]),
    )
    def intrude(self, which: int, identity: str, operation: str) -> None:
        """Somebody else asks for what is not theirs."""
        path = self._record(which)
        if path is not None and (identity != "second" or self.play.can("second")):
            needed = path if operation in ("getMdata", "updateMdata", "deleteMdata") else _owner(path)
            body = {"data": {"kind": "intruder"}} if operation in ("updateMdata", "createMdata") else NOTHING
            self.play.send(operation, needed, body, identity=identity)
            self.play.send("getMdata", path)

    @rule(name=st.sampled_from(["other1", "other2"]))
    def make_as_second(self, name: str) -> None:
        """Another tenant's own object."""
        if self.play.can("second", "writes"):
            self.play.send("createMobject", body=samples.mobject(name, samples.FREE), identity="second")

    @rule(seconds=st.sampled_from([1, 10, 60, 700]))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        if self.play.can("clock"):
            self.play.wait(seconds)

    @rule(events=st.sampled_from([["mdata.created"], ["workflow.completed"], ["mdata.created", "workflow.completed"]]))
    def subscribe(self, events: list[str]) -> None:
        """A webhook."""
        if self.play.can("receiver", "permanent", "writes"):
            self.made += 1
            body = {"url": Text((Hook("/"), Tag(f"hook{self.made}"))), "events": events, "secret": "s"}
            self.play.send("createWebhook", body=body)

    @rule()
    def hear(self) -> None:
        """What was delivered so far."""
        if self.play.can("receiver"):
            self.play.hear()

    @rule(flow=st.sampled_from(["", "slow-", "failing-", "waiting-"]), later=st.booleans())
    def execute(self, flow: str, later: bool) -> None:  # noqa: FBT001  # drawn
        """A workflow of the scenario runs."""
        if self.play.can("permanent", "writes", "fresh"):
            path = {"workflowId": f"{flow}workflow-id"}
            self.play.send("getWorkflow", path)
            made = self.play.send("executeWorkflow", path, {"data": {"customerId": "c"}, "async": later})
            if made.ok:
                self.runs.append(path | {"executionId": made.ref("executionId")})

    @rule(which=_ANY, filters=st.sampled_from([[], ["status:eq:completed"], ["status:ne:running"]]), limit=_LIMITS)
    def follow(self, which: int, filters: list[str], limit: int | None) -> None:
        """An execution, and the list that has it."""
        if self.runs:
            path = self.runs[which % len(self.runs)]
            self.play.send("getExecution", path)
            flow = {"workflowId": path["workflowId"]}
            query = [*(("filter", one) for one in filters), *_page(limit, None)]
            self.play.send("listExecutions", flow, query=query)


def _page(limit: int | None, offset: int | None) -> list[tuple[str, Any]]:
    told = [("limit", limit), ("offset", offset)]
    return [(name, value) for name, value in told if value is not None]


def _owner(path: dict[str, Any]) -> dict[str, Any]:
    return {"mobjectId": path["mobjectId"]}
