import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.clock import stopwatch
from sandbox.kernel.schema import Problem, compile_openapi, compile_schema, first_problem, type_name

SENTENCES: list[tuple[dict[str, Any], Any, str, str]] = [
    ({"required": ["a"]}, {}, "a", "a is required"),
    ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, "b", "b is required"),
    ({"properties": {"a": {}}, "additionalProperties": False}, {"z": 1}, "z", "z is not a known member"),
    ({"type": "object"}, 1, "", "The body must be of type object, not integer"),
    ({"type": ["string", "null"]}, True, "", "The body must be of type null or string, not boolean"),
    ({"enum": ["a", 1, None, True, 1.5]}, "b", "", "The body must be one of a, 1, null, true, 1.5"),
    ({"const": {"a": None}}, 2, "", 'The body must be {"a": null}'),
    ({"const": "é"}, 2, "", "The body must be é"),
    ({"pattern": "^a+$"}, "b", "", "The body does not match the pattern ^a+$"),
    ({"minimum": 1}, 0, "", "The body must be at least 1"),
    ({"maximum": 1.5}, 2, "", "The body must be at most 1.5"),
    ({"exclusiveMinimum": 1}, 1, "", "The body must be greater than 1"),
    ({"exclusiveMaximum": 1}, 1, "", "The body must be less than 1"),
    ({"multipleOf": 5}, 7, "", "The body must be a multiple of 5"),
    ({"minLength": 2}, "a", "", "The body must have at least 2 characters"),
    ({"maxLength": 1}, "ab", "", "The body must have at most 1 character"),
    ({"minItems": 1}, [], "", "The body must have at least 1 item"),
    ({"maxItems": 0}, [1], "", "The body must have at most 0 items"),
    ({"uniqueItems": True}, [1, 1], "", "The body must not hold the same item twice"),
    ({"minProperties": 1}, {}, "", "The body must have at least 1 member"),
    ({"maxProperties": 0}, {"a": 1}, "", "The body must have at most 0 members"),
    ({"not": {}}, 1, "", "The body has members that do not go together"),
    ({"not": {"required": ["a", "b"]}}, {"a": 1, "b": 2}, "", "The body must not have a and b"),
    ({"properties": {"a": False}}, {"a": 1}, "a", "a is not allowed"),
    ({"items": False}, [1], "0", "0 is not allowed"),
    ({"anyOf": [{"type": "string"}, {"type": "null"}]}, 1, "", "The body must be of type null or string, not integer"),
    ({"oneOf": [{"type": "string"}]}, 1, "", "The body must be of type string, not integer"),
    (
        {"oneOf": [{"type": "array"}, {"items": {"enum": [1]}, "minLength": 2}]},
        "a",
        "",
        "The body must have at least 2 characters",
    ),
    ({"oneOf": [{}, {"type": "string"}]}, "a", "", "The body has none of the allowed forms"),
    (
        {"anyOf": [{"properties": {"a": {"enum": [1]}}}, {"properties": {"a": {"enum": [2]}}, "required": ["b"]}]},
        {"a": 2},
        "b",
        "b is required",
    ),
    (
        {
            "oneOf": [
                {"required": ["b"], "properties": {"a": {"enum": [1]}}},
                *({"properties": {"a": {"enum": [n]}}} for n in (2, 3)),
            ]
        },
        {"a": 4},
        "a",
        "a must be one of 2, 3",
    ),
    (
        {"oneOf": [{"properties": {"a": {"enum": [n, {"b": []}]}}} for n in (2, 3)]},
        {"a": 4},
        "a",
        'a must be one of 2, {"b": []}, 3',
    ),
    (
        {"oneOf": [{"properties": {"a": {"type": "string"}}}, {"not": {"required": ["a"], "properties": {"a": {}}}}]},
        {"a": 4},
        "a",
        "a must be of type string, not integer",
    ),
    ({"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, {}, "", "The body must have one of a, b"),
    ({"anyOf": [{"required": ["a"]}, {"required": ["a", "b"]}]}, {}, "a", "a is required"),
    ({"format": "email"}, "x", "", "Invalid email address format"),
    ({"format": "uuid"}, "x", "", "Invalid UUID format"),
    ({"format": "uri"}, "x", "", "Invalid URI format"),
    ({"format": "date-time"}, "2024-01-15", "", "Invalid date and time (RFC 3339) format"),
    ({"format": "date"}, "2024-02-30", "", "Invalid date format"),
    ({"format": "ipv4"}, "x", "", "Invalid ipv4 format"),
    ({"allOf": [{"type": "string"}]}, 1, "", "The body must be of type string, not integer"),
    ({"if": {}, "then": {"type": "string"}}, 1, "", "The body must be of type string, not integer"),
    ({"prefixItems": [{"type": "string"}]}, [1], "0", "0 must be of type string, not integer"),
    ({"patternProperties": {"^a": {"type": "string"}}}, {"ab": 1}, "ab", "ab must be of type string, not integer"),
    ({"dependentSchemas": {"a": {"required": ["b"]}}}, {"a": 1}, "b", "b is required"),
    ({"$defs": {"t": {"type": "string"}}, "$ref": "#/$defs/t"}, 1, "", "The body must be of type string, not integer"),
    (
        {"properties": {"a": {"items": {"properties": {"b": {"minimum": 1}}}}}},
        {"a": [{}, {"b": 0}]},
        "a.1.b",
        "a.1.b must be at least 1",
    ),
]


@pytest.mark.parametrize(("schema", "value", "field", "message"), SENTENCES)
def test_what_is_wrong_is_one_clear_sentence(schema: dict[str, Any], value: Any, field: str, message: str) -> None:
    found = first_problem(compile_schema(schema), value)
    assert found is not None
    assert (found.field, found.message) == (field, message)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"contains": {"type": "string"}}, [1]),
        ({"propertyNames": {"maxLength": 1}}, {"ab": 1}),
        ({"unevaluatedProperties": False}, {"ab": 1}),
        ({"unevaluatedItems": False}, [1]),
        ({"contains": {}, "maxContains": 0}, [1]),
    ],
)
def test_a_keyword_without_words_of_ours_has_those_of_the_validator(schema: dict[str, Any], value: Any) -> None:
    found = first_problem(compile_schema(schema), value)
    assert found is not None
    assert found.message.startswith("The body is not valid: ")
    assert len(found.message) > len("The body is not valid: ")


