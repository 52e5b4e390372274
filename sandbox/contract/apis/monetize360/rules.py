"""Random steps."""

from hypothesis.stateful import rule

from sandbox.contract.apis.monetize360.probes import OBJECT
from sandbox.contract.play import Result
from sandbox.contract.rules import Rules


class Directed(Rules):
    """Makes objects, and reads them."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[Result] = []

    @rule()
    def make(self) -> None:
        """A new object."""
        made = self.play.send("createMobject", body=OBJECT)
        if made.ok:
            self.made.append(made)

    @rule()
    def read(self) -> None:
        """One of them."""
        if self.made:
            self.play.send("getMobject", {"mobjectId": self.made[-1].ref("id")})
