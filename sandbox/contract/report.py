"""What a run came to: all that the files of evidence tell."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from sandbox.contract.findings import Finding

LAYERS = ("conformance", "stateful", "model", "differential")
"""In the order in which they are run; a to d for short."""

THE_REST = "the rest"
"""What was not tried since the run came to its own limits."""
NO_OPERATION = "no operation"
"""What is shown in place of an operation where what was asked is none."""


class Exit(IntEnum):
    """Exit codes."""

    SAME = 0
    FAILED = 1
    COULD_NOT_RUN = 2
    LEFTOVERS = 3


@dataclass
class Tally:
    """What was asked and answered.

    ``answers`` by (layer, api, operationId, status), ``parameters`` and ``links`` by (api, operationId, name).
    """

    answers: Counter[tuple[str, str, str, int]] = field(default_factory=Counter)
    parameters: set[tuple[str, str, str]] = field(default_factory=set)
    links: set[tuple[str, str, str]] = field(default_factory=set)
    calls: int = 0
    """Everything sent, also what belongs to no operation, and cleaning up."""

    def add(self, other: "Tally") -> None:
        """Count another's too."""
        self.answers.update(other.answers)
        self.parameters |= other.parameters
        self.links |= other.links
        self.calls += other.calls

    def statuses(self, api: str, operation: str) -> Counter[int]:
        """How often an operation was answered with each status, over all layers."""
        found: Counter[int] = Counter()
        for (_, of, name, status), number in self.answers.items():
            if (of, name) == (api, operation):
                found[status] += number
        return found


@dataclass(frozen=True)
class Skip:
    """Something that was not tried, with the reason."""

    layer: str
    api: str
    name: str
    reason: str


@dataclass
class Report:
    """One run.

    ``targets`` are the names of what was aimed at (two for a differential run); ``started`` is UTC, ISO 8601.

    ``problems`` are what kept it from running at all; ``accepted`` the differences that are known drift; ``leftovers``
    and ``permanent`` what it created and could not, or never can, take back.
    """

    targets: Sequence[str]
    apis: Sequence[str]
    layers: Sequence[str]
    seed: int
    started: str
    seconds: float = 0
    versions: Mapping[str, str] = field(default_factory=dict)
    specs: Mapping[str, str] = field(default_factory=dict)
    """The SHA-256 of each API's spec."""
    tally: Tally = field(default_factory=Tally)
    findings: list[Finding] = field(default_factory=list)
    accepted: list[Finding] = field(default_factory=list)
    skipped: list[Skip] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    excused: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Why an operation, by (api, operationId), needs no successful answer."""
    unanswered: list[tuple[str, str]] = field(default_factory=list)
    """The operations, by (api, operationId), that had no successful answer and are not excused."""
    leftovers: list[str] = field(default_factory=list)
    permanent: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    """Entries of the file of accepted drift that no difference matched."""
    again: Mapping[str, str] = field(default_factory=dict)
    """By API, the words of a command that plays something again on the same targets."""
    told: Mapping[str, str] = field(default_factory=dict)
    """What else it was told: profile, shard, and the prefix of what it creates."""

    @property
    def exit(self) -> Exit:
        """The exit code: what could not run weighs most, then what failed, then what was left over."""
        if self.problems or not self.tally.calls:
            return Exit.COULD_NOT_RUN
        if self.findings or self.unanswered:
            return Exit.FAILED
        return Exit.LEFTOVERS if self.leftovers else Exit.SAME
