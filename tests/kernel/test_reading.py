"""YAML as JSON reads it."""

from typing import Any

import pytest

from sandbox.kernel.errors import ScenarioError
from sandbox.kernel.reading import read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("[0, -1, 12, 1.5, -0.25, 1e3, 1E-2]", [0, -1, 12, 1.5, -0.25, 1000.0, 0.01]),
        (
            "[007, 01234, 0x1F, 1_000, +5, .5, 12:30, .inf]",
            ["007", "01234", "0x1F", "1_000", "+5", ".5", "12:30", ".inf"],
        ),
        ("[true, false, yes, NO, on]", [True, False, "yes", "NO", "on"]),
        ("[2024-01-15, 2024-01-15T10:30:00Z, =]", ["2024-01-15", "2024-01-15T10:30:00Z", "="]),
        ("[null, ~, ]", [None, None]),
        ("[!!str 5, '5']", ["5", "5"]),
        (
            "{a: &a {x: 1, y: 2}, b: {<<: *a, y: 3}, c: {<<: *a}}",
            {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}, "c": {"x": 1, "y": 2}},
        ),
        ("a: {b: &b {<<: &c {x: 1}, x: 2}}\nd: {<<: *b}", {"a": {"b": {"x": 2}}, "d": {"x": 2}}),
    ],
)
def test_only_what_json_writes_so_is_no_text(text: str, value: Any) -> None:
    assert read_yaml("main.yaml", text) == value


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\nb:\n  a: 1\n  a: 2", "main.yaml: b.a: must be given once: line 3 has it already (line 4)"),
        ("a: 1\na: 2", "main.yaml: a: must be given once: line 1 has it already (line 2)"),
        ("{a: [{1: x}]}", "main.yaml: a.0: must have text for every key: quote 1 (line 1)"),
        ("~: x", "main.yaml: top: must have text for every key: quote ~ (line 1)"),
        ("{[a]: x}", "main.yaml: top: must have text for every key: quote sequence (line 1)"),
        ("a: !!binary aGk=", "main.yaml: a: must be plain YAML, without the tag binary (line 1)"),
        ("a: !!set {x, y}", "main.yaml: a: must be plain YAML, without the tag set (line 1)"),
        ("a: !mine 5", "main.yaml: a: must be plain YAML, without the tag !mine (line 1)"),
        ("a: {b: &b [*b]}", "main.yaml: a.b.0: must not hold itself (line 1)"),
        ("a: 1e999", "main.yaml: a: must be a number that JSON can hold (line 1)"),
        ("a: *b", "main.yaml: line 1: is not YAML: found undefined alias"),
    ],
)
def test_a_mistake_is_told_by_its_place(text: str, told: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        read_yaml("main.yaml", text)
    assert str(caught.value) == told


@pytest.mark.parametrize("text", ["a: " + "9" * 5000, "a: !!int x"])
def test_a_number_that_is_none_is_a_mistake(text: str) -> None:
    with pytest.raises(ScenarioError, match=r"^main.yaml: has a value that cannot be read: "):
        read_yaml("main.yaml", text)


@pytest.mark.parametrize("levels", [300, 5_000])
def test_a_value_is_not_nested_without_end(levels: int) -> None:
    with pytest.raises(ScenarioError, match="must not be nested as deep"):
        read_yaml("main.yaml", "[" * levels + "]" * levels)
