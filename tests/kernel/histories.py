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


class Player:
    """Plays a history in one namespace; remembers what was made, so that a later step can name it.

    ``answers`` are (status, headers, body), with the namespace's own name taken out.
    """

    def __init__(self, client: Client, namespace: str) -> None:
        self.client = client
        self.namespace = namespace
        self.name = b'"namespace":"%b"' % namespace.encode()
        self.made: dict[str, list[str]] = {"records": [], "mobjects": [], "executions": [], "webhooks": []}
        self.answers: list[tuple[int, dict[str, str], bytes]] = []

    def __call__(self, method: str, target: str, body: Any = None, **options: Any) -> Answer:
        answer = self.client(method, target, body, headers={"x-sandbox-namespace": self.namespace}, **options)
        self.answers.append((answer.status, answer.headers, answer.body.replace(self.name, b'"namespace":"mine"')))
        return answer

    def keep(self, kind: str, answer: Answer, member: str = "id") -> Answer:
        if answer.status in {200, 201}:
            self.made[kind].append(answer.json[member])
        return answer

    def pick(self, kind: str, number: int) -> str:
        found = self.made[kind]
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

reads: st.SearchStrategy[Step] = st.one_of(
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
writes: st.SearchStrategy[Step] = st.one_of(
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
steps = writes | reads


def answers(attempt: Attempt) -> Outcome:
    """A receiver whose moods follow from the event alone."""
    moods = [Outcome(200), Outcome(500), Outcome(None, "connection refused")]
    return moods[len(attempt.body) % len(moods)]
