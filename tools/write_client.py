"""Writes the typed client from the control specs: ``python -m tools.write_client``.

For ``openapi/control.yaml`` a module of ``sandbox/client`` for each of its tags, ``shapes.py`` for what several of them
answer with, and ``control.py``; for each ``openapi/<api>.control.yaml`` the module ``client.py`` in the API's folder.
"""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import fill
from typing import Any

import inflection

from sandbox import assets
from sandbox.kernel.references import resolve
from sandbox.operations import JSON, Operation, Parameter, Spec, operations

ROOT = Path(__file__).parents[1]
CLIENT = ROOT / "sandbox" / "client"
LEVERS = ".control"
WRITTEN = "Written from {} by tools/write_client.py."
MOST_ARGUMENTS = 8
_DEFAULT = {True: "", False: " | None = None"}
SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
TYPING = ("Any", "Literal", "NotRequired", "TypedDict")
ROW = 120


def main() -> None:
    """Write every module, and remove those of tags that are gone."""
    wanted = written()
    for path in stale():
        path.unlink()
    for path, text in wanted.items():
        path.write_text(text, "utf-8")


def stale() -> list[Path]:
    """Modules written before for a tag that is gone."""
    mark = WRITTEN.partition("{}")[2]
    found = [path for path in (ROOT / "sandbox").rglob("*.py") if mark in path.read_text("utf-8")[:400]]
    return [path for path in found if path not in written_paths()]


def written_paths() -> set[Path]:
    """Where the modules belong."""
    return set(_sources())


def written() -> dict[Path, str]:
    """Every module that is written, formatted."""
    return {path: _formatted(text) for path, text in _sources().items()}


def _sources() -> dict[Path, str]:
    found = dict(_of_control(assets.spec("control")))
    for name in assets.spec_names():
        if name.endswith(LEVERS):
            api = name.removesuffix(LEVERS)
            found[ROOT / "sandbox" / "apis" / api / "client.py"] = _of_levers(api, assets.spec(name))
    return found


def _of_control(spec: Spec) -> Iterator[tuple[Path, str]]:
    every = operations(spec)
    groups = list(dict.fromkeys(operation.group for operation in every))
    needs = {group: _needed(spec, [o for o in every if o.group == group]) for group in groups}
    shared = [name for name in _ordered(spec) if sum(name in names for names in needs.values()) > 1]
    source = WRITTEN.format("openapi/control.yaml")
    yield CLIENT / "shapes.py", _module(f"What several groups of operations answer with. {source}", spec, shared, [])
    for group in groups:
        own = [name for name in _ordered(spec) if name in needs[group] and name not in shared]
        told = next(tag["description"] for tag in spec["tags"] if tag["name"] == group)
        mine = [operation for operation in every if operation.group == group]
        body = _class(spec, _class_name(group), _sentence(told), mine, [o.name for o in mine])
        used = [name for name in shared if re.search(rf"\b{name}\b", "\n".join([*body, *_shapes(spec, own)]))]
        imports = f"from sandbox.client.shapes import {', '.join(sorted(used))}" if used else ""
        yield CLIENT / f"{_slug(group)}.py", _module(f"{_sentence(told)} {source}", spec, own, body, imports)
    yield CLIENT / "control.py", _control(groups, source)


def _of_levers(api: str, spec: Spec) -> str:
    every = operations(spec)
    needed = _needed(spec, every)
    names = [inflection.underscore(operation.id) for operation in every]
    body = _class(spec, "Levers", "The test levers of one API: ``Control.levers(Levers)`` makes it.", every, names)
    title = f"The typed client of this API's levers. {WRITTEN.format(f'openapi/{api}.control.yaml')}"
    return _module(title, spec, [name for name in _ordered(spec) if name in needed], body)


def _module(title: str, spec: Spec, shapes: Iterable[str], body: list[str], imports: str = "") -> str:
    lines = [*_shapes(spec, shapes), *body]
    text = "\n".join(lines)
    typing = [name for name in TYPING if re.search(rf"\b{name}\b", text)]
    abc = [name for name in ("Callable", "Mapping", "Sequence") if re.search(rf"\b{name}\b", text)]
    head = [f"from collections.abc import {', '.join(abc)}"] if abc else []
    head += [f"from typing import {', '.join(typing)}"] if typing else []
    return "\n".join([_docstring(title, ""), "", *head, "", imports, "", *lines, ""])


