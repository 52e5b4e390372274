"""Tasks shared among processes: each in one of its own, that ends in time or is ended."""

import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection

from contract_tests.mutants.trying import Task, Tried, attempt
from sandbox.kernel.clock import stopwatch

LONGEST = 180
"""Seconds that a task may take."""
_GRACE = 10
LATE = "it took too long"


@dataclass(frozen=True)
class Done:
    """What became of a task; ``lost`` says why layers are missing, None if none is."""

    task: Task
    tried: tuple[Tried, ...]
    seconds: float
    lost: str | None = None


def work(tasks: Sequence[Task], jobs: int, longest: float = LONGEST) -> Iterator[Done]:
    """All tasks, ``jobs`` at a time, in their order."""
    threads = ThreadPoolExecutor(jobs)
    try:
        yield from threads.map(lambda task: alone(task, longest), tasks)
    finally:
        threads.shutdown(cancel_futures=True)


def alone(task: Task, longest: float) -> Done:
    """One task in a process of its own, which is ended with all that it started when its time is over."""
    spawned = get_context("spawn")
    receiver, sender = spawned.Pipe(duplex=False)
    process = spawned.Process(target=_carry_out, args=(task, sender))
    started = stopwatch()
    process.start()
    sender.close()
    tried, lost = _hear(receiver, started + longest)
    if lost is not None:
        process.terminate()
    process.join(_GRACE)
    process.kill()
    return Done(task, tried, stopwatch() - started, lost)


def _hear(receiver: Connection, until: float) -> tuple[tuple[Tried, ...], str | None]:
    tried: list[Tried] = []
    while receiver.poll(max(0, until - stopwatch())):
        try:
            told = receiver.recv()
        except EOFError:
            return tuple(tried), "its process ended"
        if not isinstance(told, Tried):
            return tuple(tried), told
        tried.append(told)
    return tuple(tried), LATE


def _carry_out(task: Task, sender: Connection) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # an exit ends what runs below, as Schemathesis
    try:
        for tried in attempt(task):
            sender.send(tried)
        sender.send(None)
    except Exception as error:  # noqa: BLE001  # whatever it is, the run goes on and tells it
        sender.send(f"{type(error).__name__}: {error}")
