"""One sandbox for all tests of a folder, put back to its start before each."""

import pytest

from tests.apis.dynamic_monetization.driver import SCENARIO, Driver
from tests.client import Client, make_client, make_client_of


@pytest.fixture(scope="session")
def one_instance() -> Client:
    return make_client_of(SCENARIO)


@pytest.fixture(scope="session")
def dynamic_monetization_page() -> Client:
    return make_client("docs")


def started(client: Client) -> Driver:
    """The client in the state after seeding."""
    assert client.post("/__admin/reset", token=None).status == 200
    return Driver(client)


@pytest.fixture
def api(one_instance: Client) -> Driver:
    """An instance of the test's own, its clock frozen."""
    return started(one_instance)


@pytest.fixture
def docs(dynamic_monetization_page: Client) -> Driver:
    """The vendor's worked examples."""
    return started(dynamic_monetization_page)
