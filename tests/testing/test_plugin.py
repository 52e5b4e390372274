"""The pytest plugin, in runs of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONF = """
[pytest]
addopts = -p no:schemathesis -p no:cacheprovider
filterwarnings =
    ignore:jsonschema.RefResolver is deprecated:DeprecationWarning
    ignore:jsonschema.exceptions.RefResolutionError is deprecated:DeprecationWarning
"""
HEAD = """
import httpx, pytest
AUTH = {"Authorization": "Bearer YOUR_API_TOKEN_ENTERPRISE"}
NOTES = "/mobjects/mobject-id/mdata"

@pytest.fixture
def api(sandbox):
    with httpx.Client(transport=sandbox.transport(), base_url=sandbox.urls["monetize360"], headers=AUTH) as client:
        yield client
"""


def run(folder: Path, tests: str, *options: str) -> "subprocess.CompletedProcess[str]":
    """pytest in a process of its own over one file."""
    (folder / "pytest.ini").write_text(CONF, "utf-8")
    (folder / "test_it.py").write_text(HEAD + tests, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", *options, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, timeout=120)


def test_every_test_has_a_sandbox_of_its_own(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        """
        IDS = set()

        @pytest.mark.parametrize("number", range(20))
        def test_create(api, number):
            made = api.post(NOTES, json={"data": {"title": "mine"}}).json()
            IDS.add(made["id"])
            assert len(IDS) == 1
            assert api.get(NOTES, params={"filter": "title:eq:mine"}).json()["pagination"]["total"] == 1
        """.replace("\n        ", "\n"),
    )
    assert (done.returncode, "20 passed" in done.stdout) == (0, True), done.stdout


def test_markers_say_what_it_starts_with(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        """
        @pytest.mark.sandbox(scenario="empty", seed=7, clock="2025-06-01T00:00:00Z")
        class TestThere:
            def test_scenario(self, sandbox, api):
                assert sandbox.clock.now.isoformat() == "2025-06-01T00:00:00+00:00"
                assert api.get("/workflows").json()["data"] == []

            @pytest.mark.sandbox(clock="2026-06-01T00:00:00Z", settings={"monetize360.extendedEvents": True})
            def test_nearest(self, sandbox):
                assert sandbox.clock.now.year == 2026
                assert sandbox.namespace.origin.seed == 7
                assert sandbox.control("GET", "/settings")["settings"]
        """.replace("\n        ", "\n"),
        "--strict-markers",
    )
    assert (done.returncode, "2 passed" in done.stdout) == (0, True), done.stdout


def test_a_failure_tells_what_was_asked(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        """
        def test_wrong(api):
            assert api.post(NOTES, json={"data": 5}).status_code == 201
        """.replace("\n        ", "\n"),
    )
    assert done.returncode == 1
    assert "What the sandbox was asked" in done.stdout
    assert "because data must be of type object, not integer" in done.stdout
    assert "curl -X POST http://127.0.0.1:4010/monetize360/v1/mobjects/mobject-id/mdata" in done.stdout
    assert "YOUR_API_TOKEN_ENTERPRISE" not in done.stdout.partition("What the sandbox was asked")[2]


def test_a_wrong_marker_is_told(tmp_path: Path) -> None:
    done = run(tmp_path, '\n@pytest.mark.sandbox("docs")\ndef test_it(sandbox):\n    pass\n')
    assert "takes keywords only" in done.stdout


def test_the_server_is_for_other_processes(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        """
        import subprocess, sys
        ASK = '''
        import sys, urllib.request as r
        print(r.urlopen(r.Request(sys.argv[1], headers={"Authorization": sys.argv[2]})).status)
        '''

        def test_served(sandbox, sandbox_server, api):
            api.post(NOTES, json={"data": {"title": "mine"}})
            url = sandbox_server.urls["monetize360"] + NOTES + "?filter=title:eq:mine"
            command = [sys.executable, "-c", ASK, url, AUTH["Authorization"]]
            assert subprocess.run(command, capture_output=True, text=True).stdout == "200\\n"
            assert len(sandbox.exchanges) == 2
        """.replace("\n        ", "\n"),
    )
    assert (done.returncode, "1 passed" in done.stdout) == (0, True), done.stdout + done.stderr


def test_no_socket_is_opened(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        """
        import socket, asyncio

        @pytest.fixture(autouse=True)
        def no_network(monkeypatch):
            def refuse(*_args, **_options):
                raise AssertionError("a socket was opened")
            monkeypatch.setattr(socket.socket, "connect", refuse)
            monkeypatch.setattr(socket.socket, "bind", refuse)
            monkeypatch.setattr(socket, "getaddrinfo", refuse)

        def test_all_ways(sandbox, api):
            assert api.get("/workflows").status_code == 200
            assert sandbox.session().get(sandbox.urls["monetize360"] + "/workflows", headers=AUTH).status_code == 200
            assert sandbox.pool().request("GET", sandbox.urls["monetize360"] + "/workflows", headers=AUTH).status == 200
            api.post("/webhooks", json={"url": "http://127.0.0.1:9/", "events": ["mdata.created"]})
            api.post(NOTES, json={"data": {}})
            assert sandbox.webhooks.one("mdata.created").state == "delivered"
        """.replace("\n        ", "\n"),
    )
    assert (done.returncode, "1 passed" in done.stdout) == (0, True), done.stdout


@pytest.mark.parametrize(
    "unused", ["def test_nothing():\n    import sys\n    assert 'sandbox.kernel' not in sys.modules\n"]
)
def test_it_costs_nothing_where_it_is_not_used(tmp_path: Path, unused: str) -> None:
    (tmp_path / "test_it.py").write_text(unused, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=120)
    assert done.returncode == 0, done.stdout
