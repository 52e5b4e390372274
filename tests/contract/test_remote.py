from pathlib import Path

import pytest
import requests
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from requests.adapters import HTTPAdapter

from sandbox.contract import clocks, model
from sandbox.contract.aim import Aim
from sandbox.contract.budget import Budget, Spent
from sandbox.contract.cleanup import Cleaned, cleanup
from sandbox.contract.contracts import Contract
from sandbox.contract.credentials import Credentials, Missing, authorization, from_environment
from sandbox.contract.guard import Guard
from sandbox.contract.ledger import Ledger
from sandbox.contract.model import Effort, Trial
from sandbox.contract.options import Options
from sandbox.contract.permission import Mode
from sandbox.contract.play import Play, Result, side
from sandbox.contract.remote import Remote
from sandbox.contract.rules import Rules
from sandbox.contract.steps import Hook, Tag
from sandbox.contract.suites import Probe, Suite
from sandbox.contract.targets import Delivered, Refused, Unreachable
from sandbox.contract.wire import Answer, Sent
from sandbox.testing.local import Local
from sandbox.testing.served import Served
from tests.contract.plain import CREATIONS, CREDENTIALS, FOREIGN, OBJECT, PREFIX, Plain, Time, Trusting, plain


def aim(
    url: str,
    ledger: Ledger,
    mode: Mode = "own",
    *,
    credentials: Credentials = CREDENTIALS,
    budget: Budget | None = None,
    control: tuple[str, ...] = (),
) -> Remote:
    guard = Guard(
        "monetize360", url, mode, permanent=True, ledger=ledger, budget=budget or Budget(), creations=CREATIONS
    )
    return Remote(guard, credentials, control=control)


def known(local: Local) -> Credentials:
    return Credentials("monetize360", authorization("monetize360", local.credentials)["authorization"])


def test_what_it_can_follows_from_what_is_allowed(server: Plain, ledger: Ledger) -> None:
    with aim(server.url, ledger, "read-only") as remote:
        assert remote.can == {"second"}
        assert not remote.hooks
    with aim(server.url, ledger, credentials=Credentials("monetize360", "Bearer x"), control=("http://x",)) as remote:
        assert remote.can == {"writes", "permanent", "receiver", "clock"}
    with aim("https://api.example.com/v1", ledger, credentials=Credentials("monetize360", "a b", "c d", "e f")) as far:
        assert far.can == {"writes", "permanent", "second", "limited"}


def test_identities_are_presented(server: Plain, ledger: Ledger) -> None:
    with aim(server.url, ledger) as remote:
        for identity in ("first", "second", "nobody", "stranger"):
            remote.send(Sent("GET", "/mobjects"), identity)
    first, second, nobody, stranger = server.authorizations
    assert (first, second, nobody) == (CREDENTIALS.first, CREDENTIALS.second, "")
    assert stranger not in {first, second, ""}


def test_a_request_arrives_as_it_was_made(server: Plain, ledger: Ledger) -> None:
    with aim(server.url, ledger) as remote:
        remote.send(Sent("GET", "/mobjects/%7Ea%2Fb%20c", "filter=a%20b&x=%7E&y"), "first")
        head = remote.send(Sent("HEAD", f"/mobjects/{FOREIGN}"), "first")
    assert server.asked[0] == ("GET", "/mobjects/%7Ea%2Fb%20c?filter=a%20b&x=%7E&y")
    assert head.status == 200
    assert head.body == b""
    assert head.headers["content-type"] == "application/json"


def test_retry_after_is_obeyed_with_a_clock_that_is_not_real(server: Plain, ledger: Ledger, time: Time) -> None:
    server.turns = [(429, {"retry-after": "7"}), (429, {"retry-after": "500"})]
    with aim(server.url, ledger, budget=Budget(clock=time, sleep=time.sleep)) as remote:
        made = remote.send(Sent("POST", "/mobjects", body=b'{"name": "kit-r1-x"}'), "first")
    assert made.status == 201
    assert time.slept == [7.0, 500.0]
    assert server.methods == {"POST": 3}


