"""``handle``: mounts, namespaces, limits, headers, errors, the journal."""

import inspect
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.request import Pending, Request
from sandbox.kernel.sandbox import DEFAULT
from sandbox.web.passage import BODY_LIMIT, HEADERS_LIMIT, TARGET_LIMIT
from tests.client import ENTERPRISE, M360, Answer, Client, make_client_of
from tests.web.made_up import API, Handlers, made_up_client
from tests.web.scenarios import SMALL

LIMITED = "three-a-minute"
LIMIT_HEADERS = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")


@pytest.fixture
def client() -> Client:
    return make_client_of(SMALL)


@pytest.fixture(scope="module")
def shared() -> Client:
    """For tests that change nothing."""
    return make_client_of(SMALL)


def code(answer: Answer) -> str:
    return str(answer.json["error"]["code"])


def ask(client: Client, method: str, path: str, host: str) -> Any:
    headers = {"host": host, "authorization": f"Bearer {ENTERPRISE}"}
    return client.pipeline.handle(Request(method, path, "", headers, b""))


class TestMounts:
    @pytest.mark.parametrize(
        "host",
        [
            "api.monetize360.com",
            "sandbox.monetize360.com",
            "api.monetize360.com:80",
            "api.monetize360.com:4010",
            "API.Monetize360.COM",
            "Sandbox.monetize360.com:443",
        ],
    )
    def test_the_vendors_host_takes_the_vendors_paths(self, shared: Client, host: str) -> None:
        answer = ask(shared, "GET", "/v1/workflows/slow", host)
        assert answer.status == 200
        assert orjson.loads(answer.body)["id"] == "slow"

    @pytest.mark.parametrize(
        "path",
        [
            *(
                "/health",
                "/__admin/clock",
                "/__admin/reset",
                "/__admin/monetize360/tokens",
                "/ns/default/__admin/clock",
            ),
            *("/", "/docs/control/", "/openapi/control.json", "/monetize360/v1/workflows", "/v2/workflows", "*", ""),
        ],
    )
    def test_the_vendors_host_reaches_nothing_else(self, shared: Client, path: str) -> None:
        for method in ("GET", "POST", "OPTIONS"):
            answer = ask(shared, method, path, "api.monetize360.com:4010")
            assert answer.status == 404
            assert orjson.loads(answer.body)["error"]["code"] == "NOT_FOUND"

    @pytest.mark.parametrize("host", ["monetize360.com", "evil-api.monetize360.com", "api.monetize360.com.evil", ""])
    def test_other_hosts_need_the_prefix(self, shared: Client, host: str) -> None:
        assert ask(shared, "GET", "/v1/workflows", host) is None
        assert ask(shared, "GET", "/monetize360/v1/workflows", host).status == 200
        assert ask(shared, "GET", "/health", host).status == 200

    @pytest.mark.parametrize(
        "path", ["/", "", "*", "/monetize360x/v1/workflows", "/healthy", "/__administration", "//"]
    )
    def test_what_is_no_ones_is_left_to_the_pages(self, shared: Client, path: str) -> None:
        assert ask(shared, "GET", path, "127.0.0.1:4010") is None

    @pytest.mark.parametrize("path", ["/monetize360", "/monetize360/", "/monetize360/v2/workflows", "/monetize360/v1"])
    def test_below_a_prefix_errors_are_the_apis_own(self, shared: Client, path: str) -> None:
        answer = shared.get(path)
        assert answer.status == 404
        assert answer.json["error"].keys() == {"code", "message", "details", "timestamp"}

    @pytest.mark.parametrize(("path", "hint"), [("/workflows", True), ("", True), ("/v1/nowhere", False)])
    def test_a_forgotten_base_is_named(self, shared: Client, path: str, hint: bool) -> None:  # noqa: FBT001  # pytest passes it by name
        message = shared.get(f"/monetize360{path}").json["error"]["message"]
        assert message.startswith(f"There is nothing at {path or '/'}")
        assert message.endswith(": the paths of this API begin with /v1/") == hint

    def test_the_longest_prefix_wins(self, shared: Client) -> None:
        assert shared.get("/__admin/monetize360/tokens").status == 200
        nowhere = shared.get("/__admin/monetize360/nowhere")
        assert nowhere.status == 404
        assert nowhere.json["error"].keys() == {"code", "message", "details"}

    def test_hosts_are_remembered_without_growing(self, shared: Client) -> None:
        for number in range(2_500):
            assert ask(shared, "GET", "/health", f"host-{number}.example").status == 200
        assert len(shared.pipeline._hosts) <= 1_001
        assert ask(shared, "GET", "/v1/workflows", "api.monetize360.com").status == 200


