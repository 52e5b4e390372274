"""/metrics in Prometheus' text format, and what /health tells of the process."""

import platform
import re

from sandbox import assets
from sandbox.kernel.webhooks import Attempt, Outcome
from tests.apis.monetize360.driver import Driver
from tests.client import Client, make_client_of

SAMPLE = re.compile(r'(msandbox_[a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+)\})? (\S+)')
EMPTY = """
title: Nothing
clock: 2024-01-15T10:30:00Z
monetize360: {tokens: [{token: YOUR_API_TOKEN_ENTERPRISE, tier: enterprise}]}
"""


def scrape(client: Client) -> dict[str, float]:
    """Every sample by its name and labels as written; each metric is described and typed once, before its samples."""
    answer = client.get("/metrics", token=None)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    text = answer.body.decode()
    assert text.endswith("\n")
    found: dict[str, float] = {}
    families: list[str] = []
    for line in text.splitlines():
        if line.startswith("# HELP "):
            families.append(line.split(" ")[2])
        elif line.startswith("# TYPE "):
            assert line.split(" ")[2] == families[-1]
            assert line.split(" ")[3] in {"counter", "gauge", "histogram"}
        else:
            sample = SAMPLE.fullmatch(line)
            assert sample, line
            assert sample[1].startswith(families[-1])
            name = line.rpartition(" ")[0]
            assert name not in found
            found[name] = float(sample[3])
    assert len(set(families)) == len(families)
    return found


def test_requests_are_counted_by_operation_and_status() -> None:
    client = make_client_of(EMPTY)
    for _ in range(3):
        client.get("/monetize360/v1/workflows")
    client.get("/monetize360/v1/workflows", token=None)
    client.get("/monetize360/v1/nothing")
    client.get("/__admin/clock")
    found = scrape(client)
    counted = {name: value for name, value in found.items() if name.startswith("msandbox_requests_total")}
    assert counted == {
        'msandbox_requests_total{api="monetize360",operation="listWorkflows",status="200"}': 3,
        'msandbox_requests_total{api="monetize360",operation="listWorkflows",status="401"}': 1,
        'msandbox_requests_total{api="monetize360",operation="",status="404"}': 1,
    }
    assert found["msandbox_journal_entries"] == 5
    assert found["msandbox_journal_bytes"] == client.sandbox.ledger.bytes > 0
    assert found["msandbox_namespaces"] == 1
    assert found["msandbox_uptime_seconds"] > 0


def test_durations_are_a_histogram() -> None:
    client = make_client_of(EMPTY)
    for _ in range(4):
        client.get("/monetize360/v1/workflows")
    client.get("/monetize360/v1/workflows", token=None)
    found = scrape(client)
    labels = 'api="monetize360",operation="listWorkflows"'
    buckets = [value for name, value in found.items() if f"bucket{{{labels}" in name]
    assert buckets == sorted(buckets)
    assert buckets[-1] == found[f"msandbox_request_duration_seconds_count{{{labels}}}"] == 5
    took = sum(exchange.duration for exchange in client.sandbox.get("default").journal)
    assert abs(found[f"msandbox_request_duration_seconds_sum{{{labels}}}"] - took / 1_000) < 1e-9


def test_counts_outlive_the_exchanges(api: Driver) -> None:
    name = 'msandbox_requests_total{api="monetize360",operation="listWorkflows",status="200"}'
    before = scrape(api.client).get(name, 0)
    api.get("/workflows")
    api.admin("POST", "/reset")
    assert scrape(api.client)[name] == before + 1
    assert scrape(api.client)["msandbox_journal_entries"] == 0


def test_webhook_attempts_are_counted_by_how_they_ended() -> None:
    client = make_client_of(EMPTY)
    api = Driver(client)
    outcomes = iter([Outcome(None, "down"), Outcome(500), Outcome(204)])

    def receive(_attempt: Attempt) -> Outcome:
        return next(outcomes)

    client.receiver = receive
    api.subscribe("mdata.created")
    api.record(api.mobject(), k=1)
    assert scrape(client)["msandbox_agenda_items"] == 1
    api.shift("P1D")
    found = scrape(client)
    assert [
        found[f'msandbox_webhook_attempts_total{{outcome="{o}"}}'] for o in ("delivered", "refused", "unanswered")
    ] == [
        1,
        1,
        1,
    ]


def test_health_tells_versions_and_uptime(api: Driver) -> None:
    first, second = (api.client.get("/health").json for _ in range(2))
    assert 0 < first.pop("uptimeSeconds") <= second.pop("uptimeSeconds")
    assert first == second
    apis = {name: str(assets.spec(name)["info"]["version"]) for name in first["apis"]}  # type: ignore[index]  # an object
    assert first["versions"] == {"python": platform.python_version(), **apis}
