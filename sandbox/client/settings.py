"""What can be changed while the server runs. Written from openapi/control.yaml by tools/write_client.py."""

from collections.abc import Callable, Mapping
from typing import Any, TypedDict


class Setting(TypedDict):
    """Setting."""

    name: str
    value: Any
    default: Any
    description: str
    type: str


class SettingList(TypedDict):
    """Setting list."""

    settings: list[Setting]


class SettingsOperations:
    """What can be changed while the server runs."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def get(self) -> SettingList:
        """Read the settings. Every setting of the namespace, by name, with its value and its default."""
        answer: SettingList = self._call("GET", "/__admin/settings")
        return answer

    def change(self, body: Mapping[str, Any]) -> SettingList:
        """Change settings.

        Changes the settings named, all or none, and answers with all settings. A name that does not exist, or a value
        of another type than the setting's, is 400.
        """
        answer: SettingList = self._call("PATCH", "/__admin/settings", body=body)
        return answer
