from collections.abc import Iterator

import pytest

from tests.web.serving import Server, serving


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One for a module, that holds its own answers to their schemas; some modules have another."""
    with serving("--scenario", "docs", "--check-responses") as running:
        yield running
        assert "Traceback" not in running.output
