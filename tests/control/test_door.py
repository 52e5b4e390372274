"""Who may use the control plane, and where it is reached."""

import pytest

from sandbox import __version__, assets
from sandbox.kernel.door import Door
from sandbox.kernel.sandbox import Sandbox, Start
from sandbox.server import all_apis, build_pipeline
from tests.apis.monetize360.driver import Driver
from tests.client import M360, STANDARD, Client

PATHS = ["/__admin/clock", "/__admin/namespaces", "/__admin/monetize360/tokens", "/ns/default/__admin/requests"]


@pytest.fixture(scope="module")
def guarded() -> Client:
    """A sandbox that is bound elsewhere than on loopback."""
    sandbox = Sandbox(all_apis(), assets.library(), Start("docs"), door=Door("the-printed-one"))
    return Client(build_pipeline(sandbox, check_responses=True))


VENDORS = ["dynamic_monetization", "monetize360", "moonify"]


def test_health_is_told_to_anyone(api: Driver, guarded: Client) -> None:
    for client in (api.client, guarded):
        answer = client.get("/health", token=None)
        assert (answer.status, answer.json["status"]) == (200, "ok")
        assert (answer.json["version"], answer.json["apis"]) == (__version__, VENDORS)


@pytest.mark.parametrize("path", PATHS)
def test_on_loopback_no_token_is_needed(api: Driver, path: str) -> None:
    assert api.client.get(path, token=None).status == 200


@pytest.mark.parametrize("path", PATHS)
def test_elsewhere_the_printed_token_is(guarded: Client, path: str) -> None:
    for token in (None, "", "wrong", STANDARD, "the-printed-onE"):
        answer = guarded.get(path, token=token)
        assert (answer.status, answer.json["error"]["code"]) == (401, "UNAUTHORIZED")
    assert guarded.get(path, token="the-printed-one").status == 200


@pytest.mark.parametrize("host", ["api.monetize360.com", "sandbox.monetize360.com:80"])
def test_a_vendors_host_never_reaches_it(api: Driver, host: str) -> None:
    for path in (*PATHS, "/health"):
        answer = api.client.get(path, headers={"host": host})
        assert answer.status == 404
        assert "timestamp" in answer.json["error"]


def test_errors_have_one_body(api: Driver) -> None:
    for method, path, status, code in (
        ("GET", "/__admin/nothing", 404, "NOT_FOUND"),
        ("GET", "/__admin/monetize360/nothing", 404, "NOT_FOUND"),
        ("DELETE", "/__admin/clock", 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/__admin/clock/shift", 400, "INVALID_REQUEST"),
    ):
        answer = api.client(method, path)
        assert (answer.status, answer.json["error"]["code"]) == (status, code)
        assert answer.json["error"].keys() == {"code", "message", "details"}
    answer = api.client.post("/__admin/clock/shift", b"by=1", content_type="application/x-www-form-urlencoded")
    assert (answer.status, answer.json["error"]["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("path", ["/__admin/nothing", "/__admin/moonify", "/__admin/monetize360/nothing/at/all"])
def test_a_path_that_is_none_is_named_as_it_was_sent(api: Driver, path: str) -> None:
    assert api.client.get(path).json["error"]["message"] == f"There is nothing at {path}"


@pytest.mark.parametrize(
    ("method", "path", "known"),
    [
        ("GET", "/__admin/events?limt=5&after=1", "are after, limit"),
        ("GET", "/ns/default/__admin/moonify/sessions?limt=5", "are after, limit"),
        ("POST", "/__admin/clock/freeze?limt=5", "is none"),
        ("GET", "/health?limt=5", "is none"),
    ],
)
def test_a_misspelt_query_parameter_is_told(api: Driver, method: str, path: str, known: str) -> None:
    answer = api.client(method, path)
    assert (answer.status, answer.json["error"]) == (
        400,
        {
            "code": "INVALID_REQUEST",
            "message": f"There is no query parameter 'limt' here; there {known}",
            "details": {"field": "limt", "value": "5"},
        },
    )


@pytest.mark.parametrize("path", [f"{M360}/workflows?limt=5", "/dynamicmonetization/1.0/nowhere?limt=5"])
def test_the_simulated_apis_leave_unknown_parameters_alone(api: Driver, path: str) -> None:
    assert api.client.get(path).status == api.client.get(path.partition("?")[0]).status


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/__admin/nothing"),
        ("GET", "/__admin"),
        ("GET", "/__admin/monetize360/nothing"),
        ("DELETE", "/__admin/clock"),
        ("OPTIONS", "/__admin/clock"),
        ("GET", "/ns/nowhere/__admin/clock"),
        ("GET", "/ns/nowhere/__admin/monetize360/tokens"),
    ],
)
def test_nothing_is_said_to_those_that_it_does_not_answer(api: Driver, guarded: Client, method: str, path: str) -> None:
    for token in (None, "wrong"):
        assert guarded(method, path, token=token).status == 401
    assert api.client(method, path, headers={"host": "evil.example"}).status == 403
    assert guarded(method, path, token="the-printed-one").status in {204, 404, 405}
