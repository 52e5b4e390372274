"""How an answer is printed: JSON, a table, or one line for each member."""

from collections.abc import Mapping, Sequence
from typing import Any

import click
import orjson
import yaml

WIDEST = 48
"""Characters that a cell of a table may have."""
LONGEST = 120
"""Bytes of JSON that a member may have to be shown, cut, in a table."""
_GOOD = frozenset({"delivered", "completed", "ok", "active", "running"})
_BAD = frozenset({"failed", "blocked", "error"})
_SUCCESS = range(200, 400)


def show(value: Any, *, as_json: bool) -> None:
    """Print an answer; bytes as they are. Raises ClickException where it cannot be written."""
    try:
        if isinstance(value, bytes):
            click.echo(value, nl=False)
        else:
            click.echo(json_text(value) if as_json else readable(value))
    except BrokenPipeError:
        raise  # whoever reads has seen enough
    except OSError as error:
        msg = f"cannot write the answer: {error.strerror or error}"
        raise click.ClickException(msg) from None


def json_text(value: Any) -> str:
    """JSON to read."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def readable(value: Any) -> str:
    """A list of records as a table, with what goes on after it; anything else member by member."""
    if isinstance(value, Mapping):
        lists = [member for member in value.values() if isinstance(member, list)]
        if len(lists) == 1 and set(value) - {"cursor"} == {name for name in value if value[name] is lists[0]}:
            more = f"\nmore: --after {value['cursor']}" if value.get("cursor") is not None else ""
            return table(lists[0]) + more
    if isinstance(value, str):
        return value
    text: str = yaml.dump(value, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=110)
    return text.rstrip("\n")


def table(rows: Sequence[Any]) -> str:
    """The members that every row tells in a few words; rows that are no records one a line."""
    if not rows:
        return "(none)"
    if not all(isinstance(row, Mapping) for row in rows):
        return "\n".join(map(str, rows))
    columns = [name for name in rows[0] if not any(_is_long(row.get(name)) for row in rows)]
    cells = [columns, *([_cell(row.get(name)) for name in columns] for row in rows)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(columns))]
    head, *body = ["  ".join(map(_padded, line, widths)).rstrip() for line in cells]
    return "\n".join([click.style(head, bold=True), *body])


def _is_long(value: Any) -> bool:
    return isinstance(value, list | dict) and len(orjson.dumps(value)) > LONGEST


def _padded(cell: str, width: int) -> str:
    return _coloured(cell) + " " * (width - len(cell))


def _coloured(cell: str) -> str:
    """Colours are taken away again where nobody looks."""
    if cell in _GOOD:
        return click.style(cell, fg="green")
    return click.style(cell, fg="red") if cell in _BAD else cell


def _cell(value: Any) -> str:
    text = "-" if value is None else value if isinstance(value, str) else orjson.dumps(value).decode()
    line = " ".join(text.split())
    return line if len(line) <= WIDEST else line[: WIDEST - 1] + "…"
