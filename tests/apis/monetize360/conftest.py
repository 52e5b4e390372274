"""One sandbox for all tests of a folder, put back to its start before each."""

import pytest

from tests.apis.monetize360.driver import SCENARIO, Driver
from tests.client import Client, make_client, make_client_of, refuse


@pytest.fixture(scope="session")
def small() -> Client:
    return make_client_of(SCENARIO)


@pytest.fixture(scope="session")
def vendor_page() -> Client:
    return make_client("docs")


def started(client: Client) -> Client:
    """The client in the state after seeding, with nobody listening."""
    client.receiver = refuse
    assert client.post("/__admin/reset").status == 200
    client.attempts.clear()
    return client


@pytest.fixture
def api(small: Client) -> Driver:
    """A small account of the test's own, its clock frozen."""
    return Driver(started(small))


@pytest.fixture
def docs(vendor_page: Client) -> Driver:
    """The vendor's page."""
    return Driver(started(vendor_page))
