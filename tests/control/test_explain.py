"""/__admin/requests/{id}/explain: what decided, and the facts behind it."""

import os
import shlex
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from sandbox import assets
from sandbox.kernel.request import Request
from sandbox.kernel.world import World
from tests.apis.dynamic_monetization.driver import SCENARIO as ACCOUNT
from tests.apis.dynamic_monetization.driver import Driver as Account
from tests.apis.monetize360.driver import MISSING, Driver
from tests.client import M360, STANDARD, Answer, Client, make_client, make_client_of

DM = "/dynamicmonetization/provisioning/api/v1.0"


def explained(client: Client, **headers: str) -> dict[str, Any]:
    """The explanation of the last request of that namespace."""
    rows = client.get("/__admin/requests?limit=1000", headers=headers).json["requests"]
    answer = client.get(f"/__admin/requests/{rows[-1]['id']}/explain", headers=headers)
    assert answer.status == 200, answer
    return dict(answer.json)


def at(pointer: str, spec: str) -> Any:
    """What a pointer leads to in a spec."""
    node: Any = assets.spec(spec)
    for step in pointer.removeprefix("#/").split("/"):
        key = step.replace("~1", "/").replace("~0", "~")
        node = node[int(key)] if isinstance(node, list) else node[key]
    return node


def test_a_success_has_its_operation_and_nothing_else(api: Driver) -> None:
    api.get("/workflows/order")
    told = explained(api.client)
    assert told.pop("curl").startswith("curl http://127.0.0.1:4010/monetize360/v1/workflows/order ")
    operation = told.pop("operation")
    assert (operation["operationId"], operation["method"]) == ("getWorkflow", "GET")
    assert operation["path"] == f"{M360}/workflows/{{workflowId}}"
    assert at(operation["pointer"], "monetize360")["operationId"] == "getWorkflow"
    assert told.pop("id") >= 1
    assert told == {
        "stage": "answer",
        "reason": None,
        "fault": None,
        "problems": [],
        "limit": None,
        "facts": [],
        "nearest": [],
    }


def test_all_that_breaks_the_spec_is_told_with_where_the_spec_says_so(api: Driver) -> None:
    api.post("/webhooks", {"url": 3, "events": ["x"], "secret": ["hush"]})
    told = explained(api.client)
    assert told["stage"] == "validation"
    assert {(p["field"], p["keyword"]) for p in told["problems"]} == {
        ("url", "type"),
        ("events.0", "enum"),
        ("secret", "type"),
    }
    for problem in told["problems"]:
        assert problem["pointer"].rpartition("/")[2] == problem["keyword"]
        assert at(problem["pointer"], "monetize360")
    assert "hush" not in str(told)


@pytest.mark.parametrize(
    ("target", "body", "field", "pointed"),
    [
        ("/mobjects/note/mdata?limit=0", None, "limit", "limit"),
        ("/webhooks", b"{", "body", None),
        ("/webhooks", b"", "body", None),
    ],
)
def test_a_parameter_or_a_body_that_is_not_json(
    api: Driver, target: str, body: bytes | None, field: str, pointed: str | None
) -> None:
    api.client("GET" if body is None else "POST", M360 + target, body)
    told = explained(api.client)
    (problem,) = told["problems"]
    assert (told["stage"], problem["field"], problem["keyword"]) == ("validation", field, None)
    assert problem["message"] == told["reason"]
    found = at(problem["pointer"], "monetize360")
    assert found.get("name") == pointed
    assert pointed or "$ref" in found or "type" in found


def test_problems_are_told_though_the_credential_is_gone_since(api: Driver) -> None:
    api.lever("PUT", "/tokens/GUEST", {"tier": "standard"})
    api.post("/webhooks", {}, token="GUEST")
    api.lever("DELETE", "/tokens/GUEST")
    assert {problem["keyword"] for problem in explained(api.client)["problems"]} == {"required"}


def test_what_was_deleted_is_told_with_when_and_by_what(api: Driver) -> None:
    key = api.record("note", k=1)
    api.shift(5)
    api.delete(f"/mobjects/note/mdata/{key}")
    api.shift(5)
    for method in ("GET", "PUT", "DELETE"):
        assert (
            api.client(method, f"{M360}/mobjects/note/mdata/{key}", {"data": {}} if method == "PUT" else None).status
            == 404
        )
        told = explained(api.client)
        assert told["stage"] == "rule"
        assert told["facts"][0].startswith("Deleted at 2024-01-15T10:30:05Z by request ")
        assert told["facts"][0].endswith("(deleteMdata)")


def test_what_was_deleted_with_what_held_it(api: Driver) -> None:
    mobject = api.mobject()
    key = api.record(mobject, k=1)
    api.delete(f"/mobjects/{mobject}")
    api.get(f"/mobjects/{mobject}/mdata/{key}")
    assert explained(api.client)["facts"][0].endswith("(deleteMobject)")


