"""``python -m benchmarks.journal``: that what the journals hold never grows past its bound, whatever is sent.

Records 200,000 exchanges in 100 namespaces: bodies of any size up to the limit of a request (as many between 1 and 10
bytes as between 1 and 10 megabytes), and headers as clients send them or as many as are let in. Shows the memory of the
process, against that of the same requests without a journal, and exits
with 1 when the difference is more than the bound of the journals and what an allocator needs besides.
"""

import os
import sys
import time
from collections.abc import Iterator
from random import Random

from benchmarks.machine import resident
from sandbox.kernel.ids import stream
from sandbox.kernel.request import Request, Response
from sandbox.kernel.sandbox import Sandbox, Start
from sandbox.server import build_sandbox
from sandbox.web.passage import BODY_LIMIT, HEADERS_LIMIT

EXCHANGES = 200_000
NAMESPACES = 100
SLACK = 1.3
"""Times the bound that memory may be above what the requests take by themselves."""
_ALONE = 1_000
_LOOK = 500
_MANY = 1_000
"""One in so many requests has as many headers as are let in."""


def main() -> int:
    """The exit status."""
    sandbox = build_sandbox(Start("docs"))
    chance = stream("journal")
    names = [sandbox.create(f"n{number}", sandbox.start).name for number in range(NAMESPACES)]
    alone = max(_memory(exchanges(chance, _ALONE, BODY_LIMIT), 1))
    started = time.perf_counter()
    peak = max(_memory(_recorded(sandbox, names, chance), _LOOK))
    took = time.perf_counter() - started
    ledger = sandbox.ledger
    bound = ledger.size / 1e6
    print(f"exchanges recorded        {EXCHANGES:,} in {NAMESPACES} namespaces, in {took:.0f} s")
    print(f"bound of all journals     {bound:.1f} MB, {ledger.entries:,} exchanges")
    print(
        f"held at the end           {ledger.bytes / 1e6:.1f} MB, {ledger.held:,} exchanges; {ledger.dropped:,} dropped"
    )
    print(f"memory without a journal  {alone:.1f} MB at its highest")
    print(f"memory with it            {peak:.1f} MB at its highest: {(peak - alone) / bound:.2f} times the bound more")
    return int(peak - alone > SLACK * bound)


def _recorded(sandbox: Sandbox, names: list[str], chance: Random) -> Iterator[None]:
    for number, (request, response) in enumerate(exchanges(chance, EXCHANGES, BODY_LIMIT)):
        journal = sandbox.get(chance.choice(names)).journal
        journal.record(number, "monetize360", "createMdata", request, response, 0.05, None)
        yield


def _memory(work: Iterator[object], every: int) -> Iterator[float]:
    """The megabytes of the process now and then while that is done."""
    for number, _ in enumerate(work):
        if number % every == 0:
            yield resident(os.getpid())


def exchanges(chance: Random, count: int, limit: int) -> Iterator[tuple[Request, Response]]:
    """Each made when it is asked for, as a server does; nobody else keeps it."""
    for number in range(count):
        size = int(limit ** chance.random())
        headers = _many() if number % _MANY == 0 else _usual(size)
        answer = [(b"content-type", b"application/json"), *((b"x-%d" % n, b"%d" % number) for n in range(3))]
        path = f"/monetize360/v1/mobjects/mobject-id/mdata/{number}"
        yield Request("PUT", path, "", headers, b"r" * size), Response(200, b"a" * (size // 2), answer)


def _usual(size: int) -> dict[str, str]:
    texts = ("host: 127.0.0.1:4010", "authorization: Bearer YOUR_API_TOKEN", "accept: */*", f"content-length: {size}")
    return dict(text.split(": ") for text in texts)


def _many() -> dict[str, str]:
    return {f"{number:04d}": "v" for number in range(HEADERS_LIMIT // 5)}


if __name__ == "__main__":
    sys.exit(main())
