"""Whole runs on the sandbox: what they find, how they end, and that the same seed tells the same."""

import json
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.contract import conformance, interruption, jobs, model
from sandbox.contract.aim import Aim
from sandbox.contract.evidence import replays
from sandbox.contract.findings import Breach, Finding
from sandbox.contract.inprocess import Handle
from sandbox.contract.loopback import Endpoint, looped
from sandbox.contract.model import Outcome, Trial
from sandbox.contract.options import (
    Options,
    read_apis,
    read_excuses,
    read_layers,
    read_shard,
    read_target,
)
from sandbox.contract.remote import Remote
from sandbox.contract.replay import CannotPlay, replay
from sandbox.contract.report import LAYERS, THE_REST, Exit, Report
from sandbox.contract.run import run
from sandbox.contract.steps import Hear, Lever, Move, Step, Wait
from sandbox.contract.suites import NAMES
from sandbox.contract.targets import Refused, Site
from sandbox.contract.wire import Sent
from sandbox.kernel.request import Pending, Request, Response
from tests.contract.made import API, DIFFERENCE, renaming, report


def quick(folder: Path, **more: Any) -> Options:
    return replace(Options(apis=(API,), layers=("model",), profile="quick", folder=folder), **more)


def summary(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "summary.json").read_text("utf-8"))
    return {name: value for name, value in told.items() if name not in {"started", "seconds"}}


def test_the_same_seed_tells_the_same_and_another_something_else(tmp_path: Path) -> None:
    lines: list[str] = []
    report = run(quick(tmp_path / "a"), lines.append)
    assert report.findings == []
    assert report.exit == (Exit.FAILED if report.unanswered else Exit.SAME)
    assert [line.partition(":")[0] for line in lines] == [f"[1/1] model of {API}"] * 2
    run(quick(tmp_path / "b"))
    run(quick(tmp_path / "c", seed=2))
    assert summary(tmp_path / "a") == summary(tmp_path / "b")
    assert summary(tmp_path / "a")["operations"] != summary(tmp_path / "c")["operations"]


def test_a_defect_is_found_and_its_replay_files_show_it_again(tmp_path: Path) -> None:
    options = quick(tmp_path, layers=("model", "differential"), wrap=renaming)
    report = run(options)
    assert report.exit is Exit.FAILED
    assert {finding.layer for finding in report.findings} == {"model", "differential"}
    assert {finding.verdict for finding in report.findings} >= {None, "real"}
    for number, found in enumerate(report.findings, 1):
        kept = replays.read(tmp_path / f"replay/{number:02}.json")
        assert kept.key == found.key
        assert replay(kept, options).happens
        assert not replay(kept, replace(options, wrap=None)).happens


def test_known_drift_does_not_fail_a_run(tmp_path: Path) -> None:
    options = quick(tmp_path, layers=("differential",), wrap=renaming)
    found = run(options).findings
    known = [{"api": API, "operation": f.breach.operation, "where": f.breach.where, "reason": "known"} for f in found]
    (tmp_path / "drift.json").write_text(json.dumps([*known, {**known[0], "where": "nowhere"}]))
    report = run(replace(options, accept=tmp_path / "drift.json"))
    assert (report.findings, len(report.accepted), len(report.stale)) == ([], len(found), 1)
    (tmp_path / "drift.json").write_text("{}")
    assert run(replace(options, accept=tmp_path / "drift.json")).exit is Exit.COULD_NOT_RUN


def test_an_excused_operation_is_not_asked(tmp_path: Path) -> None:
    report = run(quick(tmp_path, excused={"getMobject": "ours has none"}))
    assert report.excused[API, "getMobject"] == "ours has none"
    assert not report.tally.statuses(API, "getMobject")
    assert (API, "getMobject") not in report.unanswered
    assert report.tally.statuses(API, "createMobject")[201]


def test_what_came_of_a_part_can_leave_its_process(tmp_path: Path) -> None:
    options = quick(tmp_path, wrap=renaming, run="abc")
    here = jobs.play(jobs.jobs(options)[0], options, Aim(options), frozenset())
    packed = pickle.loads(pickle.dumps(jobs.play_packed(jobs.jobs(options)[0], options, frozenset())))  # noqa: S301  # ours
    apart = jobs.unpacked(*packed)
    assert here.findings
    assert [(one.key, one.steps) for one in apart.findings] == [(one.key, one.steps) for one in here.findings]
    assert (apart.tally, apart.skipped, apart.problems) == (here.tally, here.skipped, here.problems)


