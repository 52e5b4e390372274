"""Known drift: differences between two targets that are accepted, each with a reason."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from sandbox.contract.findings import Finding

_MEMBERS = ("api", "operation", "where", "reason")


class Drift(NamedTuple):
    """One difference that is accepted: at ``where`` in what an operation of an API answers."""

    api: str
    operation: str
    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.api} {self.operation}, {self.where}: {self.reason}"

    def matches(self, finding: Finding) -> bool:
        """Whether this is it."""
        breach = finding.breach
        return (finding.api, breach.operation, breach.where) == (self.api, self.operation, self.where)


def read(path: Path) -> list[Drift]:
    """A file of YAML or JSON: a list of api, operation, where, reason. Raises ValueError, OSError."""
    try:
        told = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is neither YAML nor JSON: {error}") from None
    entries = [] if told is None else told
    if isinstance(entries, list):
        return [_read_one(path, number, one) for number, one in enumerate(entries, 1)]
    raise ValueError(f"{path} is no list")


def _read_one(path: Path, number: int, told: Any) -> Drift:
    if not isinstance(told, dict) or set(told) != set(_MEMBERS):
        raise ValueError(f"{path}: entry {number} has not exactly {', '.join(_MEMBERS)}")
    wrong = [name for name in _MEMBERS if not isinstance(told[name], str) or not told[name].strip()]
    if wrong:
        raise ValueError(f"{path}: entry {number} has no text in {', '.join(wrong)}")
    return Drift(**told)


def sort_out(found: Iterable[Finding], known: Sequence[Drift]) -> tuple[list[Finding], list[Finding], list[Drift]]:
    """The findings that remain, the differences that are accepted, and the entries that match none."""
    remaining, accepted, used = [], [], set()
    for finding in found:
        hit = next((one for one in known if finding.verdict is not None and one.matches(finding)), None)
        if hit is None:
            remaining.append(finding)
        else:
            accepted.append(finding)
            used.add(hit)
    return remaining, accepted, [one for one in known if one not in used]
