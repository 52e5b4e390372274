"""The random part of a layer: a Hypothesis state machine whose rules send steps."""

from typing import ClassVar

from hypothesis.stateful import RuleBasedStateMachine

from sandbox.contract.play import Play


class Rules(RuleBasedStateMachine):
    """Base of each API's rules: ``self.play`` sends.

    A rule decides by what it drew and by what it knows symbolically (Result.ok, Ref), never by values in answers, so
    that the same steps can be played on two targets at once.
    """

    begin: "ClassVar[staticmethod[[], Play]]"
    """Begins a play; set by whoever runs the machine."""

    def __init__(self) -> None:
        super().__init__()
        self.play = self.begin()