def test_patience_ends(server: Plain, ledger: Ledger, time: Time) -> None:
    with aim(server.url, ledger, budget=Budget(clock=time, sleep=time.sleep)) as remote:
        server.turns = [(503, {"retry-after": "1"})]
        assert remote.send(Sent("POST", "/mobjects", body=b"{}"), "first").status == 503
        server.turns = [(429, {"retry-after": "1"})] * 9
        for _ in range(2):
            with pytest.raises(Spent, match=r"still answers 429.* --control"):
                remote.send(Sent("GET", "/mobjects"), "first")
        assert len(server.asked) == 5


def test_what_is_to_reach_its_limit_does(server: Plain, ledger: Ledger, time: Time) -> None:
    server.turns = [(429, {"retry-after": "30"})]
    credentials = Credentials("monetize360", "Bearer a", limited="Bearer b")
    with aim(server.url, ledger, credentials=credentials, budget=Budget(clock=time, sleep=time.sleep)) as remote:
        assert remote.send(Sent("GET", "/mobjects"), "limited").status == 429
        assert remote.send(Sent("GET", "/mobjects"), "first").status == 200
    assert not time.slept


def test_only_what_is_safe_is_asked_again(ledger: Ledger) -> None:
    with plain() as gone:
        url = gone.url
    with aim(url, ledger) as remote:
        with pytest.raises(Unreachable, match="ConnectionError"):
            remote.send(Sent("GET", "/mobjects"), "first")
        assert remote.guard.permitted == 3
        with pytest.raises(Unreachable):
            remote.send(Sent("POST", "/mobjects", body=b'{"name": "kit-r1-x"}'), "first")
        assert remote.guard.permitted == 4
        assert remote.clean().leftovers == [
            "object: createMobject (its answer is not known), and it cannot be listed: look for kit-r1-"
        ]


def test_who_never_answers_is_asked_no_more(ledger: Ledger) -> None:
    with plain() as gone:
        url = gone.url
    with aim(url, ledger) as remote:
        for _ in range(2):
            with pytest.raises(Unreachable):
                remote.send(Sent("GET", "/mobjects"), "first")
        with pytest.raises(Spent, match="no answer"):
            remote.send(Sent("GET", "/mobjects"), "first")
        assert remote.guard.budget.used == 8


def test_only_its_own_sequence_is_heard(server: Plain, ledger: Ledger) -> None:
    with aim(server.url, ledger) as remote:
        remote.begin()
        before = remote.hooks
        remote.begin()
        assert remote.delivered() == []
        remote.send(Sent("POST", "/webhooks", body=b'{"url": "%s/a"}' % remote.hooks.encode()), "first")
        for url in (f"{before}/a", f"{remote.hooks}/a", f"{remote.hooks}/b"):
            requests.post(url, data=b"{}", headers={"X-Signature": "s"}, timeout=5)
        heard = remote.delivered()
        assert [one.url for one in heard] == [f"{remote.hooks}/a", f"{remote.hooks}/b"]
        assert heard[0].headers["x-signature"] == "s"


def tour(play: Play) -> None:
    made = play.send("createMobject", body=OBJECT)
    one = {"mobjectId": made.ref("id")}
    play.send("createWebhook", body={"url": Hook("/a"), "events": ["mdata.created"], "secret": "swordfish-22"})
    play.send("createMdata", one, {"data": {"kind": "a"}})
    play.send("bulkCreateMdata", one, {"data": [{"kind": "b"}, {"kind": "c"}]})
    play.hear()
    play.send("deleteMobject", {"mobjectId": FOREIGN})
    play.send("listMdata", one)


def test_the_sandbox_over_http_is_toured_and_cleaned_up(served: Served, ledger: Ledger) -> None:
    credentials = known(served.local)
    with aim(served.urls["monetize360"], ledger, credentials=credentials) as remote:
        play = Play([side(remote, "monetize360", Trusting(), PREFIX)])
        tour(play)
        assert not any(play.found)
        assert play.sides[0].heard == [[]]  # what serves it here keeps its webhooks to itself
        assert [one and one.answer.status for one in play.sides[0].exchanges] == [201, 201, 201, 201, None, None, 200]
        assert f"mobjectId {FOREIGN} is not the run's own" in remote.guard.refused[0]
        cleaned = remote.clean()
        assert (cleaned.deleted, cleaned.leftovers) == (4, [])
        assert len(cleaned.permanent) == 1
        assert PREFIX not in remote.send(Sent("GET", "/mobjects", "limit=1000"), "first").body.decode()


