"""A small webhook receiver on this machine."""

from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread

from sandbox.contract.targets import Delivered
from sandbox.kernel.clock import stopwatch

QUIET = 0.4
"""Seconds without a delivery after which none is expected."""
LONGEST = 5.0
_LARGEST = 10 * 1_048_576


class Receiver:
    """Listens on a free port of 127.0.0.1, and answers everything with 200.

    Each sequence has a URL of its own, so that what earlier ones subscribed is not taken for its.
    """

    def __init__(self) -> None:
        self._arrived = Condition()
        self._all: list[Delivered] = []
        self._sequence = 0
        self._subscribed = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._root = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where webhooks of the present sequence go; paths follow it."""
        return f"{self._root}/{self._sequence}"

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def begin(self) -> None:
        """Forget what came, and go to another URL."""
        with self._arrived:
            self._all.clear()
            self._sequence += 1
            self._subscribed = False

    def notice(self, body: bytes) -> None:
        """See whether a request tells the target to call here."""
        self._subscribed = self._subscribed or self._root.encode() in body

    def settled(self, quiet: float = QUIET) -> Sequence[Delivered]:
        """What came to the present sequence, in order, once nothing came for ``quiet`` seconds."""
        end = stopwatch() + LONGEST
        with self._arrived:
            count = -1 if self._subscribed else len(self._all)
            while count != len(self._all) and stopwatch() < end:
                count = len(self._all)
                self._arrived.wait_for(lambda seen=count: len(self._all) != seen, quiet)  # type: ignore[misc]  # a lambda with a default
            return list(self._all)

    def take(self, path: str, headers: dict[str, str], body: bytes) -> None:
        """Keep a delivery if it is for the present sequence."""
        with self._arrived:
            if path.startswith(f"/{self._sequence}/") or path == f"/{self._sequence}":
                self._all.append(Delivered(self._root + path, headers, body))
                self._arrived.notify_all()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        return type("_Handler", (_Handler,), {"receiver": self})


class _Handler(BaseHTTPRequestHandler):
    """Takes one delivery."""

    receiver: Receiver
    protocol_version = "HTTP/1.1"
    timeout = 10

    def do_POST(self) -> None:
        """Take it, and say so."""
        length = min(int(self.headers.get("content-length") or 0), _LARGEST)
        body = self.rfile.read(length)
        self.receiver.take(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is the library's
        """Nothing is told."""
