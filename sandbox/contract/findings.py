"""What a run finds: breaches of the contract, with the steps that lead there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from sandbox.contract.steps import Move

Verdict = Literal["spec", "sandbox", "real", "not deterministic"]


class Breach(NamedTuple):
    """One answer that is not as it must be.

    ``rule`` is ``spec`` for the document itself, else the mark of the written rule (A3.8, B5, C4.5 …); ``where`` is
    what of the answer is wrong: ``status``, ``header X``, ``body`` or a path in it as ``data.3.id``.
    """

    rule: str
    operation: str
    where: str
    expected: str
    got: str


@dataclass(frozen=True)
class Finding:
    """A breach, found by ``layer`` (``conformance``, ``stateful``, ``model`` or ``differential``).

    ``source`` is the check, rule set or probe that found it. ``steps`` lead there from nothing, the last one gives the
    wrong answer; empty where only ``requests`` (curl lines, secrets as variables) can say it. ``verdict`` and ``sides``
    (side → what it answered) are of a difference only.
    """

    layer: str
    api: str
    source: str
    breach: Breach
    steps: Sequence[Move] = ()
    requests: Sequence[str] = ()
    seed: int = 0
    verdict: Verdict | None = None
    sides: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes two findings the same one."""
        return self.api, self.breach.operation, self.breach.rule, self.breach.where
