"""A real server in a process of its own, raw requests to it, and a receiver of its webhooks."""

import contextlib
import os
import queue
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Any, NamedTuple

import httpx2
import pytest

from tests.client import ENTERPRISE, M360

PATIENCE = 30.0
"""Real seconds after which a test gives up waiting."""
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nothing here speaks TLS: a client need not load certificates for it."""
COMMAND = [sys.executable, "-c", "from sandbox.cli import main; main()"]


class Server:
    """A running ``msandbox serve``: ``output`` is what it has printed so far, errors included."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.lines: list[str] = []
        self._greeted = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._greeted.wait(PATIENCE) or process.poll() is not None:
            pytest.fail(f"the server did not start:\n{self.output}")
        self.url = next(word for word in self.output.split() if word.startswith("http://"))
        self.port = int(self.url.rpartition(":")[2])

    @property
    def output(self) -> str:
        return "".join(self.lines)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if "control plane" in line:
                self._greeted.set()
        self._greeted.set()

    def end(self, signal: int) -> int:
        """Send the signal; the exit code."""
        self.process.send_signal(signal)
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code

    def api(self, token: str = ENTERPRISE, namespace: str | None = None) -> httpx2.Client:
        """A client of the Monetize360 API and, by absolute paths, of everything else."""
        headers = {"Authorization": f"Bearer {token}"} | ({"X-Sandbox-Namespace": namespace} if namespace else {})
        return httpx2.Client(base_url=self.url, headers=headers, trust_env=False, timeout=PATIENCE, verify=PLAIN)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE)


@contextlib.contextmanager
def serving(*options: str, **environment: str) -> Iterator[Server]:
    """Start the server on a free port; stop it at the end."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MSANDBOX_")}
    arguments = [*COMMAND, "serve", *options] + ([] if "MSANDBOX_PORT" in environment else ["--port", "0"])
    with subprocess.Popen(
        arguments,
        env=inherited | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        try:
            yield Server(process)
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()


def request_bytes(method: str, path: str, body: bytes = b"", *headers: str) -> bytes:
    """A request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {ENTERPRISE}", *headers]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def read_answer(stream: Any) -> tuple[int, bytes]:
    """The next answer of a connection (its buffered reader): status and body."""
    status = int(stream.readline().split()[1])
    length = 0
    for line in iter(stream.readline, b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return status, stream.read(length)


def until(check: Callable[[], Any]) -> Any:
    """Ask again until the answer is truthy."""
    start = monotonic()
    while monotonic() - start < PATIENCE:
        found = check()
        if found:
            return found
    return pytest.fail("waited in vain")


class Received(NamedTuple):
    """One POST that arrived; header names are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """A webhook receiver on loopback: hands out what arrives, answers ``status``, waits for ``gate`` before it does."""

    def __init__(self) -> None:
        self.status = 200
        self.gate = threading.Event()
        self.gate.set()
        self.got: queue.Queue[Received] = queue.Queue()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.put(Received(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                receiver.gate.wait(PATIENCE)
                self.send_response(receiver.status)
                self.send_header("Location", f"{receiver.url}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args: Any) -> None:
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def next(self) -> Received:
        """What arrives next."""
        return self.got.get(timeout=PATIENCE)

    def close(self) -> None:
        self.gate.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(PATIENCE)


MDATA = f"{M360}/mobjects/mobject-id/mdata"
WORKFLOW = f"{M360}/workflows/workflow-id"


def sound(server: Server) -> bool:
    """It still runs, and answers correctly."""
    with server.api() as api:
        answer = api.get(WORKFLOW)
        health = api.get("/health")
    assert server.process.poll() is None
    assert answer.json()["id"] == "workflow-id"
    assert health.json()["status"] == "ok"
    return True
