"""Who is let in, and how often: credentials, rate limits, the token of the control plane."""

import pytest

from sandbox.kernel.door import Door
from sandbox.kernel.sandbox import Sandbox, Start
from sandbox.kernel.scenario import Library
from sandbox.server import all_apis, build_pipeline
from tests.client import ENTERPRISE, M360, STANDARD, Answer, Client, make_client_of
from tests.web.scenarios import SMALL

LIMITED = "three-a-minute"
LIMIT_HEADERS = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")


@pytest.fixture
def client() -> Client:
    return make_client_of(SMALL)


def code(answer: Answer) -> str:
    return str(answer.json["error"]["code"])


class TestRateLimits:
    @pytest.mark.parametrize(
        ("method", "target", "status"),
        [
            ("GET", "/workflows", 200),
            ("GET", "/workflows/unknown", 404),
            ("GET", "/nowhere", 404),
            ("OPTIONS", "/nowhere", 404),
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


class TestAdminToken:
    @pytest.fixture
    def guarded(self) -> Client:
        library = Library(("small",), lambda name: (name, SMALL))
        sandbox = Sandbox(all_apis(), library, Start("small"), door=Door("open-sesame"))
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
