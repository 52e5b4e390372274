"""Random histories of real requests: what somebody may do to one namespace, good and bad alike."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from sandbox.kernel.webhooks import Attempt, Outcome
from tests.client import M360, Answer, Client

CUSTOMER = "3f9a1ea8-5d9a-4f2b-a8f6-8f6b5d9a1ea9"
FREE = "mobject-id"
SYSTEM = "system-mobject-id"
LEVERS = "/__admin/monetize360"
DM, DM_LEVERS = "/dynamicmonetization", "/__admin/dynamic_monetization"
PROVISIONING, METERED = f"{DM}/provisioning/api/v1.0", f"{DM}/api/v1.0"
PRINTING, PHOTOGRAPHY = "1f6d3a90-27be-4c58-8e41-b5a3790c6d2e", "0b7e41c9-5d2f-4a86-9c13-e8d07f62ab54"
MOONIFY, MOONIFY_LEVERS = "/moonify/0.2/moonitize", "/__admin/moonify"
SERVICE = "serviceID yourServiceID"
SEEDED = {
    "metered": ["f6567dd8-e069-418e-8893-7d22fcf12459", "7f3d0b68-19ac-4e25-8d47-c2e6a5904b13"],
    "visits": ["9e4f71a03c58426db1f7e60a2d8c5b94"],
}
"""What the scenario docs has of a kind, besides what a history makes."""


class Player:
    """Plays a history in one namespace; remembers what was made, so that a later step can name it.

    ``answers`` are (status, headers, body), with the namespace's own name taken out.
    """

    def __init__(self, client: Client, namespace: str) -> None:
        self.client = client
        self.namespace = namespace
        self.name = b'"namespace":"%b"' % namespace.encode()
        kinds = ("records", "mobjects", "executions", "webhooks", "metered", "visits")
        self.made: dict[str, list[str]] = {kind: [] for kind in kinds}
        self.producer = client.post(f"{DM_LEVERS}/tokens", {"role": "admin"}).json["token"]
        """A token of the namespace ``default``, whose keys its copies have too: the same in each."""
        self.answers: list[tuple[int, dict[str, str], bytes]] = []

    def __call__(self, method: str, target: str, body: Any = None, **options: Any) -> Answer:
        headers = {"x-sandbox-namespace": self.namespace} | options.pop("headers", {})
        answer = self.client(method, target, body, headers=headers, **options)
        self.answers.append((answer.status, answer.headers, answer.body.replace(self.name, b'"namespace":"mine"')))
        return answer

    def keep(self, kind: str, answer: Answer, member: str = "id") -> Answer:
        if answer.status in {200, 201}:
            self.made[kind].append(answer.json[member])
        return answer

    def pick(self, kind: str, number: int) -> str:
        found = SEEDED.get(kind, []) + self.made[kind]
        return found[number % len(found)] if found else "nothing-made-yet"


Step = Callable[[Player], Answer]


def step(method: str, target: str, body: Any = None, **options: Any) -> Step:
    return lambda play: play(method, target, body, **options)


def create(mobject: str, data: Any) -> Step:
    return lambda play: play.keep("records", play("POST", f"{M360}/mobjects/{mobject}/mdata", {"data": data}))


def on_record(method: str, mobject: str, number: int, data: Any) -> Step:
    def act(play: Player) -> Answer:
        body = {"data": data} if method == "PUT" else None
        return play(method, f"{M360}/mobjects/{mobject}/mdata/{play.pick('records', number)}", body)

    return act


def create_mobject(name: str, schema: Any) -> Step:
    body = {"name": name, "description": "drawn", "schema": schema}
    return lambda play: play.keep("mobjects", play("POST", f"{M360}/mobjects", body))


def on_mobject(method: str, number: int, data: Any) -> Step:
    def act(play: Player) -> Answer:
        key = play.pick("mobjects", number)
        if method == "POST":
            return play.keep("records", play("POST", f"{M360}/mobjects/{key}/mdata", {"data": data}))
        body = {"description": "changed", "schema": {"properties": data}} if method == "PUT" else None
        return play(method, f"{M360}/mobjects/{key}", body)

    return act


def execute(workflow: str, later: bool, data: Any) -> Step:  # noqa: FBT001  # drawn
    def act(play: Player) -> Answer:
        answer = play("POST", f"{M360}/workflows/{workflow}/execute", {"data": data, "async": later})
        return play.keep("executions", answer, "executionId")

    return act


def lever(verb: str, number: int) -> Step:
    return lambda play: play("POST", f"{LEVERS}/executions/{play.pick('executions', number)}/{verb}")


def subscribe(url: str, event: str) -> Step:
    body = {"url": url, "events": [event], "secret": "drawn"}
    return lambda play: play.keep("webhooks", play("POST", f"{M360}/webhooks", body))


def forget_webhook(number: int) -> Step:
    return lambda play: play("DELETE", f"{LEVERS}/webhooks/{play.pick('webhooks', number)}")


def meter(method: str, path: str, body: Any = None) -> Step:
    """Dynamic Monetization, asked by its producer."""
    return lambda play: play(method, DM + path, body, token=play.producer)


def open_metered(instance: str) -> Step:
    target, body = f"{METERED}/sessions", {"instanceId": instance}
    return lambda play: play.keep("metered", play("POST", target, body, token=play.producer), "sessionId")


def on_metered(method: str, number: int, rest: str = "", body: Any = None) -> Step:
    return lambda play: play(
        method, f"{METERED}/sessions/{play.pick('metered', number)}{rest}", body, token=play.producer
    )


def use(number: int, items: list[Any], rollback: bool) -> Step:  # noqa: FBT001  # drawn
    requester = {"type": "user", "value": "ann"}
    body = {"requester": requester, "rollbackOnDeny": rollback, "requestedItems": items}
    return on_metered("PUT", number, body=body)


def metered_lever(rest: str, number: int) -> Step:
    method, body = ("PUT", {"kept": number % 2 == 0}) if rest == "heartbeats" else ("POST", None)
    return lambda play: play(method, f"{DM_LEVERS}/sessions/{play.pick('metered', number)}/{rest}", body)


def map_line_item(instance: str, name: str, quantity: int, state: str) -> Step:
    attributes = {"elastic": True, "rateTableSeries": "PublicationApps"}
    body = {"activationId": name, "state": state, "quantity": quantity, "start": 1, "end": 2_000_000_000_000}
    path = f"/provisioning/api/v1.0/instances/{instance}/line-items"
    return meter("PUT", path, body | {"attributes": attributes})


def visit(method: str, path: str, body: Any = None) -> Step:
    """Moonify, asked by its service."""
    return lambda play: play(method, MOONIFY + path, body, token=None, headers={"authorization": SERVICE})


def open_visit(body: Any) -> Step:
    return lambda play: play.keep("visits", visit("POST", "/sessions", body)(play), "tokenID")


def on_visit(method: str, number: int, rest: str = "", body: Any = None) -> Step:
    return lambda play: play(method, f"{MOONIFY_LEVERS}/sessions/{play.pick('visits', number)}{rest}", body)


number = st.integers(0, 9)
text = st.sampled_from(["", "a", "Ada", "active", "inactive", "x@example.com", "no mail", "é"])
value = st.none() | st.booleans() | st.integers(-5, 5) | text | st.lists(text, max_size=2)
data = st.dictionaries(st.sampled_from(["name", "email", "status", "n", "tags"]), value, max_size=4)
objects = st.sampled_from([CUSTOMER, FREE, SYSTEM, "no-such-object"])
workflows = st.sampled_from(
    ["workflow-id", "waiting-workflow-id", "failing-workflow-id", "slow-workflow-id", "inactive-workflow-id", "none"]
)
urls = st.sampled_from(["http://127.0.0.1:9/hook", "http://localhost/other", "https://your-app.com/webhook", "no url"])
named = st.sampled_from(["workflow.completed", "mdata.created", "workflow.failed", "mdata.updated", "nothing"])
queries = st.sampled_from(
    ["", "?limit=3", "?filter=status:eq:active&limit=2", "?sort=name:desc,-n&limit=5", "?fields=name&limit=2&offset=3"]
)
bad_queries = st.sampled_from(["?filter=x", "?limit=0", "?limit=x", "?offset=-1", "?sort=,"])
schemas = st.sampled_from(
    [
        None,
        {"properties": {"name": {"type": "string", "unique": True}}, "required": ["name"]},
        {"properties": {"n": {"type": "integer", "minimum": 0}}},
        {"properties": {"n": {"pattern": "("}}},
        {"$ref": "http://evil.example/x.json"},
    ]
)
settings = st.sampled_from(
    [
        {"monetize360.extendedEvents": True},
        {"webhooks.retries": ["PT1S", "PT2S"]},
        {"webhooks.retries": [-1]},
        {"webhooks.allow": ["your-app.com"]},
        {"monetize360.extendedEvents": False, "no.such.setting": 1},
    ]
)

instances = st.sampled_from([PRINTING, PHOTOGRAPHY, "no-such-instance"])
items = st.lists(
    st.builds(
        lambda name, version, count: {"item": name, "version": version, "count": count},
        st.sampled_from(["PhotoPrint", "PhotoPrint", "CADPrint", "NoPrint"]),
        st.sampled_from(["1.0", "2.0"]),
        st.sampled_from([0.1, 1, 2.5, 30]),
    ),
    max_size=2,
)
line_items = st.sampled_from(["ACT01", "ACT09"])
users = st.sampled_from(["ann", "bob", "gregory", "", "nobody"])
teams = st.sampled_from(["team/blue", "team/red", "team/", "no/such"])

metered_reads: st.SearchStrategy[Step] = st.one_of(
    st.builds(lambda instance: meter("GET", f"/api/v1.0/sessions?instanceId={instance}"), instances),
    st.builds(lambda key: meter("GET", f"/provisioning/api/v1.0/instances/{key}/line-items"), instances),
    st.builds(on_metered, st.just("GET"), number),
    st.sampled_from(
        [
            meter("GET", "/provisioning/api/v1.0/rate-tables"),
            meter("GET", "/provisioning/api/v1.0/instances?accountId=Printing"),
            meter("GET", f"/api/v1.0/instances/{PRINTING}/conditions"),
            step("GET", f"{PROVISIONING}/rate-tables", token="no.such.token"),  # no token at all
            step("GET", f"{DM_LEVERS}/sessions"),
        ]
    ),
)
metered_writes: st.SearchStrategy[Step] = st.one_of(
    st.builds(open_metered, instances),
    st.builds(use, number, items, st.booleans()),
    st.builds(use, number, items, st.booleans()),
    st.builds(on_metered, st.just("GET"), number, st.just("/heartbeat")),
    st.builds(on_metered, st.just("DELETE"), number),
    st.builds(metered_lever, st.sampled_from(["heartbeats", "missed-heartbeat", "fail"]), number),
    st.builds(
        lambda instance, wanted: meter(
            "POST",
            f"/elastic/api/v1.0/instances/{instance}/access-request",
            {"requester": {"type": "user", "value": "bob"}, "requestedItems": wanted},
        ),
        instances,
        items,
    ),
    st.builds(map_line_item, instances, line_items, number, st.sampled_from(["DEPLOYED", "X"])),
    st.builds(
        lambda instance, name: meter("DELETE", f"/provisioning/api/v1.0/instances/{instance}/line-items/{name}"),
        instances,
        line_items,
    ),
)
visit_reads: st.SearchStrategy[Step] = st.one_of(
    st.builds(lambda user: visit("GET", f"/users/{user}"), users),
    st.builds(lambda team: visit("GET", f"/groups/{team}/"), teams),
    st.builds(lambda team: visit("GET", f"/groups/{team}/users/?limit=3"), teams),
    st.builds(lambda query: visit("GET", f"/users{query}"), st.sampled_from(["", "?order=score&limit=2", "?limit=x"])),
    st.sampled_from([step("GET", f"{MOONIFY_LEVERS}/sessions"), step("GET", f"{MOONIFY}/users", token=None)]),
)
visit_writes: st.SearchStrategy[Step] = st.one_of(
    st.builds(lambda user: open_visit({"userID": user, "@team": "red"}), users),
    st.builds(lambda user: open_visit({"userID": user}), users),
    st.builds(lambda score: on_visit("POST", 0, "/activity", {"score": score, "time": 7}), number),
    st.builds(on_visit, st.just("DELETE"), number),
    st.builds(
        lambda user, score: step("POST", f"{MOONIFY_LEVERS}/rewards", {"userID": user, "score": score}), users, number
    ),
    st.sampled_from(
        [
            step("PUT", f"{MOONIFY_LEVERS}/simulation", {"ratePerMinute": 2.5, "interval": 7_200}),
            step("DELETE", f"{MOONIFY_LEVERS}/simulation"),
            open_visit(b"{"),
        ]
    ),
)

recorded_reads: st.SearchStrategy[Step] = st.one_of(
    st.builds(on_record, st.just("GET"), objects, number, st.none()),
    st.builds(
        lambda mobject, query: step("GET", f"{M360}/mobjects/{mobject}/mdata{query}"), objects, queries | bad_queries
    ),
    st.builds(lambda key: step("GET", f"{M360}/workflows/{key}/executions"), workflows),
    st.sampled_from(
        [
            step("GET", f"{M360}/workflows"),
            step("GET", f"{M360}/mobjects"),
            step("GET", "/__admin/clock"),
            step("GET", "/__admin/clock/agenda?limit=20"),
            step("GET", "/__admin/events"),
            step("GET", "/__admin/settings"),
            step("GET", "/__admin/deliveries"),
            step("GET", f"{LEVERS}/webhooks"),
            step("GET", f"{M360}/nowhere"),
            step("PATCH", f"{M360}/workflows"),
            step("OPTIONS", f"{M360}/mobjects"),
            step("GET", f"{M360}/workflows", token=None),
            step("GET", f"{M360}/workflows", token="unknown"),  # no token at all
        ]
    ),
)
recorded_writes: st.SearchStrategy[Step] = st.one_of(
    st.builds(create, objects, data),
    st.builds(on_record, st.sampled_from(["PUT", "DELETE"]), objects, number, data),
    st.builds(create_mobject, st.sampled_from(["Plan", "Invoice", "Customer", ""]), schemas),
    st.builds(on_mobject, st.sampled_from(["POST", "PUT", "GET", "DELETE"]), number, data),
    st.builds(
        lambda mobject, rows: step("POST", f"{M360}/mobjects/{mobject}/mdata/bulk", {"data": rows}),
        objects,
        st.lists(data, max_size=4),
    ),
    st.builds(execute, workflows, st.booleans(), data),
    st.builds(lever, st.sampled_from(["complete", "fail", "hold"]), number),
    st.builds(subscribe, urls, named),
    st.builds(forget_webhook, number),
    st.builds(
        lambda by: step("POST", "/__admin/clock/shift", {"by": by}), st.sampled_from([0, 1, 15, 600, "P1D", "P401D"])
    ),
    st.builds(
        lambda to: step("POST", "/__admin/clock/advance", {"to": to}),
        st.sampled_from(["next", "until:session.charged", "until:nothing.known"]),
    ),
    st.builds(lambda changed: step("PATCH", "/__admin/settings", changed), settings),
    st.sampled_from(
        [
            step("POST", f"{M360}/mobjects/{FREE}/mdata", b"{"),
            step("POST", f"{M360}/mobjects/{FREE}/mdata", b"\xff"),
            step("POST", f"{M360}/mobjects/{FREE}/mdata", {"data": {}}, content_type="text/plain"),
            step("POST", f"{M360}/mobjects/{FREE}/mdata"),
            step("POST", "/__admin/clock/move", {"to": "2024-01-15T10:29:59Z"}),
            step("POST", "/__admin/scenarios/none/load", {}),
            step("PUT", f"{LEVERS}/tokens/mine", {"tier": "standard"}),
            step("PUT", f"{LEVERS}/tokens/mine", {"tier": "platinum"}),
            step("PUT", f"{LEVERS}/workflows/mine", {"name": "Mine", "duration": "PT5S", "outcome": "waiting"}),
            step("POST", "/__admin/reset"),
        ]
    ),
)
reads = recorded_reads | metered_reads | visit_reads
writes = recorded_writes | metered_writes | visit_writes
steps = writes | reads


def answers(attempt: Attempt) -> Outcome:
    """A receiver whose moods follow from the event alone."""
    moods = [Outcome(200), Outcome(500), Outcome(None, "connection refused")]
    return moods[len(attempt.body) % len(moods)]
