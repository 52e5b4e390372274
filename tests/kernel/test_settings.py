from typing import Any

import pytest

from sandbox.kernel.errors import Invalid
from sandbox.kernel.settings import Setting, index_settings

FLAG = Setting("toy.flag", default=False, description="a flag")
COUNT = Setting("toy.count", 3, "a number", lambda value: "must be positive" if value < 1 else None)
NAME = Setting("toy.name", "x", "a name")
LIST = Setting("toy.list", list[Any](), "a list")


@pytest.mark.parametrize(
    ("setting", "type_", "good", "bad"),
    [
        (FLAG, "boolean", [True, False], [0, 1, "true", None, []]),
        (COUNT, "integer", [1, 10**9], [True, 1.0, "1", None]),
        (NAME, "string", ["", "y"], [1, None, ["y"]]),
        (LIST, "array", [[], [1, "a"]], [(), {}, "a", None]),
    ],
)
def test_a_value_has_the_type_of_the_default(
    setting: Setting[Any], type_: str, good: list[Any], bad: list[Any]
) -> None:
    assert setting.type == type_
    assert [setting.accept(value) for value in good] == good
    for value in bad:
        with pytest.raises(Invalid, match=f"{setting.name} must be of type {type_}") as refused:
            setting.accept(value)
        assert (refused.value.field, refused.value.value) == (setting.name, value)


def test_a_check_says_what_is_wrong() -> None:
    with pytest.raises(Invalid, match=r"Setting toy\.count: must be positive") as refused:
        COUNT.accept(0)
    assert refused.value.details == {"field": "toy.count", "value": 0}


def test_settings_are_found_by_name() -> None:
    assert index_settings([[FLAG, COUNT], [], [NAME]]) == {"toy.flag": FLAG, "toy.count": COUNT, "toy.name": NAME}
