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
from sandbox.kernel.sandbox import DEFAULT, Sandbox, Start
from sandbox.kernel.scenario import Library
from sandbox.server import all_apis, build_pipeline
from sandbox.web.pipeline import BODY_LIMIT, HEADERS_LIMIT, TARGET_LIMIT
from tests.client import ENTERPRISE, M360, STANDARD, Answer, Client, make_client_of
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


class TestNamespaces:
    @pytest.fixture
    def issued(self, client: Client) -> str:
        """A token of the namespace ``made``, which has a workflow of its own; ``other`` is there too."""
        made = client.post("/__admin/namespaces", {"name": "made"}).json
        client.post("/__admin/namespaces", {"name": "other", "from": "default"})
        put = client.put(
            "/__admin/monetize360/workflows/mine", {"name": "Mine"}, headers={"x-sandbox-namespace": "made"}
        )
        assert put.status == 201
        return next(str(t["token"]) for t in made["credentials"]["monetize360"]["tokens"] if t["tier"] == "enterprise")

    @pytest.mark.usefixtures("issued")
    def test_by_path(self, client: Client) -> None:
        assert client.get(f"/ns/made{M360}/workflows/mine").status == 200
        assert client.get(f"{M360}/workflows/mine").status == 404
        assert client.get("/ns/made/__admin/clock").status == 200
        assert ask(client, "GET", "/ns/made/v1/workflows/mine", "api.monetize360.com").status == 200

    @pytest.mark.usefixtures("issued")
    def test_by_header(self, client: Client) -> None:
        headers = {"x-sandbox-namespace": "made"}
        assert client.get(f"{M360}/workflows/mine", headers=headers).status == 200

    def test_by_credential(self, client: Client, issued: str) -> None:
        assert client.get(f"{M360}/workflows/mine", token=issued).status == 200

    def test_the_path_outranks_the_header_and_the_header_the_credential(self, client: Client, issued: str) -> None:
        missing = {"x-sandbox-namespace": "missing"}
        assert client.get(f"/ns/made{M360}/workflows/mine", headers=missing).status == 200
        assert client.get(f"{M360}/workflows/mine", headers=missing, token=issued).status == 404
        default = client.get(f"{M360}/workflows/mine", headers={"x-sandbox-namespace": DEFAULT}, token=issued)
        assert default.status == 401

    @pytest.mark.parametrize("target", [f"/ns/other{M360}", f"/ns/default{M360}"])
    def test_a_credential_is_good_in_its_own_only(self, client: Client, issued: str, target: str) -> None:
        assert client.get(f"{target}/workflows", token=issued).status == 401

    @pytest.mark.usefixtures("issued")
    def test_a_scenarios_token_is_good_in_every_copy(self, client: Client) -> None:
        assert client.get(f"/ns/made{M360}/workflows", token=STANDARD).status == 200

    @pytest.mark.usefixtures("issued")
    @pytest.mark.parametrize("name", ["missing", "MADE", "%6dade", "made%20", ".."])
    def test_an_unknown_name_is_404_in_the_apis_envelope(self, client: Client, name: str) -> None:
        for target, members in ((M360, 4), ("/__admin/monetize360", 3), ("/__admin", 3)):
            for answer in (
                client.get(f"/ns/{name}{target}/workflows"),
                client.get(f"{target}/workflows", headers={"x-sandbox-namespace": name}),
            ):
                assert answer.status == 404
                assert code(answer) == "NOT_FOUND"
                assert name in answer.json["error"]["message"]
                assert len(answer.json["error"]) == members

    def test_an_empty_name_in_the_path_is_unknown(self, client: Client) -> None:
        assert client.get(f"/ns/{M360}/workflows").status == 404

    def test_a_deleted_namespace_takes_its_credentials_along(self, client: Client, issued: str) -> None:
        client.delete("/__admin/namespaces/made")
        assert client.get(f"{M360}/workflows", token=issued).status == 401
        assert client.get(f"/ns/made{M360}/workflows").status == 404

    @pytest.mark.usefixtures("issued")
    def test_namespaces_share_neither_data_nor_limits_nor_journal(self, client: Client) -> None:
        for _ in range(4):
            last = client.get(f"{M360}/workflows", token=LIMITED)
        assert last.status == 429
        assert client.get(f"/ns/other{M360}/workflows", token=LIMITED).status == 200
        client.post(f"{M360}/mobjects/mobject-id/mdata", {"data": {}})
        count = client.get(f"/ns/other{M360}/mobjects/mobject-id/mdata").json["pagination"]["total"]
        assert count == 3
        assert len(client.sandbox.get("other").journal) == 2


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