def test_the_validators_own_words_do_not_quote_without_end() -> None:
    found = first_problem(compile_schema({"contains": {"type": "string"}}), [1] * 10_000)
    assert found is not None
    assert len(found.message) < 600


def test_the_value_and_the_path_are_told() -> None:
    check = compile_schema({"properties": {"email": {"format": "email"}}})
    assert first_problem(check, {"email": "invalid-email"}) == Problem(
        "email", "invalid-email", "Invalid email address format"
    )
    assert first_problem(check, {"email": "a@example.com"}) is None
    found = first_problem(check, {"email": "x"}, ("data", "3"))
    assert found is not None
    assert found.field == "data.3.email"


def test_a_missing_member_has_no_value() -> None:
    assert first_problem(compile_schema({"required": ["a"]}), {"b": 1}, ("data",)) == Problem(
        "data.a", None, "data.a is required"
    )


def test_the_first_wrong_thing_is_told_without_looking_for_the_others() -> None:
    """A body of ten megabytes holds five million of them: to list them all would take a minute and gigabytes."""
    check = compile_schema({"type": "array", "items": {"type": "object"}})
    started = stopwatch()
    found = first_problem(check, [1] * 1_000_000)
    assert found == Problem("0", 1, "0 must be of type object, not integer")
    assert stopwatch() - started < 2


