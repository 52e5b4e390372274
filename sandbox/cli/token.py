"""``msandbox token``: a token signed with a built-in key."""

from typing import Any

import click

from sandbox.apis import discover
from sandbox.cli.connection import Failed, connect, connected
from sandbox.cli.shown import show
from sandbox.client import Refused


@connected
@click.command()
@click.option("--role", type=click.Choice(["admin", "client"]), required=True, help="Whose key signs it.")
@click.option(
    "--instance", "instances", multiple=True, metavar="ID", help="An instance a client's token is good for; repeat it."
)
@click.option(
    "--expires-in", type=click.IntRange(1, 34_560_000), metavar="SECONDS", help="Simulated seconds it lasts [400 days]."
)
def token(
    role: str,
    instances: tuple[str, ...],
    expires_in: int | None,
    *,
    as_json: bool,
    **where: Any,
) -> None:
    """Print a token for Dynamic Monetization, signed with a built-in key, and nothing else.

    \b
    curl -H "Authorization: Bearer $(msandbox token --role admin)" ...
    msandbox token --role client --instance my-instance --expires-in 3600
    """
    with connect(**where) as control:
        try:
            body = {"role": role, "instances": list(instances) or None, "expiresIn": expires_in}
            made = control.call("POST", f"/__admin/{_minting()}/tokens", body=body)
        except Refused as refusal:
            raise Failed(refusal, as_json=as_json) from None
    show(made if as_json else made["token"], as_json=as_json)


def _minting() -> str:
    """The API whose levers make tokens."""
    return next(api.name for api in discover() if hasattr(api.levers, "mint_token"))
