"""The examples run, and docs/testing.md shows them as they are."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import sandbox.testing
from sandbox.testing.local import ControlledClock, Local
from sandbox.testing.served import Served
from sandbox.testing.webhooks import Delivered, Webhooks

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "testing"
PAGE = (ROOT / "docs" / "testing.md").read_text("utf-8")
SHOWN = re.compile(
    r"^\[`examples/testing/(\S+)`\]\(\.\./examples/testing/\1\)\n\n```python\n(.*?)^```$", re.DOTALL | re.MULTILINE
)
NO_NETWORK = """
import socket

def refuse(*_args, **_options):
    raise AssertionError("a socket was opened")

socket.socket.connect = socket.socket.bind = socket.getaddrinfo = refuse
"""


def run(folder: Path, *options: str, path: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """pytest in a process of its own."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:schemathesis", "-p", "no:cacheprovider", *options]
    paths = [str(found) for found in (path, ROOT) if found]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=env, timeout=300)


def test_the_page_shows_every_example_as_it_is() -> None:
    shown = dict(SHOWN.findall(PAGE))
    assert shown == {file.name: file.read_text("utf-8") for file in EXAMPLES.glob("*.py")}


def test_the_examples_run() -> None:
    done = run(EXAMPLES)
    assert done.returncode == 0, done.stdout


def test_the_page_shows_what_a_failure_shows() -> None:
    done = run(EXAMPLES, "failing.py")
    (block,) = re.findall(r"^```text\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert block in done.stdout
    assert "because data must be of type object" in block


def test_the_billing_example_runs_without_a_socket(tmp_path: Path) -> None:
    (tmp_path / "no_network.py").write_text(NO_NETWORK, "utf-8")
    done = run(ROOT / "examples" / "billing", "-p", "no_network", path=tmp_path)
    assert done.returncode == 0, done.stdout


def test_the_page_names_everything() -> None:
    assert [name for name in sandbox.testing.__all__ if f"`{name}`" not in PAGE] == []
    for kind in (Local, ControlledClock, Webhooks, Delivered, Served):
        missing = [name for name in vars(kind) if not name.startswith("_") and name not in PAGE]
        assert missing == [], kind


@pytest.mark.parametrize("name", sandbox.testing.__all__)
def test_every_public_name_is_described(name: str) -> None:
    found = getattr(sandbox.testing, name)
    assert found.__doc__
    undescribed = [
        member
        for member, value in vars(found).items()
        if isinstance(found, type) and not member.startswith("_") and callable(value) and not value.__doc__
    ]
    assert undescribed == []
