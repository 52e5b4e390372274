"""Steps as lines of a shell: curl, and jq for what earlier answers said."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

import orjson

from sandbox.contract.contracts import contract
from sandbox.contract.credentials import stranger
from sandbox.contract.findings import Finding
from sandbox.contract.report import NO_OPERATION
from sandbox.contract.steps import FORM, NOTHING, At, Hear, Hook, Item, Lever, Move, Ref, Step, Tag, Text, Wait

_MARK = re.compile('("?)\ue000(\\d+)\ue001("?)')
_WORD = re.compile(r"[A-Za-z_]\w*")
_HEAD = """#!/usr/bin/env bash
# {title}
# Expected: {expected}
# Got: {got}
#
# Needs curl and jq; the target and its credentials are in the environment:
#   URL     the base URL of the API                          FIRST   its Authorization header
#   SECOND  that of a second tenant, where a step has it     HOOKS   a webhook receiver, where a step names it
#   LIMITED another one of the first tenant, that soon reaches its rate limit, where a step has it
set -eu
RUN="${{RUN:-kit-$$-}}"; HOOKS="${{HOOKS:-http://127.0.0.1:9}}"; SECOND="${{SECOND:-}}"; LIMITED="${{LIMITED:-}}"
ANSWERS="$(mktemp -d)"; trap 'rm -r "$ANSWERS"' EXIT
said() {{ jq -r "$2" "$ANSWERS/$1.json"; }}
at() {{ echo "$(($(date +%s) * 1000 + $1))"; }}
json() {{ jq -c "$2" "$ANSWERS/$1.json"; }}
uri() {{ jq -r "$2 | tostring | @uri" "$ANSWERS/$1.json"; }}
step() {{
  local number="$1"; shift
  curl -sS -o "$ANSWERS/$number.json" -w "$number: %{{http_code}} " "$@"; cat "$ANSWERS/$number.json"; echo
}}

"""


class _Said(NamedTuple):
    """A part of a word that the shell is to fill in."""

    text: str


_Part = str | _Said


def script(finding: Finding) -> str:
    """A script that plays the steps of a finding."""
    breach = finding.breach
    title = f"{finding.api}, {breach.operation or NO_OPERATION}, {breach.where} ({breach.rule})"
    head = _HEAD.format(title=_line(title), expected=_line(breach.expected), got=_line(breach.got))
    return head + "\n".join(_lines(finding.api, finding.steps, "step {number}")) + "\n"


def curls(finding: Finding) -> list[str]:
    """A line for each step: ``uri 0 .id`` stands for what the answer to step 0 said there."""
    return list(_lines(finding.api, finding.steps, "curl -sS")) if finding.steps else list(finding.requests)


def _line(text: str) -> str:
    return " ".join(text.split())


def _lines(api: str, steps: Sequence[Move], command: str) -> Iterator[str]:
    for number, move in enumerate(steps):
        match move:
            case Wait(seconds=seconds):
                yield f"# {number}: {seconds:g} simulated seconds pass"
            case Hear():
                yield f"# {number}: the webhook deliveries so far are looked at"
            case Lever(method=method, path=path):
                yield f"# {number}: {method} {_word(_parts(path, 'said'))} at the sandbox's control plane"
            case Step():
                yield f"{command.format(number=number)} {' '.join(_words(api, move))}"


def _words(api: str, step: Step) -> Iterator[str]:
    operation = contract(api).operations[step.operation]
    yield f"-X {step.method or operation.method}"
    yield _word([_Said('"$URL"'), *_path(operation.path, step.path), *_query(step.query)])
    for name, value in _headers(api, step).items():
        yield f"-H {_word([f'{name}: ', *_parts(value, 'said')])}"
    if step.body is not NOTHING:
        form = step.media == FORM and isinstance(step.body, list)
        yield f"--data-binary {_word(_pairs(step.body) if form else _body(step.body))}"


def _headers(api: str, step: Step) -> Mapping[str, Any]:
    issued = {"first": _Said('"$FIRST"'), "second": _Said('"$SECOND"'), "limited": _Said('"$LIMITED"')}
    headers: dict[str, Any] = {}
    if step.identity in issued:
        headers["Authorization"] = issued[step.identity]
    elif step.identity == "forged":
        headers["Authorization"] = _Said('"${FIRST%?????}A${FIRST: -4}"')
    elif step.identity == "stranger":
        headers |= {name.title(): value for name, value in stranger(api).items()}
    if step.body is not NOTHING:
        headers["Content-Type"] = step.media
    return headers | dict(step.headers)


def _path(template: str, values: Mapping[str, Any]) -> Iterator[_Part]:
    for place, part in enumerate(re.split(r"{(\w+)}", template)):
        yield from _parts(values[part], "uri") if place % 2 else [part]


def _query(values: Sequence[tuple[str, Any]]) -> Iterator[_Part]:
    if values:
        yield "?"
        yield from _pairs(values)


def _pairs(values: Sequence[tuple[str, Any]]) -> Iterator[_Part]:
    """As in a query or a form."""
    for place, (name, value) in enumerate(values):
        yield f"{'&' if place else ''}{quote(name)}="
        yield from _parts(value, "uri")


def _parts(value: Any, how: str) -> Iterator[_Part]:
    """A value inside a text; ``how`` an earlier answer is asked: said (as it is), uri (percent-encoded)."""
    match value:
        case _Said():
            yield value
        case Ref(step=step, at=at):
            yield _Said(f'"$({how} {step} {shlex.quote(_pointer(at))})"')
        case Item():
            yield _Said(f'"$({how} {value.step} {_word(_chosen(value))})"')
        case Tag(text=text):
            yield from (_Said('"$RUN"'), _plain(text, how))
        case Hook(path=path):
            yield from (_Said('"$HOOKS"'), _plain(path, how))
        case At(offset=offset):
            yield _Said(f'"$(at {offset})"')
        case Text(parts=parts):
            for part in parts:
                yield from _parts(part, how)
        case _:
            yield _plain(str(value), how)


def _plain(text: str, how: str) -> str:
    return quote(text, safe="") if how == "uri" else text


def _chosen(item: Item) -> Iterator[_Part]:
    """The filter of jq that leads to a value of an item; what the item is known by is the shell's to fill in."""
    yield f'first({_pointer(item.at)}[] | select({_pointer((item.name,))} == "'
    yield from (_escaped(part) for part in _parts(item.value, "said"))
    yield f'")) | {_pointer(item.then)}'


