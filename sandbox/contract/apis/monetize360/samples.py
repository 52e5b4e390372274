"""What the directed steps send: objects, and records with small values that collide."""

from typing import Any

from sandbox.contract.steps import Tag

Json = dict[str, Any]

FIELDS: Json = {
    "kind": {"type": "string", "label": "Kind"},
    "label": {"type": "text", "label": "Label"},
    "amount": {"type": "number", "label": "Amount", "minimum": -1000, "maximum": 1000},
    "count": {"type": "integer", "label": "Count"},
    "price": {"type": "currency", "label": "Price", "currencyCode": "EUR"},
    "active": {"type": "boolean", "label": "Active"},
    "day": {"type": "date", "label": "Day"},
    "email": {"type": "string", "format": "email", "label": "Email"},
    "code": {"type": "string", "label": "Code", "unique": True, "minLength": 2, "maxLength": 8},
    "size": {"type": "string", "label": "Size", "options": [{"value": "S"}, {"value": "M"}, {"value": "L"}]},
    "rate": {"type": "integer", "label": "Rate", "step": 5},
    "tags": {"type": "array", "label": "Tags", "items": {"type": "string"}},
    "detail": {"type": "object", "label": "Detail", "properties": {"note": {"type": "string"}}},
}
SCHEMA: Json = {"type": "object", "properties": FIELDS, "required": ["kind"]}
FREE = "free"
STRICT = "strict"
LONG = "A long text with more than a hundred characters, so that whatever cuts texts off is seen to do so: " + "ab" * 40


def mobject(name: str, shape: str = STRICT) -> Json:
    """The body that creates an object, without a schema where its shape is ``free``."""
    plain = {"name": Tag(name), "description": f"Made by the contract tests: {name}"}
    strict = {"type": "CUSTOM", "businessKey": "code", "auditEnabled": True, "schema": SCHEMA}
    return plain if shape == FREE else plain | strict


RECORDS: tuple[Json, ...] = (
    {"kind": "b", "amount": 10, "count": 3, "active": True, "day": "2024-01-31", "label": "Zürich, 東京 🙂"},
    {"kind": "a", "amount": -5.5, "count": 20, "active": False, "tags": ["x", "y"], "label": LONG},
    {"kind": "c", "amount": 9, "count": 3, "price": 250.00, "size": "M", "label": "  leading and trailing  "},
    {"kind": "a", "amount": -40, "code": "AB12", "email": "ada@example.com", "extra": "not in the schema"},
    {"kind": "b", "amount": 100, "count": -7, "detail": {"note": "n", "more": [1, None]}, "label": "a:b:c"},
    {"kind": "a", "amount": 0, "active": True, "label": "", "tags": []},
    {"kind": "B", "amount": 2, "count": None, "label": None, "rate": 15},
    {"kind": "c", "amount": -5, "count": 100, "active": True, "day": "2023-12-01", "price": -0.01},
    {"kind": "b", "amount": 10.0, "label": "b", "tags": ["y"], "email": "bob@example.org"},
    {"kind": "a", "amount": 33, "count": 11, "label": "10", "size": "S"},
    {"kind": "aa", "label": "9", "day": "2024-01-30"},
    {"kind": "c", "amount": 10, "count": 2, "active": False, "id": "mine", "createdAt": "then"},
    {"kind": "b", "amount": -100, "label": "  a", "count": 3},
    {"kind": "a", "amount": 7, "label": "b", "count": 3},
)
"""Valid records of the strict object: enough that text order and number order differ, and that ties are broken."""

INVALID: tuple[Json, ...] = (
    {"amount": 1},
    {"kind": 7},
    {"kind": None},
    {"kind": "a", "amount": "12"},
    {"kind": "a", "amount": 1000.5},
    {"kind": "a", "amount": -1001},
    {"kind": "a", "count": 1.5},
    {"kind": "a", "active": "yes"},
    {"kind": "a", "active": 1},
    {"kind": "a", "day": "2024-02-30"},
    {"kind": "a", "day": "2024-01-15T10:30:00Z"},
    {"kind": "a", "email": "invalid-email"},
    {"kind": "a", "code": "A"},
    {"kind": "a", "code": "ABCDEFGHI"},
    {"kind": "a", "size": "XL"},
    {"kind": "a", "rate": 7},
    {"kind": "a", "tags": "x"},
    {"kind": "a", "tags": ["x", 1]},
    {"kind": "a", "detail": {"note": 1}},
    {"kind": "a", "price": "250"},
)
"""Each breaks the schema in one field."""