def test_shards_have_names_and_seeds_of_their_own() -> None:
    options = Options(seed=7, run="abc")
    shards = [replace(options, shard=(number, 3)) for number in range(3)]
    assert [one.prefix for one in shards] == ["kit-abc-0-", "kit-abc-1-", "kit-abc-2-"]
    assert [one.sown for one in shards] == [7000, 7001, 7002]
    last = Options(seed=1, shard=read_shard("1000/1000"))
    assert last.sown < Options(seed=2, shard=read_shard("1/1000")).sown


def test_what_another_process_used_and_must_wait_for_counts_here() -> None:
    one = Aim(Options(calls=9))
    one.spent(API, 2, 50)
    assert one.budget.used == 2
    assert 0 < one.budget.waits <= 50


def test_both_served_layers_are_one_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    found = Finding("stateful", API, "shadow", Breach("A3", "getMobject", "status", "200", "404"), requests=["curl"])

    def stub(
        trial: Trial,
        _serve: object,
        layers: tuple[str, ...],
        gate: conformance.Gate,
        spent: Callable[[int, float], None],
    ) -> conformance.Ran:
        asked.append((trial.suite.api, layers, gate()))
        spent(5, 0)
        ran = conformance.Ran()
        ran.outcome.add(found)
        ran.tally.calls = 5
        return ran

    monkeypatch.setattr(conformance, "run", stub)
    report = run(quick(tmp_path, layers=LAYERS[:2]))
    assert asked == [(API, ("conformance", "stateful"), None)]
    assert (report.findings, report.tally.calls, report.exit) == ([found], 5, Exit.FAILED)
    with pytest.raises(CannotPlay):
        replay(replays.read(tmp_path / "replay/01.json"), quick(tmp_path))


def test_a_target_that_lets_nobody_in_any_more_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: Trial, site: Remote) -> Outcome:
        site.guard.budget.give_up("it asks to wait in vain")
        return Outcome()

    monkeypatch.setattr(model, "run", refused)
    monkeypatch.setenv("CONTRACT_MONETIZE360_TOKEN", "t0k3n-of-a-test")
    options = quick(tmp_path, target={API: "http://127.0.0.1:9/v1"}, writes=False)
    told = jobs.play(jobs.jobs(options)[0], options, Aim(options), frozenset())
    assert (told.problems, told.skipped) == ([f"model of {API}: it asks to wait in vain"], [])


