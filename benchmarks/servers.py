"""The servers that are compared: the sandbox, and each peer that node or java can run here."""

import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from benchmarks.slices import mockoon_environment, page_of, spec_slice, wiremock_stubs
from benchmarks.traffic import Dialect, MockoonDialect, Record

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".node_tools" / "peers"
SCENARIO = Path(__file__).with_name("scenario.yaml")
PACKAGES = {"prism": "@stoplight/prism-cli@5.14.2", "mockoon": "@mockoon/cli@9.9.0", "wiremock": "wiremock@3.13.2"}
_INSTALL = ("npm", "install", "--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error")
_INSTALL_LIMIT = 900.0
_JAR = "wiremock/build/wiremock-standalone-3.13.2.jar"

Prepare = Callable[[Path, Sequence[Record], int], list[str]]
"""From a folder of its own, the records and a port: writes what the server reads, and answers the command."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of server: ``does`` is what it does with a request, ``needs`` the program that runs it.

    ``warm_up`` is in seconds: the load that comes before it is measured takes so long once or several times.
    """

    name: str
    does: str
    dialect: Dialect
    prepare: Prepare
    warm_up: float = 2
    needs: str | None = "node"


def _sandbox(_folder: Path, _records: Sequence[Record], port: int) -> list[str]:
    return sandbox_command(str(SCENARIO), port)


def sandbox_command(scenario: str, port: int) -> list[str]:
    """How the sandbox is served: every default as it is."""
    return [str(Path(sysconfig.get_path("scripts")) / "msandbox"), "serve", "--port", str(port), "--scenario", scenario]


def _without(_folder: Path, _records: Sequence[Record], port: int) -> list[str]:
    options = ["--port", str(port), "--scenario", str(SCENARIO)]
    return [sys.executable, "-m", "benchmarks.overhead", "serve", *options]


def _prism(folder: Path, records: Sequence[Record], port: int) -> list[str]:
    spec = folder / "spec.json"
    spec.write_bytes(orjson.dumps(spec_slice(records, port)))
    script = FOLDER / "node_modules/@stoplight/prism-cli/dist/index.js"
    return ["node", str(script), "mock", "-h", "127.0.0.1", "-p", str(port), "-v", "silent", str(spec)]


def _mockoon(folder: Path, records: Sequence[Record], port: int) -> list[str]:
    environment = folder / "environment.json"
    environment.write_bytes(orjson.dumps(mockoon_environment(records, port)))
    script = FOLDER / "node_modules/@mockoon/cli/bin/run.js"
    options = ["--repair", "--disable-log-to-file", "--max-transaction-logs", "0", "--disable-admin-api"]
    return ["node", str(script), "start", "-d", str(environment), "-p", str(port), "-l", "127.0.0.1", *options]


def _wiremock(folder: Path, records: Sequence[Record], port: int) -> list[str]:
    mappings = folder / "mappings"
    mappings.mkdir()
    (mappings / "records.json").write_bytes(orjson.dumps(wiremock_stubs(records)))
    options = ["--disable-request-logging", "--no-request-journal", "--disable-banner"]
    command = ["java", "-jar", str(FOLDER / "node_modules" / _JAR), "--bind-address", "127.0.0.1"]
    return [*command, "--port", str(port), "--root-dir", str(folder), *options]


def _bare(folder: Path, records: Sequence[Record], port: int) -> list[str]:
    (folder / "record.json").write_bytes(orjson.dumps(records[0]))
    (folder / "page.json").write_bytes(orjson.dumps(page_of(records)))
    return [sys.executable, "-m", "benchmarks.bare", str(folder), str(port)]


SANDBOX = Kind(
    "sandbox",
    "validates, authenticates, counts the rate limit, keeps state and a journal",
    Dialect("/monetize360/v1"),
    _sandbox,
)
PEERS = (
    Kind("prism", "validates; answers the example of its spec, keeps no state", Dialect(""), _prism),
    Kind("wiremock", "matches stubs; answers prepared text, keeps no state", Dialect(""), _wiremock, 8, "java"),
    Kind("mockoon", "keeps state (CRUD route); neither validates nor authenticates", MockoonDialect(""), _mockoon),
    Kind(
        "without",
        "the sandbox itself, with neither journal nor rate limiter",
        Dialect("/monetize360/v1"),
        _without,
        needs=None,
    ),
    Kind(
        "uvicorn", "the ceiling: the sandbox's own web server, answering prepared bytes", Dialect(""), _bare, needs=None
    ),
)


def missing(peer: Kind) -> str | None:
    """Why a peer cannot be run here, None when it can."""
    needed = ("npm", peer.needs) if peer.needs else ()
    absent = [name for name in needed if shutil.which(name) is None]
    return f"{peer.name}: skipped, there is no {' and no '.join(absent)} on this machine" if absent else None


def install(peers: Sequence[Kind]) -> None:
    """Put the peers' packages into an ignored folder, unless they are there. Raises subprocess.SubprocessError."""
    wanted = [PACKAGES[peer.name] for peer in peers if peer.name in PACKAGES]
    done = FOLDER / ".ready"
    if not wanted or (done.exists() and set(wanted) <= set(done.read_text().split())):
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    subprocess.run([*_INSTALL, "--prefix", str(FOLDER), *PACKAGES.values()], check=True, timeout=_INSTALL_LIMIT)
    done.write_text("\n".join(PACKAGES.values()))
