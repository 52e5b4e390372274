"""``python -m benchmarks``: compares the sandbox with its peers, and measures it by itself."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from benchmarks import figures, servers
from benchmarks.machine import facts
from benchmarks.report import as_json, markdown
from benchmarks.rounds import Contest, Pace

_CHOICES = (*(peer.name for peer in servers.PEERS), "process", "starts")


def main() -> int:
    """The exit status: 0 when everything that can run here was measured, whether a target was met or not."""
    asked = _arguments()
    pace = Pace(1, 1, 1) if asked.quick else Pace(asked.rounds, asked.seconds)
    contest = Contest(pace, _say)
    failures = [_failure(contest, peer) for peer in _peers(asked.only)]
    measured = _figures(asked.only, pace.rounds)
    machine = facts()
    print(markdown(machine, pace, contest, measured))
    if asked.json:
        asked.json.write_text(json.dumps(as_json(machine, pace, contest, measured), indent=1), "utf-8")
    return 1 if any(failures) else 0


def _failure(contest: Contest, peer: servers.Kind) -> str | None:
    """Compare with a peer: why that went wrong, None if it did not. The others are compared all the same."""
    try:
        contest.run(peer)
    except (RuntimeError, subprocess.SubprocessError) as error:
        _say(f"{peer.name}: given up, {error}")
        return str(error)
    return None


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round of a second: to see that it works")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each operation [5]")
    parser.add_argument("--seconds", type=int, default=2, help="length of a round, whole seconds [2]")
    parser.add_argument("--only", nargs="+", choices=_CHOICES, default=_CHOICES, help="what to measure [everything]")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every round's figures there too")
    return parser.parse_args()


def _peers(only: list[str]) -> list[servers.Kind]:
    """Those that were asked for and can run here, installed."""
    wanted = [peer for peer in servers.PEERS if peer.name in only]
    reasons = {peer.name: servers.missing(peer) for peer in wanted}
    for reason in filter(None, reasons.values()):
        _say(reason)
    found = [peer for peer in wanted if reasons[peer.name] is None]
    servers.install(found)
    return found


def _figures(only: list[str], rounds: int) -> list[figures.Figure]:
    found: list[figures.Figure] = []
    if "process" in only:
        _say("in process")
        found += figures.in_process()
    if "starts" in only:
        _say("starts")
        found += figures.starts(max(3, rounds))
    return found


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
