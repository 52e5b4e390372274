"""Directed sequences about schemas, keyword by keyword, and about what an update sets and keeps."""

from typing import Any

from sandbox.contract.apis.monetize360 import samples
from sandbox.contract.apis.monetize360.making import new_object, new_record
from sandbox.contract.apis.monetize360.samples import Json
from sandbox.contract.play import Play

_NEST: Json = {"a": 1, "b": {"c": 1, "d": [1, {"e": 2}]}, "f": None, "g": ""}
_CHANGES: tuple[Json, ...] = (
    {"nest": {"b": {"x": 1}}},
    {"list": [{"y": 2}]},
    {"nest": {}},
    {"nest": {"n": {"m": 1}}, "list": []},
    {"nest": {"n": {"o": 2}}},
    {"nest": "text", "list": {"a": 1}},
    {"nest": None},
    {"nest": {"back": True}, "flag": False, "zero": 0, "empty": ""},
    {"list": None, "flag": None},
    {},
)
"""What is set, one after the other: whole, never merged with what is there, and nothing else with it."""

_KEYWORDS: dict[str, tuple[Json, tuple[Any, ...], tuple[Any, ...]]] = {
    "pattern": ({"type": "text", "pattern": "^[a-z]+$"}, ("a", "zz"), ("A", "", "a1")),
    "found": ({"type": "string", "pattern": "b"}, ("abc", "b"), ("ac",)),
    "minLength": ({"type": "string", "minLength": 2}, ("ab", "ää", "abc"), ("a", "")),
    "maxLength": ({"type": "text", "maxLength": 2}, ("", "ab", "éé"), ("abc",)),
    "minimum": ({"type": "number", "minimum": 2}, (2, 2.5), (1.9, -3)),
    "maximum": ({"type": "integer", "maximum": 10}, (10, -50), (11,)),
    "cost": ({"type": "currency", "currencyCode": "EUR", "minimum": 0}, (0, 0.25, 3), (-0.01, "1", True)),
    "step": ({"type": "number", "step": 5}, (0, 15, -5), (7, 1)),
    "whole": ({"type": "integer"}, (3, 4.0, -1), (3.5, "3", True)),
    "flag": ({"type": "boolean"}, (True, False), (0, "true", "")),
    "day": ({"type": "date"}, ("2024-02-29",), ("2023-02-29", "15.01.2024", "2024-1-5", 20240115)),
    "chosen": ({"type": "picklist", "picklistCategoryId": "c"}, ("any", ""), (1, ["any"])),
    "value": ({"type": "text", "value": "static"}, ("static",), ("other", "", "Static")),
    "options": ({"type": "string", "options": [{"value": "x", "label": "X"}, {"value": "y"}]}, ("x", "y"), ("X", "z")),
    "several": (
        {"type": "array", "items": {"type": "string"}, "options": [{"value": "x"}, {"value": "y"}]},
        ([], ["x"], ["y", "x"]),
        (["z"], ["x", "z"], "x"),
    ),
    "items": ({"type": "array", "items": {"type": "integer"}}, ([], [1, 2]), ([1, "2"], [1.5], {"0": 1})),
    "marked": (
        {"type": "object", "properties": {"q": {"type": "string", "required": True}}},
        ({"q": "x"}, {"q": "", "more": 1}),
        ({}, {"q": 1}, {"p": "x"}, "q"),
    ),
    "named": (
        {"type": "object", "properties": {"q": {"type": "integer"}}, "required": ["q"]},
        ({"q": 1},),
        ({}, {"q": "x"}),
    ),
    "deep": (
        {"type": "object", "properties": {"in": {"type": "object", "properties": {"n": {"type": "boolean"}}}}},
        ({}, {"in": {"n": True}}),
        ({"in": {"n": 1}}, {"in": []}),
    ),
    "mail": ({"type": "string", "format": "email"}, ("ada@example.com",), ("ada", "")),
}
"""Of each keyword: the field, what it takes and what it does not."""

BAD_FIELDS: tuple[Json, ...] = (
    {"type": "string", "pattern": "(?=a)b"},
    {"type": "string", "pattern": "(a)\\1"},
    {"type": "string", "pattern": "["},
    {"type": "nothing"},
    {"$ref": "https://example.com/schema.json"},
)
"""Fields that no schema may have."""


