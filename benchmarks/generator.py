"""Load generators: wrk where it is installed, otherwise sockets driven from here. Both keep 32 connections busy."""

import contextlib
import gc
import json
import re
import resource
import select
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import LOAD_CORE, pinned
from benchmarks.traffic import Load

CONNECTIONS = 32
WRK = shutil.which("wrk")
NAME = "wrk -t1" if WRK else "the built-in generator (wrk is not installed; on Debian: apt-get install wrk)"
_BUSY = 0.95
"""Share of its processor above which the generator is at its limit."""
_BROKEN = 0.001
"""For each answer, how many connections a server may close under load."""
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of a load: ``rate`` in requests a second, ``p50`` and ``p99`` in ms.

    ``limited`` when the generator had no processor time to spare, so that the server may be faster than this.
    """

    rate: float
    seconds: float
    p50: float
    p99: float
    limited: bool


class Traffic:
    """Sends loads to servers; running numbers go on from one run to the next, so that none is sent twice."""

    def __init__(self) -> None:
        self._sent = 0

    def run(self, load: Load, port: int, seconds: float) -> Measured:
        """Keep a server busy for a while. Raises RuntimeError when it answers otherwise than it should."""
        with pinned(LOAD_CORE):
            measured, count = (_run_wrk if WRK else _run_sockets)(load, port, seconds, self._sent)
        self._sent += count
        return measured


def _run_wrk(load: Load, port: int, seconds: float, first: int) -> tuple[Measured, int]:
    command = [
        str(WRK),
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{max(1, round(seconds))}s",
        "-s",
        str(Path(__file__).with_name("wrk.lua")),
    ]
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"".join(b"%s\x1f%s\x1e" % parts for parts in load.requests))
        file.flush()
        before = _children_time()
        command += [f"http://127.0.0.1:{port}/", "--", file.name, str(first)]
        said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60)
    told = json.loads(said.stdout.splitlines()[-1])
    lasted = told["microseconds"] / 1e6
    _demand_good(load, told["requests"], told["bad"], told["broken"])
    limited = _children_time() - before > _BUSY * lasted
    return Measured(told["requests"] / lasted, lasted, told["p50"] / 1e3, told["p99"] / 1e3, limited), told["requests"]


def _children_time() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _demand_good(load: Load, answered: int, bad: int, broken: int) -> None:
    if bad or broken > max(CONNECTIONS, _BROKEN * answered) or not answered:
        msg = f"{load.name}: {answered} answers, {bad} with a wrong status, {broken} broken connections"
        raise RuntimeError(msg)


class _Connection:
    """One request under way at a time."""

    __slots__ = ("answer", "sent", "socket")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answer = b""
        self.sent = 0

    def send(self, request: bytes) -> None:
        self.answer = b""
        self.sent = time.perf_counter_ns()
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Whether the answer is complete now. Raises ConnectionError when the server hung up."""
        part = self.socket.recv(262_144)
        if not part:
            msg = "the server closed the connection"
            raise ConnectionError(msg)
        self.answer = answer = self.answer + part if self.answer else part
        end = answer.find(b"\r\n\r\n")
        if end < 0:
            return False
        length = _LENGTH.search(answer, 0, end)
        return answer.endswith(b"0\r\n\r\n") if length is None else len(answer) - end - 4 >= int(length[1])


def _run_sockets(load: Load, port: int, seconds: float, first: int) -> tuple[Measured, int]:
    with contextlib.ExitStack() as stack:
        connections = {}
        for _ in range(CONNECTIONS):
            connection = _Connection(port)
            stack.callback(connection.socket.close)
            connections[connection.socket.fileno()] = connection
        gc.collect()
        gc.disable()
        stack.callback(gc.enable)
        return _drive(load, connections, seconds, first)


def _drive(load: Load, connections: dict[int, _Connection], seconds: float, first: int) -> tuple[Measured, int]:
    """Answer after answer, each followed by the next request on its connection."""
    number, bad, times = first, 0, []
    wanted = b"HTTP/1.1 %d" % load.status
    poll = select.poll()
    for descriptor, connection in connections.items():
        poll.register(descriptor, select.POLLIN)
        connection.send(load.request(number))
        number += 1
    used, started = time.process_time(), time.perf_counter_ns()
    now, end = started, started + int(seconds * 1e9)
    while now < end:
        for descriptor, _ in poll.poll(1_000):
            connection = connections[descriptor]
            if connection.receive():
                now = time.perf_counter_ns()
                times.append(now - connection.sent)
                bad += not connection.answer.startswith(wanted)
                connection.send(load.request(number))
                number += 1
        now = time.perf_counter_ns()
    lasted = (now - started) / 1e9
    _demand_good(load, len(times), bad, 0)
    times.sort()
    p50, p99 = (times[int(len(times) * share)] / 1e6 for share in (0.5, 0.99))
    limited = time.process_time() - used > _BUSY * lasted
    return Measured(len(times) / lasted, lasted, p50, p99, limited), number - first
