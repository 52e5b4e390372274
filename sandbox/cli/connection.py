"""The options that lead a command to a running sandbox."""

from typing import Any

import click

from sandbox.cli.shown import json_text
from sandbox.client import Control, Refused
from sandbox.client.wire import URL

NAMES = ("url", "namespace", "admin_token", "as_json")


def connection() -> list[click.Option]:
    """Where the sandbox runs, which namespace is meant, and how the answer is printed."""
    return [
        click.Option(
            ["--url"],
            envvar="MSANDBOX_URL",
            default=URL,
            show_default=True,
            help="Where the sandbox runs; <url>/ns/<name> for a namespace of it.",
        ),
        click.Option(["--namespace"], envvar="MSANDBOX_NAMESPACE", help="The namespace to act on [default]."),
        click.Option(
            ["--admin-token"],
            envvar="MSANDBOX_ADMIN_TOKEN",
            help="That of the control plane, for one not bound to loopback.",
        ),
        json_option(),
    ]


def json_option() -> click.Option:
    """JSON instead of what is easy to read."""
    return click.Option(["--json", "as_json"], is_flag=True, help="Print JSON.")


def connected(command: click.Command) -> click.Command:
    """The command with the options of a connection."""
    command.params += connection()
    return command


def connect(url: str, namespace: str | None, admin_token: str | None) -> Control:
    """The client. Raises ClickException."""
    try:
        return Control(url, namespace or None, admin_token or None)
    except Refused as refusal:
        raise Failed(refusal, as_json=False) from None


class Failed(click.ClickException):
    """What the sandbox refused, told on standard error; exit code 1."""

    def __init__(self, refusal: Refused, *, as_json: bool) -> None:
        hint = "; start one with msandbox serve, or name another with --url" if refusal.code == "UNREACHABLE" else ""
        super().__init__(f"{refusal.message}{hint}")
        self._refusal = refusal
        self._as_json = as_json

    def show(self, file: Any = None) -> None:
        """The error body, or its message."""
        if not self._as_json:
            super().show(file)
            return
        told = self._refusal
        click.echo(
            json_text({"error": {"code": told.code, "message": told.message, "details": told.details}}), err=True
        )
