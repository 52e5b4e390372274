"""Which commands there are."""

from collections.abc import MutableMapping
from importlib import import_module
from typing import Any

import click

from sandbox.cli import control, environment, specs, token

LAZY = {"serve": "sandbox.cli.serve", "exec": "sandbox.cli.execute", "contract": "sandbox.cli.contract"}
"""Commands that hold a sandbox: imported when they are asked for, since the others are done sooner than that takes."""


class Menu(click.Group):
    """The commands written by hand, then those drawn from the control specs."""

    @property
    def commands(self) -> MutableMapping[str, click.Command]:
        """All but those of LAZY; made when somebody looks, as the specs are read for it."""
        if not self._made:
            written = (environment.env, specs.apis, specs.openapi, token.token)
            self._made.update({str(command.name): command for command in (*written, *control.commands())})
        return self._made

    @commands.setter
    def commands(self, given: MutableMapping[str, click.Command]) -> None:
        """Click begins with none."""
        self._made = given

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """In the order of a first look."""
        return [*LAZY, *self.commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command; None when there is none of that name."""
        if cmd_name not in LAZY:
            return super().get_command(ctx, cmd_name)
        module: Any = import_module(LAZY[cmd_name])
        command: click.Command = module.COMMAND
        return command
