"""A command for every operation of the control plane and of the levers, drawn from their specs."""

from collections.abc import Iterable
from functools import cache, partial
from pathlib import Path
from typing import Any

import click
import inflection

from sandbox import assets
from sandbox.cli import statefile
from sandbox.cli.arguments import examples, line, parameters, request
from sandbox.cli.connection import Failed, connect, connection
from sandbox.cli.scenario import check
from sandbox.cli.shown import json_text, show
from sandbox.client import Refused
from sandbox.operations import Operation, Spec, operations

LEVERS = ".control"
FIRST = ("get", "list", "list-requests")
"""What a group does that is named alone."""
PLURAL = frozenset({"settings"})
"""Groups that are called as they are; the others in the singular."""


class Group(click.Group):
    """The commands of one group. Named alone, it does its ``first``, which takes the options that follow."""

    def __init__(self, name: str, told: str, commands: Iterable[click.Command]) -> None:
        named = {str(command.name): command for command in commands}
        self.first = next((first for first in FIRST if first in named and not _needs(named[first])), None)
        also = f"\n\nAlone it is ``{name} {self.first}``." if self.first else ""
        super().__init__(name, named, help=told + also, short_help=told, no_args_is_help=self.first is None)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """With the first command in its place where none is named."""
        named = args and (not args[0].startswith("-") or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if named or self.first is None else [self.first, *args])


class Levers(click.Group):
    """The levers of one API: their spec is read when one of them is asked for."""

    def __init__(self, name: str, spec: str) -> None:
        told = f"The test levers of {inflection.titleize(name)}."
        super().__init__(name, help=told, short_help=told)
        self._drawn = cache(partial(_levers, name, spec))

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """All of them."""
        return list(self._drawn())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        """One of them."""
        return self._drawn().get(cmd_name)


def commands() -> list[click.Command]:
    """A group for each tag of the control plane, ``reset``, and a group for each API with levers."""
    spec = assets.spec("control")
    every = operations(spec)
    tags: Any = spec["tags"]
    groups = [_group(spec, tag, [o for o in every if o.group == tag["name"]]) for tag in tags]
    next(group for group in groups if group.name == "scenario").add_command(check)
    reset = next(draw(spec, operation, "reset", ()) for operation in every if operation.id == "reset")
    names = [name for name in assets.spec_names() if name.endswith(LEVERS)]
    return [reset, *groups, *(Levers(name.removesuffix(LEVERS).replace("_", "-"), name) for name in names)]


def _group(spec: Spec, tag: Spec, every: Iterable[Operation]) -> Group:
    name = inflection.underscore(tag["name"]).replace("_", "-")
    name = name if name in PLURAL else inflection.singularize(name)
    return Group(name, " ".join(tag["description"].split()), [draw(spec, o, _dashed(o.name), (name,)) for o in every])


def _levers(name: str, spec_name: str) -> dict[str, click.Command]:
    spec = assets.spec(spec_name)
    named = {inflection.dasherize(inflection.underscore(o.id)): o for o in operations(spec)}
    return {called: draw(spec, operation, called, (name,)) for called, operation in named.items()}


def _dashed(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def _needs(command: click.Command) -> bool:
    return any(parameter.required for parameter in command.params)


def draw(spec: Spec, operation: Operation, name: str, above: tuple[str, ...]) -> click.Command:
    """The command of one operation."""
    shown = [line(["msandbox", *above, name], words) for words in examples(spec, operation)]
    return click.Command(
        name,
        params=[*parameters(spec, operation), *_out(operation), *connection()],
        callback=partial(_ask, operation),
        help="\n\n".join([f"{operation.summary}.", operation.description.strip(), "\b\n" + "\n".join(shown)]),
        short_help=operation.summary,
    )


def _out(operation: Operation) -> list[click.Option]:
    """Exports go to a file too, as JSON or as they are."""
    told = "Write it to this file, which is whole at every moment; packed if it is a .gz."
    kind = click.Path(dir_okay=False, path_type=Path)
    return [click.Option(["--out"], type=kind, metavar="FILE", help=told)] if _exports(operation) else []


def _exports(operation: Operation) -> bool:
    """Whether its answer is a file for other programs, in a format of theirs."""
    return operation.id.startswith("export")


def _ask(
    operation: Operation, *, url: str, namespace: str | None, admin_token: str | None, as_json: bool, **values: Any
) -> None:
    out: Path | None = values.pop("out", None)
    with connect(url, namespace, admin_token) as control:
        try:
            answer = control.call(operation.method, operation.path, **request(operation, values))
        except Refused as refusal:
            raise Failed(refusal, as_json=as_json) from None
    if out is None:
        show(answer, as_json=as_json or _exports(operation))
        return
    try:
        statefile.write(out, answer if isinstance(answer, bytes) else json_text(answer).encode())
    except OSError as error:
        msg = f"cannot write {out}: {error.strerror or error}; it is as it was"
        raise click.ClickException(msg) from None
