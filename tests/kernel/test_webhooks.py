from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel import webhooks
from sandbox.kernel.clock import DAY, HOUR, MINUTE, parse_duration
from sandbox.kernel.errors import Invalid
from sandbox.kernel.namespace import Namespace
from sandbox.kernel.targets import ALLOWED, callable_target
from sandbox.kernel.timeline import move
from sandbox.kernel.webhooks import (
    DELIVERIES,
    KEPT,
    RETRIES,
    SUBSCRIPTIONS,
    Delivery,
    Outcome,
    emit,
    settle,
    subscribers,
)
from sandbox.kernel.world import World
from tests.kernel.toys import (
    AGENTS,
    EVENT,
    START,
    TOY,
    accept,
    drive,
    events,
    make_namespace,
    make_world,
    refuse,
    subscribe,
    types,
)

HOOK = "http://127.0.0.1:9/hook"


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost",
        "http://localhost:8080/hook?x=1#y",
        "https://localhost/hook",
        "http://LOCALHOST:1",
        "HTTP://127.0.0.1",
        "http://127.0.0.1:65535/",
        "http://127.9.8.7/",
        "http://localhost./",
        "http://127.0.0.1./",
        "http://[::1]:9",
        "http://[0:0:0:0:0:0:0:1]/",
        "http://user:pass@127.0.0.1/",
        "http://evil.com@127.0.0.1/",
        "http://127.0.0.1?@evil.com",
        "http://127.0.0.1#@evil.com",
        "http://127.0.0.1/@evil.com",
    ],
)
def test_loopback_may_be_called(url: str) -> None:
    assert callable_target(url, [])


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://",
        "http:///hook",
        "127.0.0.1",
        "//127.0.0.1/",
        "localhost:80",
        "http:127.0.0.1",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "unix://localhost",
        "ws://localhost",
        "http+unix://localhost",
        "http://evil.com",
        "http://127.0.0.1@evil.com",
        "http://127.0.0.1:80@evil.com/",
        "http://127.0.0.1%2f@evil.com/",
        "http://127.0.0.1\\@evil.com/",
        "http://localhost.evil.com",
        "http://evil.com/127.0.0.1",
        "http://evil.com?127.0.0.1",
        "http://evil.com#127.0.0.1",
        "http://evil.com#@127.0.0.1/",
        "http://127.0.0.1.nip.io",
        "http://127.0.0.1.evil.com.",
        "http://localhostevil.com",
        "http://notlocalhost",
        "http://0x7f.1",
        "http://0x7f000001",
        "http://2130706433",
        "http://017700000001",
        "http://127.1",
        "http://0.0.0.0",
        "http://[::]",
        "http://[::1",
        "http://::1",
        "http://10.0.0.1",
        "http://192.168.0.1",
        "http://169.254.169.254/latest/meta-data",
        "http://[fe80::1]",
        "http://[fd00::1]",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:-1",
        "http://127.0.0.1:8o",
        "http://\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3",
        "http://127\u30020\u30020\u30021",
        "http://\u0661\u0662\u0667.0.0.1",
        "http://loc\u0430lhost",
        "http://127.0.0.1\t.evil.com",
        "http://127.0.0.1\n.evil.com",
        "http://127.0.0.1 .evil.com",
        "http:// 127.0.0.1",
        "http://.localhost.evil.com",
        "http://%6c%6f%63%61%6c%68%6f%73%74",
    ],
)
def test_nothing_else_is_called(url: str) -> None:
    assert not callable_target(url, [])


@pytest.mark.parametrize(
    ("url", "allowed", "called"),
    [
        ("http://hooks.example.com/", ["hooks.example.com"], True),
        ("https://hooks.example.com/", ["hooks.example.com"], True),
        ("http://hooks.example.com:8080/", ["hooks.example.com"], True),
        ("http://HOOKS.Example.com./", ["hooks.example.com"], True),
        ("http://hooks.example.com/", ["Hooks.EXAMPLE.com."], True),
        ("http://a.hooks.example.com/", ["hooks.example.com"], False),
        ("http://example.com/", ["hooks.example.com"], False),
        ("http://hooks.example.com.evil.com/", ["hooks.example.com"], False),
        ("http://hooks.example.com@evil.com/", ["hooks.example.com"], False),
        ("ftp://hooks.example.com/", ["hooks.example.com"], False),
        ("http://hooks.example.com:8080/", ["hooks.example.com:8080"], True),
        ("http://hooks.example.com:8081/", ["hooks.example.com:8080"], False),
        ("http://hooks.example.com/", ["hooks.example.com:80"], True),
        ("https://hooks.example.com/", ["hooks.example.com:443"], True),
        ("http://hooks.example.com/", ["hooks.example.com:443"], False),
        ("http://hooks.example.com:0/", ["hooks.example.com:80"], False),
        ("http://hooks.example.com/", ["hooks.example.com:None"], False),
        ("http://[2001:db8::1]/", ["[2001:db8::1]"], True),
        ("http://[2001:db8::1]:8080/", ["[2001:db8::1]:8080"], True),
        ("http://[2001:db8::1]:8080/", ["2001:db8::1:8080"], False),
        ("http://10.0.0.1/", ["10.0.0.1"], True),
        ("http://evil.com/", [""], False),
        ("http:///x", [""], False),
    ],
)
def test_hosts_may_be_allowed(url: str, allowed: list[str], called: bool) -> None:  # noqa: FBT001  # a table
    assert callable_target(url, allowed) is called


