"""The typed client: whether it covers every operation of the control specs, and what it makes of answers."""

import inspect
import socket
from collections.abc import Callable
from importlib import import_module
from typing import Any

import httpx2
import inflection
import pytest

from sandbox import assets
from sandbox.client import Control, Refused
from sandbox.kernel.request import Request
from sandbox.kernel.sandbox import DEFAULT
from sandbox.operations import Operation, operations
from tests.client import Client, make_client
from tools import write_client

CONTROL = operations(assets.spec("control"))
LEVERS = {name.removesuffix(".control"): assets.spec(name) for name in assets.spec_names() if name.endswith(".control")}
EVERY = [
    *((operation, None) for operation in CONTROL),
    *((operation, api) for api, spec in LEVERS.items() for operation in operations(spec)),
]


@pytest.fixture(scope="module")
def asked() -> Client:
    return make_client("docs")


@pytest.fixture
def control(asked: Client) -> Control:
    for name in set(asked.sandbox.namespaces) - {DEFAULT}:
        asked.sandbox.delete(name)
    asked.post("/__admin/reset")
    return make_control(asked)


def make_control(client: Client, namespace: str | None = None, admin_token: str | None = None) -> Control:
    """A client whose requests are answered in process."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        path, _, query = request.url.raw_path.decode().partition("?")
        answered = client.send(Request(request.method, path, query, dict(request.headers), request.content))
        return httpx2.Response(answered.status, headers=answered.headers, content=answered.body)

    return Control("http://127.0.0.1:4010", namespace, admin_token, transport=httpx2.MockTransport(answer))


def test_what_is_written_is_what_the_specs_say() -> None:
    wanted = write_client.written()
    assert not write_client.stale()
    for path, text in wanted.items():
        assert path.read_text("utf-8") == text, f"{path} is out of date: run python -m tools.write_client"


@pytest.mark.parametrize(("operation", "api"), EVERY, ids=[f"{api or 'control'}-{o.id}" for o, api in EVERY])
def test_every_operation_has_a_method_that_asks_for_it(operation: Operation, api: str | None) -> None:
    heard: list[tuple[str, str, dict[str, Any]]] = []

    def call(method: str, path: str, **options: Any) -> Any:
        heard.append((method, path, options))

    method = _method(operation, api, call)
    signature = inspect.signature(method)
    given = {name: f"a {name}" for name in signature.parameters}
    method(**given)
    ((verb, path, options),) = heard
    assert (verb, path) == (operation.method, operation.path)
    sent = {
        name: value
        for place in ("at", "query", "headers", "body")
        for name, value in (options[place].items() if isinstance(options.get(place), dict) else ())
    }
    assert sent == {parameter.name: f"a {parameter.python}" for parameter in operation.parameters}
    assert set(given) == {p.python for p in operation.parameters} | ({"body"} if operation.body is not None else set())
    for parameter in operation.parameters:
        assert (signature.parameters[parameter.python].default is inspect.Parameter.empty) == parameter.required
    assert signature.return_annotation is not inspect.Signature.empty


def _method(operation: Operation, api: str | None, call: Callable[..., Any]) -> Any:
    if api is not None:
        levers = import_module(f"sandbox.apis.{api}.client").Levers(call)
        return getattr(levers, inflection.underscore(operation.id))
    group = getattr(Control(), inflection.underscore(operation.group))
    return getattr(type(group)(call), operation.name)


def test_answers_come_as_the_control_plane_writes_them(control: Control) -> None:
    assert control.health.get()["status"] == "ok"
    assert control.clock.get()["now"] == "2024-01-15T10:30:00Z"
    moved = control.clock.shift("PT1H")
    assert moved["to"] == "2024-01-15T11:30:00Z"
    assert control.clock.shift(0.5)["to"] == "2024-01-15T11:30:00.500Z"
    changed = control.settings.change({"monetize360.extendedEvents": True})
    assert {s["name"]: s["value"] for s in changed["settings"]}["monetize360.extendedEvents"] is True


def test_what_is_left_out_is_not_sent(control: Control) -> None:
    assert control.namespaces.create("left-out", scenario="empty")["namespace"]["scenario"] == "empty"
    assert control.clock.freeze()["clock"]["mode"] == "frozen"
    assert control.namespaces.reset()["namespace"] == DEFAULT


def test_a_name_is_sent_as_one_piece_of_the_path(control: Control) -> None:
    with pytest.raises(Refused) as refused:
        control.namespaces.get("../clock?x=1#y")
    assert refused.value.details == {"field": "name", "value": "../clock?x=1#y"}


def test_the_namespace_is_that_of_the_client(asked: Client, control: Control) -> None:
    control.namespaces.create("other", scenario="docs", clock="2030-01-01T00:00:00Z")
    other = make_control(asked, "other")
    assert other.clock.get()["now"] == "2030-01-01T00:00:00Z"
    assert control.clock.get()["now"] == "2024-01-15T10:30:00Z"
    variables = other.namespaces.get_environment()["variables"]
    assert variables["MSANDBOX_NAMESPACE"] == "other"
    assert "/ns/other/" in variables["MONETIZE360_URL"]


def test_levers_are_asked_the_same_way(asked: Client, control: Control) -> None:
    levers = control.levers(import_module("sandbox.apis.monetize360.client").Levers)
    levers.put_token("mine", "premium")
    assert asked.get("/monetize360/v1/workflows", token="mine").headers["x-ratelimit-limit"] == "1000"


@pytest.mark.parametrize("api", LEVERS)
def test_the_credentials_in_the_environment_work(asked: Client, control: Control, api: str) -> None:
    variables = control.namespaces.get_environment()["variables"]
    own = {name for name in variables if name.startswith(api.upper())}
    assert f"{api.upper()}_URL" in own
    assert len(own) == 2
    assert asked.sandbox.urls(DEFAULT)[api] == variables[f"{api.upper()}_URL"]


def test_a_refusal_tells_all_that_the_answer_told(control: Control) -> None:
    with pytest.raises(Refused) as refused:
        control.clock.move("2020-01-01T00:00:00Z")
    told = refused.value
    assert (told.code, told.status) == ("INVALID_REQUEST", 400)
    assert told.details == {"field": "to", "value": "2020-01-01T00:00:00Z"}
    assert told.message in str(told)


def test_the_admin_token_is_sent() -> None:
    heard = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        heard.append(request.headers)
        return httpx2.Response(200, json={})

    Control(namespace="n", admin_token="secret", transport=httpx2.MockTransport(answer)).clock.get()
    assert (heard[0]["authorization"], heard[0]["x-sandbox-namespace"]) == ("Bearer secret", "n")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "nonsense", "http://", "ftp://127.0.0.1", "http://127.0.0.1:99999"]
)
def test_nobody_there_is_told(url: str) -> None:
    with pytest.raises(Refused) as refused, Control(url) as control:
        control.clock.get()
    assert (refused.value.code, refused.value.status) == ("UNREACHABLE", None)
    assert url in refused.value.message


def test_one_that_takes_too_long_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(Refused) as refused, Control(url, timeout=0.05) as control:
            control.clock.shift("P1D")
    assert (refused.value.code, refused.value.status) == ("TIMEOUT", None)
    assert refused.value.message == f"no answer within 0.05 s from {url}, which may be at it still"


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(404, text="not found"),
        httpx2.Response(500, json={"oops": True}),
        httpx2.Response(502, json=[1]),
        httpx2.Response(400, headers={"content-type": "application/json"}, text="{"),
    ],
)
def test_another_server_is_told(answer: httpx2.Response) -> None:
    control = Control(transport=httpx2.MockTransport(lambda _request: answer))
    with pytest.raises(Refused) as refused:
        control.clock.get()
    assert refused.value.code == "UNREACHABLE"
    assert "no control plane" in refused.value.message


def test_a_token_that_is_no_header_is_told() -> None:
    with pytest.raises(Refused):
        Control(admin_token="schlüssel🔑")


def test_what_is_no_json_comes_as_bytes(asked: Client, control: Control) -> None:
    assert control.journal.export_ndjson() == b""
    asked.get("/monetize360/v1/workflows")
    assert control.journal.export_ndjson().startswith(b"{")
