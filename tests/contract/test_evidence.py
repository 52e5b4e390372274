"""What the files of evidence say, and that they can be read by whom they are for."""

import json
import re
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from sandbox.contract import accepted, evidence
from sandbox.contract.evidence import hidden, replays
from sandbox.contract.evidence.script import curls, script
from sandbox.contract.report import Exit
from sandbox.contract.scrub import Scrub
from sandbox.contract.steps import At, Hook, Item, Step, Tag, Text
from tests.contract.made import API, DIFFERENCE, SECRET, STEPS, report


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("evidence")
    evidence.write(report(), path, Scrub([SECRET]))
    return path


def test_every_file_is_there_and_none_holds_a_secret(folder: Path) -> None:
    files = {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.rglob("*.*")}
    written = {"summary.json", "junit.xml", "report.html", "drift.json", "drift.md"}
    assert files.keys() == written | {f"replay/0{n}.json" for n in (1, 2, 3)} | {"repro/01.sh", "repro/03.sh"}
    assert not [name for name, text in files.items() if SECRET in text]


class Page(HTMLParser):
    """Collects what a browser would load or run, and whether each element is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.loaded += [str(named[name]) for name in ("src", "href", "data", "srcset") if name in named]
        self.loaded += [tag] if tag in {"script", "iframe", "link", "img", "object"} else []
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_loads_nothing_and_says_what_there_is_to_say(folder: Path) -> None:
    html = (folder / "report.html").read_text("utf-8")
    page = Page()
    page.feed(html)
    assert page.open == []
    assert all(re.fullmatch(r"#f\d", target) for target in page.loaded)
    assert "url(" not in html
    assert "@import" not in html
    assert "prefers-color-scheme:dark" in html
    assert "<code>msandbox contract replay replay/01.json --target http://127.0.0.1:9/v1 --writes</code>" in html
    assert page.text.index("The contract is broken") < page.text.index("Findings")
    for said in ("A3.2", "<script", "ours has none", "the target lacks clock", "an entry | of drift", "1 of 17"):
        assert said in page.text, said


def test_a_long_list_is_folded_away(tmp_path: Path) -> None:
    evidence.write(replace(report(), permanent=[f"thing {number}" for number in range(500)]), tmp_path)
    html = (tmp_path / "report.html").read_text("utf-8")
    page = Page()
    page.feed(html)
    assert page.open == []
    shown, _, rest = html.partition("<details>")
    assert "thing 9<" in shown
    assert "thing 10<" not in shown
    assert rest.startswith("<summary>490 more</summary>")
    assert "thing 499<" in rest


def test_ci_reads_the_cases(folder: Path) -> None:
    root = ET.fromstring((folder / "junit.xml").read_text("utf-8"))  # noqa: S314  # written here
    suites = {suite.get("name"): suite for suite in root}
    assert set(suites) == {f"{name}.{API}" for name in ("conformance", "model", "differential", "answered")} | {"run"}
    for suite in root:
        assert int(suite.get("tests", 0)) == len(suite)
        for kind, count in {"failure": "failures", "error": "errors", "skipped": "skipped"}.items():
            assert int(suite.get(count, -1)) == len(suite.findall(f"testcase/{kind}"))
        for case in suite:
            assert {"classname", "name", "time"} <= set(case.keys())
            assert len(case) <= 1
    failed = {case.get("name") for case in suites[f"model.{API}"] if case.find("failure") is not None}
    assert failed == {"createMobject"}
    assert suites[f"model.{API}"].find("testcase[@name='limits']/skipped") is not None
    assert suites[f"answered.{API}"].find("testcase[@name='listMobjects']/failure") is not None
    assert int(root.get("failures", 0)) == 4


def test_the_summary_counts(folder: Path) -> None:
    told = json.loads((folder / "summary.json").read_text("utf-8"))
    assert told["exit"] == Exit.FAILED
    assert told["coverage"][API]["operations"] == {"reached": 1, "of": 17}
    assert told["coverage"][API]["parameters"]["reached"] == told["coverage"][API]["links"]["reached"] == 1
    assert told["operations"][API]["createMobject"] == {"201": 3}
    assert [one["replay"] for one in told["findings"]] == [f"replay/0{n}.json" for n in (1, 2, 3)]


def test_drift_is_told_for_programs_and_for_people(folder: Path) -> None:
    told = json.loads((folder / "drift.json").read_text("utf-8"))
    assert [(row["where"], row["accepted"]) for row in told["differences"]] == [
        ("body.data[].name", False),
        ("header.allow", True),
    ]
    page = (folder / "drift.md").read_text("utf-8")
    assert "1 new, 1 accepted" in page
    assert r"an entry \| of drift" in page


def test_a_replay_file_is_the_finding_again(folder: Path) -> None:
    found = report().findings[0]
    again = replays.read(folder / "replay" / "01.json")
    assert (again.steps, again.key, again.seed) == (found.steps, found.key, 7)
    with pytest.raises(ValueError, match="no replay file"):
        replays.read(folder / "summary.json")


def test_what_the_kit_makes_up_stays_in_what_is_played_again(tmp_path: Path) -> None:
    steps = [Step("createWebhook", body={"url": Hook("/a"), "secret": "made-up-by-the-kit-itself"})]
    told = report()
    requests = [f'curl -d \'{{"secret": "{SECRET}"}}\'', 'curl -d \'{"token": "somebody-elses"}\'']
    told.findings = [hidden(replace(told.findings[0], steps=steps, requests=requests), Scrub([SECRET]).text)]
    evidence.write(told, tmp_path, Scrub([SECRET]))
    assert replays.read(tmp_path / "replay/01.json").steps == steps
    assert "made-up-by-the-kit-itself" in (tmp_path / "repro/01.sh").read_text()
    text = "".join(path.read_text("utf-8") for path in tmp_path.rglob("*.*"))
    assert SECRET not in text
    assert "somebody-elses" not in text


@pytest.mark.parametrize("where", ["body.data[].secret", "header Set-Cookie", "token", "body.tokens[].token[]"])
def test_a_difference_in_a_secret_does_not_show_it(where: str) -> None:
    told = replace(DIFFERENCE, breach=DIFFERENCE.breach._replace(where=where, expected="'ours-1234'"))
    shown = hidden(replace(told, sides={"sandbox": "'ours-1234'", "target": "'theirs-1234'"}), Scrub().text)
    assert "-1234" not in str(shown)
    assert hidden(DIFFERENCE, Scrub().text) == replace(DIFFERENCE, requests=[])


def test_what_an_earlier_run_found_is_gone(tmp_path: Path) -> None:
    evidence.write(report(), tmp_path)
    (tmp_path / "replay" / "mine.json").write_text("{}")
    last = report()
    last.findings = last.findings[:1]
    evidence.write(last, tmp_path)
    assert {path.name for path in tmp_path.glob("re*/*")} == {"01.json", "01.sh", "mine.json"}


def test_the_script_says_the_steps_to_a_shell(tmp_path: Path) -> None:
    """Run with a curl and a jq that only show how they are called."""
    for name in ("curl", "jq"):
        tool = tmp_path / name
        answer = 'while [ "$1" != -o ]; do shift; done; echo {} > "$2"' if name == "curl" else 'echo "<$2>"'
        tool.write_text(
            f"#!/bin/sh\nprintf '[%s]' {name} \"$@\" >> '{tmp_path}/called'; echo >> '{tmp_path}/called'\n{answer}\n"
        )
        tool.chmod(0o755)
    (tmp_path / "steps.sh").write_text(script(report().findings[0]))
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "URL": "http://x", "FIRST": "A b", "SECOND": "C", "RUN": "r-"}
    subprocess.run(["/bin/bash", tmp_path / "steps.sh"], env=environment, check=True, capture_output=True)
    called = [line for line in (tmp_path / "called").read_text().splitlines() if line.startswith("[curl]")]
    assert len(called) == 3
    assert "[-X][POST][http://x/mobjects][-H][Authorization: A b]" in called[0]
    assert called[0].endswith("""[{"name":"r-it's","of":["r-a-b"]}]""")
    assert "[-X][PUT][http://x/mobjects/<.data[0].id | tostring | @uri>?filter=name%3Deq%3Dr-x%20y]" in called[1]
    assert "[Authorization: C]" in called[1]
    assert called[1].endswith("""[{"id":<.id>,"said":"<<.["odd name"]>>","to":"http://127.0.0.1:9/in"}]""")
    assert "[Content-Type: text/plain]" in called[2]
    assert called[2].endswith("[not json $HOME `ls`]")


def test_instants_and_whoever_asks_are_said_to_a_shell() -> None:
    steps = [Step("listMobjects", query=(("at", At(-5)),), body={"from": At(1000)}, identity="limited")]
    (line,) = curls(replace(report().findings[0], steps=steps))
    shell = f'at() {{ echo "<$1>"; }}\ncurl() {{ printf \'[%s]\' "$@"; }}\n{line}\n'
    environment = {"PATH": "/usr/bin:/bin", "URL": "http://x", "LIMITED": "E f"}
    told = subprocess.run(
        ["/bin/bash", "-c", shell], env=environment, check=True, capture_output=True, text=True
    ).stdout
    assert "[http://x/mobjects?at=<-5>][-H][Authorization: E f]" in told
    assert told.endswith('[{"from":<1000>}]')


def test_an_item_is_looked_for_by_a_shell() -> None:
    path = {"workflowId": Item(0, ("data",), "name", Text(('Save "', Tag("x"))), ("id",))}
    (line,) = curls(replace(report().findings[0], steps=[Step("getWorkflow", path, identity="nobody")]))
    shell = f'uri() {{ echo "<$2>"; }}\ncurl() {{ printf \'[%s]\' "$@"; }}\n{line}\n'
    told = subprocess.run(
        ["/bin/bash", "-c", shell],
        env={"PATH": "/usr/bin:/bin", "URL": "http://x", "RUN": "r-"},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert told == r'[-sS][-X][GET][http://x/workflows/<first(.data[] | select(.name == "Save \"r-x")) | .id>]'


def test_a_finding_without_steps_shows_its_requests() -> None:
    found = report().findings[1]
    assert curls(found) == list(found.requests)
    assert len(curls(report().findings[0])) == len(STEPS)


def test_known_drift_is_accepted_once_and_stale_entries_show(tmp_path: Path) -> None:
    path = tmp_path / "drift.yaml"
    path.write_text(
        f"- {{api: {API}, operation: listMobjects, where: 'body.data[].name', reason: theirs is older}}\n"
        f"- {{api: {API}, operation: getMobject, where: status, reason: gone by now}}\n"
    )
    found = [DIFFERENCE, *report().findings[:1]]
    remaining, known, stale = accepted.sort_out(found, accepted.read(path))
    assert (remaining, known) == (found[1:], [DIFFERENCE])
    assert [str(one) for one in stale] == [f"{API} getMobject, status: gone by now"]


@pytest.mark.parametrize(
    "text", ["{", "a: 1", "- a", "- {api: x, operation: y, where: z}", "- {api: x, operation: y, where: z, reason: ''}"]
)
def test_what_is_no_list_of_drift_says_so(tmp_path: Path, text: str) -> None:
    path = tmp_path / "drift.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match=re.escape(str(path))):
        accepted.read(path)