class TestRateLimits:
    @pytest.mark.parametrize(
        ("method", "target", "status"),
        [
            ("GET", "/workflows", 200),
            ("GET", "/workflows/unknown", 404),
            ("GET", "/nowhere", 404),
            ("PATCH", "/workflows", 405),
            ("GET", "/workflows?limit=0", 400),
            ("POST", "/mobjects", 400),
            ("PUT", "/mobjects/platform", 400),
            ("DELETE", "/mobjects/platform", 403),
            ("HEAD", "/workflows", 200),
        ],
    )
    def test_every_answer_to_a_valid_token_says_where_it_stands(
        self, client: Client, method: str, target: str, status: int
    ) -> None:
        answer = client(method, M360 + target, token=STANDARD)
        assert answer.status == status
        assert [answer.headers[name] for name in LIMIT_HEADERS] == ["100", "99", "1705314660"]

    def test_options_says_so_too(self, client: Client) -> None:
        answer = client("OPTIONS", f"{M360}/workflows", token=STANDARD)
        assert [name for name in LIMIT_HEADERS if name in answer.headers] == list(LIMIT_HEADERS)

    @pytest.mark.parametrize("token", [None, "", "unknown"])
    def test_a_401_says_nothing_of_it(self, client: Client, token: str | None) -> None:
        for target in (f"{M360}/workflows", f"{M360}/workflows?limit=0"):
            answer = client.get(target, token=token)
            assert (answer.status, code(answer)) == (401, "UNAUTHORIZED")
            assert answer.headers["www-authenticate"] == "Bearer"
            assert not [name for name in answer.headers if name.startswith("x-ratelimit")]
        assert not client.get(f"{M360}/nowhere", token=token).headers.keys() & set(LIMIT_HEADERS)

    def test_the_429_says_how_long_and_what_to_do_about_a_frozen_clock(self, client: Client) -> None:
        remaining = [client.get(f"{M360}/nowhere", token=LIMITED).headers["x-ratelimit-remaining"] for _ in range(3)]
        assert remaining == ["2", "1", "0"]
        answer = client.get(f"{M360}/workflows", token=LIMITED)
        assert (answer.status, code(answer), answer.headers["retry-after"]) == (429, "RATE_LIMIT_EXCEEDED", "60")
        assert answer.headers["x-ratelimit-remaining"] == "0"
        assert "frozen" in answer.json["error"]["message"]
        assert "/__admin/clock/shift" in answer.json["error"]["message"]
        assert client.post("/__admin/clock/shift", {"by": 60}).status == 200
        assert client.get(f"{M360}/workflows", token=LIMITED).status == 200

    def test_the_route_comes_before_the_limit_and_the_limit_before_the_body(self, client: Client) -> None:
        for _ in range(3):
            client.get(f"{M360}/workflows", token=LIMITED)
        assert client.get(f"{M360}/nowhere", token=LIMITED).status == 404
        assert client("PATCH", f"{M360}/workflows", token=LIMITED).status == 405
        assert client.post(f"{M360}/mobjects", b"{", token=LIMITED).status == 429

    def test_a_running_clock_needs_no_hint(self, client: Client) -> None:
        client.post("/__admin/clock/run")
        answers = [client.get(f"{M360}/workflows", token=LIMITED) for _ in range(7)]
        refused = [answer for answer in answers if answer.status == 429]
        assert refused
        assert not [answer for answer in refused if "frozen" in answer.json["error"]["message"]]


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

    def test_an_answer_against_its_schema_is_500_that_says_why(self, faulty: Client) -> None:
        answer = faulty.post("/made-up/forms", {"count": 3})
        assert answer.status == 500
        assert "postForm answered 200 against its schema" in answer.json["error"]["message"]

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