def _pointer(at: Sequence[str | int]) -> str:
    """The filter of jq that leads there."""
    told = "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" if _WORD.fullmatch(part) else f'["{part}"]' for part in at
    )
    return told if told.startswith(".") else f".{told}"


def _body(body: Any) -> Iterator[_Part]:
    if isinstance(body, bytes):
        yield body.decode("utf-8", "backslashreplace")
        return
    marks: list[tuple[_Part, ...]] = []
    text, end = orjson.dumps(_marked(body, marks), default=str).decode(), 0
    for found in _MARK.finditer(text):
        parts = marks[int(found[2])]
        whole = isinstance(parts[0], _Said) and parts[0].text.startswith(('"$(json ', '"$(at '))
        yield text[end : found.start()] + ("" if whole else found[1])
        yield from parts
        yield "" if whole else found[3]
        end = found.end()
    yield text[end:]


def _marked(value: Any, marks: list[tuple[_Part, ...]]) -> Any:
    """The value with a mark for everything symbolic."""
    match value:
        case Ref() | Item() | At():
            marks.append(tuple(_parts(value, "json")))
        case Tag() | Hook() | Text():
            marks.append(tuple(_escaped(part) for part in _parts(value, "said")))
        case Mapping():
            return {name: _marked(member, marks) for name, member in value.items()}
        case list() | tuple():
            return [_marked(member, marks) for member in value]
        case _:
            return value
    return f"\ue000{len(marks) - 1}\ue001"


def _escaped(part: _Part) -> _Part:
    return part if isinstance(part, _Said) else orjson.dumps(part).decode()[1:-1]


def _word(parts: "Iterator[_Part] | list[_Part]") -> str:
    """One word for the shell: plain texts are quoted together."""
    told, plain = [], ""
    for part in parts:
        if isinstance(part, _Said):
            told += [shlex.quote(plain)] if plain else []
            told.append(part.text)
            plain = ""
        else:
            plain += part
    return "".join([*told, *([shlex.quote(plain)] if plain or not told else [])])
