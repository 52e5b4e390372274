"""A wheel built from the checkout, alone in an empty folder, serves all that the checkout serves."""

import json
import os
import signal
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from venv import EnvBuilder

import httpx
import pytest

from sandbox import assets

CHECKOUT = Path(__file__).parents[1]
STARTUP_SECONDS = 60  # a server that has printed no URL by then is stopped
LIST_ASSETS = """
import json
from sandbox import assets
specs = {name: assets.spec_text(name) for name in assets.spec_names()}
scenarios = {name: assets.scenario_text(name) for name in assets.scenario_names()}
print(json.dumps([assets.__file__, specs, scenarios]))
"""


def run(*command: str | Path, folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, env=plain_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def plain_environment() -> dict[str, str]:
    """Leave out what points back at this checkout or measures it."""
    ours = ("COVERAGE_", "COV_", "MSANDBOX_", "PYTEST_", "PYTHON")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, CHECKOUT, folder=folder)
    (built,) = folder.glob("monetization_sandbox-*.whl")
    return built


@pytest.fixture(scope="module")
def commands(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a new environment; answer the folder of its commands.

    The dependencies are seen through a path file, so that nothing is downloaded. Path files of the folder
    it names are not read: the editable installation of the checkout stays out of sight.
    """
    home = tmp_path_factory.mktemp("environment")
    EnvBuilder(symlinks=True).create(home)
    paths = sysconfig.get_paths("venv", vars={"base": str(home), "platbase": str(home)})
    (Path(paths["purelib"]) / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    python = Path(paths["scripts"]) / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel, folder=home)
    return python.parent


@contextmanager
def serving(command: Path, folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the server on a free port and yield it with its URL, once it listens."""
    arguments = [str(command), "serve", "--port", "0", "--scenario", "docs"]
    with subprocess.Popen(arguments, cwd=folder, env=plain_environment(), stdout=subprocess.PIPE, text=True) as server:
        watchdog = threading.Timer(STARTUP_SECONDS, server.kill)
        watchdog.start()
        try:
            yield server, printed_url(server)
        finally:
            watchdog.cancel()
            server.kill()


def printed_url(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    seen = []
    for line in server.stdout:
        seen.append(line)
        if "http://" in line:
            return next(word for word in line.split() if word.startswith("http://")).rstrip("/")
    pytest.fail(f"no URL was printed:\n{''.join(seen)}")


def test_carries_the_specs_and_scenarios_of_the_checkout(commands: Path, tmp_path: Path) -> None:
    where, specs, scenarios = json.loads(run(commands / "python", "-c", LIST_ASSETS, folder=tmp_path))
    assert Path(where).is_relative_to(commands.parent)
    assert specs == {name: assets.spec_text(name) for name in assets.spec_names()}
    assert scenarios == {name: assets.scenario_text(name) for name in assets.scenario_names()}
    assert "monetize360" in specs
    assert {"docs", "demo", "empty"} <= scenarios.keys()


def test_serves_from_an_empty_folder_and_stops_cleanly(commands: Path, tmp_path: Path) -> None:
    with serving(commands / "msandbox", tmp_path) as (server, url), httpx.Client(base_url=url, trust_env=False) as http:
        answers = {
            path: http.get(path, headers={"Authorization": "Bearer YOUR_API_TOKEN"}).status_code
            for path in ("/monetize360/v1/workflows", "/openapi/monetize360.json", "/")
        }
        http.close()
        server.send_signal(signal.SIGINT)
        output, _ = server.communicate(timeout=STARTUP_SECONDS)
    assert set(answers.values()) == {200}, f"{answers}\n{output}"
    assert server.returncode == 0, output
    assert list(tmp_path.iterdir()) == []


def test_the_contract_tests_run_from_the_wheel_alone(commands: Path, tmp_path: Path) -> None:
    asked = ("--api", "moonify", "--layers", "a,c", "--profile", "quick", "--json")
    told = json.loads(run(commands / "msandbox", "contract", "run", *asked, folder=tmp_path))
    assert (told["exit"], told["layers"], told["unanswered"]) == (0, ["conformance", "model"], [])
    assert {path.name for path in (tmp_path / "contract-report").iterdir()} >= {
        "junit.xml",
        "report.html",
        "summary.json",
    }
