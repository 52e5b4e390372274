"""Tokens, tiers, rate limits and the order of the checks (A1, A3.1, A3.2, A5)."""

from typing import Any

import pytest

from tests.apis.monetize360.driver import NOW, Driver
from tests.client import ENTERPRISE, STANDARD

LIMIT, REMAINING, RESET = "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"
WINDOW_END = "1705314660"  # 2024-01-15T10:31:00Z


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"authorization": ""},
        {"authorization": "Bearer"},
        {"authorization": "Bearer "},
        {"authorization": "Bearer wrong"},
        {"authorization": STANDARD},
        {"authorization": f"Basic {STANDARD}"},
        {"authorization": f"Bearer {STANDARD} more"},
        {"x-api-key": STANDARD},
    ],
)
def test_only_a_known_bearer_token_is_let_in(api: Driver, sent: dict[str, str]) -> None:
    for answer in (
        api.get("/workflows", token=None, headers=sent),
        api.post("/mobjects", b"not json", token=None, headers=sent),
    ):
        assert (answer.status, answer.json["error"]["code"]) == (401, "UNAUTHORIZED")
        assert answer.headers["www-authenticate"] == "Bearer"
        assert not {name for name in answer.headers if name.startswith("x-ratelimit")}


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_not_case_sensitive(api: Driver, scheme: str) -> None:
    assert api.get("/workflows", token=None, headers={"authorization": f"{scheme} {STANDARD}"}).status == 200


@pytest.mark.parametrize(
    ("token", "limit"), [(STANDARD, 100), ("YOUR_API_TOKEN_PREMIUM", 1_000), (ENTERPRISE, 1_000_000)]
)
def test_each_tier_has_its_limit(api: Driver, token: str, limit: int) -> None:
    for used in (1, 2, 3):
        headers = api.get("/workflows", token=token).headers
        assert (headers[LIMIT], headers[REMAINING], headers[RESET]) == (str(limit), str(limit - used), WINDOW_END)


def test_every_answer_to_a_valid_token_says_where_the_limit_stands(api: Driver) -> None:
    answers = [
        api.get("/workflows", token=STANDARD),
        api.get("/workflows/unknown", token=STANDARD),
        api.get("/workflows?limit=0", token=STANDARD),
        api.get("/nothing", token=STANDARD),
        api.delete("/workflows", token=STANDARD),
        api.post("/mobjects", b"{", token=STANDARD),
        api.post("/mobjects", b"{}", token=STANDARD, content_type="text/plain"),
        api.put("/mobjects/plan", {}, token=STANDARD),
        api.post("/mobjects", b" " * (10 * 1_048_576 + 1), token=STANDARD),
    ]
    assert [answer.status for answer in answers] == [200, 404, 400, 404, 405, 400, 415, 403, 413]
    assert [answer.headers[REMAINING] for answer in answers] == [str(99 - number) for number in range(9)]


def test_the_101st_request_of_a_minute_waits_for_the_next(api: Driver) -> None:
    api.shift(20)
    statuses = [api.get("/workflows", token=STANDARD).status for _ in range(100)]
    assert set(statuses) == {200}
    refused = api.get("/workflows", token=STANDARD)
    assert (refused.status, refused.json["error"]["code"]) == (429, "RATE_LIMIT_EXCEEDED")
    assert refused.headers["retry-after"] == "40"
    assert (refused.headers[LIMIT], refused.headers[REMAINING], refused.headers[RESET]) == ("100", "0", WINDOW_END)
    assert "frozen" in refused.json["error"]["message"]
    assert api.post("/mobjects", b"{", token=STANDARD).status == 429
    assert api.get("/workflows", token=ENTERPRISE).status == 200
    api.shift(39.999)
    assert api.get("/workflows", token=STANDARD).headers["retry-after"] == "1"
    api.shift(0.001)
    answer = api.get("/workflows", token=STANDARD)
    assert (answer.status, answer.headers[REMAINING]) == (200, "99")
    assert answer.headers[RESET] == str(int(WINDOW_END) + 60)


def test_a_reset_gives_everything_back(api: Driver) -> None:
    for _ in range(101):
        api.get("/workflows", token=STANDARD)
    api.admin("POST", "/reset")
    assert api.get("/workflows", token=STANDARD).headers[REMAINING] == "99"


def test_checks_come_in_their_order(api: Driver) -> None:
    """404 and 405 of the path, 401, 429, then the request itself, then what it is about (A3.1)."""
    api.lever("PUT", "/tokens/ONCE", {"tier": "enterprise", "limit": 1})

    def status(method: str, path: str, body: Any = None, token: str | None = ENTERPRISE) -> int:
        return api.client(method, f"/monetize360/v1{path}", body, token=token).status

    assert status("GET", "/nothing", token=None) == 404
    assert status("DELETE", "/workflows", token=None) == 405
    assert status("PUT", "/mobjects/plan", b"{", token=None) == 401
    assert status("GET", "/workflows", token="ONCE") == 200
    assert status("PUT", "/mobjects/plan", b"{", token="ONCE") == 429
    assert status("PUT", "/mobjects/plan", b"{") == 400
    assert status("PUT", "/mobjects/unknown", {"type": "x"}) == 400
    assert status("PUT", "/mobjects/plan", {"name": "Other"}) == 403
    assert status("PUT", "/mobjects/unknown", {"name": "Other"}) == 404


def test_a_wrong_method_is_told_what_is_allowed(api: Driver) -> None:
    answer = api.client("PATCH", "/monetize360/v1/mobjects/note")
    assert (answer.status, answer.json["error"]["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert set(answer.headers["allow"].split(", ")) >= {"GET", "PUT", "DELETE"}


def test_every_error_has_the_documented_body(api: Driver) -> None:
    for answer in (
        api.get("/nothing"),
        api.get("/workflows", token=None),
        api.get("/mobjects/unknown"),
        api.put("/mobjects/plan", {}),
        api.post("/mobjects", b"\xff"),
        api.post("/mobjects", b"{}", content_type="text/plain"),
        api.client("PATCH", "/monetize360/v1/mobjects"),
    ):
        assert answer.json.keys() == {"error"}
        assert answer.json["error"].keys() == {"code", "message", "details", "timestamp"}
        assert answer.json["error"]["timestamp"] == NOW
        assert answer.headers["content-type"] == "application/json"
