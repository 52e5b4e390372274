"""What a failed test shows of its requests, and that it can be asked again."""

import shlex
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from sandbox.testing.local import Local, open_local
from sandbox.testing.report import told

AUTH = {"Authorization": "Bearer YOUR_API_TOKEN_ENTERPRISE"}
PLACE = "/monetize360/v1/mobjects/mobject-id/mdata"


@pytest.fixture
def local() -> Iterator[Local]:
    with open_local() as one:
        yield one


def ask(local: Local, method: str, url: str, body: Any = None) -> int:
    return local.handle(method, url, AUTH, b"" if body is None else orjson.dumps(body)).status


def test_nothing_was_asked(local: Local) -> None:
    assert told(local) == "nothing"


def test_secrets_are_variables(local: Local) -> None:
    hook = {"url": "http://127.0.0.1:9/", "events": ["mdata.created"], "secret": "hush"}
    assert ask(local, "POST", "http://sandbox.test/monetize360/v1/webhooks?secret=hush&a=1", hook) == 201
    text = told(local)
    assert text.startswith("POST /monetize360/v1/webhooks?secret=[redacted]&a=1 → 201\n")
    assert "hush" not in text
    assert "ENTERPRISE" not in text
    assert "'authorization: Bearer '\"$TOKEN\"" in text
    assert '"$SECRET"' in text


def test_the_line_is_for_another_sandbox_and_whole(local: Local) -> None:
    """It names neither this namespace nor a host of ours, and no body is cut."""
    body = {"data": {"title": "it's " + "long" * 500}}
    assert ask(local, "POST", f"http://127.0.0.1:5123{PLACE}", body) == 201
    line = told(local).rpartition("\n")[2]
    words = shlex.split(line)
    assert words[:4] == ["curl", "-X", "POST", f"http://127.0.0.1:4010{PLACE}"]
    assert [word.partition(":")[0] for word in words if ": " in word] == ["authorization"]
    assert orjson.loads(words[-1]) == body


def test_a_vendors_host_stays(local: Local) -> None:
    assert ask(local, "GET", "https://api.monetize360.com/v1/workflows") == 200
    line = told(local).rpartition("\n")[2]
    assert shlex.split(line)[1:4] == ["http://127.0.0.1:4010/v1/workflows", "-H", "host: api.monetize360.com"]


def test_the_newest_are_told(local: Local) -> None:
    for number in range(25):
        ask(local, "GET", f"http://sandbox.test/monetize360/v1/workflows?limit={number + 1}")
    heads = [block.partition("\n")[0] for block in told(local).split("\n\n")]
    assert [head.partition("=")[2] for head in heads] == [f"{number} → 200" for number in range(6, 26)]