class TestJournal:
    def test_it_tells_what_was_asked_answered_and_why(self, client: Client) -> None:
        client.post(f"{M360}/mobjects/customers/mdata?x=1", {"data": {"name": "Cyd"}}, headers={"x-mine": "yes"})
        client.get(f"{M360}/nowhere")
        client.get("/__admin/clock")
        client("OPTIONS", f"{M360}/workflows")
        found = client.get("/__admin/requests").json["requests"]
        assert [entry["status"] for entry in found] == [400, 404, 204]
        first = found[0]
        assert (first["api"], first["operationId"], first["namespace"]) == ("monetize360", "createMdata", DEFAULT)
        assert (first["method"], first["path"]) == ("POST", f"{M360}/mobjects/customers/mdata?x=1")
        assert first["at"] == "2024-01-15T10:30:00Z"
        assert first["durationMs"] > 0
        assert orjson.loads(first["request"]["body"]) == {"data": {"name": "Cyd"}}
        assert first["request"]["headers"]["x-mine"] == "yes"
        assert orjson.loads(first["response"]["body"])["error"]["details"]["field"] == "email"
        assert first["response"]["headers"]["x-ratelimit-limit"] == "1000000"
        assert first["reason"] == "email is required"
        assert found[1]["operationId"] is None

    @pytest.mark.parametrize(
        "body",
        [
            b'{"url":"https://x.example","events":["mdata.created"],"secret":"hush-hush"}',
            b'{"secret" : "hush-hush", "url":"https://x.example","events":["mdata.created"]}',
            b'{"url":"https://x.example","events":["mdata.created"],"secret":"\\"hush-hush"}',
            b'{"s\\u0065cret":"hush-hush","url":"https://x.example","events":["mdata.created"]}',
            b'{"url":"https://x.example","events":["nonsense"],"secret":"hush-hush"}',
            b'{"url":"https://x.example","secret":["hush-hush"]}',
            b'{"secret":"hush-hush',
        ],
    )
    def test_secrets_are_not_in_it(self, client: Client, body: bytes) -> None:
        client.post(f"{M360}/webhooks", body, headers={"cookie": "hush-hush"})
        text = client.get("/__admin/requests").body
        assert b"hush-hush" not in text
        assert ENTERPRISE.encode() not in text
        assert b"[redacted]" in text

    def test_the_token_of_a_stranger_is_not_in_it_either(self, client: Client) -> None:
        client.get(f"{M360}/workflows", token="hush-hush")
        assert b"hush-hush" not in client.get("/__admin/requests").body

    def test_it_filters_and_pages(self, client: Client) -> None:
        for number in range(5):
            client.get(f"{M360}/workflows/{'slow' if number % 2 else 'unknown'}")
        assert len(client.get("/__admin/requests?status=404").json["requests"]) == 3
        assert client.get("/__admin/requests?operationId=listWorkflows").json["requests"] == []
        page = client.get("/__admin/requests?limit=2").json
        assert [entry["id"] for entry in page["requests"]] == [1, 2]
        rest = client.get(f"/__admin/requests?after={page['cursor']}").json
        assert ([entry["id"] for entry in rest["requests"]], rest["cursor"]) == ([3, 4, 5], None)


class TestAdminToken:
    @pytest.fixture
    def guarded(self) -> Client:
        library = Library(("small",), lambda name: (name, SMALL))
        sandbox = Sandbox(all_apis(), library, Start("small"), admin_token="open-sesame")
        return Client(build_pipeline(sandbox, check_responses=True))

    @pytest.mark.parametrize("path", ["/__admin/clock", "/__admin/namespaces", "/__admin/monetize360/tokens"])
    def test_the_control_plane_wants_it(self, guarded: Client, path: str) -> None:
        for token in (None, "", "wrong", ENTERPRISE):
            answer = guarded.get(path, token=token)
            assert (answer.status, code(answer)) == (401, "UNAUTHORIZED")
            assert answer.headers["www-authenticate"] == "Bearer"
        assert guarded.get(path, token="open-sesame").status == 200
        assert guarded.get(path, headers={"authorization": "bearer  open-sesame"}).status == 200

    def test_health_and_the_api_do_not(self, guarded: Client) -> None:
        assert guarded.get("/health", token=None).status == 200
        assert guarded.get(f"{M360}/workflows").status == 200
        assert guarded.get(f"{M360}/workflows", token="open-sesame").status == 401


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
