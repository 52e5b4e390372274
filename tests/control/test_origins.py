"""Under which names, from which pages, and for what the control plane may be used."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import assets
from sandbox.kernel.door import Door, bare_host
from sandbox.kernel.sandbox import Sandbox, Start
from sandbox.server import all_apis, build_pipeline
from tests.apis.monetize360.driver import Driver
from tests.client import M360, Client

PATHS = ["/__admin/clock", "/__admin/monetize360/tokens", "/ns/default/__admin/requests", "/__admin/deliveries"]
ANY = "0.0.0.0"  # noqa: S104  # nothing is bound to it


@pytest.fixture(scope="module")
def watched() -> Client:
    """A sandbox that only tells."""
    sandbox = Sandbox(all_apis(), assets.library(), Start("docs"), door=Door(read_only=True))
    return Client(build_pipeline(sandbox, check_responses=True))


@pytest.mark.parametrize(
    ("host", "bound", "names"),
    [
        ("127.0.0.1:4010", "127.0.0.1", ()),
        ("127.0.0.1", "127.0.0.1", ()),
        ("localhost:4010", "127.0.0.1", ()),
        ("LOCALHOST.", "127.0.0.1", ()),
        ("sandbox.localhost:4010", "127.0.0.1", ()),
        ("[::1]:4010", "::1", ()),
        ("127.0.0.1:4010", "10.0.0.5", ()),
        ("10.0.0.5:4010", "10.0.0.5", ()),
        ("[2001:db8::5]:4010", "2001:db8::5", ()),
        ("10.0.0.5:4010", ANY, ()),
        ("[2001:db8::5]", "::", ()),
        ("10.0.0.5", "", ()),
        ("build-7:4010", "build-7", ()),
        ("sandbox:4010", ANY, ("sandbox",)),
        ("Sandbox.:4010", ANY, ("other", "SANDBOX")),
    ],
)
def test_it_answers_to_its_own_names(host: str, bound: str, names: tuple[str, ...]) -> None:
    assert Door(bound=bound, names=names).known(host)


@pytest.mark.parametrize(
    ("host", "bound"),
    [
        ("evil.example", "127.0.0.1"),
        ("evil.example:4010", ANY),
        ("127.0.0.1.evil.example", "127.0.0.1"),
        ("localhost.evil.example", ANY),
        ("notlocalhost", ANY),
        ("10.0.0.5", "127.0.0.1"),
        ("10.0.0.6", "10.0.0.5"),
        ("127.1", "127.0.0.1"),
        ("2130706433", ANY),
        ("a@127.0.0.1", ANY),
        ("127.0.0.1/", ANY),
        ("127.0.0.1, evil.example", ANY),
        ("[::1", "127.0.0.1"),
        ("", "127.0.0.1"),
        (":4010", ANY),
    ],
)
def test_it_answers_to_no_other(host: str, bound: str) -> None:
    assert not Door(bound=bound).known(host)


@given(st.text(max_size=30))
def test_no_host_is_too_strange_to_decide(host: str) -> None:
    assert Door(names=("sandbox",)).known(host) in {True, False}
    assert bare_host(host) == bare_host(host).lower()


@pytest.mark.parametrize("path", PATHS)
def test_a_page_that_rebinds_a_name_is_refused(api: Driver, path: str) -> None:
    answer = api.client.get(path, headers={"host": "evil.example:4010"})
    assert (answer.status, answer.json["error"]["code"]) == (403, "FORBIDDEN")
    assert "--allow-host" in answer.json["error"]["message"]
    assert api.get("/mobjects", headers={"host": "evil.example:4010"}).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "http://localhost:3000"},
        {"origin": "http://localhost:4010"},
        {"origin": "http://127.0.0.1"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "http://["},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:4010"},
    ],
)
@pytest.mark.parametrize("path", PATHS)
def test_pages_of_another_origin_are_refused(api: Driver, path: str, headers: dict[str, str]) -> None:
    answer = api.client.get(path, headers=headers)
    assert (answer.status, answer.json["error"]["code"]) == (403, "FORBIDDEN")
    assert not {name for name in answer.headers if name.startswith("access-control")}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": "localhost:4010", "origin": "http://localhost:4010", "sec-fetch-site": "same-origin"},
        {"host": "LocalHost:4010", "origin": "http://localhost:4010"},
        {"host": "127.0.0.1:4443", "origin": "https://127.0.0.1:4443"},
        {"sec-fetch-site": "none"},
        {"host": ""},
    ],
)
def test_commands_and_its_own_pages_are_answered(api: Driver, headers: dict[str, str]) -> None:
    assert api.client.post("/__admin/clock/shift", {"by": 1}, headers=headers).status == 200


def test_what_is_refused_changes_nothing(api: Driver) -> None:
    before = api.admin("GET", "/clock")
    for headers in ({"host": "evil.example"}, {"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert api.client.post("/__admin/clock/shift", {"by": 1}, headers=headers).status == 403
    assert api.admin("GET", "/clock") == before


def test_a_door_that_is_read_only_tells_and_changes_nothing(watched: Client) -> None:
    for path in PATHS:
        assert watched.get(path).status == 200
        assert watched("HEAD", path).status == 200
    for method, path in (
        ("POST", "/__admin/reset"),
        ("PUT", "/__admin/monetize360/tokens/x"),
        ("PATCH", "/__admin/settings"),
        ("DELETE", "/ns/default/__admin/webhook-faults"),
    ):
        answer = watched(method, path)
        assert (answer.status, answer.json["error"]["code"]) == (403, "FORBIDDEN")
        assert "--read-only-admin" in answer.json["error"]["message"]
    assert watched.post(f"{M360}/mobjects/mobject-id/mdata", {"data": {}}).status == 201