def _control(groups: list[str], source: str) -> str:
    lines = [_docstring(f"The client of the control plane. {source}", ""), ""]
    lines += ["from collections.abc import Callable", "from typing import Any, TypeVar", ""]
    lines += ["import httpx2", ""]
    imports = [f"from sandbox.client.{_slug(group)} import {_class_name(group)}" for group in groups]
    lines += sorted([*imports, "from sandbox.client.wire import PATIENCE, URL, Wire"])
    lines += ["", 'T = TypeVar("T")', "", "", "class Control(Wire):"]
    lines += [_docstring("The control plane of one sandbox, by groups of operations. Each raises Refused.", "    "), ""]
    lines += ["    def __init__(self, url: str = URL, namespace: str | None = None, admin_token: str | None = None,"]
    lines += ["*, timeout: float = PATIENCE, transport: httpx2.BaseTransport | None = None) -> None:"]
    lines += ['        """``timeout`` is in real seconds; ``transport`` is another way than over the network."""']
    lines += ["        super().__init__(url, namespace, admin_token, timeout=timeout, transport=transport)"]
    lines += [f"        self.{_slug(group)} = {_class_name(group)}(self.call)" for group in groups]
    lines += ["", "    def levers(self, kind: Callable[[Callable[..., Any]], T]) -> T:"]
    lines += ['        """The levers of an API: ``kind`` is ``sandbox.apis.<api>.client.Levers``."""']
    lines += ["        return kind(self.call)", ""]
    return "\n".join(lines)


def _class(spec: Spec, name: str, told: str, every: Iterable[Operation], names: Iterable[str]) -> list[str]:
    lines = ["", f"class {name}:", _docstring(told, "    "), ""]
    lines += ["    def __init__(self, call: Callable[..., Any]) -> None:", "        self._call = call", ""]
    for operation, method in zip(every, names, strict=True):
        lines += _method(spec, operation, method)
    return lines


def _method(spec: Spec, operation: Operation, name: str) -> list[str]:
    taken = sorted(operation.parameters, key=lambda p: (p.place != "path", not p.required))
    firsts = [p for p in taken if p.place == "path" or (p.required and p.place == "body")]
    places = [p for p in firsts if _argument(spec, p) != "bool"]
    arguments = ["self", *(f"{p.python}: {_argument(spec, p)}" for p in places)]
    if operation.body is not None:
        arguments.append(_body_argument(spec, operation))
    named = [p for p in taken if p not in places]
    if named:
        arguments += ["*", *(f"{p.python}: {_argument(spec, p)}{_DEFAULT[p.required]}" for p in named)]
    many = len([a for a in arguments if a != "*"]) - 1 > MOST_ARGUMENTS
    noqa = "  # noqa: PLR0913  # one for each thing it takes" if many else ""
    answer = _answer(spec, operation)
    return [
        f"    def {name}({noqa}",
        ", ".join(arguments),
        f"    ) -> {answer}:",
        _docstring(f"{_sentence(operation.summary)} {_paragraph(operation.description)}".strip(), "        "),
        f"        answer: {answer} = self._call({', '.join(_asked(operation))})",
        "        return answer",
        "",
    ]


def _asked(operation: Operation) -> Iterator[str]:
    yield f'"{operation.method}"'
    yield f'"{operation.path}"'
    for place, keyword in (("path", "at"), ("query", "query"), ("header", "headers"), ("body", "body")):
        found = [p for p in operation.parameters if p.place == place]
        if found:
            inside = ", ".join(f'"{p.name}": {p.python}' for p in found)
            yield f"{keyword}={{{inside}}}"
    if operation.body is not None:
        yield "body=body"
    if operation.sends not in {None, JSON}:
        yield f'media="{operation.sends}"'


def _body_argument(spec: Spec, operation: Operation) -> str:
    kind = "bytes" if operation.sends != JSON else _type(spec, operation.body, "Body", argument=True)
    return f"body: {kind}" if operation.body_required else f"body: {kind} | None = None"


def _argument(spec: Spec, parameter: Parameter) -> str:
    kind = _type(spec, parameter.schema, "", argument=True)
    return kind.removesuffix(" | None") if not parameter.required else kind


def _answer(spec: Spec, operation: Operation) -> str:
    if not operation.answers:
        return "None"
    if operation.answers == (JSON,):
        return _type(spec, operation.answer, "")
    return "Any" if JSON in operation.answers else "bytes"


# what answers look like


def _ordered(spec: Spec) -> list[str]:
    """The schemas that become shapes, each after those it is made of."""
    ordered: list[str] = []

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in ordered or name in above:
            return
        for other in _named(spec["components"]["schemas"][name]):
            visit(other, (*above, name))
        ordered.append(name)

    for name in spec["components"]["schemas"]:
        visit(name, ())
    return [name for name in ordered if _is_shape(spec["components"]["schemas"][name])]


def _is_shape(schema: Any) -> bool:
    return schema.get("type") == "object" and "properties" in schema