def test_each_run_of_schemathesis_gets_what_is_left_of_the_budget(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gates: list[Any] = []

    def stub(attempt: Any, gate: Any) -> int:
        gates.append(gate)
        attempt.ran.tally.calls += 40
        return 0

    monkeypatch.setattr(conformance._Attempt, "run", stub)  # nothing is to be started
    monkeypatch.setattr(Aim, "knock", lambda *_: 0)
    monkeypatch.setenv("CONTRACT_MONETIZE360_TOKEN", "t0k3n-of-a-test")
    target = {API: "http://127.0.0.1:9/v1"}
    run(quick(tmp_path, target=target, layers=LAYERS[:2], profile="full", calls=100))
    assert [gate["budget"]["calls"] for gate in gates] == [100, 60]


def test_what_goes_wrong_in_the_kit_is_no_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setitem(jobs.PLAYERS, "model", broken)
    report = run(quick(tmp_path))
    assert report.exit is Exit.COULD_NOT_RUN
    assert "ZeroDivisionError: by zero" in report.problems[0]
    assert summary(tmp_path)["exit"] == Exit.COULD_NOT_RUN


def test_an_interrupted_run_leaves_its_evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setitem(jobs.PLAYERS, "model", interrupted)
    assert run(quick(tmp_path)).exit is Exit.COULD_NOT_RUN
    assert summary(tmp_path)["problems"] == ["it was interrupted"]


PLAYING = """
import sys
import threading
from dataclasses import replace
from pathlib import Path
from sandbox.contract.options import Options
from sandbox.contract.run import run

options = Options(apis=("monetize360",), layers=("model", "differential"), folder=Path(sys.argv[1]))
run(replace(options, processes=int(sys.argv[2])), lambda line: print(line, flush=True))
"""


@pytest.mark.parametrize("processes", [1, 2])
def test_sigterm_ends_a_run_as_an_interruption(processes: int, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PLAYING, str(tmp_path), str(processes)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        assert started.stdout.readline()
        started.send_signal(signal.SIGTERM)
        started.communicate(timeout=120)
    assert started.returncode == 0
    assert summary(tmp_path)["problems"] == ["it was interrupted"]


@pytest.mark.parametrize("ignored", [0, 1, 2])
def test_a_repeated_interruption_ends_with_its_run(ignored: int, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[int] = []
    monkeypatch.setattr(interruption, "_AGAIN", 3600)
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    try:
        threads = threading.active_count()
        with interruption.on_sigterm() as ignore_it:
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGTERM)
            assert threading.active_count() == threads + 1
            for _ in range(ignored):
                ignore_it()
                signal.raise_signal(signal.SIGTERM)
        assert threading.active_count() == threads
        assert heard == []
        signal.raise_signal(signal.SIGTERM)
        assert heard == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_target_without_credentials_could_not_be_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONTRACT_MONETIZE360_TOKEN", raising=False)
    report = run(quick(tmp_path, target={API: "http://127.0.0.1:9/v1"}))
    assert report.exit is Exit.COULD_NOT_RUN
    assert report.problems == [f"set CONTRACT_MONETIZE360_TOKEN to the credential for {API} at the target"]


def test_a_target_that_is_not_there_could_not_be_tested(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTRACT_MONETIZE360_TOKEN", "t0k3n-of-a-test")
    excused = {"createWebhook": "ours has none"}
    report = run(quick(tmp_path, target={API: "http://127.0.0.1:9/v1"}, writes=False, excused=excused))
    assert (report.exit, report.tally.calls, report.findings) == (Exit.COULD_NOT_RUN, 0, [])
    assert report.problems == ["nobody answers at http://127.0.0.1:9/v1: no answer (ConnectionError)"]
    assert report.excused[API, "createMobject"] == "the run only reads"
    assert report.excused[API, "createWebhook"] == "ours has none"


def test_a_server_is_tested_and_cleaned_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with looped(API) as endpoint:
        monkeypatch.setenv("CONTRACT_MONETIZE360_TOKEN", endpoint.headers["first"]["authorization"].split()[1])
        before = names(endpoint)
        report = run(quick(tmp_path, target={API: endpoint.url}, wrap=None))
        assert (report.findings, report.problems, report.leftovers) == ([], [], [])
        assert report.tally.statuses(API, "createMobject")[201] > 1
        assert names(endpoint) == before
        assert len(list(tmp_path.glob("ledger-*.jsonl"))) == 1
        spent = run(quick(tmp_path, target={API: endpoint.url}, calls=30))
        assert (spent.tally.calls <= 30, spent.leftovers) == (True, [])
        assert [skip.reason for skip in spent.skipped if skip.name == THE_REST]
        assert names(endpoint) == before


def test_a_server_that_is_only_read_gets_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    methods: set[str] = set()

    def noting(handle: Handle, request: Request) -> Response | Pending | None:
        methods.add(request.method)
        return handle(request)

    with looped(API, noting) as endpoint:
        monkeypatch.setenv("CONTRACT_MONETIZE360_TOKEN", endpoint.headers["first"]["authorization"].split()[1])
        report = run(quick(tmp_path, target={API: endpoint.url}, writes=False, layers=("model", "differential")))
    assert methods <= {"GET", "HEAD", "OPTIONS"}
    assert report.excused[API, "createMobject"] == "the run only reads"
    assert not list(tmp_path.glob("ledger-*.jsonl"))


@pytest.mark.parametrize(
    ("move", "why"),
    [
        (Wait(5), "its clock cannot be moved"),
        (Lever("PATCH", "/settings", {}), "it has no levers"),
        (Hear(), "it cannot call the webhook receiver"),
    ],
)
def test_what_a_target_cannot_do_is_not_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, move: Move, why: str
) -> None:
    monkeypatch.setenv("CONTRACT_MONETIZE360_TOKEN", "t0k3n-of-a-test")
    kept = replace(DIFFERENCE, steps=[Step("listMobjects"), move])
    there = quick(tmp_path, target={API: "http://127.0.0.1:9/v1"}, writes=False)
    for one in (kept, replace(kept, verdict=None)):
        with pytest.raises(CannotPlay, match=f"step 1 cannot be played at http://127.0.0.1:9/v1: {why}"):
            replay(one, there)
        assert not replay(one, quick(tmp_path)).happens


def test_the_words_that_play_something_again_on_the_same_targets() -> None:
    assert Options().again(API) == ""
    targets = {API: "http://127.0.0.1:9/v1?", "moonify": "http://x"}
    options = Options(target=targets, against={API: "http://y"}, control=("http://c",), writes=True, permanent=True)
    words = "--target 'http://127.0.0.1:9/v1?' --against http://y --control http://c --writes --allow-permanent"
    assert options.again(API) == words
    assert Options(target=targets, writes=False).again("moonify") == "--target http://x --read-only"


def test_what_the_guard_refuses_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def intruding(_: Trial, site: Site) -> Outcome:
        for one in "ab":
            with pytest.raises(Refused):
                site.send(Sent("DELETE", f"/mobjects/{one}"), "first")
        return Outcome()

    monkeypatch.setattr(model, "run", intruding)
    monkeypatch.setenv("CONTRACT_MONETIZE360_TOKEN", "t0k3n-of-a-test")
    options = quick(tmp_path, target={API: "http://127.0.0.1:9/v1"}, run="abc")
    one = Aim(options)
    for _ in range(2):
        (told,) = jobs.play(jobs.jobs(options)[0], options, one, frozenset()).skipped
        assert (told.layer, told.name) == ("model", "requests that are not permitted")
        assert told.reason.startswith("2 refused: DELETE http://127.0.0.1:9/v1/mobjects/a: mobjectId a is not")
    one.clean()


def names(endpoint: Endpoint) -> list[str]:
    query = {"limit": "100"}
    listed = requests.get(f"{endpoint.url}/mobjects", query, headers=dict(endpoint.headers["first"]), timeout=10)
    return [one["name"] for one in listed.json()["data"]]


def exit_of(**more: Any) -> Exit:
    told: Report = replace(report(), findings=[], unanswered=[], **more)
    return told.exit


def test_how_a_run_ends() -> None:
    assert exit_of() is Exit.SAME
    assert exit_of(leftovers=["mobject 7"]) is Exit.LEFTOVERS
    assert exit_of(leftovers=["mobject 7"], problems=["no answer"]) is Exit.COULD_NOT_RUN
    assert replace(report(), findings=[], leftovers=["mobject 7"]).exit is Exit.FAILED
    assert replace(report(), findings=[DIFFERENCE], unanswered=[]).exit is Exit.FAILED


def test_the_words_of_a_command_line() -> None:
    one, two = NAMES[:2]
    assert read_target([], NAMES) == read_target(["sandbox"], NAMES) == "sandbox"
    assert read_target(["http://x/v1/"], [one]) == {one: "http://x/v1"}
    assert read_apis([], [f"{two}=http://x"]) == (two,)
    assert read_apis([two, one], []) == (one, two)
    assert read_layers("d, a,model") == ("conformance", "model", "differential")
    assert read_shard("2/3") == (1, 3)
    assert read_excuses(["getMobject=a=b"], [API]) == {"getMobject": "a=b"}


@pytest.mark.parametrize(
    ("read", "words"),
    [
        (read_target, (["http://x"], NAMES)),
        (read_target, (["nonsense"], NAMES)),
        (read_target, (["http://me:sesame@x/v1"], NAMES[:1])),
        (read_target, (["http://x\\@127.0.0.1/v1"], NAMES[:1])),
        (read_target, ([f"{NAMES[0]}=ftp://x"], NAMES[:1])),
        (read_target, ([f"{NAMES[0]}=http://x"], NAMES)),
        (read_apis, (["nonsense"], [])),
        (read_layers, ("e",)),
        (read_layers, ("",)),
        (read_shard, ("0/3",)),
        (read_shard, ("4/3",)),
        (read_shard, ("3",)),
        (read_shard, ("1/1001",)),
        (read_shard, ("1001/1001",)),
        (read_excuses, (["getMobject"], [API])),
        (read_excuses, (["nonsense=why"], [API])),
    ],
)
def test_words_that_say_nothing(read: Any, words: Any) -> None:
    with pytest.raises(ValueError, match=r"is no|neither|whose|there is|has no|holds no"):
        read(*words)


def test_parts_are_played_in_processes_of_their_own(tmp_path: Path) -> None:
    options = quick(tmp_path / "apart", processes=2, apis=("moonify",), layers=("model", "differential"))
    run(options)
    run(replace(options, processes=1, folder=tmp_path / "here"))
    assert summary(tmp_path / "apart") == summary(tmp_path / "here")
