from dataclasses import replace

import pytest

from sandbox.contract.calls import session
from sandbox.contract.guard import Guard
from sandbox.contract.ledger import Ledger
from sandbox.contract.permission import Mode, decide, is_loopback
from sandbox.contract.targets import Refused
from tests.contract.plain import CREATIONS, CREDENTIALS, FOREIGN, PREFIX, Plain

ALL = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY")


def make(url: str, mode: Mode = "own", ledger: Ledger | None = None, *, permanent: bool = False) -> Guard:
    return Guard(
        "monetize360", url, mode, permanent=permanent, ledger=ledger, credentials=CREDENTIALS, creations=CREATIONS
    )


def test_read_only_lets_nothing_but_safe_methods_arrive(server: Plain) -> None:
    guard = make(server.url, "read-only")
    with session(guard) as through:
        for method in ALL:
            for path in ("/mobjects", f"/mobjects/{FOREIGN}", "/elsewhere"):
                try:
                    through.request(method, server.url + path, json={"name": "x"})
                except Refused:
                    assert method not in {"GET", "HEAD", "OPTIONS"}
    assert server.methods == {"GET": 3, "HEAD": 3, "OPTIONS": 3}
    assert guard.permitted == guard.budget.used == 9
    assert len(guard.refused) == 18
    assert f"DELETE {server.url}/mobjects/{FOREIGN}: the target is read-only" in guard.refused


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/v1/mobjects",
        "http://localhost:PORT/v1/mobjects",
        "https://127.0.0.1:PORT/v1/mobjects",
        "http://127.0.0.1:PORT@example.com/v1/mobjects",
        "http://user:x@127.0.0.1:PORT/v1/mobjects",
        "http://example.com\\@127.0.0.1:PORT/v1/mobjects",
        "http://127.0.0.1:PORT/v2/mobjects",
        "http://127.0.0.1:PORT/v10/mobjects",
        "http://127.0.0.1:PORT/v1/../admin",
        "http://127.0.0.1:PORT/v1/%2e%2e/admin",
        "http://127.0.0.1:PORT/v1/%252e%252e/admin",
        "http://127.0.0.1:PORT/v1/..;a=b/admin",
        "http://127.0.0.1:PORT/v1/x%2f..%2f..%2fadmin",
        "http://127.0.0.1:PORT/v1/x%5c..%5cadmin",
    ],
)
def test_other_places_are_refused_in_every_mode(server: Plain, url: str) -> None:
    url = url.replace("PORT", server.url.rpartition(":")[2].partition("/")[0])
    for mode in ("read-only", "own", "any"):
        with pytest.raises(Refused, match="only what is below"):
            make(server.url, mode).permit("GET", url)


def test_a_redirect_to_elsewhere_is_not_followed(server: Plain) -> None:
    server.turns = [(307, {"location": server.url.replace("/v1", "/admin")})]
    with session(make(server.url, "read-only")) as through, pytest.raises(Refused, match="only what is below"):
        through.get(f"{server.url}/mobjects")
    assert len(server.asked) == 1


def test_a_header_cannot_make_it_another_method(server: Plain) -> None:
    with pytest.raises(Refused, match="another method"):
        make(server.url).permit("GET", f"{server.url}/mobjects", {"X-HTTP-Method-Override": "DELETE"})


def test_only_what_the_run_made_is_changed_or_deleted(server: Plain, ledger: Ledger) -> None:
    guard = make(server.url, ledger=ledger)
    with session(guard) as through:
        new = through.post(f"{server.url}/mobjects", json={"name": f"{PREFIX}x"}).json()["id"]
        record = through.post(f"{server.url}/mobjects/{new}/mdata", json={}).json()["id"]
        bulk = through.post(f"{server.url}/mobjects/{new}/mdata/bulk", json={"data": [{}, {}]}).json()
        for method in ("PUT", "DELETE"):
            with pytest.raises(Refused, match=f"mobjectId {FOREIGN} is not the run's own"):
                through.request(method, f"{server.url}/mobjects/{FOREIGN}", json={})
        with pytest.raises(Refused, match="not the run's own"):
            through.post(f"{server.url}/mobjects/{FOREIGN}/mdata", json={})
        for one in (record, *(made["id"] for made in bulk["data"])):
            assert through.delete(f"{server.url}/mobjects/{new}/mdata/{one}").ok
        assert through.delete(f"{server.url}/mobjects/{new}").ok
    assert list(server.held) == [f"/mobjects/{FOREIGN}"]
    assert ledger.open == 0


def test_ids_that_no_server_draws_may_be_asked_for(server: Plain, ledger: Ledger) -> None:
    guard = make(server.url, ledger=ledger)
    for one in ("00000000-0000-4000-8000-00000000dead", f"{PREFIX}nothing"):
        guard.permit("DELETE", f"{server.url}/mobjects/{one}")


