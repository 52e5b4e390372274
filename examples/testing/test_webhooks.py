"""``sandbox.webhooks`` has every delivery, whether or not anyone would have received it."""

import flask
import httpx

from sandbox.testing import Local

NOTES = "/mobjects/mobject-id/mdata"
HOOK = {"url": "https://your-app.com/webhook", "events": ["mdata.created"], "secret": "hush"}


def test_what_was_delivered(sandbox: Local, api: httpx.Client) -> None:
    api.post("/webhooks", json=HOOK)
    made = api.post(NOTES, json={"data": {"title": "Call back"}}).json()

    delivered = sandbox.webhooks.one("mdata.created")
    assert delivered.json["data"]["id"] == made["id"]
    assert delivered.is_signed_with("hush")


def test_replayed_into_the_receiver(sandbox: Local, api: httpx.Client) -> None:
    app = flask.Flask(__name__)

    @app.post("/webhook")
    def receive() -> tuple[str, int]:
        return flask.request.headers["X-Monetize360-Event"], 200

    api.post("/webhooks", json=HOOK)
    api.post(NOTES, json={"data": {"title": "Call back"}})

    answer = sandbox.webhooks.one("mdata.created").replay(app.test_client())
    assert answer.text == "mdata.created"


def test_a_receiver_that_fails_is_tried_again(sandbox: Local, api: httpx.Client) -> None:
    answers = iter([500, 204])
    sandbox.webhooks.receiver = lambda _url, _headers, _body: next(answers)
    api.post("/webhooks", json=HOOK | {"url": "http://127.0.0.1:9000/webhook"})
    api.post(NOTES, json={"data": {"title": "Call back"}})

    sandbox.clock.shift("PT1M")
    delivered = sandbox.webhooks.one("mdata.created")
    assert [attempt.status for attempt in delivered.attempts] == [500, 204]
    assert delivered.state == "delivered"
