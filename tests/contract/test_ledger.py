import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests

from sandbox.contract.budget import Budget
from sandbox.contract.calls import session
from sandbox.contract.cleanup import Cleaned, clean, cleanup
from sandbox.contract.contracts import contract
from sandbox.contract.creations import Request, made_by
from sandbox.contract.guard import Guard
from sandbox.contract.ledger import Creation, Ledger, Undo, read
from sandbox.contract.targets import Refused
from sandbox.contract.wire import MISSING
from tests.contract.plain import CREATIONS, CREDENTIALS, FOREIGN, PREFIX, Plain, plain

KILLED = 9


def make(server: Plain, ledger: Ledger, *, permanent: bool = False, budget: Budget | None = None) -> Guard:
    return Guard(
        "monetize360",
        server.url,
        "own",
        permanent,
        ledger,
        budget or Budget(),
        CREDENTIALS,
        creations=CREATIONS,
    )


def post(guard: Guard, path: str, body: Any, credential: str = CREDENTIALS.first) -> requests.Response:
    with session(guard) as through:
        return through.post(f"{guard.url}{path}", json=body, headers={"authorization": credential}, timeout=5)


def swept(server: Plain, ledger: Ledger) -> Cleaned:
    """Of a new process, which knows no more than the file."""
    again = Ledger(ledger.path, PREFIX)
    guard = make(server, again)
    with session(guard) as through:
        cleaned = clean(guard, CREDENTIALS, through)
    again.close()
    return cleaned


def test_an_intent_is_on_disk_before_its_request_arrives(server: Plain, ledger: Ledger) -> None:
    seen: list[bytes] = []
    plainly = server.answer

    def answer(method: str, path: str, body: bytes) -> tuple[int, dict[str, str], object]:
        seen.append(ledger.path.read_bytes().splitlines()[-1])
        return plainly(method, path, body)

    server.answer = answer  # type: ignore[method-assign]  # to look into the file while the request is there
    post(make(server, ledger), "/mobjects", {"name": f"{PREFIX}a"})
    assert orjson.loads(seen[0])["operation"] == "createMobject"
    assert "outcome" in orjson.loads(ledger.path.read_bytes().splitlines()[-1])
    assert CREDENTIALS.first.encode() not in ledger.path.read_bytes()


def test_everything_is_taken_back_in_reverse(server: Plain, ledger: Ledger) -> None:
    guard = make(server, ledger)
    one = post(guard, "/mobjects", {"name": f"{PREFIX}a"}).json()["id"]
    record = post(guard, f"/mobjects/{one}/mdata", {"kind": 1}).json()["id"]
    bulk = post(guard, f"/mobjects/{one}/mdata/bulk", {"data": [{}, {}]}).json()["data"]
    other = post(guard, "/mobjects", {"name": f"{PREFIX}b"}, "Bearer sesame-5678").json()["id"]
    server.asked.clear()
    server.authorizations.clear()
    assert swept(server, ledger) == Cleaned(deleted=5)
    assert server.asked == [
        ("DELETE", f"/mobjects/{other}"),
        ("DELETE", f"/mobjects/{one}/mdata/{bulk[1]['id']}"),
        ("DELETE", f"/mobjects/{one}/mdata/{bulk[0]['id']}"),
        ("DELETE", f"/mobjects/{one}/mdata/{record}"),
        ("DELETE", f"/mobjects/{one}"),
    ]
    assert server.authorizations == ["Bearer sesame-5678", *["Bearer sesame-1234"] * 4]
    server.asked.clear()
    assert swept(server, ledger) == Cleaned()
    assert not server.asked


def test_what_is_gone_already_is_no_leftover(server: Plain, ledger: Ledger) -> None:
    one = post(make(server, ledger), "/mobjects", {"name": f"{PREFIX}a"}).json()["id"]
    del server.held[f"/mobjects/{one}"]
    assert swept(server, ledger) == Cleaned(deleted=1)


def test_an_undo_may_say_in_its_own_words_that_it_is_gone(server: Plain, ledger: Ledger) -> None:
    guard = make(server, ledger)
    post(guard, "/mobjects", {"name": f"{PREFIX}a"})
    server.turns = [(403, {})] * 2
    assert len(clean(guard, CREDENTIALS, session(guard)).leftovers) == 1
    guard.creations = {**CREATIONS, "createMobject": replace(CREATIONS["createMobject"], gone=(403,))}
    assert clean(guard, CREDENTIALS, session(guard)) == Cleaned(deleted=1)


