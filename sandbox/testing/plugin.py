"""The pytest plugin: nothing of the sandbox is imported before a test asks for it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sandbox.testing.local import Local
    from sandbox.testing.served import Served

_MARKER = """sandbox(scenario="docs", seed=None, scale=1, clock=None, settings=None, faults=None): \
what the fixtures sandbox and sandbox_server start with."""

_local_key = pytest.StashKey["Local"]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture
def sandbox(request: pytest.FixtureRequest) -> Iterator["Local"]:
    """A fresh namespace in this process: the scenario ``docs``, unless ``@pytest.mark.sandbox(…)`` says otherwise."""
    from sandbox.testing.local import open_local  # noqa: PLC0415  # only a test that asks for it waits

    wish = _wish(request)
    settings, faults = wish.pop("settings", None), wish.pop("faults", None)
    with open_local(**wish) as local:
        request.node.stash[_local_key] = local
        if settings:
            local.control("PATCH", "/settings", settings)
        for fault in faults or ():
            local.control("POST", "/faults", fault)
        yield local


@pytest.fixture
def sandbox_server(sandbox: "Local") -> Iterator["Served"]:
    """The same sandbox at a port of the loopback address, for clients in other processes."""
    from sandbox.testing.served import serve  # noqa: PLC0415  # the same

    with serve(sandbox) as served:
        yield served


def _wish(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What the nearest markers ask for."""
    wish: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers("sandbox"))):
        if marker.args:
            msg = f"{request.node.nodeid}: the marker sandbox takes keywords only, as sandbox(scenario='demo')"
            raise pytest.UsageError(msg)
        wish |= marker.kwargs
    return wish


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """What a failed test asked the sandbox goes into its report."""
    outcome: Any = yield
    report = outcome.get_result()
    local = item.stash.get(_local_key, None)
    if local is not None and report.when == "call" and report.failed:
        from sandbox.testing.report import told  # noqa: PLC0415  # the same

        report.sections.append(("What the sandbox was asked", told(local)))