def test_what_was_there_at_first(api: Driver) -> None:
    api.client.get("/__admin/clock")
    api.lever("DELETE", "/workflows/order")
    api.get("/workflows/order")
    assert explained(api.client)["facts"] == ["It was there when the namespace was seeded from the scenario test"]


def test_what_exists_in_another_namespace(api: Driver) -> None:
    for name in ("a", "b", "c"):
        api.admin("POST", "/namespaces", {"name": name})
    there = {"x-sandbox-namespace": "b"}
    key = api.client.post(f"{M360}/mobjects/note/mdata", {"data": {"k": 1}}, headers=there).json["id"]
    for answer in (api.get(f"/mobjects/note/mdata/{key}"), api.delete(f"/mobjects/note/mdata/{key}")):
        assert answer.status == 404
        facts = explained(api.client)["facts"]
        assert facts == [
            "It exists in the namespace b",
            "The request named no namespace, nor did its credential: it went to default",
        ]
    assert api.client.get(f"{M360}/mobjects/note/mdata/{key}", headers=there).status == 200


def test_what_is_there_since(api: Driver) -> None:
    api.get("/workflows/flow")
    api.workflow("flow")
    assert explained(api.client)["facts"] == ["The same request would be answered 200 now, at 2024-01-15T10:30:00Z"]


def test_explaining_changes_nothing(api: Driver) -> None:
    api.admin("POST", "/namespaces", {"name": "b"})
    api.post("/workflows/unknown/execute", {"data": {}, "async": True})
    api.workflow("unknown")
    worlds = [namespace.world for namespace in api.client.sandbox.namespaces.values()]
    before = [world.snapshot() for world in worlds]
    assert "200 now" in explained(api.client)["facts"][-1]
    assert [world.snapshot() for world in worlds] == before
    assert not any(world.happened or world.outbox for world in worlds)
    assert len(api.client.sandbox.get("default").journal) == 1


def test_a_credential_of_another_namespace(api: Driver) -> None:
    made = api.admin("POST", "/namespaces", {"name": "b"})
    token = made["credentials"]["monetize360"]["tokens"][0]["token"]
    api.get("/workflows", token=token, headers={"x-sandbox-namespace": "default"})
    told = explained(api.client)
    assert (told["stage"], told["facts"]) == ("authentication", ["The credential is good in the namespace b"])
    assert token not in str(told)


def test_a_credential_that_was_taken_back(api: Driver) -> None:
    api.lever("DELETE", f"/tokens/{STANDARD}")
    api.get("/workflows", token=STANDARD)
    assert explained(api.client)["facts"] == ["The credential was good when the namespace was seeded"]


def test_a_token_that_expired_on_the_clock_of_the_namespace() -> None:
    client = make_client("docs")
    token = client.post("/__admin/dynamic_monetization/tokens", {"role": "admin", "expiresIn": 100}).json["token"]
    client.post("/__admin/clock/shift", {"by": 280})
    assert client.get(f"{DM}/rate-tables", token=token).status == 401
    told = explained(client)
    assert told["stage"] == "authentication"
    assert told["facts"][0] == (
        "The token expired 3 min before the request on the clock of the namespace: at 2024-01-15T10:31:40Z"
    )


def test_a_token_that_is_not_for_this() -> None:
    client = make_client("docs")
    body = {"role": "client", "instances": ["somewhere"], "expiresIn": 100}
    token = client.post("/__admin/dynamic_monetization/tokens", body).json["token"]
    assert client.get(f"{DM}/rate-tables", token=token).status == 403
    told = explained(client)
    assert told["facts"][:2] == [
        "The token was good for another 1 min 40 s on the clock of the namespace: at 2024-01-15T10:31:40Z",
        'The token is for ["somewhere"]',
    ]


def test_the_window_of_a_rate_limit(api: Driver) -> None:
    api.shift(15)
    most = int(api.get("/workflows", token=STANDARD).headers["x-ratelimit-limit"])
    for _ in range(most):
        api.get("/workflows", token=STANDARD)
    api.get("/workflows")
    api.get("/workflows", token=STANDARD)
    told = explained(api.client)
    assert told["stage"] == "limit"
    assert told["limit"] == {
        "most": most,
        "from": "2024-01-15T10:30:00Z",
        "to": "2024-01-15T10:31:00Z",
        "journalled": most + 2,
    }


def test_who_brought_about_a_conflict() -> None:
    driver = Account(make_client_of(ACCOUNT))
    driver.map("MINE")
    item = f"{DM}/instances/home/line-items"
    client = driver.client
    facts = []
    for name in ("MINE", "ACT"):
        assert client.delete(f"{item}/{name}", token=driver.token).status == 409
        told = explained(client)
        assert told["stage"] == "rule"
        facts.append(told["facts"])
    made, seeded = facts
    assert made == ["Request 1 (addActivation) changed it at 2024-01-15T10:30:00Z"]
    assert seeded == ["It is so since the namespace was seeded from the scenario test"]


