"""What the journal tells of the exchanges, and what it never shows."""

import orjson
import pytest

from sandbox.kernel.sandbox import DEFAULT
from tests.client import ENTERPRISE, M360, Client, make_client_of
from tests.web.scenarios import SMALL


@pytest.fixture
def client() -> Client:
    return make_client_of(SMALL)


class TestJournal:
    def test_it_tells_what_was_asked_answered_and_why(self, client: Client) -> None:
        client.post(f"{M360}/mobjects/customers/mdata?x=1", {"data": {"name": "Cyd"}}, headers={"x-mine": "yes"})
        client.get(f"{M360}/nowhere")
        client.get("/__admin/clock")
        client("OPTIONS", f"{M360}/workflows")
        found = client.get("/__admin/requests").json["requests"]
        assert [entry["status"] for entry in found] == [400, 404, 204]
        first = found[0]
        assert (first["api"], first["operationId"], first["namespace"]) == ("monetize360", "createMdata", DEFAULT)
        assert (first["method"], first["path"]) == ("POST", f"{M360}/mobjects/customers/mdata?x=1")
        assert first["at"] == "2024-01-15T10:30:00Z"
        assert first["durationMs"] > 0
        assert orjson.loads(first["request"]["body"]) == {"data": {"name": "Cyd"}}
        assert first["request"]["headers"]["x-mine"] == "yes"
        assert orjson.loads(first["response"]["body"])["error"]["details"]["field"] == "email"
        assert first["response"]["headers"]["x-ratelimit-limit"] == "1000000"
        assert first["reason"] == "email is required"
        assert found[1]["operationId"] is None

    @pytest.mark.parametrize(
        "body",
        [
            b'{"url":"https://x.example","events":["mdata.created"],"secret":"hush-hush"}',
            b'{"secret" : "hush-hush", "url":"https://x.example","events":["mdata.created"]}',
            b'{"url":"https://x.example","events":["mdata.created"],"secret":"\\"hush-hush"}',
            b'{"s\\u0065cret":"hush-hush","url":"https://x.example","events":["mdata.created"]}',
            b'{"url":"https://x.example","events":["nonsense"],"secret":"hush-hush"}',
            b'{"url":"https://x.example","secret":["hush-hush"]}',
            b'{"secret":"hush-hush',
        ],
    )
    def test_secrets_are_not_in_it(self, client: Client, body: bytes) -> None:
        client.post(f"{M360}/webhooks", body, headers={"cookie": "hush-hush"})
        text = client.get("/__admin/requests").body
        assert b"hush-hush" not in text
        assert ENTERPRISE.encode() not in text
        assert b"[redacted]" in text

    def test_the_token_of_a_stranger_is_not_in_it_either(self, client: Client) -> None:
        client.get(f"{M360}/workflows", token="hush-hush")
        assert b"hush-hush" not in client.get("/__admin/requests").body

    def test_it_filters_and_pages(self, client: Client) -> None:
        for number in range(5):
            client.get(f"{M360}/workflows/{'slow' if number % 2 else 'unknown'}")
        assert len(client.get("/__admin/requests?status=404").json["requests"]) == 3
        assert client.get("/__admin/requests?operationId=listWorkflows").json["requests"] == []
        page = client.get("/__admin/requests?limit=2").json
        assert [entry["id"] for entry in page["requests"]] == [1, 2]
        rest = client.get(f"/__admin/requests?after={page['cursor']}").json
        assert ([entry["id"] for entry in rest["requests"]], rest["cursor"]) == ([3, 4, 5], None)