def keywords(play: Play) -> None:
    """What each keyword of a field lets in, created, set and in bulk; null and nothing are always let in."""
    schema = {"type": "object", "properties": {name: told for name, (told, _, _) in _KEYWORDS.items()}}
    owner = new_object(play, "keywords", samples.FREE)
    if owner is None or not play.send("updateMobject", owner, {"schema": schema}).ok:
        return
    one = new_record(play, owner, {"other": 1})
    for name, (_, right, wrong) in _KEYWORDS.items():
        for value in (*right, None):
            play.send("createMdata", owner, {"data": {name: value}}, expect=(201,), rule="A2.3")
        for value in wrong:
            play.send("createMdata", owner, {"data": {name: value}}, expect=(400,), rule="A3.9")
        play.send("updateMdata", one, {"data": {name: wrong[0]}}, expect=(400,), rule="A3.9")
        play.send("updateMdata", one, {"data": {name: right[0]}}, expect=(200,), rule="A2.7")
        play.send("bulkCreateMdata", owner, {"data": [{name: wrong[0]}, {name: right[0]}]})
    play.send("getMdata", one)
    play.send("listMdata", owner, query=[("limit", 1000)])


def bad_fields(play: Play) -> None:
    """Schemas that cannot be: of a new object, and of one that is there."""
    owner = new_object(play, "fields", samples.FREE)
    for told in BAD_FIELDS if owner is not None else ():
        schema = {"type": "object", "properties": {"a": told}}
        refuse: dict[str, Any] = {"expect": (400,), "rule": "A2.3"}
        play.send("createMobject", body=samples.mobject("impossible", samples.FREE) | {"schema": schema}, **refuse)
        play.send("updateMobject", owner, {"schema": schema}, **refuse)
    if owner is not None:
        play.send("getMobject", owner)


def merging(play: Play) -> None:
    """An update sets the members that it names, each whole, and keeps the others."""
    owner = new_object(play, "merged", samples.FREE)
    if owner is None:
        return
    other = new_record(play, owner, {"nest": {"a": 0}, "list": [1]})
    one = new_record(play, owner, {"nest": _NEST, "list": [{"x": 1}, 2], "kept": [{"z": [None]}]})
    for change in _CHANGES:
        play.send("updateMdata", one, {"data": change}, expect=(200,), rule="A2.7")
        play.send("getMdata", one)
    play.send("getMdata", other)
    play.send("listMdata", owner)


def settings(play: Play) -> None:
    """An update of an object changes the members given, replaces its schema whole, and keeps the rest."""
    owner = new_object(play, "settings")
    if owner is None:
        return
    fields: Json = {"code": {"type": "string"}, "other": {"type": "integer", "minimum": 1}}
    for body in (
        {},
        {"description": ""},
        {"type": "TRANSIENT"},
        {"auditEnabled": False, "unknown": 1},
        {"schema": {"type": "object", "properties": fields}},
        {"businessKey": "other"},
        {"schema": {"type": "object", "properties": fields, "required": ["other"]}, "type": "PERSISTENT"},
    ):
        play.send("updateMobject", owner, body, expect=(200,), rule="A2.3")
        play.send("getMobject", owner)
    play.send("updateMobject", owner, {"schema": {"type": "object", "properties": {}}}, expect=(400,), rule="A3.10")
    play.send("createMdata", owner, {"data": {"kind": 7}})
    play.send("createMdata", owner, {"data": {"kind": 7, "other": 1, "code": "A", "size": "XL"}})
    play.send("getMobject", owner)


def alike(play: Play) -> None:
    """What values a unique field holds apart, and what not: numbers by their value, nothing and null never."""
    properties = {name: {"type": kind, "unique": True} for name, kind in (("n", "number"), ("s", "string"))}
    nested = {"type": "object", "properties": {"u": {"type": "string", "unique": True}}}
    schema = {"type": "object", "properties": properties | {"b": {"type": "boolean", "unique": True}, "o": nested}}
    owner = new_object(play, "alike", samples.FREE)
    if owner is None or not play.send("updateMobject", owner, {"schema": schema}).ok:
        return
    kept: Json = {"n": 10, "s": "ab", "b": True}
    one = new_record(play, owner, kept)
    twice: tuple[Json, ...] = ({"n": 10.0}, {"s": "ab"}, {"b": True})
    for data in twice:
        play.send("createMdata", owner, {"data": data}, expect=(400,), rule="A2.3")
    free = ({"n": -10}, {"s": "Ab"}, {"s": "ab "}, {"s": ""}, {"b": False}, {"o": {"u": "x"}}, {"o": {"u": "x"}})
    for data in free:
        play.send("createMdata", owner, {"data": data}, expect=(201,), rule="A2.3")
    for _ in range(2):
        play.send("createMdata", owner, {"data": {"n": None, "s": None}}, expect=(201,), rule="A2.3")
    play.send("updateMdata", one, {"data": kept}, expect=(200,), rule="A2.7")
    play.send("updateMdata", one, {"data": {"s": "Ab"}}, expect=(400,), rule="A2.7")
    play.send("updateMdata", one, {"data": {"s": "free", "n": 11}}, expect=(200,), rule="A2.7")
    play.send("createMdata", owner, {"data": {"n": 10, "s": "ab"}}, expect=(201,), rule="A2.3")
    play.send("listMdata", owner)
