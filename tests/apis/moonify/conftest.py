"""One sandbox for all tests of a folder, put back to its start before each."""

import pytest

from tests.apis.moonify.driver import SCENARIO, Driver
from tests.client import Client, make_client, make_client_of


@pytest.fixture(scope="session")
def two_users() -> Client:
    return make_client_of(SCENARIO)


@pytest.fixture(scope="session")
def moonify_page() -> Client:
    return make_client("docs")


def started(client: Client) -> Driver:
    """The client in the state after seeding."""
    assert client.post("/__admin/reset").status == 200
    return Driver(client)


@pytest.fixture
def api(two_users: Client) -> Driver:
    """A small service of the test's own, its clock frozen."""
    return started(two_users)


@pytest.fixture
def docs(moonify_page: Client) -> Driver:
    """The vendor's page."""
    return started(moonify_page)
