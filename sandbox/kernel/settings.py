"""Typed settings of a namespace: what a test may switch while the sandbox runs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sandbox.kernel.errors import Invalid

T_co = TypeVar("T_co", covariant=True)  # a setting is only read

_NAMES = {bool: "boolean", int: "integer", str: "string", list: "array"}


@dataclass(frozen=True, slots=True)
class Setting(Generic[T_co]):
    """One setting: its type is that of its default; ``check`` answers what is wrong with a value, or None."""

    name: str
    default: T_co
    description: str
    check: Callable[[Any], str | None] | None = None

    @property
    def type(self) -> str:
        """``boolean``, ``integer``, ``string`` or ``array``."""
        return _NAMES[type(self.default)]

    def accept(self, value: Any) -> T_co:
        """``value`` if it fits, else raises Invalid that names the setting."""
        if type(value) is not type(self.default):
            msg = f"Setting {self.name} must be of type {self.type}"
            raise Invalid(msg, field=self.name, value=value)
        wrong = self.check(value) if self.check else None
        if wrong:
            msg = f"Setting {self.name}: {wrong}"
            raise Invalid(msg, field=self.name, value=value)
        accepted: T_co = value
        return accepted


def index_settings(groups: Iterable[Iterable[Setting[Any]]]) -> dict[str, Setting[Any]]:
    """All settings by name."""
    return {setting.name: setting for group in groups for setting in group}