def test_leftovers_and_permanents_are_listed(server: Plain, ledger: Ledger) -> None:
    guard = make(server, ledger, permanent=True)
    one = post(guard, "/mobjects", {"name": f"{PREFIX}a"}).json()["id"]
    hook = post(guard, "/webhooks", {"url": "http://127.0.0.1/x", "secret": "swordfish"}).json()["id"]
    server.turns = [(500, {})]
    cleaned = swept(server, ledger)
    assert cleaned.leftovers == [f"object {one}: DELETE /mobjects/{one} was answered 500"]
    assert cleaned.permanent == [f"webhook {hook} by createWebhook"]
    assert swept(server, ledger).deleted == 1
    assert b"swordfish" not in ledger.path.read_bytes()


def test_what_was_refused_made_nothing(server: Plain, ledger: Ledger) -> None:
    server.turns = [(400, {})]
    post(make(server, ledger), "/mobjects", {"name": f"{PREFIX}a"})
    assert swept(server, ledger) == Cleaned()


_CHILD = """
import os, sys
from pathlib import Path
from typing import Any
from requests.adapters import HTTPAdapter
from sandbox.contract.calls import session
from sandbox.contract.guard import Guard
from sandbox.contract.ledger import Ledger
plain = HTTPAdapter.send
def send(*args, **kwargs):
    plain(*args, **kwargs)
    os._exit(9)
HTTPAdapter.send = send
guard = Guard("monetize360", sys.argv[1], "own", ledger=Ledger(Path(sys.argv[2]), "kit-r1-"))
session(guard).post(sys.argv[1] + "/mobjects", json={"name": "kit-r1-lost"}, timeout=5)
"""


def test_a_run_killed_between_intent_and_outcome_is_cleaned_up(server: Plain, tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, server.url, str(path)], check=False, env={**os.environ}, capture_output=True
    )
    assert done.returncode == KILLED, done.stderr.decode()
    assert len(server.held) == 2
    assert [one.status for one in read(path)[0]] == [None]
    ledger = Ledger(path, PREFIX)
    assert swept(server, ledger) == Cleaned(deleted=1)
    ledger.close()
    assert list(server.held) == [f"/mobjects/{FOREIGN}"]


def test_what_an_answer_of_500_made_is_found_within_its_parent(server: Plain, ledger: Ledger) -> None:
    guard = make(server, ledger)
    one = post(guard, "/mobjects", {"name": f"{PREFIX}a"}).json()["id"]
    server.turns = [(500, {})]
    post(guard, f"/mobjects/{one}/mdata", {"kind": "nameless"})
    server.held[f"/mobjects/{one}/mdata/7"] = {"id": "7", "kind": "nameless"}
    assert swept(server, ledger) == Cleaned(deleted=2)
    assert list(server.held) == [f"/mobjects/{FOREIGN}"]


def test_what_its_parent_took_with_it_is_no_leftover(server: Plain, ledger: Ledger) -> None:
    guard = make(server, ledger)
    one = post(guard, "/mobjects", {"name": f"{PREFIX}a"}).json()["id"]
    server.turns = [(500, {})]
    post(guard, f"/mobjects/{one}/mdata", {"kind": "nameless"})
    assert swept(server, ledger).leftovers == []
    server.turns = [(404, {})]
    assert swept(server, ledger) == Cleaned()


def test_what_cannot_be_found_is_told(server: Plain, ledger: Ledger) -> None:
    server.turns = [(502, {})]
    post(make(server, ledger), "/mobjects", {"name": "without the prefix"})
    told = swept(server, ledger).leftovers
    assert told == ["object: createMobject (answered 502), and it cannot be listed: nothing names it"]


def test_a_torn_line_is_passed_over_and_written_after(server: Plain, ledger: Ledger) -> None:
    post(make(server, ledger), "/mobjects", {"name": f"{PREFIX}a"})
    with ledger.path.open("ab") as file:
        file.write(b'{"intent": "1.2", "api": "mone')
    assert swept(server, ledger) == Cleaned(deleted=1)
    again = Ledger(ledger.path, PREFIX)
    post(make(server, again), "/mobjects", {"name": f"{PREFIX}b"})
    again.close()
    assert len({entry.number for entry in read(ledger.path)[0]}) == 2
    assert swept(server, ledger) == Cleaned(deleted=1)


def test_calls_are_kept_for_taking_back(server: Plain, ledger: Ledger) -> None:
    guard = make(server, ledger, budget=Budget(calls=4))
    post(guard, "/mobjects", {"name": f"{PREFIX}a"})
    post(guard, "/mobjects", {"name": f"{PREFIX}b"})
    with pytest.raises(Exception, match="kept for cleaning up"):
        post(guard, "/mobjects", {"name": f"{PREFIX}c"})
    with session(guard) as through:
        assert clean(guard, CREDENTIALS, through) == Cleaned(deleted=2)
    assert len(server.held) == 1


