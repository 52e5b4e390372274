"""Pages of other origins: who may call the simulated APIs, and that nobody may call the control plane."""

from collections.abc import Iterator

import pytest
from connexion.spec import Specification

from sandbox import assets
from sandbox.kernel.request import Request
from sandbox.kernel.sandbox import Sandbox, Start
from sandbox.server import all_apis
from sandbox.web.compiled import compile_api, skeleton
from sandbox.web.cors import OpenPipeline
from tests.client import ENTERPRISE, M360, Answer, Client
from tests.web.serving import WORKFLOW, Server, serving

PAGE = "http://localhost:3000"
CROSS = "access-control-"


def make_open(*origins: str) -> Client:
    sandbox = Sandbox(all_apis(), assets.library(), Start("docs"))
    pipeline = OpenPipeline(sandbox, origins, check_responses=True)
    for api in sandbox.apis.values():
        document = assets.spec(api.name)
        pipeline.mount(compile_api(Specification.from_dict(skeleton(document)), document, api))
    return Client(pipeline)


@pytest.fixture(scope="module")
def named() -> Client:
    return make_open(PAGE, "https://app.example")


@pytest.fixture(scope="module")
def any_page() -> Client:
    return make_open("*")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One that was told by options and by an environment variable."""
    options = ("--allow-host", "sandbox", "--read-only-admin", "--admin-token", "open-sesame")
    with serving("--scenario", "docs", *options, MSANDBOX_CORS_ORIGIN=f"{PAGE} https://app.example") as running:
        yield running
        assert "Traceback" not in running.output


def cross(answer: Answer) -> dict[str, str]:
    return {name.removeprefix(CROSS): value for name, value in answer.headers.items() if name.startswith(CROSS)}


def preflight(client: Client, path: str, origin: str = PAGE) -> Answer:
    asked = {"origin": origin, f"{CROSS}request-method": "PUT", f"{CROSS}request-headers": "authorization,content-type"}
    return client("OPTIONS", path, headers=asked, token=None)


@pytest.mark.parametrize("path", [WORKFLOW, f"/ns/default{WORKFLOW}"])
def test_a_page_may_read_the_answer_with_all_its_headers(named: Client, path: str) -> None:
    answer = named.get(path, headers={"origin": PAGE})
    assert (answer.status, answer.headers["vary"]) == (200, "Origin")
    told = cross(answer)
    assert told.pop("expose-headers").split(", ") == sorted(
        name for name in answer.headers if not name.startswith(CROSS) and name != "vary"
    )
    assert told == {"allow-origin": PAGE, "allow-credentials": "true"}


@pytest.mark.parametrize("path", ["/moonify/nowhere", f"{M360}/workflows/unknown", f"/ns/nobody{WORKFLOW}"])
def test_it_may_read_a_refusal_too(named: Client, path: str) -> None:
    answer = named.get(path, headers={"origin": PAGE})
    assert (answer.status, cross(answer)["allow-origin"]) == (404, PAGE)


def test_a_preflight_is_answered_for_nothing(named: Client) -> None:
    journal = len(named.sandbox.get("default").journal)
    answer = preflight(named, WORKFLOW)
    assert (answer.status, answer.body) == (204, b"")
    assert cross(answer) == {
        "allow-origin": PAGE,
        "allow-credentials": "true",
        "allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
        "allow-headers": "authorization,content-type",
        "max-age": "600",
    }
    assert len(named.sandbox.get("default").journal) == journal
    asked = {"origin": PAGE, f"{CROSS}request-method": "GET", f"{CROSS}request-private-network": "true"}
    assert cross(named("OPTIONS", WORKFLOW, headers=asked))["allow-private-network"] == "true"


def test_any_page_means_without_its_cookies(any_page: Client) -> None:
    assert cross(preflight(any_page, WORKFLOW, "http://evil.example"))["allow-origin"] == "*"
    told = cross(any_page.get(WORKFLOW, headers={"origin": "null"}))
    assert (told["allow-origin"], "allow-credentials" in told) == ("*", False)


@pytest.mark.parametrize("origin", ["http://localhost:3001", "http://localhost", "null", "", f"{PAGE}.evil.example"])
def test_other_pages_are_told_nothing(named: Client, origin: str) -> None:
    assert cross(named.get(WORKFLOW, headers={"origin": origin})) == {}
    assert cross(preflight(named, WORKFLOW, origin)) == {}
    assert cross(named.get(WORKFLOW)) == {}


@pytest.mark.parametrize("origin", [PAGE, "http://evil.example", None])
def test_a_cache_is_told_that_answers_depend_on_the_page(named: Client, any_page: Client, origin: str | None) -> None:
    headers = {} if origin is None else {"origin": origin}
    assert named.get(WORKFLOW, headers=headers).headers["vary"] == "Origin"
    assert make_open("*", PAGE).get(WORKFLOW, headers=headers).headers["vary"] == "Origin"
    assert "vary" not in any_page.get(WORKFLOW, headers=headers).headers


@pytest.mark.parametrize(
    "path", ["/__admin/clock", "/ns/default/__admin/clock", "/__admin/monetize360/tokens", "/health"]
)
def test_the_control_plane_is_for_no_page(named: Client, any_page: Client, path: str) -> None:
    for client in (named, any_page):
        assert cross(preflight(client, path)) == {}
        answer = client.get(path, headers={"origin": PAGE})
        assert (answer.status, cross(answer)) == (200 if path == "/health" else 403, {})


def test_what_is_for_no_api_goes_on(named: Client) -> None:
    assert named.pipeline.handle(Request("GET", "/docs/monetize360/", "", {"origin": PAGE}, b"")) is None


def test_pages_of_named_origins_are_answered(server: Server) -> None:
    with server.api(ENTERPRISE) as api:
        for origin in (PAGE, "https://app.example"):
            answer = api.get(WORKFLOW, headers={"Origin": origin})
            assert answer.headers["access-control-allow-origin"] == origin
        asked = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
        assert api.options(WORKFLOW, headers=asked).headers["access-control-max-age"] == "600"


def test_the_door_is_as_told(server: Server) -> None:
    with server.api("open-sesame") as api:
        for host, status in (("sandbox:80", 200), (f"localhost:{server.port}", 200), ("evil.example", 403)):
            assert api.get("/__admin/clock", headers={"Host": host}).status_code == status
        assert api.post("/__admin/reset", json={}).status_code == 403
    assert "open-sesame" not in server.output
    with server.api("wrong") as api:
        assert api.get("/__admin/clock").status_code == 401
        assert api.get("/health").status_code == 200