CONDITIONS: tuple[str, ...] = (
    "kind:eq:a",
    "kind:ne:a",
    "kind:eq:A",
    "kind:gt:a",
    "kind:lte:b",
    "kind:in:a,c",
    "kind:in:[b,c]",
    "kind:contains:a",
    "amount:eq:10",
    "amount:ne:10",
    "amount:gt:9",
    "amount:gte:10",
    "amount:lt:9",
    "amount:lte:-5",
    "amount:in:10,-40,7",
    "amount:gt:many",
    "amount:ne:many",
    "count:eq:3",
    "count:lt:20",
    "count:gte:-7",
    "price:eq:250.00",
    "active:eq:true",
    "active:ne:true",
    "active:in:false",
    "label:eq:b",
    "label:contains:b",
    "label:contains:-",
    "label:eq:a:b:c",
    "label:gt:9",
    "tags:contains:y",
    "tags:ne:y",
    "day:lt:2024-01-31",
    "id:eq:mine",
    "createdAt:gte:2000-01-01T00:00:00Z",
    "nowhere:eq:1",
    "nowhere:ne:1",
)
SORTS: tuple[str, ...] = (
    "kind",
    "kind:asc",
    "kind:desc",
    "-kind",
    "amount",
    "amount:desc",
    "-count",
    "label",
    "-label",
    "day:desc",
    "active",
    "kind,amount",
    "kind:desc,amount:asc",
    "-count,kind",
    "kind,-amount,label",
    "createdAt",
    "createdAt:desc,kind",
    "nowhere",
)
FIELD_LISTS: tuple[str, ...] = ("kind", "kind,amount", "label,nowhere,tags", "nowhere", "id,kind")
PAGES: tuple[tuple[tuple[str, int], ...], ...] = (
    (),
    (("limit", 1),),
    (("limit", 5),),
    (("limit", 5), ("offset", 5)),
    (("limit", 3), ("offset", 2)),
    (("limit", 10),),
    (("limit", 1000),),
    (("offset", 1),),
    (("offset", 13),),
    (("offset", 500),),
)
BAD_QUERIES: tuple[tuple[tuple[str, Any], ...], ...] = (
    (("filter", "kind"),),
    (("filter", "kind:is:a"),),
    (("filter", ":eq:a"),),
    (("filter", "kind:eq:a"), ("filter", "kind=a")),
    (("limit", 0),),
    (("limit", 1001),),
    (("limit", -1),),
    (("limit", "many"),),
    (("offset", -1),),
    (("offset", "many"),),
    (("sort", "kind:down"),),
    (("sort", "kind,,amount"),),
)
BAD_RECORDS: tuple[Any, ...] = ({}, {"data": None}, {"data": []}, {"data": "text"}, [], "text", b"{", b"[1,")
BAD_OBJECTS: tuple[Any, ...] = (
    {"name": Tag("bad")},
    {"description": "nameless"},
    {"name": "", "description": ""},
    {"name": Tag("bad"), "description": 7},
    {"name": Tag("bad"), "description": "", "type": "SYSTEM"},
    {"name": Tag("bad"), "description": "", "type": "OTHER"},
    {"name": Tag("bad"), "description": "", "auditEnabled": "no"},
    {"name": Tag("bad"), "description": "", "schema": {"type": "array"}},
    {"name": Tag("bad"), "description": "", "schema": {"properties": {"a": {"type": "nothing"}}}},
    [],
    b"{",
)
BAD_INPUTS: tuple[Any, ...] = ({"data": []}, {"data": {}, "async": "yes"}, {"async": 1}, [], b"{")
BAD_BATCHES: tuple[Any, ...] = ({"data": []}, {"data": [1]}, {"data": {}}, {}, {"data": [{}] * 1001})
BAD_WEBHOOKS: tuple[Any, ...] = (
    {},
    {"url": "https://example.com/"},
    {"url": "ftp://example.com/", "events": ["mdata.created"]},
    {"url": "https://example.com/", "events": []},
    {"url": "https://example.com/", "events": ["mdata.create"]},
    {"url": "https://example.com/", "events": ["mdata.created", "mdata.created"]},
    {"url": "https://example.com/", "events": ["mdata.created", "mdata.updated"]},
    {"url": "https://example.com/", "events": ["workflow.failed"]},
    {"url": "", "events": ["mdata.created"]},
    {"url": "https://example.com/", "events": "mdata.created"},
    {"url": "https://example.com/", "events": ["mdata.created"], "secret": ""},
)
