"""A report that has everything in it, and a sandbox with one defect."""

import re
from collections import Counter
from dataclasses import replace

from sandbox.contract.findings import Breach, Finding
from sandbox.contract.inprocess import Handle
from sandbox.contract.report import Report, Skip, Tally
from sandbox.contract.steps import Hear, Hook, Move, Ref, Step, Tag, Text, Wait
from sandbox.kernel.request import Pending, Request, Response

API = "monetize360"
SECRET = "s3cr3t-t0k3n-of-nobody"
STEPS: list[Move] = [
    Step("createMobject", body={"name": Tag("it's"), "of": [Text((Tag("a"), "-b"))]}),
    Wait(90),
    Step(
        "updateMobject",
        {"mobjectId": Ref(0, ("data", 0, "id"))},
        (("filter", Text(("name=eq=", Tag("x y")))),),
        {"id": Ref(0, ("id",)), "said": Text(("<", Ref(0, ("odd name",)), ">")), "to": Hook("/in")},
        {"X-Of": Ref(0, ("name",))},
        "second",
    ),
    Hear(),
    Step("createMdata", {"mobjectId": "none"}, body=b"not json $HOME `ls`", identity="stranger", media="text/plain"),
]
DIFFERENCE = Finding(
    "differential",
    API,
    "tour",
    Breach("difference", "listMobjects", "body.data[].name", "'a'", "'b'"),
    STEPS[:1],
    verdict="real",
    sides={"sandbox": "'a'", "target": "'b'"},
)


def report() -> Report:
    """One with a finding of each kind, hostile words, and a secret."""
    hostile = f'<script src="https://evil.example/x.js"></script> & "\x00 Bearer {SECRET}'
    model = Finding("model", API, "Directed", Breach("A3.2", "createMobject", "status", "201", hostile), STEPS, seed=7)
    requests = [f"curl -X GET http://127.0.0.1:9/x -H 'Authorization: Bearer {SECRET}'"]
    seen = replace(model, layer="conformance", steps=(), requests=requests, breach=model.breach._replace(rule="ST103"))
    answers = Counter({("model", API, "createMobject", 201): 3, ("conformance", API, "listMobjects", 400): 1})
    return Report(
        targets=["sandbox", "reference"],
        apis=[API],
        layers=["conformance", "model", "differential"],
        seed=7,
        started="2024-01-15T10:30:00Z",
        tally=Tally(answers, {(API, "listMobjects", "limit")}, {(API, "createMobject", "getMobject")}, 4),
        findings=[model, seen, DIFFERENCE],
        accepted=[replace(DIFFERENCE, breach=DIFFERENCE.breach._replace(where="header.allow"))],
        skipped=[Skip("model", API, "limits", "the target lacks clock: windows are not seen to end")],
        excused={(API, "deleteMdata"): "ours has none"},
        unanswered=[(API, "listMobjects")],
        again={API: "--target http://127.0.0.1:9/v1 --writes"},
        stale=["an entry | of drift"],
    )


def renaming(handle: Handle, request: Request) -> Response | Pending | None:
    """A sandbox that stores what is created under another name."""
    answer = handle(request)
    if request.method == "POST" and request.path.endswith("/mobjects") and isinstance(answer, Response):
        return Response(answer.status, re.sub(rb'("name":"kit-[^"]*)"', rb'\1!"', answer.body), answer.headers)
    return answer