def test_who_took_a_name(api: Driver) -> None:
    api.mobject("Thing")
    api.shift(60)
    assert api.post("/mobjects", {"name": "Thing", "description": "Another"}).status == 400
    told = explained(api.client)
    assert told["stage"] == "rule"
    assert "(createMobject) changed it at 2024-01-15T10:30:00Z" in told["facts"][0]


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("GET", "/monetize360/v1/workflow", "listWorkflows"),
        ("GET", "/ns/default/monetize360/v1/mobject/note/mdata", "listMdata"),
        ("GET", "/monetize360/v1/v1/mobjects/note/mdata", "listMdata"),
        ("DELETE", "/monetize360/v1/workflows/order", "getWorkflow"),
        ("POST", "/monetize360/v1/mobjects/note/mdata/bulks", "bulkCreateMdata"),
    ],
)
def test_the_nearest_operation_of_an_unknown_path_or_method(
    api: Driver, method: str, path: str, operation: str
) -> None:
    api.client(method, path)
    told = explained(api.client)
    assert (told["stage"], told["operation"]) == ("route", None)
    assert told["nearest"][0]["operationId"] == operation
    rates = [near["likeness"] for near in told["nearest"]]
    assert rates == sorted(rates, reverse=True)
    assert 0 < len(rates) <= 5


def test_an_unknown_namespace(api: Driver) -> None:
    api.admin("POST", "/namespaces", {"name": "b"})
    api.client.get(f"/ns/nowhere{M360}/workflows")
    told = explained(api.client)
    assert (told["stage"], told["facts"]) == ("route", ["There are the namespaces b, default"])


def test_a_credential_without_a_scheme_is_hidden_too(api: Driver) -> None:
    api.client.get("/monetize360/v1/workflows", headers={"authorization": "s3cret"}, token=None)
    line = explained(api.client)["curl"]
    assert "s3cret" not in line
    assert "$TOKEN" in line


def test_a_fault_is_told(api: Driver) -> None:
    api.client.get(f"{M360}/workflows", headers={"prefer": "code=429"})
    told = explained(api.client)
    assert (told["stage"], told["fault"]) == ("fault", told["reason"])
    assert told["facts"] == told["problems"] == []


def run_curl(client: Client, line: str, **variables: str) -> int:
    """The status of the request that the line of curl makes, put together as curl would."""
    words = iter(shlex.split(_filled(line, variables)))
    assert next(words) == "curl"
    method, url, headers, body = "", "", {"host": "127.0.0.1:4010"}, b""
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "--head":
            method = "HEAD"
        elif word == "-H":
            name, _, value = next(words).partition(":")
            headers[name] = value.strip()
        elif word == "--data-binary":
            body = next(words).encode()
        else:
            url = word
    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}" == client.sandbox.url
    return client.send(Request(method or "GET", parts.path, parts.query, headers, body)).status


def _filled(line: str, variables: dict[str, str]) -> str:
    before = dict(os.environ)
    try:
        os.environ.update(variables)
        return os.path.expandvars(line)
    finally:
        os.environ.clear()
        os.environ.update(before)


def test_the_line_of_curl_repeats_it(api: Driver) -> None:
    secrets = {"TOKEN": STANDARD, "SECRET": "s3cret", "COOKIE": "c00kie"}
    hook = {"url": "http://x.org/it's", "events": ["mdata.created"], "secret": "s3cret"}
    acts: list[Callable[[], Answer]] = [
        lambda: api.post("/webhooks", hook, token=STANDARD, headers={"cookie": "c00kie"}),
        lambda: api.post("/webhooks?secret=s3cret&a=%20[x]", hook | {"events": ['"$HOME"`x`\n!']}, token=STANDARD),
        lambda: api.get(f"/mobjects/note/mdata/{MISSING}", headers={"x-odd": 'a\'b "c" $d \\'}),
        lambda: api.get("/workflows?limit=2&x={1}", headers={"host": "api.monetize360.com"}, token=STANDARD),
        lambda: api.get("/workflows", headers={"host": "api.monetize360.com"}, token=None),
        lambda: api.client("HEAD", f"{M360}/workflows", token=STANDARD),
    ]
    for act in acts:
        status = act().status
        line = explained(api.client)["curl"]
        assert not any(secret in line for secret in secrets.values())
        assert run_curl(api.client, line, **secrets) == status


def test_a_reset_forgets_what_there_was_to_explain(api: Driver) -> None:
    api.get("/workflows")
    (row,) = api.admin("GET", "/requests")["requests"]
    api.admin("POST", "/reset")
    assert api.client.get(f"/__admin/requests/{row['id']}/explain").status == 404


def test_a_crash_is_one(api: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    def boom(_world: World) -> None:
        msg = "boom"
        raise RuntimeError(msg)

    monkeypatch.setattr("sandbox.apis.monetize360.handlers.Handlers.__init__", boom)
    api.client.pipeline.check_responses = False
    assert api.get("/workflows").status == 500
    api.client.pipeline.check_responses = True
    assert explained(api.client)["stage"] == "crash"
