"""What the architecture promises and no linter checks."""

import ast
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest

from sandbox import apis, assets
from sandbox.cli import main
from sandbox.kernel.api import Api
from sandbox.kernel.reading import read_yaml
from sandbox.kernel.settings import index_settings
from sandbox.kernel.webhooks import SETTINGS
from sandbox.server import all_apis
from sandbox.web.plan import method_name

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "sandbox"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
APIS = {api.name: api for api in all_apis()}
VENDORS = [name for name, api in APIS.items() if api.vendor]
ROOMS = {"__init__", "records", "state", "handlers", "representations", "errors", "seed"}
VERBS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
SOURCES = {"documented", "example", "inferred"}


def operations(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    paths: Any = assets.spec(name)["paths"]
    for path, item in paths.items():
        for verb in VERBS & item.keys():
            yield f"{verb.upper()} {path}", item[verb]


def methods(handlers: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(handlers, inspect.isfunction) if not name.startswith("_")}


def words() -> str:
    return "\n".join(page.read_text("utf-8") for page in PAGES)


def test_every_spec_has_its_folder_and_every_folder_its_spec() -> None:
    folders = {path.parent.name for path in (PACKAGE / "apis").glob("*/__init__.py")}
    assert folders == set(VENDORS)
    assert {api.name for api in apis.discover()} == folders
    levers = {f"{name}.control" for name in VENDORS if APIS[name].levers}
    assert set(assets.spec_names()) == folders | levers | {"control"} == APIS.keys()


@pytest.mark.parametrize("name", VENDORS)
def test_every_api_has_the_same_rooms(name: str) -> None:
    rooms = {path.stem for path in (PACKAGE / "apis" / name).iterdir()}
    assert rooms >= ROOMS
    assert ("control" in rooms) == (APIS[name].levers is not None)


@pytest.mark.parametrize("name", APIS)
def test_every_operation_has_its_method_and_every_method_its_operation(name: str) -> None:
    named = [operation["operationId"] for _, operation in operations(name)]
    assert len(set(named)) == len(named)
    assert {method_name(operation) for operation in named} == methods(APIS[name].handlers)


@pytest.mark.parametrize("name", APIS)
def test_every_method_takes_what_its_operation_has_and_says_what_it_answers(name: str) -> None:
    for method in methods(APIS[name].handlers):
        assert "return" in inspect.get_annotations(getattr(APIS[name].handlers, method)), method


@pytest.mark.parametrize("name", VENDORS)
def test_every_vendor_operation_says_whose_word_it_stands_on(name: str) -> None:
    for place, operation in operations(name):
        assert operation.get("x-sandbox-source") in SOURCES, place
        documented = operation["x-sandbox-source"] == "documented"
        assert documented or operation.get("x-sandbox-reason"), place


@pytest.mark.parametrize("name", VENDORS)
def test_every_reason_cites_a_mark_of_the_reference(name: str) -> None:
    reference = (ROOT / "docs" / "reference" / f"{name}.md").read_text("utf-8")
    reasons = list(_reasons(assets.spec(name)))
    assert reasons
    for reason in reasons:
        mark = re.match(r"[A-Z]\d+", reason)
        assert mark, reason
        assert re.search(rf"\b{mark[0]}\b", reference), reason


def _reasons(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "x-sandbox-reason" in node:
            yield node["x-sandbox-reason"]
        for part in node.values():
            yield from _reasons(part)
    elif isinstance(node, list):
        for part in node:
            yield from _reasons(part)


@pytest.mark.parametrize("path", sorted((ROOT / "openapi").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_spec_says_nothing_twice(path: Path) -> None:
    assert read_yaml(path.name, path.read_text("utf-8"))["openapi"]


def test_what_waits_for_webhooks_says_what_it_answers_when_the_server_stops() -> None:
    handlers = APIS["control"].handlers
    waiting = {name for name in methods(handlers) if inspect.isgeneratorfunction(getattr(handlers, name))}
    stopping = {method_name(it["operationId"]) for _, it in operations("control") if "503" in it["responses"]}
    assert waiting
    assert waiting == stopping


@pytest.mark.parametrize("name", APIS)
def test_every_operation_is_described(name: str) -> None:
    for place, operation in operations(name):
        assert operation.get("summary"), place
        assert operation.get("tags"), place
        assert "default" not in operation["responses"], place


def test_every_option_is_in_the_docs() -> None:
    told = words()
    for _, command in _commands("msandbox", main):
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.is_eager:
                name = max(parameter.opts, key=len)
                assert name in told, name
                if command.name == "serve" or parameter.envvar:
                    assert parameter.envvar == "MSANDBOX_" + name.strip("-").upper().replace("-", "_")
                    assert str(parameter.envvar) in told, parameter.envvar


def _commands(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """All commands, with the words that lead to them."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from _commands(f"{path} {name}", below)


def test_every_command_is_in_the_docs() -> None:
    told = words()
    for path, command in _commands("msandbox", main):
        assert command is main or f"## {path}\n" in told, path
        assert command.help, path


def test_every_setting_is_in_the_docs() -> None:
    settings = index_settings([SETTINGS, *(api.settings for api in APIS.values())])
    assert settings
    told = words()
    for setting in settings.values():
        assert f"`{setting.name}`" in told, setting.name


def test_every_scenario_is_in_the_docs() -> None:
    told = words()
    for name in assets.scenario_names():
        assert f"`{name}`" in told, name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_the_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_modules_and_functions_stay_small(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400
    for function in functions(path):
        lines = (function.end_lineno or 0) - function.lineno + 1
        assert lines <= (15 if path.stem == "handlers" else 50), function.name


def test_most_functions_are_tiny() -> None:
    sizes = sorted((f.end_lineno or 0) - f.lineno + 1 for path in modules() for f in functions(path))
    assert sizes[len(sizes) // 2] <= 8


def test_no_module_is_a_drawer() -> None:
    assert not {path.stem for path in modules()} & {"utils", "helpers", "common", "base", "core", "misc"}


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_every_exception_to_a_rule_stands_beside_its_reason(path: Path) -> None:
    for line in path.read_text("utf-8").splitlines():
        for mark in ("# noqa", "# type: ignore"):
            if mark in line:
                assert line.count("#") >= 2, line.strip()
                assert re.search(rf"{mark}[:\[]", line), line.strip()


def test_an_api_is_its_specs_and_its_folder() -> None:
    """Nothing outside of an API's folders names it, but for what explains."""
    for path in modules():
        if not any(path.is_relative_to(PACKAGE / folder) for folder in ("apis", "contract/apis")):
            tree = ast.parse(path.read_text("utf-8"))
            for node in ast.walk(tree):
                if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                    node.value.value = ""  # a docstring
            for name in VENDORS:
                assert name not in ast.unparse(tree).lower(), path


@pytest.mark.parametrize("name", VENDORS)
def test_the_registration_of_an_api_is_all_there_is_to_import(name: str) -> None:
    module = import_module(f"sandbox.apis.{name}")
    assert isinstance(module.API, Api)
    assert len((PACKAGE / "apis" / name / "__init__.py").read_text("utf-8").splitlines()) <= 40