class Makes(Rules):
    def __init__(self) -> None:
        super().__init__()
        self.made: list[Result] = []

    @rule()
    def make(self) -> None:
        made = self.play.send("createMobject", body=OBJECT | {"name": Tag(f"n{len(self.made)}")})
        if made.ok:
            self.made.append(made)

    @rule()
    def read(self) -> None:
        self.play.send("listMobjects")
        if self.made:
            self.play.send("getMobject", {"mobjectId": self.made[-1].ref("id")})


SUITE = Suite("monetize360", Trusting, Makes, [Probe("tour", tour, frozenset({"receiver"}), "no tour")], CREATIONS)


def test_a_suite_is_played_on_the_sandbox_over_http_and_cleaned_up(served: Served, ledger: Ledger) -> None:
    with aim(served.urls["monetize360"], ledger, credentials=known(served.local)) as remote:
        outcome = model.run(Trial(SUITE, 1, PREFIX, Effort(4, 6)), remote)
        assert not outcome.findings
        assert not outcome.skipped
        made = ledger.open
        cleaned = remote.clean()
        assert cleaned.leftovers == []
        assert cleaned.deleted == made > 4
        assert ledger.open == 0
        assert PREFIX not in remote.send(Sent("GET", "/mobjects", "limit=1000"), "first").body.decode()
    assert remote.guard.budget.used == len(served.local.exchanges)


class Varies(Makes):
    @precondition(lambda self: self.made)
    @rule(data=st.data())
    def read_one(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self.made))
        if self.play.send("getMobject", {"mobjectId": one.ref("id")}).ok:
            data.draw(st.integers(0, 3))


class Fickle:
    """Makes an object, or not."""

    name, can, hooks = "fickle", frozenset({"writes"}), ""

    def __init__(self) -> None:
        self.begun = self.asked = 0

    def begin(self) -> None:
        self.begun += 1

    def send(self, sent: Sent, identity: str) -> Answer:  # noqa: ARG002  # as targets.Site has it
        self.asked += 1
        if self.asked > 300:
            raise Refused("enough")
        return Answer(500 if self.asked % 7 == 3 else 201, {}, b'{"id": "1"}')

    def wait(self, seconds: float) -> None:
        pass

    def delivered(self) -> list[Delivered]:
        return []

    def now(self) -> int:
        return 0


def test_a_target_that_does_not_answer_the_same_twice_gets_all_its_histories(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Contract, "breaches", lambda *_: [])
    site = Fickle()
    model.run(Trial(Suite("monetize360", Trusting, Varies, [], CREATIONS), 1, PREFIX, Effort(40, 20)), site)
    assert site.asked > 300
    assert site.begun >= 40


def test_a_read_only_run_sends_nothing_but_safe_methods(served: Served, ledger: Ledger) -> None:
    with aim(served.urls["monetize360"], ledger, "read-only", credentials=known(served.local)) as remote:
        outcome = model.run(Trial(SUITE, 1, PREFIX, Effort(4, 6)), remote)
        assert not outcome.findings
        assert outcome.skipped == [("tour", "the target lacks a way to the webhook receiver: no tour")]
        assert remote.clean() == Cleaned()
    assert {one.request.method for one in served.local.exchanges} == {"GET"}
    assert remote.guard.refused


def test_a_spent_budget_ends_the_run_and_leaves_enough_to_clean_up(served: Served, ledger: Ledger) -> None:
    budget = Budget(calls=30)
    url = served.urls["monetize360"]
    with aim(url, ledger, credentials=known(served.local), budget=budget) as remote:
        assert not model.run(Trial(SUITE, 1, PREFIX, Effort(9, 9)), remote).findings
        assert budget.spent.startswith("the budget of 30 calls is spent")
        assert remote.clean().leftovers == []
    assert len(served.local.exchanges) == budget.used <= 30


def test_the_clock_of_a_sandbox_is_moved(served: Served, ledger: Ledger) -> None:
    control = (served.url,)
    with aim(served.urls["monetize360"], ledger, credentials=known(served.local), control=control) as remote:
        before = remote.now()
        remote.wait(90)
        assert remote.now() - before == 90_000
        assert "fresh" not in remote.can
    with aim(served.urls["monetize360"], ledger, "read-only", control=control) as reading:
        reading.wait(90)
        assert reading.now() - before == 90_000
        assert "clock" not in reading.can


