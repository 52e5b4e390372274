"""Writes docs/fidelity.md from the source marks of the specs: ``python -m tools.write_fidelity``."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sandbox import assets
from sandbox.server import all_apis

PAGE = Path(__file__).parents[1] / "docs" / "fidelity.md"
SOURCES = ("documented", "example", "inferred")
VERBS = ("get", "put", "post", "patch", "delete", "head", "options")
KINDS = {
    "securitySchemes": "credential",
    "parameters": "parameter",
    "headers": "header",
    "responses": "response",
    "schemas": "schema",
}

INTRODUCTION = """# Fidelity

What the sandbox does, and on whose word, read from the `x-sandbox-source` and `x-sandbox-reason` marks of the specs.
This page is generated (`python -m tools.write_fidelity`), and a test holds it to the specs.

| mark | meaning |
| --- | --- |
| documented | the vendor's documentation states it |
| example | it is seen only in one of the vendor's examples |
| inferred | our choice where the vendor is silent or contradicts itself, with the reason |

On an operation the mark speaks of its method and path; parameters, bodies, answers and schemas have marks of their own,
and what has none stands on the mark around it. A reason begins with the place in the API's reference page that has the
whole story."""


class Mark(NamedTuple):
    """A source mark, and where in the spec it stands."""

    place: tuple[str, ...]
    source: str
    reason: str


def marks(node: Any, place: tuple[str, ...] = ()) -> Iterator[Mark]:
    """Every mark at and below a node of a spec, in the spec's order."""
    if isinstance(node, dict):
        if "x-sandbox-source" in node:
            yield Mark(place, node["x-sandbox-source"], node.get("x-sandbox-reason", ""))
        for key, part in node.items():
            yield from marks(part, (*place, str(key)))
    elif isinstance(node, list):
        for number, part in enumerate(node):
            name = part.get("name", number) if isinstance(part, dict) else number
            yield from marks(part, (*place, str(name)))


def main() -> None:
    """Write the page."""
    PAGE.write_text(written(), "utf-8")


def written() -> str:
    """The page."""
    specs = {api.name: assets.spec(api.name) for api in all_apis() if api.vendor}
    parts = [INTRODUCTION, _counts(specs)]
    for name, spec in specs.items():
        parts += [_heading(name, spec), _operations(spec), "### What they share", _shared(spec)]
    return "\n\n".join(parts) + "\n"


def _counts(specs: Mapping[str, Mapping[str, Any]]) -> str:
    rows = []
    for spec in specs.values():
        found = Counter(mark.source for mark in marks(spec))
        of_operations = Counter(operation["x-sandbox-source"] for _, operation in _all_operations(spec))
        rows.append([spec["info"]["title"], *(f"{of_operations[s]} of {found[s]}" for s in SOURCES)])
    return "Operations, of all marks:\n\n" + _table(["API", *SOURCES], rows)


def _heading(name: str, spec: Mapping[str, Any]) -> str:
    info = spec["info"]
    return f"## {info['title']} {info['version']}\n\nThe reasons in full: [{name}](reference/{name}.md)."


def _all_operations(spec: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in spec["paths"].items():
        for verb in VERBS:
            if verb in item:
                yield f"{verb.upper()} {path}", item[verb]


def _operations(spec: Mapping[str, Any]) -> str:
    rows = []
    for title, operation in _all_operations(spec):
        for mark in marks(operation):
            what = f"`{title}`" if not mark.place else _inside(mark.place)
            rows.append([what, mark.source, mark.reason])
    return _table(["operation, and what belongs to it alone", "source", "why"], rows)


def _inside(place: tuple[str, ...]) -> str:
    if place[0] == "responses":
        return " ".join(["· answer", place[1], *_named(place[2:])])
    return " ".join(["·", {"requestBody": "body"}.get(place[0], place[0].removesuffix("s")), *_named(place[1:])])


def _shared(spec: Mapping[str, Any]) -> str:
    rows: list[list[str]] = []
    documented: list[str] = []
    for kind, word in KINDS.items():
        found = list(marks(spec["components"].get(kind, {})))
        named = [part for mark in found if mark.source == "documented" for part in _named(mark.place)]
        documented += [f"- {word}: {', '.join(named)}"] if named else []
        rows += [[_part(word, mark.place), mark.source, mark.reason] for mark in found if mark.source != "documented"]
    lists = "\n".join(documented)
    return f"Documented:\n\n{lists}\n\nNot documented:\n\n" + _table(["part", "source", "why"], rows)


def _part(word: str, place: tuple[str, ...]) -> str:
    return " ".join([word, *_named(place)])


def _named(place: tuple[str, ...]) -> list[str]:
    """The names on the way, without the words of OpenAPI between them."""
    silent = {"properties", "content", "schema", "application/json", "items", "allOf", "oneOf", "anyOf", "headers"}
    names = [part for part in place if part not in silent and not part.isdigit()]
    return [f"`{'.'.join(names)}`"] if names else []


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    main()
