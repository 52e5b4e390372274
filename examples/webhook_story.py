"""A webhook, a receiver that is down for a day, and a clock that makes the day pass at once.

    msandbox exec -- python examples/webhook_story.py

Everything happens in a namespace of its own, so it may as well be run beside a sandbox that is in use
(``eval "$(msandbox env)"`` first).
"""

import hmac
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from socket import create_server

import httpx2

from sandbox.client import Control

SECRET = "a secret that both sides know"  # noqa: S105  # of an example


def main() -> None:
    """Tell the story, step by step."""
    address = os.environ.get("MSANDBOX_URL", "http://127.0.0.1:4010")
    with Control(address) as sandbox:
        made = sandbox.namespaces.create("webhook-story", scenario="docs", clock="2024-01-15T10:30:00Z")
    try:
        token = made["credentials"]["monetize360"]["tokens"][0]["token"]
        with (
            Control(address, namespace="webhook-story") as sandbox,
            httpx2.Client(
                base_url=made["urls"]["monetize360"],
                headers={"Authorization": f"Bearer {token}"},
                trust_env=False,
            ) as api,
        ):
            tell(sandbox, api)
    finally:
        with Control(address) as sandbox:
            sandbox.namespaces.delete("webhook-story")


def tell(sandbox: Control, api: httpx2.Client) -> None:
    """The story: ``api`` is what an integration talks to, ``sandbox`` what a test does to the world around it."""
    port = free_port()

    print("1. Subscribe, with nobody listening at the address.")
    hook = {"url": f"http://127.0.0.1:{port}/hook", "events": ["mdata.created"], "secret": SECRET}
    subscribed = api.post("/webhooks", json=hook)
    print(f"   {subscribed.status_code}, webhook {subscribed.json()['id']}")

    print("2. Create a record. The first attempt to tell of it fails at once.")
    record = api.post("/mobjects/mobject-id/mdata", json={"data": {"name": "Ada"}})
    print(f"   {record.status_code}, record {record.json()['id']}")

    print("3. Let a day pass. What falls due on the way happens on the way, each at its own instant.")
    moved = sandbox.clock.shift("P1D")
    print(f"   {moved['from']} -> {moved['to']}")
    waiting = sandbox.webhooks.list_deliveries()["deliveries"][0]
    for attempt in waiting["attempts"]:
        print(f"   {attempt['at']}  {attempt['outcome']}")
    print(f"   {waiting['state']}, to be tried again at {waiting['nextAttempt']}")

    print("4. The receiver comes up. Go on to the next attempt, however far that is.")
    with receiver(port) as received:
        sandbox.clock.advance("until:webhook.delivered")
    headers, body = received[0]
    print(f"   it is {sandbox.clock.get()['now']}; received {body.decode()}")

    print("5. Check the signature, as an integration must.")
    expected = "sha256=" + hmac.new(SECRET.encode(), body, "sha256").hexdigest()
    genuine = hmac.compare_digest(headers["X-Monetize360-Signature"], expected)
    print(f"   {headers['X-Monetize360-Signature']}: {'genuine' if genuine else 'FORGED'}")

    print("6. The evidence: the delivery, and the request that led to it.")
    delivered = sandbox.webhooks.get_delivery(waiting["id"])
    print(f"   delivery {delivered['id']} is {delivered['state']} after {len(delivered['attempts'])} attempts")
    asked = sandbox.journal.list_requests(operation_id="createMdata")["requests"][0]
    told = sandbox.journal.explain_request(asked["id"])
    print(f"   request {asked['id']}: {asked['method']} {asked['path']} -> {asked['status']}")
    print(f"   {told['curl']}")


def free_port() -> int:
    """One that nobody listens on."""
    with create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def receiver(port: int) -> Iterator[list[tuple[dict[str, str], bytes]]]:
    """Listens while the block runs; the list holds what arrived."""
    received: list[tuple[dict[str, str], bytes]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", port), Hook) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield received
        finally:
            server.shutdown()
            thread.join()


if __name__ == "__main__":
    main()
