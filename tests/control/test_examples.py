"""The named request examples of the control specs succeed on the docs scenario."""

from collections.abc import Iterator
from typing import Any, cast

import pytest

from sandbox import assets
from sandbox.kernel.references import resolve
from tests.client import Client, make_client

BASES = {"control": "", "monetize360.control": "/__admin/monetize360"}
FIRST = {"changeFault": "/__admin/faults/presets/outage"}
"""What to post before, so that there is something to change."""


def requests(name: str) -> Iterator[tuple[str, str, str, Any]]:
    """Operation, method, target and body of each."""
    spec = cast("dict[str, Any]", assets.spec(name))
    for path, item in spec["paths"].items():
        target = BASES[name] + path
        for parameter in (resolve(spec, found) for found in item.get("parameters", ())):
            target = target.replace("{" + parameter["name"] + "}", str(parameter["example"]))
        for method in item.keys() - {"parameters"}:
            content = item[method].get("requestBody", {}).get("content", {}).get("application/json", {})
            for example in content.get("examples", {}).values():
                yield item[method]["operationId"], method.upper(), target, resolve(spec, example)["value"]


@pytest.fixture(scope="module")
def docs() -> Client:
    return make_client("docs")


@pytest.mark.parametrize("name", BASES)
def test_they_succeed(docs: Client, name: str) -> None:
    sent = sorted(requests(name), key=str)
    assert len(sent) > 10
    for operation, method, target, body in sent:
        assert docs.post("/__admin/reset").status == 200
        if operation in FIRST:
            assert docs.post(FIRST[operation]).status == 201
        answer = docs(method, target, body)
        assert answer.status in {200, 201}, (operation, body, answer)
        if operation == "createNamespace":
            docs.delete(f"/__admin/namespaces/{body['name']}")


def test_what_is_to_be_deleted_is_there(docs: Client) -> None:
    docs.post("/__admin/reset")
    docs.put("/__admin/monetize360/workflows/order-flow", {"name": "Order"})
    docs.put("/__admin/monetize360/tokens/TEST_TOKEN", {"tier": "premium"})
    docs.post("/__admin/namespaces", {"name": "checkout-tests"})
    for path in ("monetize360/webhooks/webhook-id", "monetize360/workflows/order-flow", "namespaces/checkout-tests"):
        assert docs.delete(f"/__admin/{path}").status == 200
