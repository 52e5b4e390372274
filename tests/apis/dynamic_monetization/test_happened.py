"""What a clock move tells of sessions (C4.5)."""

from typing import Any

from tests.apis.dynamic_monetization.driver import Driver, item


def told(moved: Any) -> list[tuple[str, Any]]:
    return [(one["type"], one["detail"].get("tokens", one["detail"].get("by"))) for one in moved["happened"]]


def test_a_session_that_has_nothing_left_to_refund_tells_of_no_refund(api: Driver) -> None:
    api.open(item("Photo", "1.0", 20))
    assert told(api.shift("PT1H")) == [("session.ended", "charge")]


def test_a_missed_heartbeat_tells_of_the_whole_refund(api: Driver) -> None:
    api.open(item("Photo", "1.0", 10))
    assert told(api.shift("PT2H")) == [
        ("session.charged", 30),
        ("session.refunded", 30),
        ("session.ended", "heartbeat"),
    ]
