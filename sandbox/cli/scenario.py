"""``msandbox scenario check``: whether a scenario file can be seeded; no server is asked."""

import click

from sandbox import assets
from sandbox.apis import discover
from sandbox.cli.connection import json_option
from sandbox.cli.progress import Progress
from sandbox.cli.shown import show
from sandbox.kernel.errors import NotFound, ScenarioError
from sandbox.kernel.sandbox import DEFAULT, Sandbox, Start


@click.command("check")
@click.argument("file")
def check(file: str, *, as_json: bool) -> None:
    """Check a scenario file, or one that ships, by seeding it.

    \b
    msandbox scenario check my.yaml
    msandbox scenario check docs --json
    """
    try:
        sandbox = Sandbox(discover(), assets.library(), Start(file), walk=Progress())
    except NotFound as error:
        raise click.BadParameter(error.message, param_hint="FILE") from None
    except ScenarioError as error:
        raise click.ClickException(str(error)) from None
    scenario, store = sandbox.scenario(file), sandbox.get(DEFAULT).world.store
    records = {name: store.count(f"{name}.") for name in sandbox.apis}
    show({"scenario": file, "title": scenario.title, "seed": scenario.seed, "records": records}, as_json=as_json)


check.params.append(json_option())
