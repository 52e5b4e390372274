"""docs/fidelity.md says what the specs say."""

from typing import Any

from sandbox import assets
from sandbox.server import all_apis
from tools.write_fidelity import PAGE, marks, written

VENDORS = [api.name for api in all_apis() if api.vendor]


def test_the_page_is_the_one_generated_from_the_specs() -> None:
    assert PAGE.read_text("utf-8") == written(), "docs/fidelity.md is out of date: run python -m tools.write_fidelity"


def test_every_operation_and_every_reason_is_on_it() -> None:
    told = PAGE.read_text("utf-8")
    for name in VENDORS:
        spec: Any = assets.spec(name)
        for path, item in spec["paths"].items():
            for verb in item.keys() & {"get", "put", "post", "delete", "patch"}:
                assert f"`{verb.upper()} {path}`" in told
        for mark in marks(spec):
            assert mark.reason.replace("|", "\\|") in told
            assert mark.reason or mark.source == "documented"