class TestMethods:
    def test_head_answers_as_get_does(self, shared: Client) -> None:
        get, head = shared.get(f"{M360}/workflows/slow"), shared("HEAD", f"{M360}/workflows/slow")
        assert (head.status, head.body, head.headers["content-type"]) == (200, get.body, "application/json")
        assert shared("HEAD", f"{M360}/workflows/unknown").status == 404
        assert shared("HEAD", f"{M360}/webhooks").status == 405

    @pytest.mark.parametrize(
        ("path", "allowed"),
        [
            ("/workflows", "GET, HEAD, OPTIONS"),
            ("/mobjects", "GET, POST, HEAD, OPTIONS"),
            ("/mobjects/x", "GET, PUT, DELETE, HEAD, OPTIONS"),
            ("/mobjects/x/mdata/bulk", "POST, OPTIONS"),
            ("/webhooks", "POST, OPTIONS"),
        ],
    )
    def test_options_and_405_say_what_is_allowed(self, shared: Client, path: str, allowed: str) -> None:
        options = shared("OPTIONS", M360 + path)
        assert (options.status, options.body, options.headers["allow"]) == (204, b"", allowed)
        refused = shared("PATCH", M360 + path)
        assert (refused.status, code(refused), refused.headers["allow"]) == (405, "METHOD_NOT_ALLOWED", allowed)

    def test_options_needs_no_credential_and_knows_no_other_path(self, shared: Client) -> None:
        assert shared("OPTIONS", f"{M360}/workflows", token=None).status == 204
        assert shared("OPTIONS", f"{M360}/nowhere", token=None).status == 404

    @pytest.mark.parametrize("method", ["TRACE", "CONNECT", "get", "GÉT", "X" * 100])
    def test_odd_methods_are_not_allowed(self, shared: Client, method: str) -> None:
        assert shared(method, f"{M360}/workflows").status == 405

    def test_one_trailing_slash_means_nothing(self, shared: Client) -> None:
        assert shared.get(f"{M360}/workflows/slow/").json == shared.get(f"{M360}/workflows/slow").json
        assert shared.get(f"{M360}/workflows/slow//").status == 404
        assert shared.get(f"{M360}//workflows").status == 404
        assert shared.get("/health/").status == 200


