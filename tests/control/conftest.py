"""One sandbox for all tests of the folder: put back to its start, and rid of namespaces, before each."""

import pytest

from tests.apis.monetize360.driver import SCENARIO, Driver
from tests.client import Client, make_client_of, refuse


@pytest.fixture(scope="session")
def started() -> Client:
    return make_client_of(SCENARIO)


@pytest.fixture
def api(started: Client) -> Driver:
    """A small account, its clock frozen."""
    started.receiver = refuse
    for name in set(started.sandbox.namespaces) - {"default"}:
        started.sandbox.delete(name)
    assert started.post("/__admin/scenarios/test/load").status == 200
    started.attempts.clear()
    return Driver(started)