@given(st.text(max_size=40))
def test_no_text_is_too_strange_to_decide(text: str) -> None:
    for url in (text, f"http://{text}", f"http://{text}@evil.com", f"http://127.0.0.1{text}"):
        assert callable_target(url, ["hooks.example.com"]) in {True, False}


@pytest.mark.parametrize("hosts", [["a b"], [""], [3], ["http://x"], ["x/y"], ["u@x"], ["x#y"], [None], ["x\n"]])
def test_an_allowed_host_must_look_like_one(hosts: list[Any]) -> None:
    with pytest.raises(Invalid, match="is not a host"):
        ALLOWED.accept(hosts)


def test_hosts_and_schedules_as_they_should_be() -> None:
    assert ALLOWED.accept(["hooks.example.com", "hooks.example.com:8080", "[::1]:80"])
    assert RETRIES.accept([]) == []
    assert RETRIES.accept(["PT1M", 5, 0.5, "P1D"])
    assert [parse_duration(wait) for wait in RETRIES.default] == [MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY]


@pytest.mark.parametrize("waits", [["soon"], [-1], ["P401D"], [None], [True], [{}], [1e300], ["PT1S"] * 101])
def test_a_schedule_must_hold_durations_that_end(waits: list[Any]) -> None:
    with pytest.raises(Invalid, match=r"Setting webhooks\.retries"):
        RETRIES.accept(waits)


def send(world: World, text: str = "hello") -> None:
    for target in subscribers(world, TOY, EVENT):
        emit(world, target, EVENT, text.encode())


def deliveries(world: World) -> list[Delivery]:
    return list(world.store.all(DELIVERIES))


def test_an_event_goes_to_whoever_subscribed_to_it() -> None:
    world = make_world()
    subscribe(world, key="one")
    subscribe(world, key="two")
    world.store.put(SUBSCRIPTIONS, "else", webhooks.Subscription("else", TOY, HOOK, ("toy.other",), None, START))
    world.store.put(SUBSCRIPTIONS, "api", webhooks.Subscription("api", "other", HOOK, (EVENT,), None, START))
    send(world)
    assert [(d.id, d.subscription, d.state, d.body) for d in deliveries(world)] == [
        ("1", "one", "pending", b"hello"),
        ("2", "two", "pending", b"hello"),
    ]
    assert world.outbox == ("1", "2")


def test_an_attempt_is_signed_over_what_is_sent() -> None:
    namespace = make_namespace()
    subscribe(namespace.world)
    send(namespace.world, "body")
    (attempt,) = namespace.publish()
    assert (attempt.namespace, attempt.delivery, attempt.url, attempt.body) == ("default", "1", HOOK, b"body")
    assert list(attempt.headers) == [("Content-Type", "application/json"), ("X-Toy", f"shh|{EVENT}|1|4")]


def test_a_target_that_is_never_called_is_recorded_as_blocked() -> None:
    namespace = make_namespace()
    subscribe(namespace.world, "https://your-app.com/webhook")
    send(namespace.world)
    assert namespace.publish() == []
    (delivery,) = deliveries(namespace.world)
    assert (delivery.state, delivery.tried, delivery.next_attempt) == ("blocked", (), None)
    assert types(events(namespace)) == [(0, "webhook.blocked", "1")]


def start(namespace: Namespace) -> None:
    """One event whose first attempt, made at once, fails."""
    subscribe(namespace.world)
    send(namespace.world)
    for attempt in namespace.publish():
        namespace.settle(attempt, Outcome(500))


def test_attempts_follow_the_schedule_until_it_is_exhausted() -> None:
    namespace = make_namespace()
    start(namespace)
    drive(move(namespace, AGENTS, START + 2 * DAY), refuse)
    waits = [0, MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY]
    (delivery,) = deliveries(namespace.world)
    assert [t.at - START for t in delivery.tried] == [sum(waits[: n + 1]) for n in range(6)]
    assert [t.status for t in delivery.tried] == [500, None, None, None, None, None]
    assert [t.outcome for t in delivery.tried] == ["answered 500"] + ["connection refused"] * 5
    assert (delivery.state, delivery.next_attempt, len(namespace.world.agenda)) == ("failed", None, 0)
    assert [event.type for event in events(namespace)] == ["webhook.attempted"] * 5 + ["webhook.failed"]


