"""The pages that Flask serves: all of them offline, with this sandbox's own address."""

import re
from typing import Any

import pytest
import yaml
from flask.testing import FlaskClient
from openapi_spec_validator import validate
from werkzeug.test import TestResponse

from sandbox import assets
from sandbox.kernel.sandbox import Sandbox, Start
from sandbox.kernel.scenario import Library
from sandbox.server import all_apis, build_adapter, build_server
from sandbox.web.pages import with_own_url
from tests.web.scenarios import SMALL

HERE = "http://127.0.0.1:4321"
BASES = {"monetize360": "/monetize360/v1", "monetize360.control": "/__admin/monetize360", "control": ""}


@pytest.fixture(scope="module")
def pages() -> FlaskClient:
    sandbox = Sandbox(all_apis(), Library(("small",), lambda name: (name, SMALL)), Start("small"))
    app = build_server(build_adapter(sandbox)).app
    app.test_client_class = Here
    client: FlaskClient = app.test_client()
    return client


class Here(FlaskClient):
    """Calls the address that a server would have."""

    def open(self, *args: Any, **options: Any) -> TestResponse:
        return super().open(*args, base_url=HERE, **options)


def links(text: str) -> set[str]:
    return set(re.findall(r'(?:href|src)="([^"]+)"', text))


def test_the_index_links_to_everything(pages: FlaskClient) -> None:
    text = pages.get("/").text
    for name, base in BASES.items():
        assert f"{HERE}{base}<" in text
        assert {f"/docs/{name}/", f"/openapi/{name}.yaml", f"/openapi/{name}.json"} <= links(text)
    assert "api.monetize360.com" in text


@pytest.mark.parametrize("path", ["/__admin/clock", "/monetize360/v1/workflows"])
def test_operations_are_no_pages(pages: FlaskClient, path: str) -> None:
    assert pages.get(path).status_code == 404


def test_nothing_comes_from_elsewhere(pages: FlaskClient) -> None:
    seen, waiting = set(), {"/"}
    while waiting:
        path = waiting.pop()
        seen.add(path)
        answer = pages.get(path)
        if path != "/health":  # an operation: not Flask's
            assert answer.status_code == 200, path
            assert answer.data
            if answer.mimetype == "text/html":
                waiting |= links(answer.text) - seen
        answer.close()
    assert all(path.startswith("/") for path in seen)
    assert {"/docs/assets/swagger-ui.css", "/docs/assets/swagger-ui-bundle.js", "/docs/control/"} <= seen


@pytest.mark.parametrize("name", BASES)
def test_a_served_spec_is_valid_and_names_this_sandbox_first(pages: FlaskClient, name: str) -> None:
    answer = pages.get(f"/openapi/{name}.json")
    served: Any = answer.json
    assert answer.mimetype == "application/json"
    validate(served)
    assert served["servers"][0]["url"] == HERE + BASES[name]
    text = pages.get(f"/openapi/{name}.yaml")
    assert text.mimetype == "application/yaml"
    assert yaml.safe_load(text.text) == served
    shipped = dict(assets.spec(name))
    assert {**served, "servers": served["servers"][1:]} == shipped


def test_its_own_address_is_named_once() -> None:
    spec = {"servers": [{"url": "http://a"}, {"url": "http://b"}], "paths": {}}
    assert [server["url"] for server in with_own_url(spec, "http://b")["servers"]] == ["http://b", "http://a"]
    assert with_own_url({"paths": {}}, "")["servers"][0]["url"] == "/"
    assert len(spec["servers"]) == 2


@pytest.mark.parametrize(
    "path", ["/nowhere", "/docs/nowhere/", "/openapi/nowhere.json", "/openapi/control", "/docs/assets/../../pages.py"]
)
def test_anything_else_is_404_in_json(pages: FlaskClient, path: str) -> None:
    answer = pages.get(path)
    assert answer.status_code == 404
    told: Any = answer.json
    assert told["error"]["code"] == "NOT_FOUND"


def test_a_wrong_method_is_405_that_says_what_is_allowed(pages: FlaskClient) -> None:
    answer = pages.post("/")
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_a_forgotten_slash_leads_on(pages: FlaskClient) -> None:
    assert pages.get("/docs/control").location in {"/docs/control/", f"{HERE}/docs/control/"}