class TestBounds:
    def test_a_body_over_the_limit_is_413(self, shared: Client) -> None:
        answer = shared.post(f"{M360}/mobjects/mobject-id/mdata", b"x" * (BODY_LIMIT + 1))
        assert (answer.status, code(answer)) == (413, "PAYLOAD_TOO_LARGE")
        assert all(name in answer.headers for name in LIMIT_HEADERS)

    def test_a_body_of_the_limit_is_read(self, client: Client) -> None:
        frame = orjson.dumps({"data": {"text": ""}})
        body = frame.replace(b'""', b'"' + b"a" * (BODY_LIMIT - len(frame)) + b'"')
        assert len(body) == BODY_LIMIT
        assert client.post(f"{M360}/mobjects/mobject-id/mdata", body).status == 201

    def test_a_stranger_hears_nothing_of_the_size(self, shared: Client) -> None:
        assert shared.post(f"{M360}/mobjects", b"x" * (BODY_LIMIT + 1), token="nobody").status == 401

    def test_a_long_target_is_414(self, shared: Client) -> None:
        for target in (f"{M360}/workflows/{'x' * TARGET_LIMIT}", f"{M360}/workflows?x={'x' * TARGET_LIMIT}"):
            answer = shared.get(target)
            assert answer.status == 414
            assert answer.json["error"]["details"] == {}
            assert all(name in answer.headers for name in LIMIT_HEADERS)

    def test_long_headers_are_431(self, shared: Client) -> None:
        answer = shared.get(f"{M360}/workflows", headers={"x-long": "x" * HEADERS_LIMIT})
        assert answer.status == 431
        assert all(name in answer.headers for name in LIMIT_HEADERS)

    @given(depth=st.integers(150, 1_300))
    def test_deep_json_is_read_or_refused(self, shared: Client, depth: int) -> None:
        body = b'{"data":' + b'{"a":' * depth + b"1" + b"}" * depth + b"}"
        assert shared.post(f"{M360}/workflows/resting/execute", body).status == 400
        answer = shared.post(f"{M360}/workflows/unknown/execute", body)
        assert answer.status == (404 if depth < 200 else 400)

    def test_the_deepest_body_that_is_taken_can_be_answered(self, client: Client) -> None:
        made = set()
        for depth in range(190, 205):
            body = b'{"data":{"a":' + b"[" * depth + b"]" * depth + b"}}"
            answer = client.post(f"{M360}/mobjects/mobject-id/mdata", body)
            made.add(answer.status)
            if answer.status == 201:
                assert client.get(f"{M360}/mobjects/mobject-id/mdata/{answer.json['id']}").status == 200
                assert client.get(f"{M360}/mobjects/mobject-id/mdata?sort=a&limit=5").status == 200
        assert made == {201, 400}

    @pytest.mark.parametrize("value", ["9" * 18, "9" * 19, "9" * 30, "9" * 5_000, "-" + "9" * 30])
    def test_no_number_is_too_long_to_be_refused(self, shared: Client, value: str) -> None:
        answer = shared.get(f"{M360}/workflows?limit={value}")
        assert (answer.status, answer.json["error"]["details"]["field"]) == (400, "limit")


class Faulty(Handlers):
    """Breaks in every way a handler can, after it has written."""

    def post_form(self, body: Any) -> Any:
        self._world.settings = self._world.settings.set("written", body)
        self._world.new_uuid("made")
        if body == {"count": 1}:
            msg = "out of luck"
            raise RuntimeError(msg)
        if body == {"count": 2}:
            return {"body": object()}, 200
        return ["not an object"], 200


class TestDefects:
    @pytest.fixture
    def faulty(self) -> Client:
        return made_up_client(replace(API, handlers=Faulty))

    @pytest.mark.parametrize("count", [1, 2])
    def test_a_crash_is_500_in_the_envelope_and_changes_nothing(self, faulty: Client, count: int) -> None:
        before = faulty.world.snapshot()
        answer = faulty.post("/made-up/forms", {"count": count})
        assert (answer.status, code(answer)) == (500, "INTERNAL_ERROR")
        assert "luck" not in answer.json["error"]["message"]
        assert faulty.world.snapshot() == before
        (exchange,) = faulty.sandbox.get(DEFAULT).journal
        assert (exchange.response.status, exchange.operation) == (500, "postForm")
        assert ("out of luck" in (exchange.reason or "")) == (count == 1)

    def test_an_answer_against_its_schema_is_500_that_says_why_and_changes_nothing(self, faulty: Client) -> None:
        before = faulty.world.snapshot()
        answer = faulty.post("/made-up/forms", {"count": 3})
        assert answer.status == 500
        assert "postForm answered 200 against its schema" in answer.json["error"]["message"]
        assert faulty.world.snapshot() == before

    def test_unchecked_it_goes_out(self) -> None:
        lax = made_up_client(replace(API, handlers=Faulty), check_responses=False)
        assert lax.post("/made-up/forms", {"count": 3}).status == 200

    def test_an_undocumented_status_and_a_missing_header_are_500(self) -> None:
        class Wrong(Handlers):
            def post_form(self, body: Any) -> Any:
                return {}, 204 if body else 200

            def put_tree(self, *_args: Any, **_options: Any) -> Any:
                return {}, 200

            put_tree.__signature__ = inspect.signature(Handlers.put_tree)  # type: ignore[attr-defined]

        wrong = made_up_client(replace(API, handlers=Wrong))
        assert (
            "204, which its spec does not document"
            in wrong.post("/made-up/forms", {"count": 1}).json["error"]["message"]
        )
        answer = wrong.put("/made-up/trees/1", {"value": 1}, headers={"x-trace-id": "abc"})
        assert "without the header X-Made" in answer.json["error"]["message"]


