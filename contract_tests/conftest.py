"""``pytest contract_tests --target …``: a test for each API and layer, by the functions of ``msandbox contract``.

The evidence of each is in a folder of its own below that of ``--report-dir``.
"""

from pathlib import Path
from typing import get_args

import pytest

from sandbox.contract.options import (
    FOLDER,
    Options,
    Profile,
    read_apis,
    read_excuses,
    read_layers,
    read_shard,
    read_target,
)
from sandbox.contract.report import LAYERS


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("contract tests")
    group.addoption("--target", action="append", default=[], help="sandbox, the base URL of an API, or API=URL")
    group.addoption("--against", action="append", default=[], help="what layer d compares with [sandbox]")
    group.addoption("--api", action="append", default=[], help="test this API; repeat it [all]")
    group.addoption("--layers", default=",".join(LAYERS), help="names or letters, with commas between [all]")
    group.addoption("--seed", type=int, default=1, help="what is tried at random follows from it")
    group.addoption("--profile", choices=get_args(Profile), default="quick", help="how much is tried [quick]")
    group.addoption("--shard", default="1/1", help="which of how many parallel runs, as 2/3")
    group.addoption("--writes", action="store_true", default=None, help="allow more than reading at another host")
    group.addoption("--read-only", action="store_false", dest="writes", help="allow reading alone")
    group.addoption("--allow-permanent", action="store_true", help="create even what can never be deleted again")
    group.addoption("--max-calls", type=int, help="send no more requests to a URL, for each test")
    group.addoption("--max-seconds", type=float, help="send none to a URL after that, for each test")
    group.addoption("--rate", type=float, help="requests a second, over all shards")
    group.addoption("--report-dir", type=Path, default=FOLDER, help=f"where the evidence is written [{FOLDER}]")
    group.addoption("--accept", type=Path, help="a file of known drift")
    group.addoption("--excuse", action="append", default=[], help="OPERATION=REASON: it is not asked")
    group.addoption("--control", action="append", default=[], help="the URL of a running sandbox that is the target")


def told(config: pytest.Config) -> Options:
    """The options. Raises UsageError."""
    get = config.getoption
    try:
        apis = read_apis(get("--api"), get("--target"))
        return Options(
            target=read_target(get("--target"), apis),
            against=read_target(get("--against"), apis),
            apis=apis,
            layers=read_layers(get("--layers")),
            seed=get("--seed"),
            profile=get("--profile"),
            shard=read_shard(get("--shard")),
            writes=get("--writes"),
            permanent=get("--allow-permanent"),
            calls=get("--max-calls"),
            seconds=get("--max-seconds"),
            rate=get("--rate"),
            folder=get("--report-dir"),
            accept=get("--accept"),
            excused=read_excuses(get("--excuse"), apis),
            control=get("--control"),
        )
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "only_api" in metafunc.fixturenames:
        metafunc.parametrize("only_api", told(metafunc.config).apis)
    if {"api", "layer"} <= set(metafunc.fixturenames):
        options = told(metafunc.config)
        cases = [(api, layer) for api in options.apis for layer in options.layers]
        metafunc.parametrize(("api", "layer"), cases, ids=[f"{api}-{layer}" for api, layer in cases])


@pytest.fixture(scope="session")
def options(request: pytest.FixtureRequest) -> Options:
    """What was told."""
    return told(request.config)
