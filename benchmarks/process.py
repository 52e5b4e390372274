"""A server under test: started on a processor of its own, watched, and ended by its process id."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.machine import SERVER_CORE, pinned, processor_time, resident

START_LIMIT = 60.0
"""Seconds until a server must have given its first good answer."""
_PAUSE = 0.002
_SETTLE = 1.0


def free_port() -> int:
    """A port of the loopback address that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """``with Server(...)``: started, and ready when the block begins.

    ``first`` is the request whose good answer says so; ``cold_start`` the seconds from the start of the process to that
    answer, ``idle`` its memory a second later in MB. Raises RuntimeError with what the process wrote when it ends or
    takes too long.
    """

    def __init__(self, name: str, command: Sequence[str], port: int, first: bytes, folder: Path) -> None:
        self.name = name
        self.port = port
        self.cold_start = 0.0
        self.idle = 0.0
        self._command = command
        self._first = first
        self._log = folder / f"{name}.log"

    def __enter__(self) -> Self:
        environment = os.environ | {"HOME": str(self._log.parent)}
        with self._log.open("wb") as log, pinned(SERVER_CORE):
            started = time.perf_counter()
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=environment
            )
        try:
            self._wait(started)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop()

    @property
    def memory(self) -> float:
        """MB that it holds now."""
        return resident(self._process.pid)

    @property
    def processor_time(self) -> float | None:
        """Seconds of processor that it has used; None where the system does not say."""
        return processor_time(self._process.pid)

    def pause(self) -> None:
        """Take the processor from it, so that nothing of it runs while another server is measured."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it run again."""
        self._process.send_signal(signal.SIGCONT)

    def _wait(self, started: float) -> None:
        while not self._answers():
            if self._process.poll() is not None or time.perf_counter() - started > START_LIMIT:
                said = self._log.read_text(errors="replace")[-2_000:]
                msg = f"{self.name} did not start: {said}"
                raise RuntimeError(msg)
            time.sleep(_PAUSE)
        self.cold_start = time.perf_counter() - started
        time.sleep(_SETTLE)
        self.idle = self.memory

    def _answers(self) -> bool:
        try:
            return ask(self.port, self._first).startswith(b"HTTP/1.1 200")
        except OSError:
            return False

    def _stop(self) -> None:
        self.resume()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def ask(port: int, request: bytes) -> bytes:
    """The whole answer to one request on a connection of its own. Raises OSError."""
    with socket.create_connection(("127.0.0.1", port), timeout=START_LIMIT) as connection:
        connection.sendall(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
        parts = []
        while part := connection.recv(65_536):
            parts.append(part)
        return b"".join(parts)
