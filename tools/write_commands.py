"""Writes docs/commands.md from the commands themselves: ``python -m tools.write_commands``."""

import re
from collections.abc import Iterator
from pathlib import Path

import click

from sandbox.cli import main as msandbox

PAGE = Path(__file__).parents[1] / "docs" / "commands.md"
HEAD = """# Every command

What `msandbox <command> -h` says, in one page; [the command](cli.md) explains. Written by
`python -m tools.write_commands`.
Options of every command that asks a running sandbox are told here once:
"""
SHARED = ("url", "namespace", "admin_token", "as_json")


def main() -> None:
    """Write the page."""
    PAGE.write_text(written(), "utf-8")


def written() -> str:
    """The page."""
    every = list(_below("msandbox", msandbox))
    asking = next(command for _, command in every if {"url", "as_json"} <= {p.name for p in command.params})
    shared = [p for p in asking.params if p.name in SHARED and isinstance(p, click.Option)]
    parts = [HEAD, _table(shared)]
    return "\n".join([*parts, *(_section(name, command) for name, command in every)])


def _below(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=name)
        for called in command.list_commands(context):
            found = command.get_command(context, called)
            if found is not None:
                yield f"{name} {called}", found
                yield from _below(f"{name} {called}", found)


def _section(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=name)
    usage = " ".join([name, *(piece for piece in command.collect_usage_pieces(context) if piece != "[OPTIONS]")])
    prose, shown = _told(command)
    lines = [f"## {name}", "", *([] if isinstance(command, click.Group) else [f"`{usage}`", ""]), prose, ""]
    if shown:
        lines += ["```", *shown, "```", ""]
    own = [p for p in command.params if isinstance(p, click.Option) and p.name not in SHARED]
    return "\n".join([*lines, _table(own)] if own else lines)


def _told(command: click.Command) -> tuple[str, list[str]]:
    """The prose of a command's help, and the lines of its examples."""
    prose, _, shown = (command.help or "").partition("\b\n")
    paragraphs = [" ".join(part.split()) for part in prose.replace("``", "`").split("\n\n")]
    return "\n\n".join(filter(None, paragraphs)), [line.strip() for line in shown.splitlines() if line.strip()]


def _table(options: list[click.Option]) -> str:
    rows = [_row(option) for option in options]
    return "\n".join(["| option | environment | meaning |", "| --- | --- | --- |", *rows, ""])


def _row(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    environment = f"`{option.envvar}`" if option.envvar else ""
    told = re.sub(r"\s+", " ", option.help or "").replace("|", "\\|").replace("<", "&lt;")
    return f"| {names} | {environment} | {told} |"


if __name__ == "__main__":
    main()