def _named(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node and "/schemas/" in node["$ref"]:
            yield node["$ref"].rpartition("/")[2]
        for part in node.values():
            yield from _named(part)
    elif isinstance(node, list):
        for part in node:
            yield from _named(part)


def _needed(spec: Spec, every: Iterable[Operation]) -> set[str]:
    """The schemas that the answers of these operations, and what they take, are made of."""
    found: set[str] = set()
    nodes = [node for o in every for node in (o.answer, o.body, *(p.schema for p in o.parameters))]
    waiting = [name for node in nodes for name in _named(node)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _named(spec["components"]["schemas"][name])
    return found


def _shapes(spec: Spec, names: Iterable[str]) -> list[str]:
    lines: list[str] = []
    for name in names:
        schema = spec["components"]["schemas"][name]
        told = _sentence(schema.get("description") or f"{inflection.humanize(inflection.underscore(name))}.")
        lines += _shape_of(spec, name, schema, told)
    return lines


def _shape_of(spec: Spec, name: str, schema: Any, told: str) -> list[str]:
    required = schema.get("required", ())
    nested: list[str] = []
    members = {}
    for member, node in schema["properties"].items():
        inner = name + inflection.camelize(re.sub(r"\W", "_", member))
        if _is_shape(node):
            nested += _shape_of(spec, inner, node, f"The member {member} of {name}.")
        kind = _type(spec, node, inner)
        members[member] = kind if member in required else f"NotRequired[{kind}]"
    if all(re.fullmatch(r"[A-Za-z_]\w*", member) and member != "from" for member in members):
        lines = ["", f"class {name}(TypedDict):", _docstring(told, "    "), ""]
        return [*nested, *lines, *(f"    {member}: {kind}" for member, kind in members.items()), ""]
    inside = ", ".join(f'"{member}": {kind}' for member, kind in members.items())
    return [*nested, "", f'{name} = TypedDict("{name}", {{{inside},}})', _docstring(told, ""), ""]


def _type(spec: Spec, node: Any, inner: str, *, argument: bool = False) -> str:
    """The Python type of a schema; ``inner`` is what an object written in place is called."""
    if node is None:
        return "Any"
    schema = resolve(spec, node)
    named = node.get("$ref", "").rpartition("/")[2]
    kind = _bare(spec, schema, named or inner, argument=argument)
    return f"{kind} | None" if schema.get("nullable") and not kind.endswith("None") and kind != "Any" else kind


def _bare(spec: Spec, schema: Any, name: str, *, argument: bool) -> str:
    kinds = [*schema.get("oneOf", ()), *schema.get("anyOf", ())]
    if kinds:
        return " | ".join(dict.fromkeys(_type(spec, kind, "", argument=argument) for kind in kinds))
    if "enum" in schema and schema.get("type") == "string":
        return f"Literal[{', '.join(repr(value) for value in schema['enum'] if value is not None)}]"
    if schema.get("type") == "array":
        return f"{'Sequence' if argument else 'list'}[{_type(spec, schema.get('items'), '', argument=argument)}]"
    if schema.get("type") == "object":
        return name if _is_shape(schema) and name and not argument else _mapping(spec, schema, argument=argument)
    return SCALARS.get(schema.get("type", ""), "Any")


def _mapping(spec: Spec, schema: Any, *, argument: bool) -> str:
    values = schema.get("additionalProperties")
    kind = _type(spec, values, "", argument=argument) if isinstance(values, dict) else "Any"
    return f"{'Mapping' if argument else 'dict'}[str, {kind}]"


# words


def _slug(group: str) -> str:
    return inflection.underscore(group.replace(" ", "_"))


def _class_name(group: str) -> str:
    """Beside the shapes, some of which are called like the group."""
    return f"{inflection.camelize(_slug(group))}Operations"


def _sentence(text: str) -> str:
    first = re.split(r"(?<=[.!?])\s", " ".join(text.split()))[0].rstrip(":;,")
    first = first[0].upper() + first[1:]
    return first if first.endswith(".") else f"{first}."


def _paragraph(text: str) -> str:
    return " ".join(text.strip().partition("\n\n")[0].split())


def _docstring(text: str, indent: str) -> str:
    line = f'{indent}"""{text}"""'
    if len(line) <= ROW:
        return line
    first, *rest = re.split(r"(?<=[.])\s", text)
    if not rest:
        first, rest = text, []
    told = fill(" ".join(rest), ROW, initial_indent=indent, subsequent_indent=indent)
    return f'{indent}"""{first}\n\n{told}\n{indent}"""'


def _formatted(text: str) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", "client.py", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True, cwd=ROOT)  # noqa: S603  # ruff, and nothing that a user says
    return done.stdout


if __name__ == "__main__":
    main()