def test_what_cannot_be_deleted_again_needs_more(server: Plain, ledger: Ledger) -> None:
    for path in ("/webhooks", f"/workflows/{PREFIX}x/execute"):
        with pytest.raises(Refused, match="never be deleted"):
            make(server.url, ledger=ledger).permit("POST", server.url + path)
        make(server.url, ledger=ledger, permanent=True).permit("POST", server.url + path)
    nothing = "00000000-0000-4000-8000-000000000000"
    make(server.url, ledger=ledger).permit("POST", f"{server.url}/workflows/{nothing}/execute")
    with pytest.raises(Refused, match="read-only"):
        make(server.url, "read-only").permit("POST", f"{server.url}/workflows/{nothing}/execute")
    assert make(server.url, ledger=ledger).of_nothing() == {"executeWorkflow"}
    assert not make(server.url, ledger=ledger, permanent=True).of_nothing()
    assert make(server.url, ledger=ledger).never() == {"createWebhook", "executeWorkflow"}
    assert not make(server.url, ledger=ledger, permanent=True).never()
    assert "deleteMobject" in make(server.url, "read-only").never()


def test_what_cannot_be_deleted_again_is_made_below_the_runs_own_only(server: Plain, ledger: Ledger) -> None:
    path, own = f"/workflows/{FOREIGN}", "3f0e8f2a-7a43-4b52-9d0a-000000000002"
    guard = make(server.url, ledger=ledger, permanent=True)
    server.held[path] = {"id": FOREIGN, "name": f"Save precious-{PREFIX}"}
    server.held[f"/workflows/{own}"] = {"id": own, "name": f"Save {PREFIX}x"}
    with session(guard) as through:
        for one in (FOREIGN, own):
            with pytest.raises(Refused, match=f"workflowId {one} is not the run's own"):
                through.post(f"{server.url}/workflows/{one}/execute", json={})
        through.get(f"{server.url}/workflows")
        ledger.reload()
        assert through.post(f"{server.url}/workflows/{own}/execute", json={}).ok
        with pytest.raises(Refused, match="not the run's own"):
            through.post(f"{server.url}/workflows/{FOREIGN}/execute", json={})
    harmless = {"executeWorkflow": replace(CREATIONS["executeWorkflow"], anywhere=True)}
    guard = Guard("monetize360", server.url, "own", permanent=True, ledger=ledger, creations=harmless)
    guard.permit("POST", f"{server.url}{path}/execute")


def test_what_is_not_in_the_contract_is_refused(server: Plain, ledger: Ledger) -> None:
    for method, path in (("POST", "/tenants"), ("DELETE", "/mobjects"), ("TRACE", "/mobjects"), ("QUERY", "/mobjects")):
        with pytest.raises(Refused, match="no operation of the contract"):
            make(server.url, ledger=ledger, permanent=True).permit(method, server.url + path)


def test_nothing_is_written_without_a_ledger(server: Plain) -> None:
    with pytest.raises(Refused, match="no ledger"):
        make(server.url).permit("POST", f"{server.url}/mobjects")


def test_another_process_has_the_same_guard(server: Plain, ledger: Ledger) -> None:
    guard = make(server.url, ledger=ledger)
    guard.budget.calls = 2
    settings = guard.as_settings()
    assert "sesame" not in repr(settings)
    other = Guard.from_settings(settings, CREDENTIALS)
    assert other.budget.calls == 2
    with session(other) as through:
        through.get(f"{server.url}/mobjects")
        with pytest.raises(Refused, match="not the run's own") as refused:
            through.delete(f"{server.url}/mobjects/{FOREIGN}?token=sesame")
    assert "sesame" not in str(refused.value)
    assert (other.permitted, other.budget.used, other.refused) == (1, 1, [str(refused.value)])
    assert other.ledger is not None
    other.ledger.close()


@pytest.mark.parametrize(
    ("url", "write", "environment", "mode"),
    [
        ("http://127.0.0.1:4010/v1", None, {}, "own"),
        ("http://[::1]:4010/v1", None, {}, "own"),
        ("http://localhost/v1", False, {}, "read-only"),
        ("https://api.example.com/v1", None, {"CONTRACT_ALLOW_WRITES": "api.example.com"}, "read-only"),
        ("https://api.example.com/v1", True, {"CONTRACT_ALLOW_WRITES": "api.example.com"}, "own"),
        ("https://127.0.0.1@example.com/v1", None, {}, "read-only"),
        ("https://127.0.0.1.example.com/v1", None, {}, "read-only"),
    ],
)
def test_the_mode(url: str, write: bool | None, environment: dict[str, str], mode: str) -> None:  # noqa: FBT001  # drawn
    assert decide(url, environment, write=write) == mode


@pytest.mark.parametrize("named", [None, "", "1", "*", "example.com", "api.example.com:443"])
def test_writing_elsewhere_needs_the_exact_host(named: str | None) -> None:
    environment = {} if named is None else {"CONTRACT_ALLOW_WRITES": named}
    with pytest.raises(Refused, match=r"writing to api.example.com needs.* CONTRACT_ALLOW_WRITES=api.example.com$"):
        decide("https://api.example.com/v1", environment, write=True)


def test_loopback() -> None:
    assert is_loopback("http://127.8.9.1/x")
    assert not is_loopback("http://10.0.0.1/x")
    assert not is_loopback("http://example.com")