def test_the_same_value_has_the_same_first_problem() -> None:
    schema = {"required": ["z", "a"], "properties": {"m": {"type": "string"}}, "additionalProperties": False}
    found = {str(first_problem(compile_schema(schema), {"m": 1, "x": 2})) for _ in range(20)}
    assert len(found) == 1


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "http://evil.example/x.json"},
        {"properties": {"a": {"$ref": "https://evil.example/x.json#/a"}}},
        {"$defs": {"unused": {"$ref": "file:///etc/passwd"}}},
        {"properties": {"a": {"$id": "http://evil.example/", "properties": {"b": {"$ref": "other.json"}}}}},
        {"items": {"anyOf": [{"not": {"$dynamicRef": "http://evil.example/x.json"}}]}},
        {"if": {"$ref": "ftp://evil.example/x"}},
        {"$ref": "other.json"},
        {"$ref": "//evil.example/x.json"},
    ],
)
def test_no_reference_is_ever_fetched(monkeypatch: pytest.MonkeyPatch, schema: dict[str, Any]) -> None:
    def refuse(*_: Any) -> None:
        pytest.fail("the network was used")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(ValueError, match=r"."):
        compile_schema(schema)


def test_no_reference_of_a_spec_is_fetched_either() -> None:
    with pytest.raises(ValueError, match=r"evil\.example"):
        compile_openapi({"allOf": [{"$ref": "http://evil.example/x.json"}]})


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "nope"},
        {"type": 3},
        {"required": "a"},
        {"$ref": "#/nowhere"},
        {"pattern": "("},
        {"pattern": r"(a)\1"},
        {"pattern": "(?=a)b"},
        {"pattern": "(x{1000}){1000}"},
        {"patternProperties": {"(": {}}},
        {"minLength": -1},
        {1: 2},
    ],
)
def test_what_is_no_schema_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        compile_schema(schema)


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|a)*$", "(.*)*x", "^(([a-z])+.)+[A-Z]([a-z])+$"])
def test_patterns_take_linear_time(pattern: str) -> None:
    check = compile_schema({"pattern": pattern})
    started = stopwatch()
    check.is_valid("a" * 100_000 + "!")
    assert stopwatch() - started < 5


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"allOf": [{"$ref": "#"}]},
        {"properties": {"a": {"$ref": "#/properties/b"}, "b": {"$ref": "#/properties/a"}}},
        {"$dynamicAnchor": "x", "anyOf": [{"$dynamicRef": "#x"}]},
    ],
)
def test_a_reference_that_goes_in_a_circle_ends(schema: dict[str, Any]) -> None:
    check = compile_schema(schema)
    assert check.is_valid({"a": {"a": 1}}) in {True, False}


def test_a_recursive_schema_holds_all_the_way_down() -> None:
    check = compile_schema({"type": "object", "properties": {"a": {"$ref": "#"}}, "additionalProperties": False})
    value: Any = {}
    for _ in range(150):
        value = {"a": value}
    assert first_problem(check, value) is None
    deep = value
    while deep:
        last, deep = deep, deep["a"]
    last["a"] = {"b": 1}
    found = first_problem(check, value)
    assert found is not None
    assert found.field == ".".join("a" * 150) + ".b"


def test_the_openapi_dialect_is_draft_4() -> None:
    check = compile_openapi({"type": "number", "minimum": 1, "exclusiveMinimum": True})
    assert (check.is_valid(1), check.is_valid(1.5)) == (False, True)
    found = first_problem(check, 1)
    assert found is not None
    assert found.message == "The body must be greater than 1"


numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)


@given(st.none() | st.booleans() | numbers | st.text() | st.lists(st.none()) | st.just({}))
def test_every_value_has_the_name_that_the_validator_uses(value: Any) -> None:
    assert compile_schema({"type": type_name(value)}).is_valid(value)


def test_a_type_that_json_does_not_have_is_named_as_python_does() -> None:
    assert type_name(b"") == "bytes"