class TestDue:
    def test_what_is_due_runs_before_the_answer(self, client: Client) -> None:
        client.post("/__admin/clock/run")
        world = client.world
        world.clock = replace(world.clock, offset=world.clock.offset + 2 * 3_600_000)
        assert client.get(f"{M360}/workflows/slow/executions/exec-running").json["status"] == "completed"

    def test_run_due_leaves_frozen_clocks_alone(self, client: Client) -> None:
        assert client.pipeline.run_due() == ([], None)
        client.post("/__admin/clock/run")
        attempts, wait = client.pipeline.run_due()
        assert attempts == []
        assert wait is not None
        assert 0 < wait <= 60_000

    def test_run_due_hands_out_the_attempts(self, client: Client) -> None:
        client.post("/__admin/clock/run")
        world = client.world
        world.clock = replace(world.clock, offset=world.clock.offset + 2 * 3_600_000)
        attempts, _ = client.pipeline.run_due()
        assert {attempt.url for attempt in attempts} == {"http://127.0.0.1:9/hook"}


def test_a_move_waits_for_the_receivers(client: Client) -> None:
    """``handle`` does no I/O: it stops at the attempts and goes on with their outcomes."""
    request = Request("POST", "/__admin/clock/shift", "", {"content-type": "application/json"}, b'{"by":"PT2H"}')
    answer = client.pipeline.handle(request)
    assert isinstance(answer, Pending)
    assert [attempt.url for attempt in answer.attempts] == ["http://127.0.0.1:9/hook"]
    busy = client.post("/__admin/clock/shift", {"by": 1})
    assert (busy.status, code(busy)) == (409, "CONFLICT")
    assert client.get(f"{M360}/workflows").status == 200
    finished = Answer(_finish(client, answer))
    assert finished.status == 200
    assert finished.json["to"] == "2024-01-15T12:30:00Z"
    assert finished.json["counts"]["webhook.attempted"] >= 1


def test_threads_may_call_at_once(client: Client) -> None:
    """Transactions are serial in a namespace, and requests that hold two locks never wait for each other."""
    barrier = Barrier(16)

    def work(number: int) -> list[int]:
        barrier.wait(10)
        name = f"copy-{number}"
        statuses = []
        for _ in range(10):
            statuses.append(client.post("/__admin/namespaces", {"name": name, "from": "default"}).status)
            statuses.append(client.post(f"{M360}/mobjects/mobject-id/mdata", {"data": {"by": number}}).status)
            statuses.append(client.post(f"/ns/{name}/__admin/reset").status)
            statuses.append(client.delete(f"/__admin/namespaces/{name}").status)
        return statuses

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(work, range(16), timeout=30))
    assert found == [[201, 201, 200, 200] * 10] * 16
    rows = client.get(f"{M360}/mobjects/mobject-id/mdata?limit=1000").json
    assert rows["pagination"]["total"] == 163
    assert len({row["id"] for row in rows["data"]}) == 163
    assert set(client.sandbox.namespaces) == {DEFAULT}


def _finish(client: Client, answer: Any) -> Any:
    while isinstance(answer, Pending):
        answer = answer.resume([client.receiver(attempt) for attempt in answer.attempts])
    return answer


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"]),
    path=st.text(st.characters(max_codepoint=255), max_size=40),
    base=st.sampled_from(["", "/", M360, f"{M360}/mobjects/", "/ns/", "/__admin/", "/__admin/monetize360/"]),
    query=st.text(st.characters(max_codepoint=255), max_size=40),
    headers=st.dictionaries(
        st.sampled_from(["host", "authorization", "content-type", "x-sandbox-namespace", "content-length"]),
        st.text(st.characters(max_codepoint=255), max_size=30),
    ),
    body=st.binary(max_size=60),
)
def test_whatever_comes_is_answered(
    shared: Client, method: str, path: str, base: str, query: str, headers: dict[str, str], body: bytes
) -> None:
    answer = shared.pipeline.handle(Request(method, base + path, query, headers, body))
    if answer is not None and not isinstance(answer, Pending):
        assert answer.status < 500
        assert answer.status == 204 or orjson.loads(answer.body)
