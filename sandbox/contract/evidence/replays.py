"""Replay files: the shortest sequence of a finding as JSON, which ``msandbox contract replay`` plays again."""

from pathlib import Path
from typing import Any

import orjson

from sandbox.contract.evidence.moves import dump, load
from sandbox.contract.findings import Breach, Finding

FORMAT = 1


def written(finding: Finding) -> dict[str, Any]:
    """A finding as JSON; ``read`` makes it one again."""
    return {
        "format": FORMAT,
        "api": finding.api,
        "layer": finding.layer,
        "source": finding.source,
        "seed": finding.seed,
        "breach": finding.breach._asdict(),
        "verdict": finding.verdict,
        "sides": finding.sides,
        "requests": list(finding.requests),
        "steps": dump(finding.steps),
    }


def read(path: Path) -> Finding:
    """The finding of a replay file. Raises ValueError for what is none, OSError."""
    try:
        told = orjson.loads(path.read_bytes())
        return restored(told)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is no replay file: {error}") from None


def restored(told: dict[str, Any]) -> Finding:
    """The finding that ``written`` wrote. Raises KeyError, TypeError, ValueError."""
    if told["format"] != FORMAT:
        raise ValueError(f"its format is {told['format']}, not {FORMAT}")
    return Finding(
        told["layer"],
        told["api"],
        told["source"],
        Breach(**told["breach"]),
        load(told["steps"]),
        told["requests"],
        told["seed"],
        told["verdict"],
        told["sides"],
    )
