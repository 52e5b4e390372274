"""What the compiler refuses at the start, and what it takes beside what the shipped specs use."""

from collections.abc import Callable
from typing import Any

import pytest
from connexion.exceptions import ResolverError
from hypothesis import given
from hypothesis import strategies as st

from sandbox import assets
from sandbox.kernel.references import resolve
from sandbox.kernel.request import Reply
from sandbox.server import all_apis
from sandbox.web.dialect import compile_body
from tests.client import Client
from tests.web.made_up import API, Handlers, compiled, document, made_up_client

Spec = dict[str, Any]
Change = Callable[[Spec], object]


def put(spec: Spec) -> Spec:
    operation: Spec = spec["paths"]["/trees/{treeId}"]["put"]
    return operation


def parameter(**definition: Any) -> Change:
    return lambda spec: put(spec)["parameters"].append({"name": "odd", "in": "query", **definition})


def body(media: str, schema: Any = None) -> Change:
    return lambda spec: put(spec)["requestBody"].update(content={media: {"schema": schema or {"type": "object"}}})


def scheme(**definition: Any) -> Change:
    return lambda spec: spec["components"]["securitySchemes"].update(token=definition)


REFUSED: dict[str, tuple[Change, str]] = {
    "an object in the query": (parameter(schema={"type": "object"}), "PUT /trees/{treeId}: .*'odd'.*object"),
    "deepObject": (parameter(style="deepObject", schema={"type": "array", "items": {"type": "string"}}), "deepObject"),
    "pipes": (parameter(style="pipeDelimited", schema={"type": "array", "items": {"type": "string"}}), "pipeDelimited"),
    "blanks": (
        parameter(style="spaceDelimited", schema={"type": "array", "items": {"type": "integer"}}),
        "'odd'.*space",
    ),
    "a parameter by content": (parameter(content={"application/json": {"schema": {}}}), "'odd'.*content"),
    "a parameter without a type": (parameter(schema={"minimum": 1}), "'odd' needs a schema with one type"),
    "an array of anything": (parameter(schema={"type": "array"}), "'odd': type None"),
    "an array of arrays": (parameter(schema={"type": "array", "items": {"type": "array"}}), "'odd': type 'array'"),
    "a remote parameter": (
        lambda spec: put(spec)["parameters"].append({"$ref": "https://example.com/x.yaml#/y"}),
        "https://example.com/x.yaml#/y.* is remote",
    ),
    "a parameter that is nowhere": (
        lambda spec: put(spec)["parameters"].append({"$ref": "#/components/parameters/Nowhere"}),
        "Nowhere' leads nowhere",
    ),
    "a reference to itself": (
        lambda spec: (
            spec["components"].update(parameters={"A": {"$ref": "#/components/parameters/A"}})
            or put(spec)["parameters"].append({"$ref": "#/components/parameters/A"})
        ),
        "leads back to itself",
    ),
    "a cookie": (parameter(**{"in": "cookie", "schema": {"type": "string"}}), "cookie parameters .'odd'"),
    "part of a segment": (
        lambda spec: spec["paths"].update({"/trees/{treeId}.json": spec["paths"].pop("/trees/{treeId}")}),
        "treeId}.json: .* nowhere defined",
    ),
    "a path by reference": (lambda spec: spec["paths"].update({"/x": {"$ref": "#/x"}}), "path /x: .ref is not"),
    "OPTIONS": (lambda spec: spec["paths"]["/forms"].update(options={}), "path /forms: options is not"),
    "no operationId": (
        lambda spec: put(spec).pop("operationId"),
        "PUT /trees/{treeId}: the operation has no operationId",
    ),
    "XML": (body("application/xml"), "PUT /trees/{treeId}: .*'application/xml'"),
    "files": (body("multipart/form-data"), "'multipart/form-data'"),
    "any body": (body("*/*"), "'[*]/[*]'"),
    "a remote schema": (body("application/json", {"$ref": "https://example.com/s.json"}), "example.com/s.json"),
    "a schema that is nowhere": (body("application/json", {"$ref": "#/components/schemas/Nowhere"}), "Nowhere"),
    "a schema that is none": (body("application/json", {"type": "tree"}), "tree"),
    "a pattern that is none": (body("application/json", {"type": "string", "pattern": "("}), "PUT /trees"),
    "OAuth": (scheme(type="oauth2", flows={}), "scheme 'token' is neither http nor apiKey"),
    "OpenID": (scheme(type="openIdConnect", openIdConnectUrl="https://example.com"), "'token' is neither"),
    "a scheme that is nowhere": (lambda spec: put(spec).update(security=[{"nowhere": []}]), "'nowhere'"),
    "a path parameter that is nowhere": (
        lambda spec: spec["paths"]["/trees/{treeId}"]["parameters"].pop(0),
        "'treeId'",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_translated_stops_the_start(name: str) -> None:
    change, told = REFUSED[name]
    spec = document()
    change(spec)
    with pytest.raises(ValueError, match=told):
        compiled(spec)


class Fewer:
    """Without ``post_form``; ``put_tree`` takes another argument."""

    def __init__(self, world: Any) -> None:
        self._world = world

    def put_tree(self, tree: int) -> Reply:
        return {"tree": tree}, 200


def test_an_operation_without_a_method_stops_the_start() -> None:
    spec = document()
    del spec["paths"]["/trees/{treeId}"]
    with pytest.raises(ResolverError, match=r"Fewer has no method post_form"):
        compiled(spec, API.__class__(name="fewer", mount=API.mount, handlers=Fewer, envelope=API.envelope))


def test_a_method_with_other_arguments_stops_the_start() -> None:
    spec = document()
    del spec["paths"]["/forms"]
    with pytest.raises(ValueError, match=r"put_tree takes \['tree'\], its operation has \['body', 'depth'"):
        compiled(spec, API.__class__(name="fewer", mount=API.mount, handlers=Fewer, envelope=API.envelope))


@pytest.fixture(scope="module")
def client() -> Client:
    return made_up_client()


TRACE = {"x-trace-id": "abc"}


def test_arguments_arrive_typed(client: Client) -> None:
    target = "/made-up/trees/-7?depth=4&tag=a,c&dry=true&unknown=1"
    answer = client.put(target, {"value": 1}, headers={**TRACE, "x-weights": "1,2.5,-3e2"})
    assert answer.status == 200
    assert answer.json == {
        "tree": -7,
        "depth": 4,
        "trace": "abc",
        "weights": [1.0, 2.5, -300.0],
        "tag": ["a", "c"],
        "dry": True,
        "body": {"value": 1},
        "principal": "",
    }
    assert answer.headers["x-made"] == "up"


def test_defaults_are_those_of_the_operation(client: Client) -> None:
    answer = client.put("/made-up/trees/1", {"value": None}, headers=TRACE).json
    assert (answer["depth"], answer["tag"], answer["weights"], answer["dry"]) == (3, None, None, None)


WRONG = [
    ("/made-up/trees/one", {"value": 1}, "treeId", "one"),
    ("/made-up/trees/1?depth=10", {"value": 1}, "depth", 10),
    ("/made-up/trees/1?dry=yes", {"value": 1}, "dry", "yes"),
    ("/made-up/trees/1?tag=a,d", {"value": 1}, "tag", "d"),
    ("/made-up/trees/1?tag=a&tag=b", {"value": 1}, "tag", ["a", "b"]),
    ("/made-up/trees/1", {"value": "1"}, "value", "1"),
    ("/made-up/trees/1", {"value": True}, "value", True),
    ("/made-up/trees/1", {}, "value", None),
    ("/made-up/trees/1", {"value": 1, "id": "x"}, "id", "x"),
    ("/made-up/trees/1", {"value": 1, "kind": "fir"}, "kind", "fir"),
    ("/made-up/trees/1", {"value": 1, "children": [{"value": 1}, {}]}, "children.1.value", None),
    ("/made-up/trees/1", {"value": 1, "children": [{"value": 1, "children": [7]}]}, "children.0.children.0", 7),
    ("/made-up/trees/1", [], "body", []),
]


@pytest.mark.parametrize(("target", "sent", "field", "value"), WRONG)
def test_what_is_wrong_is_named(client: Client, target: str, sent: Any, field: str, value: Any) -> None:
    answer = client.put(target, sent, headers=TRACE)
    assert answer.status == 400
    assert answer.json["error"]["details"] == {"field": field, "value": value}


def test_header_parameters_are_required_and_checked(client: Client) -> None:
    missing = client.put("/made-up/trees/1", {"value": 1})
    assert (missing.status, missing.json["error"]["details"]["field"]) == (400, "X-Trace-Id")
    short = client.put("/made-up/trees/1", {"value": 1}, headers={"x-trace-id": "a"})
    assert (short.status, short.json["error"]["details"]["value"]) == (400, "a")
    weights = client.put("/made-up/trees/1", {"value": 1}, headers={**TRACE, "x-weights": "1,heavy"})
    assert (weights.status, weights.json["error"]["details"]["value"]) == (400, "heavy")


@pytest.mark.parametrize("value", [None, 3])
def test_nullable_takes_null_and_the_type(client: Client, value: int | None) -> None:
    assert client.put("/made-up/trees/1", {"value": value, "kind": None}, headers=TRACE).status == 200


FORM = "application/x-www-form-urlencoded"


def test_forms_are_read_by_their_schema(client: Client) -> None:
    sent = b"count=2&names=a+b&names=%C3%A9&agreed=true&more=x%3Dy"
    answer = client.post("/made-up/forms", sent, content_type=f"{FORM}; charset=utf-8")
    assert answer.json["body"] == {"count": 2, "names": ["a b", "é"], "agreed": True, "more": "x=y"}


@pytest.mark.parametrize(
    ("sent", "field"),
    [(b"", "body"), (b"names=a", "count"), (b"count=0", "count"), (b"count=two", "count"), (b"count=%ff", "body")],
)
def test_forms_are_checked(client: Client, sent: bytes, field: str) -> None:
    answer = client.post("/made-up/forms", sent, content_type=FORM)
    assert (answer.status, answer.json["error"]["details"]["field"]) == (400, field)


def test_each_media_type_has_its_own_schema(client: Client) -> None:
    assert client.post("/made-up/forms", {"count": 0}).json["body"] == {"count": 0}
    assert client.post("/made-up/forms", {"more": 0}).status == 400
    refused = client.post("/made-up/forms", b"<count/>", content_type="text/xml")
    assert refused.status == 415
    assert "application/json" in refused.json["error"]["message"]


@pytest.mark.parametrize(
    ("headers", "principal"),
    [({}, ""), ({"x-key": "k"}, "key k"), ({"authorization": "Bearer good"}, "Bearer good")],
)
def test_any_of_the_security_schemes_will_do(client: Client, headers: dict[str, str], principal: str) -> None:
    answer = client.put("/made-up/trees/1", {"value": 1}, headers=TRACE | headers)
    assert answer.json["principal"] == principal


def test_an_operation_without_security_asks_nobody(client: Client) -> None:
    wrong = {"authorization": "Bearer bad"}
    assert client.put("/made-up/trees/1", {"value": 1}, headers=TRACE | wrong).status == 401
    assert client.post("/made-up/forms", {"count": 1}, headers=wrong).status == 200


@given(st.recursive(st.integers(), lambda inner: st.lists(inner, max_size=3), max_leaves=20))
def test_a_recursive_schema_looks_at_every_level(value: Any) -> None:
    """A tree is valid if and only if each of its nodes is."""

    def tree(part: Any) -> Any:
        return {"value": part} if isinstance(part, int) else {"value": len(part), "children": [*map(tree, part)]}

    def spoil(node: Any) -> None:
        (spoil(node["children"][-1]) if node.get("children") else node.update(value="rotten"))

    check = compile_body(document(), {"$ref": "#/components/schemas/Tree"}, response=True)
    good = tree(value)
    grown = {**good, "id": "x"} if "children" not in good else _with_ids(good)
    assert check.is_valid(grown)
    spoil(grown)
    assert not check.is_valid(grown)


def _with_ids(node: Any) -> Any:
    return {**node, "id": "x", "children": [_with_ids(child) for child in node.get("children", [])]}


def test_hidden_members_depend_on_the_direction() -> None:
    tree = {"$ref": "#/components/schemas/Tree"}
    sent, answered = compile_body(document(), tree), compile_body(document(), tree, response=True)
    assert sent.is_valid({"value": 1, "secret": "s"})
    assert not sent.is_valid({"value": 1, "id": "x"})
    assert answered.is_valid({"value": 1, "id": "x"})
    assert not answered.is_valid({"value": 1, "id": "x", "secret": "s"})


@pytest.mark.parametrize("api", all_apis(), ids=lambda api: api.name)
def test_every_answer_of_the_shipped_specs_can_be_checked(api: Any) -> None:
    spec: Any = assets.spec(api.name)
    operations = [item[verb] for item in spec["paths"].values() for verb in item if verb != "parameters"]
    answers = [resolve(spec, answer) for operation in operations for answer in operation["responses"].values()]
    for answer in answers:
        for content in answer.get("content", {}).values():
            compile_body(spec, content["schema"], response=True)
    assert answers


def test_handlers_of_the_made_up_api_fit() -> None:
    mounted = compiled(document())
    (plan, method), values = mounted.routes.find("PUT", "/trees/5")
    assert method is Handlers.put_tree
    assert (plan.operation_id, values) == ("putTree", ["5"])
