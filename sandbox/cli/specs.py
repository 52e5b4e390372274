"""``msandbox apis`` and ``openapi``: what is simulated, as the specs say; no server is asked."""

from typing import Any

import click

from sandbox import assets
from sandbox.apis import discover
from sandbox.cli.connection import json_option
from sandbox.cli.shown import show
from sandbox.kernel.api import Api

VERBS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


@click.command()
def apis(*, as_json: bool) -> None:
    """List the simulated APIs: version, operations, where they answer, the vendors' hosts.

    \b
    msandbox apis
    msandbox apis --json
    """
    rows = [_row(api) for api in discover()]
    show({"apis": rows if as_json else [row | {"hosts": ", ".join(row["hosts"])} for row in rows]}, as_json=as_json)


@click.command()
@click.argument("name", type=click.Choice(assets.spec_names()))
def openapi(name: str, *, as_json: bool) -> None:
    """Print the OpenAPI document of an API, of its levers, or of the control plane, as YAML.

    \b
    msandbox openapi control
    msandbox openapi control --json
    """
    show(assets.spec(name) if as_json else assets.spec_text(name).rstrip("\n"), as_json=as_json)


apis.params.append(json_option())
openapi.params.append(json_option())


def _row(api: Api) -> dict[str, Any]:
    spec: Any = assets.spec(api.name)
    return {
        "name": api.name,
        "title": spec["info"]["title"],
        "version": spec["info"]["version"],
        "operations": sum(len(VERBS & item.keys()) for item in spec["paths"].values()),
        "path": api.mount.prefix + api.mount.base,
        "hosts": list(api.mount.hosts),
    }