def test_a_receiver_that_comes_back_gets_the_event() -> None:
    namespace = make_namespace()
    start(namespace)
    answers = iter([Outcome(503), Outcome(204)])
    drive(move(namespace, AGENTS, START + DAY), lambda _: next(answers))
    (delivery,) = deliveries(namespace.world)
    assert (delivery.state, delivery.next_attempt, len(namespace.world.agenda)) == ("delivered", None, 0)
    assert [t.status for t in delivery.tried] == [500, 503, 204]


@pytest.mark.parametrize(("status", "delivered"), [(199, False), (200, True), (299, True), (300, False), (302, False)])
def test_only_the_2xx_class_is_a_success(status: int, delivered: bool) -> None:  # noqa: FBT001  # a table
    assert Outcome(status).delivered is delivered


def test_between_attempts_a_delivery_says_when_the_next_one_is() -> None:
    namespace = make_namespace()
    start(namespace)
    (delivery,) = deliveries(namespace.world)
    assert (delivery.state, delivery.next_attempt) == ("pending", START + MINUTE)


def test_an_allow_list_that_shrinks_blocks_the_next_attempt() -> None:
    namespace = make_namespace()
    world = namespace.world
    world.settings = world.settings.set(ALLOWED.name, ["hooks.example.com"])
    subscribe(world, "https://hooks.example.com/")
    send(world)
    (attempt,) = namespace.publish()
    namespace.settle(attempt, refuse(attempt))
    world.settings = world.settings.delete(ALLOWED.name)
    drive(move(namespace, AGENTS, START + DAY), accept)
    (delivery,) = deliveries(world)
    assert (delivery.state, len(delivery.tried), delivery.next_attempt) == ("blocked", 1, None)
    assert types(events(namespace))[-1] == (MINUTE, "webhook.blocked", "1")


def test_a_schedule_that_shrinks_ends_the_delivery() -> None:
    namespace = make_namespace()
    start(namespace)
    namespace.world.settings = namespace.world.settings.set(RETRIES.name, [])
    drive(move(namespace, AGENTS, START + DAY), refuse)
    assert deliveries(namespace.world)[0].state == "failed"


def test_a_delivery_survives_its_subscription() -> None:
    namespace = make_namespace()
    start(namespace)
    namespace.world.store.delete(SUBSCRIPTIONS, "s1")
    drive(move(namespace, AGENTS, START + DAY), accept)
    assert deliveries(namespace.world)[0].state == "delivered"


@pytest.mark.parametrize("outcome", [Outcome(200), Outcome(500)])
def test_an_outcome_is_booked_once(outcome: Outcome) -> None:
    namespace = make_namespace()
    start(namespace)
    drive(move(namespace, AGENTS, START + MINUTE), accept)
    kept = namespace.world.snapshot()
    settle(namespace.world, "1", outcome)
    settle(namespace.world, "99", outcome)
    assert namespace.world.snapshot() == kept


def test_an_attempt_at_a_delivery_that_is_gone_is_no_attempt() -> None:
    namespace = make_namespace()
    start(namespace)
    namespace.world.store.delete(DELIVERIES, "1")
    drive(move(namespace, AGENTS, START + DAY), accept)
    assert deliveries(namespace.world) == []


def test_the_oldest_finished_deliveries_are_forgotten() -> None:
    world = make_world()
    subscribe(world, "https://your-app.com/")
    for _ in range(KEPT + 1_000):
        send(world)
        world.happened.clear()
    kept = deliveries(world)
    assert KEPT <= len(kept) <= KEPT + 100
    assert [int(d.id) for d in kept] == list(range(KEPT + 1_001 - len(kept), KEPT + 1_001))


def test_large_bodies_are_not_kept_without_end() -> None:
    world = make_world()
    subscribe(world, "https://your-app.com/")
    for _ in range(80):
        send(world, "x" * 1_048_576)
    assert [int(d.id) for d in deliveries(world)] == list(range(17, 81))


def test_pending_deliveries_are_never_forgotten() -> None:
    world = make_world()
    subscribe(world)
    send(world)
    world.store.delete(SUBSCRIPTIONS, "s1")
    subscribe(world, "https://your-app.com/")
    for _ in range(KEPT + 500):
        send(world)
        world.happened.clear()
    assert deliveries(world)[0].id == "1"
    assert len(deliveries(world)) <= KEPT + 100
