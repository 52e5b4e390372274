"""``msandbox env``: the variables that lead a program to a running sandbox."""

from shlex import quote

import click

from sandbox.cli.connection import Failed, connect, connected
from sandbox.cli.shown import show
from sandbox.client import Refused


@connected
@click.command()
def env(url: str, namespace: str | None, admin_token: str | None, *, as_json: bool) -> None:
    """Print URLs and credentials of a running sandbox as ``export`` lines.

    \b
    eval "$(msandbox env)"
    msandbox env --namespace checkout --json
    """
    with connect(url, namespace, admin_token) as control:
        try:
            variables = control.namespaces.get_environment()["variables"]
        except Refused as refusal:
            raise Failed(refusal, as_json=as_json) from None
    if admin_token:
        variables["MSANDBOX_ADMIN_TOKEN"] = admin_token
    lines = "\n".join(f"export {name}={quote(value)}" for name, value in variables.items())
    show(variables if as_json else lines, as_json=as_json)
