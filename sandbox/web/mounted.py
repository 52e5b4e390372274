"""One Api with its compiled operations."""

from collections.abc import Callable
from typing import Any

from sandbox.kernel.api import Api
from sandbox.web.plan import Plan
from sandbox.web.routes import Routes

Operation = tuple[Plan, Callable[..., Any]]


class Mounted:
    """One Api with its compiled operations, where it is reached."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.routes: Routes[Operation] = Routes(api.mount.base, "" if api.vendor else api.mount.prefix)

    def meant(self, path: str) -> str:
        """The path of the spec that a path stands for."""
        for alias, meant in self.api.aliases.items():
            if path.startswith(alias):
                return meant + path[len(alias) :]
        return path

    @property
    def first_segments(self) -> set[str]:
        """First path segments that belong to it on any host."""
        prefix = self.api.mount.prefix
        return {prefix.split("/")[1]} if prefix else self.routes.first_segments
