"""The named examples of the contract, sent to and answered by the docs scenario."""

from collections.abc import Iterator
from typing import Any, cast

import pytest

from sandbox import assets
from sandbox.kernel.references import resolve
from tests.apis.monetize360.driver import Driver
from tests.client import M360, STANDARD

Example = tuple[str, str, str, Any, dict[str, Any]]

SPEC = cast("dict[str, Any]", assets.spec("monetize360"))
CUSTOMER = "/mobjects/3f9a1ea8-5d9a-4f2b-a8f6-8f6b5d9a1ea9"


def requests() -> Iterator[Example]:
    """Every named request example: its name, where to send it, its body, and the answers of the same name."""
    for path, item in SPEC["paths"].items():
        target = path
        for parameter in (resolve(SPEC, found) for found in item.get("parameters", ())):
            target = target.replace("{" + parameter["name"] + "}", next(iter(parameter["examples"].values()))["value"])
        for method, operation in item.items():
            content = operation.get("requestBody", {}).get("content", {}) if isinstance(operation, dict) else {}
            for name, example in content.get("application/json", {}).get("examples", {}).items():
                yield name, method.upper(), target, example["value"], dict(answers(operation, name))


def answers(operation: dict[str, Any], name: str) -> Iterator[tuple[str, Any]]:
    for status, response in operation["responses"].items():
        examples = resolve(SPEC, response)["content"]["application/json"]["examples"]
        if name in examples:
            yield status, examples[name]["value"]


def shape(value: Any) -> Any:
    """The members of objects, one below the other; lists by their first item."""
    if isinstance(value, dict):
        return {name: shape(part) for name, part in value.items()}
    return [shape(part) for part in value[:1]] if isinstance(value, list) else type(value) in {int, float, bool, str}


@pytest.mark.parametrize(
    ("method", "target", "body", "documented"),
    [pytest.param(*rest, id=f"{rest[0]} {rest[1]} {name}") for name, *rest in requests()],
)
def test_a_request_is_answered_as_its_example_says(
    docs: Driver, method: str, target: str, body: Any, documented: dict[str, Any]
) -> None:
    answer = docs.client(method, M360 + target, body)
    told = documented[str(answer.status)]
    found = {name: value for name, value in answer.json.items() if name in told}
    if method == "POST" and target.endswith("/execute"):
        found.pop("output", None)
        told = {name: value for name, value in told.items() if name != "output"}
    assert shape(found) == shape(told)


ERRORS: dict[tuple[str, str], tuple[str, str, Any]] = {
    ("BadRequest", "unreadable"): ("GET", "/mobjects/%FF", None),
    ("InvalidPage", "limit"): ("GET", "/mobjects?limit=5000", None),
    ("InvalidQuery", "filter"): ("GET", f"{CUSTOMER}/mdata?filter=status:is:active", None),
    ("InvalidQuery", "limit"): ("GET", f"{CUSTOMER}/mdata?limit=5000", None),
    ("InvalidExecution", "async"): ("POST", "/workflows/workflow-id/execute", {"async": "yes"}),
    ("InvalidExecution", "inactive"): ("POST", "/workflows/inactive-workflow-id/execute", {}),
    ("InvalidObject", "duplicateName"): ("POST", "/mobjects", {"name": "Customer", "description": ""}),
    ("InvalidObject", "businessKey"): ("PUT", CUSTOMER, {"businessKey": "code"}),
    ("InvalidObject", "rename"): ("PUT", CUSTOMER, {"name": "Voucher"}),
    ("InvalidRecord", "email"): ("POST", f"{CUSTOMER}/mdata", {"data": {"name": "x", "email": "invalid-email"}}),
    ("InvalidBulk", "empty"): ("POST", f"{CUSTOMER}/mdata/bulk", {"data": []}),
    ("InvalidWebhook", "event"): ("POST", "/webhooks", {"url": "http://a.b", "events": ["workflow.complete"]}),
    ("InvalidWebhook", "extension"): ("POST", "/webhooks", {"url": "http://a.b", "events": ["workflow.started"]}),
    ("ReadOnlyObject", "system"): ("PUT", "/mobjects/system-mobject-id", {}),
    ("WorkflowNotFound", "workflow"): ("GET", "/workflows/unknown", None),
    ("ExecutionNotFound", "execution"): ("GET", "/workflows/workflow-id/executions/unknown", None),
    ("ObjectNotFound", "object"): ("GET", "/mobjects/unknown", None),
    ("RecordNotFound", "record"): ("GET", f"{CUSTOMER}/mdata/unknown", None),
    ("PayloadTooLarge", "size"): ("POST", "/mobjects", b" " * (10 * 1_048_576 + 1)),
}


def documented_error(response: str, name: str) -> Any:
    return SPEC["components"]["responses"][response]["content"]["application/json"]["examples"][name]["value"]


@pytest.mark.parametrize(("response", "name"), ERRORS, ids=" ".join)
def test_an_error_is_as_its_example_says(docs: Driver, response: str, name: str) -> None:
    method, target, body = ERRORS[response, name]
    assert docs.client(method, M360 + target, body).json == documented_error(response, name)


def test_the_other_errors_are_as_their_examples_say(docs: Driver) -> None:
    docs.put(CUSTOMER, {"schema": {"properties": {"email": {"unique": True}}}})
    taken = docs.create(CUSTOMER.removeprefix("/mobjects/"), email="john@example.com")
    assert taken.json == documented_error("InvalidRecord", "unique")
    assert docs.get("/workflows", token=None).json == documented_error("Unauthorized", "token")
    text = docs.post("/mobjects", b"x", content_type="text/plain")
    assert text.json == documented_error("UnsupportedMediaType", "text")
    answers = [docs.get("/workflows", token=STANDARD).json for _ in range(101)]
    told = documented_error("TooManyRequests", "exhausted")["error"]
    assert answers[-1]["error"]["code"] == told["code"]
    assert answers[-1]["error"]["message"].startswith(told["message"])
