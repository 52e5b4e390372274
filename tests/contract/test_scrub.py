import base64
import html
import json
from urllib.parse import quote, unquote

import pytest

from sandbox.contract.scrub import Scrub

SECRET = 'pa/ss "wörd"+&=\\x'
SCRUB = Scrub([SECRET, "sesame-1234"])


@pytest.mark.parametrize(
    "text",
    [
        f"plain {SECRET} text",
        f"https://h/x?v={quote(SECRET, safe='')}&y=1",
        f"https://h/x?v={quote(SECRET)}",
        json.dumps({"any": SECRET}),
        json.dumps({"any": SECRET}, ensure_ascii=False),
        json.dumps({"body": json.dumps({"any": SECRET})}),
        f"<td>{html.escape(SECRET)}</td>",
        *(base64.b64encode(b"x" * before + SECRET.encode() + b"rest").decode() for before in range(6)),
        base64.urlsafe_b64encode(f"id:{SECRET}".encode()).decode(),
    ],
)
def test_known_secrets_leave_every_form(text: str) -> None:
    shown = SCRUB.text(text)
    assert "[redacted]" in shown
    assert SCRUB.known(shown) == shown
    assert SECRET not in html.unescape(unquote(shown))


@pytest.mark.parametrize(
    "text",
    [
        '{"url": "http://h/a", "secret": "swordfish"}',
        '{"SECRET" : "sword\\"swordfish"}',
        '{"serviceID": "swordfish", "userID": "u"}',
        '{"headers": {"Authorization": ["Bearer swordfish"]}}',
        '{"headers": [{"name": "authorization", "value": "Bearer swordfish"}]}',
        json.dumps({"postData": {"text": json.dumps({"password": "swordfish"})}}),
        json.dumps({"a": json.dumps({"b": json.dumps({"secret": 'x"swordfish'})})}),
        "GET /users?limit=1&serviceID=swordfish&x=1",
        "serviceID=swordfish&userID=u",
        "Authorization: Bearer swordfish",
        "curl -H 'Authorization: serviceID swordfish' https://h/x",
        "    Authorization:\n    - Bearer swordfish\n",
        "<pre>{&quot;secret&quot;: &quot;swordfish&quot;}</pre>",
        "-----BEGIN PRIVATE KEY-----\nswordfish\n-----END PRIVATE KEY-----",
        '{"keys": [{"kty": "RSA", "n": "x", "d": "swordfish", "dp":"swordfish"}]}',
        "eyJhbGciOiJFUzI1NiJ9.swordfish.swordfish",
        '{"id": 7, "secret": "swordfish…',
        '{"privateKeyPem": "-----BEGIN RSA PRIVATE KEY-----\\nswordfish…',
        "{'id': 7, 'secret': 'swordfish', 'password': \"it's swordfish\"}",
        "{'id': 7, 'secret': 'swordfish…",
    ],
)
def test_what_stands_under_a_telling_name_is_hidden(text: str) -> None:
    assert "swordfish" not in Scrub().text(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"id": "token-less", "d": "kept", "data": {"kind": "secretary"}, "tokens": 3, "tokenID": "abc"}',
        "curl -H 'authorization: Bearer '\"$CONTRACT_MONETIZE360_TOKEN\" http://127.0.0.1:1/v1/mobjects",
        "GET /users?limit=1&order=score",
    ],
)
def test_the_rest_stays(text: str) -> None:
    assert SCRUB.text(text) == text


def test_the_public_part_of_a_key_stays() -> None:
    key = {"kty": "EC", "crv": "P-256", "x": "public", "d": "private-part"}
    assert json.loads(SCRUB.text(json.dumps({"jwk": key, "d": "kept"}))) == {
        "jwk": key | {"d": "[redacted]"},
        "d": "kept",
    }


def test_a_command_on_a_page_keeps_its_variables_and_loses_its_secrets() -> None:
    scrub = Scrub()
    line = """-H &#x27;Authorization: &#x27;&quot;$FIRST&quot; -H &#x27;Content-Type: application/json&#x27;"""
    assert scrub.text(line) == line
    assert scrub.text("-H &#x27;Authorization: Bearer tell-nobody&#x27; -d") == (
        "-H &#x27;Authorization: Bearer [redacted]&#x27; -d"
    )
    assert "tell-nobody" not in scrub.text("Authorization: &quot;tell-nobody&quot;")
