"""A correct server by its URL, with others' data in it and no fresh start: nothing is found, and nothing left over."""

from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.contract import differential, model
from sandbox.contract.credentials import Credentials, authorization, variable
from sandbox.contract.guard import Guard
from sandbox.contract.inprocess import InProcess
from sandbox.contract.ledger import Ledger
from sandbox.contract.model import Effort, Trial
from sandbox.contract.options import Options
from sandbox.contract.remote import Remote
from sandbox.contract.report import Exit
from sandbox.contract.run import run
from sandbox.contract.suites import suite
from sandbox.testing.served import Served

PREFIX = "kit-u1-"
PROBES = {
    "dynamic_monetization": {"listing", "rate tables", "sessions"},
    "monetize360": {"system fields"},
    "moonify": {"names", "paging"},
}


@pytest.mark.parametrize("api", PROBES)
def test_a_correct_server_raises_no_alarm_and_keeps_nothing(api: str, served: Served, tmp_path: Path) -> None:
    known = suite(api)
    chosen = replace(known, probes=[one for one in known.probes if one.name in PROBES[api]])
    assert {one.name for one in chosen.probes} == PROBES[api]
    credentials = Credentials(api, authorization(api, served.local.credentials)["authorization"])
    ledger = Ledger(tmp_path / "ledger.jsonl", PREFIX)
    guard = Guard(api, served.urls[api], "own", permanent=True, ledger=ledger)
    with Remote(guard, credentials, control=(served.url,)) as remote:
        assert "fresh" not in remote.can
        told = model.run(Trial(chosen, 1, f"{PREFIX}c-", Effort(1, 6)), remote)
        compared = differential.run(Trial(chosen, 1, f"{PREFIX}d-", Effort(1, 6)), InProcess(api), remote)
        cleaned = remote.clean()
    ledger.close()
    assert not [*told.findings.values(), *compared.findings.values()]
    assert not [*told.skipped, *compared.skipped]
    assert cleaned.leftovers == []


def test_what_needs_a_creation_that_is_not_allowed_is_excused(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = "dynamic_monetization"
    issued = authorization(api, served.local.credentials)["authorization"]
    monkeypatch.setenv(variable(api), issued.removeprefix("Bearer "))
    target = {api: served.urls[api]}
    report = run(Options(target=target, apis=(api,), layers=("model",), profile="quick", folder=tmp_path))
    assert (report.findings, report.problems, report.unanswered, report.leftovers) == ([], [], [], [])
    assert report.exit is Exit.SAME
    assert report.excused[api, "getHeartbeat"] == "it needs addInstance: what it creates can never be deleted"
    assert (api, "clientKeyUpload") not in report.excused
    assert "getHeartbeat" in (tmp_path / "summary.json").read_text("utf-8")
