"""A client for all tests of this folder: it reaches the sandbox of the test, and nothing else."""

from collections.abc import Iterator

import httpx
import pytest

from sandbox.testing import Local


@pytest.fixture
def api(sandbox: Local) -> Iterator[httpx.Client]:
    """Monetize360, as an enterprise customer."""
    with httpx.Client(
        transport=sandbox.transport(),
        base_url=sandbox.urls["monetize360"],
        headers={"Authorization": "Bearer YOUR_API_TOKEN_ENTERPRISE"},
    ) as client:
        yield client
