"""Exports on disk: --import, --export-on-exit, and a file that is whole whatever happens."""

import gzip
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from sandbox.cli import main, statefile
from sandbox.kernel.errors import Invalid
from tests.client import M360, make_client
from tests.web.serving import MDATA, serving

FROZEN = ("--scenario", "docs", "--clock", "2024-01-15T10:30:00Z")
KILLED = """
import sys
from pathlib import Path
from sandbox.cli.statefile import replace

def parts():
    yield b"new" * 1_000_000
    print("half", flush=True)
    sys.stdin.read()
    yield b"end"

replace(Path(sys.argv[1]), parts())
"""


def test_a_server_goes_on_where_another_ended(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    with serving(*FROZEN, "--export-on-exit", str(file)) as first:
        with first.api() as api:
            made = api.post("/__admin/namespaces", json={"name": "mine", "from": "default"}).json()
            token = made["credentials"]["monetize360"]["tokens"][0]["token"]
            api.post(MDATA, json={"data": {"name": "Kept"}})
            api.post("/__admin/clock/shift", json={"by": "P1D"})
            before = [api.get("/__admin/export").content, api.get("/ns/mine/__admin/export").content]
        assert first.end(signal.SIGTERM) == 0
    assert file.stat().st_mode & 0o777 == 0o600
    with serving("--scenario", "empty", "--import", str(file)) as second:
        with second.api() as api:
            after = [api.get("/__admin/export").content, api.get("/ns/mine/__admin/export").content]
            inside = api.get(f"{M360}/workflows", headers={"Authorization": f"Bearer {token}"})
            then = [api.post(MDATA, json={"data": {"n": 1}}).content, api.get("/__admin/export").content]
        assert "with scenario docs" in second.output
    assert after == before
    here = make_client("empty")
    assert here.post("/__admin/import", before[0]).status == 200
    assert [here.post(MDATA, {"data": {"n": 1}}).body, here.get("/__admin/export").body] == then
    assert inside.status_code == 200
    assert [kept["namespace"] for kept in orjson.loads(file.read_bytes())["content"]["namespaces"]] == [
        "default",
        "mine",
    ]


def test_one_file_for_both_begins_with_none(tmp_path: Path) -> None:
    file = tmp_path / "state.json.gz"
    totals = []
    for _ in range(2):
        with serving(*FROZEN, MSANDBOX_IMPORT=str(file), MSANDBOX_EXPORT_ON_EXIT=str(file)) as running:
            with running.api() as api:
                assert api.post(MDATA, json={"data": {"name": "Kept"}}).status_code == 201
                totals.append(api.get(f"{MDATA}?limit=1").json()["pagination"]["total"])
            assert running.end(signal.SIGINT) == 0
    assert totals[1] == totals[0] + 1
    assert orjson.loads(gzip.decompress(file.read_bytes()))["formatVersion"] == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot read"),
        (b"", "is not JSON"),
        (b"{}", "is not 'monetization-sandbox-state'"),
        (b"\x80\x04\x95.", "is not JSON"),
        (b"\x1f\x8b broken", "is not whole gzip"),
        (gzip.compress(b"{}", mtime=0)[:-9], "is not whole gzip"),
    ],
)
def test_what_cannot_be_imported_is_said(tmp_path: Path, text: bytes | None, said: str) -> None:
    file = tmp_path / "state.json"
    if text is not None:
        file.write_bytes(text)
    done = CliRunner().invoke(main, ["serve", "--port", "0", "--scenario", "empty", "--import", str(file)])
    assert done.exit_code == 1
    assert str(file) in done.output
    assert said in done.output


def test_a_folder_that_is_not_there_is_said_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "nowhere" / "state.json"
    done = CliRunner().invoke(main, ["serve", "--port", "0", "--scenario", "empty", "--export-on-exit", str(file)])
    assert (done.exit_code, "there is no folder" in done.output) == (1, True)


def test_a_process_killed_on_the_way_leaves_the_old_file_whole(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    statefile.write(file, b"old")
    command = [sys.executable, "-c", KILLED, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"half\n"
        (begun,) = (path for path in tmp_path.iterdir() if path != file)
        assert begun.stat().st_size >= 1_000_000
        process.kill()
    assert file.read_bytes() == b"old"
    statefile.write(file, b"newer")
    assert file.read_bytes() == b"newer"


def test_an_error_on_the_way_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    def full() -> Iterator[bytes]:
        yield b"new"
        raise OSError(28, "No space left on device")

    file = tmp_path / "state.json"
    statefile.write(file, b"old")
    with pytest.raises(OSError, match="No space"):
        statefile.replace(file, full())
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]
    assert file.read_bytes() == b"old"


def test_a_link_stays_one(tmp_path: Path) -> None:
    file, link = tmp_path / "state.json", tmp_path / "link.json"
    file.write_bytes(b"old")
    link.symlink_to(file)
    statefile.write(link, b"new")
    assert link.is_symlink()
    assert file.read_bytes() == b"new"


def test_what_is_no_file_is_written_to_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        statefile.write(pipe, b"state")
        assert os.read(reader, 100) == b"state"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


def test_one_file_may_be_written_in_two_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    statefile.bring_in(make_client("empty").sandbox, Path("state.json"), tmp_path / "state.json")


def test_a_packed_file_is_the_same_twice_and_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = tmp_path / "a.gz", tmp_path / "b.gz"
    for file in (first, second):
        statefile.write(file, b"x" * 10_000)
    assert first.read_bytes() == second.read_bytes()
    assert statefile.read(first) == b"x" * 10_000
    monkeypatch.setattr(statefile, "LARGEST", 9_999)
    with pytest.raises(Invalid, match="more than 9999 bytes"):
        statefile.read(first)
