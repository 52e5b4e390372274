"""The service with the sandbox behind it: it asks the vendors' real hosts, and nothing leaves the process."""

from collections.abc import Iterator

import pytest
from billing import Billing, Config, create_app
from flask.testing import FlaskClient

from sandbox.testing import Local

SECRET = "whsec-of-the-print-shop"


@pytest.fixture
def app(sandbox: Local) -> Iterator[FlaskClient]:
    """A client of the service."""
    config = Config(
        monetize360_token="YOUR_API_TOKEN",
        webhook_secret=SECRET,
        moonify_service="yourServiceID",
        metering_token=sandbox.credentials["dynamic_monetization"]["adminToken"],
        instance="64d2028c-ae87-4069-a624-66089d957ef9",
    )
    with sandbox.intercept():
        app = create_app(config)
        subscribe(app.extensions["billing"])
        yield app.test_client()


def subscribe(billing: Billing) -> None:
    """What the shop does once, when it is set up."""
    hook = {"url": "https://print-shop.example/webhooks/monetize360", "events": ["workflow.completed"]}
    billing.monetize360.post("/webhooks", hook | {"secret": SECRET})


@pytest.fixture
def ada(app: FlaskClient) -> str:
    """The id of a customer."""
    return str(app.post("/customers", json={"name": "Ada", "email": "ada@example.com"}).get_json()["id"])
