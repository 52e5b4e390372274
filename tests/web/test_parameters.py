"""Parameters: from text to values and back."""

import re
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import pytest
from connexion.decorators.parameter import pythonic
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.errors import Invalid
from sandbox.web.parameters import Parameter, argument_name, decode, form_value, parse_query

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def parameter(schema: dict[str, Any], **definition: Any) -> Parameter:
    return Parameter({}, {"name": "p", "in": "query", "schema": schema, **definition})


@given(TEXT)
def test_texts_survive_encoding(text: str) -> None:
    assert decode(quote(text, safe=""), "p") == text
    assert decode(quote_plus(text), "p", plus=True) == text
    if text:
        path = parameter({"type": "string", "minLength": 1}, **{"in": "path", "required": True})
        assert path.read_path(quote(text, safe="")) == text


@given(st.lists(st.tuples(TEXT.filter(bool), TEXT), max_size=6))
def test_queries_survive_encoding(pairs: list[tuple[str, str]]) -> None:
    expected: dict[str, list[str]] = {}
    for name, value in pairs:
        expected.setdefault(name, []).append(value)
    assert parse_query(urlencode(pairs)) == expected
    assert parse_query("&" + urlencode(pairs) + "&&") == expected


@pytest.mark.parametrize("text", ["%ff", "a%C3", "%ED%A0%80"])
def test_what_is_not_utf8_is_refused(text: str) -> None:
    for read in (lambda: decode(text, "p"), lambda: parse_query(f"p={text}"), lambda: parse_query(f"{text}=1")):
        with pytest.raises(Invalid, match="is not percent-encoded UTF-8"):
            read()


@given(st.integers(-(10**18) + 1, 10**18 - 1))
def test_integers_are_read(number: int) -> None:
    assert parameter({"type": "integer"}).read([str(number)]) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_read(number: float) -> None:
    assert parameter({"type": "number"}).read([repr(number)]) == number


@given(TEXT)
def test_only_numbers_are_numbers(text: str) -> None:
    for kind, pattern in (("integer", r"-?[0-9]{1,18}"), ("number", r"-?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)?")):
        if not re.fullmatch(pattern, text):
            with pytest.raises(Invalid, match=f"p must be of type {kind}, not string|p must not have as many digits"):
                parameter({"type": kind}).read([text])


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False)])
def test_booleans_are_read(text: str, value: bool) -> None:  # noqa: FBT001  # pytest passes it by name
    assert parameter({"type": "boolean"}).read([text]) is value
    assert parameter({"type": "boolean"}).read([text.title()]) is value  # as Python's clients write it
    with pytest.raises(Invalid):
        parameter({"type": "boolean"}).read([text[:-1]])


@pytest.mark.parametrize(
    ("explode", "sent", "value"),
    [(True, ["1", "2,3"], None), (True, ["1", "2"], [1, 2]), (False, ["1,2"], [1, 2]), (False, ["1", "2"], None)],
)
def test_arrays_are_repeated_or_split(explode: bool, sent: list[str], value: Any) -> None:  # noqa: FBT001  # the same
    array = parameter({"type": "array", "items": {"type": "integer"}}, explode=explode)
    if value is None:
        with pytest.raises(Invalid):
            array.read(sent)
    else:
        assert array.read(sent) == value


@pytest.mark.parametrize(
    "name",
    ["filter", "mobjectId", "X-Trace-Id", "from", "a.b", "id", "HTTPCode", "class", "input", "snake_case", "2nd"],
)
def test_arguments_are_named_as_connexion_names_them(name: str) -> None:
    assert argument_name(name) == pythonic(name)
    assert argument_name(name).isidentifier()


def test_a_hint_shows_how_to_write_it() -> None:
    shown = parameter({"type": "array", "items": {"type": "integer"}}, examples={"one": {"value": [5, 6]}})
    with pytest.raises(Invalid, match=r"p\.0 must be of type integer, not string; for example 5"):
        shown.read(["x"])


def test_what_must_match_a_pattern_is_shown_first() -> None:
    shown = parameter({"type": "string", "pattern": "^a+$", "example": "aa"})
    with pytest.raises(Invalid, match=r"^p must be written like aa \(p does not match the pattern \^a\+\$\)$"):
        shown.read(["b"])


def test_a_number_of_very_many_digits_is_told_as_that() -> None:
    with pytest.raises(Invalid, match=r"^p must not have as many digits$"):
        parameter({"type": "integer"}).read(["9" * 30])
    with pytest.raises(Invalid, match="p must be of type boolean"):
        parameter({"type": "boolean"}).read(["9" * 30])


@pytest.mark.parametrize(
    ("schema", "texts", "value"),
    [
        ({"type": "integer"}, ["1", "2"], 2),
        ({"type": "array", "items": {"type": "integer"}}, ["1", "x"], [1, "x"]),
        ({"type": "array"}, ["1"], ["1"]),
        ({}, ["1"], "1"),
    ],
)
def test_form_fields_are_read_by_their_schema(schema: dict[str, Any], texts: list[str], value: Any) -> None:
    assert form_value(schema, texts) == value