def test_what_another_process_wrote_is_taken_back_too(server: Plain, ledger: Ledger) -> None:
    guard = make(server, ledger)
    one = post(guard, "/mobjects", {"name": f"{PREFIX}a"}).json()["id"]
    other = Ledger(ledger.path, PREFIX)
    post(make(server, other), f"/mobjects/{one}/mdata", {})
    other.close()
    with session(guard) as through:
        assert clean(guard, CREDENTIALS, through) == Cleaned(deleted=2)
    assert ledger.open == 0
    assert list(server.held) == [f"/mobjects/{FOREIGN}"]


def test_another_target_is_left_alone(server: Plain, ledger: Ledger) -> None:
    post(make(server, ledger), "/mobjects", {"name": f"{PREFIX}a"})
    with plain() as other:
        told = cleanup(ledger.path, "monetize360", other.url, CREDENTIALS, {}).leftovers
        assert not other.asked
    assert told == [f"mobject: createMobject was sent to {server.url}, not to {other.url}"]
    assert cleanup(ledger.path, "monetize360", server.url, CREDENTIALS, {}).deleted == 1
    with pytest.raises(Refused, match="CONTRACT_ALLOW_WRITES"):
        cleanup(ledger.path, "monetize360", "https://api.example.com/v1", CREDENTIALS, {})


LINE = Creation(
    "line item",
    ("request", "activationId"),
    "deleteLineItem",
    {"instanceId": "instanceId", "lineItemId": "id"},
    retire={"state": "OBSOLETE"},
)
KEYS = Creation("client key", ("request", "*", "id"), "deleteClientKey", {"keyId": "id"})
TABLE = Creation(
    "rate table",
    ("request", "series"),
    "deleteRateTables",
    {"series": "id", "version": ("request", "version")},
)
ACTIONS = Creation(
    "actions", ("path", "lineItemId"), "deleteActions", {"instanceId": "instanceId", "lineItemId": "lineItemId"}
)
METERED = {"addActivation": LINE, "clientKeyUpload": KEYS, "postRateTables": TABLE, "putActions": ACTIONS}


def test_ids_that_the_client_chooses_are_known_before_the_answer() -> None:
    dm = contract("dynamic_monetization")
    body = {"activationId": "kit r1", "state": "DEPLOYED"}
    (line,) = made_by(dm, LINE, Request("addActivation", {"instanceId": "i1"}, body), MISSING)
    path = "/provisioning/api/v1.0/instances/i1/line-items"
    assert list(line.undo) == [
        Undo("PUT", path, "", {"activationId": "kit r1", "state": "OBSOLETE"}),
        Undo("DELETE", f"{path}/kit%20r1"),
    ]
    keys = made_by(dm, KEYS, Request("clientKeyUpload", {}, [{"id": "a"}, {"id": "b"}]), MISSING)
    assert [one.undo[-1].path for one in keys] == ["/api/v1.0/client-keys/a", "/api/v1.0/client-keys/b"]
    (table,) = made_by(dm, TABLE, Request("postRateTables", {}, {"series": "s&", "version": "1"}), MISSING)
    assert table.undo[-1].target == "DELETE /provisioning/api/v1.0/rate-tables?series=s%26&version=1"
    (actions,) = made_by(dm, ACTIONS, Request("putActions", {"instanceId": "i", "lineItemId": "l"}, []), MISSING)
    assert actions.undo[-1].path == "/api/v1.0/instances/i/line-items/l/actions"


def test_what_the_client_names_has_the_prefix(ledger: Ledger) -> None:
    url = "http://127.0.0.1:9/dm"
    guard = Guard("dynamic_monetization", url, "own", ledger=ledger, creations=METERED)

    def why(method: str, path: str, body: object = None) -> str | None:
        return guard.why_not(method, url + path, {}, orjson.dumps(body))

    keys = "/api/v1.0/client-keys"
    assert why("PUT", keys, [{"id": f"{PREFIX}a"}]) is None
    assert why("PUT", keys, [{"id": f"{PREFIX}a"}, {"id": "theirs"}]) == "theirs does not begin with the run's prefix"
    assert why("PUT", keys, "odd") == "its body does not say what it makes"
    tables = "/provisioning/api/v1.0/rate-tables"
    assert why("DELETE", f"{tables}?series={PREFIX}s") is None
    assert why("DELETE", f"{tables}?series={PREFIX}s&series=theirs") == "series theirs is not the run's own"
    assert why("DELETE", tables) == "it does not name anything that is the run's own"
    assert why("PATCH", "/provisioning/api/v1.0/configuration", {}) is not None
    assert why("PUT", "/provisioning/api/v1.0/instances/theirs/line-items", {"activationId": f"{PREFIX}l"}) is not None


def test_a_prefix_is_nobody_elses(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="too short"):
        Ledger(tmp_path / "x", "kit")