def test_where_the_clock_can_be_moved_no_real_time_passes_at_the_rate_limit(
    server: Plain, served: Served, ledger: Ledger, time: Time
) -> None:
    server.turns = [(429, {"retry-after": "7"}), (429, {"retry-after": "53"})]
    budget = Budget(clock=time, sleep=time.sleep)
    with aim(server.url, ledger, budget=budget, control=(served.url,)) as remote:
        before = remote.now()
        assert remote.send(Sent("GET", "/mobjects"), "first").status == 200
        assert remote.now() - before == 60_000
        assert server.methods == {"GET": 3}
        assert remote.guard.as_settings()["clocks"] == [served.url]
    assert not time.slept


def test_so_it_is_while_cleaning_up(server: Plain, served: Served, ledger: Ledger, time: Time) -> None:
    with aim(server.url, ledger) as remote:
        assert remote.send(Sent("POST", "/mobjects", body=b'{"name": "kit-r1-x"}'), "first").status == 201
    server.turns = [(429, {"retry-after": "7"})]
    budget = Budget(clock=time, sleep=time.sleep)
    cleaned = cleanup(ledger.path, "monetize360", server.url, CREDENTIALS, {}, budget, [served.url])
    assert (cleaned.deleted, cleaned.leftovers, time.slept) == (1, [], [])


def test_the_guard_of_schemathesis_does_not_stand_before_the_clock(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> requests.Response:
        raise Refused("not the target")

    monkeypatch.setattr(HTTPAdapter, "send", refused)
    before = clocks.now(served.url)
    clocks.shift([served.url], 60)
    assert clocks.now(served.url) - before == 60_000


def test_where_no_clock_answers_real_time_passes(server: Plain, ledger: Ledger, time: Time) -> None:
    server.turns = [(429, {"retry-after": "7"}), (404, {})]  # the second is the control plane's
    with aim(server.url, ledger, budget=Budget(clock=time, sleep=time.sleep), control=(server.url,)) as remote:
        assert remote.send(Sent("GET", "/mobjects"), "first").status == 200
    assert time.slept == [7.0]


def test_a_control_plane_that_leads_elsewhere_is_not_followed(server: Plain, ledger: Ledger) -> None:
    server.turns = [(307, {"location": f"{server.url}/elsewhere"})]
    with aim(server.url, ledger, control=(server.url,)) as remote, pytest.raises(Unreachable, match="307"):
        remote.wait(90)
    assert server.methods == {"POST": 1}


@pytest.mark.parametrize("writes", [None, True])
def test_the_clock_of_another_host_is_not_moved_unasked(tmp_path: Path, *, writes: bool | None) -> None:
    target, there = {"moonify": "http://127.0.0.1:9"}, ("http://sandbox.example",)
    options = Options(target=target, apis=("moonify",), control=there, writes=writes, folder=tmp_path)
    with pytest.raises(Refused, match=r"needs --writes|CONTRACT_ALLOW_WRITES=sandbox\.example"):
        Aim(options, {"CONTRACT_MOONIFY_SERVICE_ID": "abc"}).site("moonify")


def test_who_has_no_credentials_waits_too(server: Plain, ledger: Ledger, time: Time) -> None:
    server.turns = [(429, {"retry-after": "7"})]
    with aim(server.url, ledger, budget=Budget(clock=time, sleep=time.sleep)) as remote:
        assert remote.send(Sent("GET", "/mobjects"), "nobody").status == 200
    assert time.slept == [7.0]


def test_credentials_are_of_the_environment_alone() -> None:
    found = from_environment(
        "moonify", {"CONTRACT_MOONIFY_SERVICE_ID": "abc", "CONTRACT_MOONIFY_SERVICE_ID_SECOND": ""}
    )
    assert found.headers("first") == {"authorization": "serviceID abc"}
    assert found.headers("nobody") == {}
    assert "abc" not in repr(found)
    with pytest.raises(Missing, match="CONTRACT_MOONIFY_SERVICE_ID_SECOND"):
        found.headers("second")
    with pytest.raises(Missing, match="set CONTRACT_DYNAMIC_MONETIZATION_TOKEN to"):
        from_environment("dynamic_monetization", {"CONTRACT_DYNAMIC_MONETIZATION_TOKEN": " "})
