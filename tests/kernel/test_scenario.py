"""Scenario files: reading, including, and every kind of mistake in the parts that all APIs share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox import assets
from sandbox.kernel.api import Api, Mount
from sandbox.kernel.errors import NotFound, ScenarioError
from sandbox.kernel.sandbox import DEFAULT, Sandbox, Start
from sandbox.kernel.scenario import Library, Scenario, read_scenario
from sandbox.kernel.settings import Setting

SECTION = {"type": "object", "additionalProperties": False, "properties": {"things": {"type": "array"}}}


def api(name: str) -> Api:
    return Api(
        name=name,
        mount=Mount(f"/{name}"),
        handlers=object,
        envelope=lambda _failure, _now: {},
        scenario=SECTION,
        settings=(Setting(f"{name}.strict", default=False, description=""),),
    )


APIS = (api("shop"), api("bank"))


def reader(files: dict[str, str]) -> Callable[[str], tuple[str, str]]:
    return lambda name: (f"{name}.yaml", files[name])


def read(main: str, **others: str) -> Scenario:
    return read_scenario("main", reader({"main": main, **others}), APIS)


def things(scenario: Scenario, name: str = "shop") -> list[Any]:
    return [section.data["things"] for section in scenario.sections[name]]


def test_an_empty_mapping_has_a_name_and_nothing_else() -> None:
    scenario = read("{}")
    assert (scenario.title, scenario.description, scenario.seed, scenario.clock) == ("main.yaml", "", 0, None)
    assert scenario.sections == {"shop": (), "bank": ()}
    assert scenario.settings == {}


def test_what_is_included_comes_first_in_order() -> None:
    scenario = read(
        "{include: [one, two], shop: {things: [c]}}",
        one="{shop: {things: [a]}, bank: {things: [x]}}",
        two="{include: [one], shop: {things: [b]}}",
    )
    assert things(scenario) == [["a"], ["a"], ["b"], ["c"]]
    assert things(scenario, "bank") == [["x"], ["x"]]


def test_the_file_that_includes_has_the_last_word() -> None:
    base = "{clock: 2024-01-15T10:30:00Z, seed: 7, settings: {shop.strict: true, bank.strict: true}}"
    inherited = read("{include: [base]}", base=base)
    assert (inherited.clock, inherited.seed) == ("2024-01-15T10:30:00Z", 7)
    overridden = read("{include: [base], clock: running, seed: 8, settings: {bank.strict: false}}", base=base)
    assert (overridden.clock, overridden.seed) == ("running", 8)
    assert overridden.settings == {"shop.strict": True, "bank.strict": False}


def test_instants_and_dates_stay_text() -> None:
    assert things(read("shop: {things: [2024-01-15T10:30:00Z, 2024-01-15, 1.5, 3]}")) == [
        ["2024-01-15T10:30:00Z", "2024-01-15", 1.5, 3]
    ]


def test_only_true_and_false_are_booleans() -> None:
    assert things(read("shop: {things: [true, false, yes, NO, on, {off: 1}]}")) == [
        [True, False, "yes", "NO", "on", {"off": 1}]
    ]


@pytest.mark.parametrize(
    ("main", "where", "expected"),
    [
        ("seed: 1\ntitle: a: b", "main.yaml: line 2", "is not YAML"),
        ("- a", "main.yaml", "must be a mapping"),
        ("", "main.yaml", "must be a mapping"),
        ("{titel: a}", "main.yaml: titel", "is not a known member; there are title, description, include, clock"),
        ("{title: 3}", "main.yaml: title", "must be of type string, not integer"),
        ("{seed: a}", "main.yaml: seed", "must be of type integer, not string"),
        ("{clock: noon}", "main.yaml: clock", "write it like 2024-01-15T10:30:00Z"),
        ("{seed: -1}", "main.yaml: seed", "must be at least 0"),
        ("{seed: 9007199254740992}", "main.yaml: seed", "must be at most 9007199254740991"),
        ("{shop: {thing: []}}", "main.yaml: shop.thing", "is not a known member; there are things"),
        ("{mall: {things: []}}", "main.yaml: mall", "is not a known member"),
        ("{include: base}", "main.yaml: include", "must be of type array"),
        ("{include: [missing]}", "main.yaml: include", "no scenario is called 'missing'"),
        ("{include: [main]}", "main.yaml: include", "must not include itself"),
        ("{include: [loop]}", "main.yaml: include", "main.yaml → loop.yaml"),
        ("{include: [bad]}", "bad.yaml: shop.things", "must be of type array"),
        ("{settings: {shop.strikt: true}}", "main.yaml: settings.shop.strikt", "is not a setting; there are bank"),
        ("{settings: {shop.strict: 1}}", "main.yaml: settings.shop.strict", "must be of type boolean"),
    ],
)
def test_a_mistake_names_file_and_place_and_what_was_expected(main: str, where: str, expected: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        read(main, loop="{include: [main]}", bad="{shop: {things: 3}}")
    assert caught.value.where == where
    assert expected in caught.value.expected


def test_what_was_expected_is_said_without_the_place_again() -> None:
    with pytest.raises(ScenarioError, match=r"^main.yaml: title: must be of type string, not integer$"):
        read("{title: 3}")


@pytest.mark.parametrize("seed", ["7", "7.0"])
def test_a_seed_is_a_whole_number(seed: str) -> None:
    assert repr(read(f"seed: {seed}").seed) == "7"


def test_files_are_included_from_beside_the_file() -> None:
    files = {
        "some/main.yaml": "include: [two, parts/one.yaml]",
        "some/parts/one.yaml": "{include: [../base.yaml], seed: 1}",
        "some/parts/../base.yaml": "{clock: running, title: base}",
        "two": "shop: {things: [2]}",
    }
    scenario = read_scenario("some/main.yaml", lambda name: (name, files[name]), APIS)
    assert (scenario.clock, things(scenario)) == ("running", [[2]])


def test_a_scenario_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(NotFound, match="'nowhere'; there are main"):
        Sandbox(APIS, Library(("main",), reader({"main": "{}"})), Start("nowhere"))


def test_the_start_outranks_the_scenario() -> None:
    library = Library(("main",), reader({"main": "{clock: 2024-01-15T10:30:00Z, seed: 7}"}))
    own = Sandbox(APIS, library, Start("main")).get(DEFAULT)
    assert (own.world.now, own.origin.seed) == (1_705_314_600_000, 7)
    other = Sandbox(APIS, library, Start("main", seed=8, clock="2025-01-15T10:30:00Z")).get(DEFAULT)
    assert (other.world.now, other.origin.seed) == (1_736_937_000_000, 8)


def test_every_scenario_that_ships_says_what_it_is() -> None:
    titles = set()
    for name in assets.scenario_names():
        head = assets.scenario_text(name).split("\n")
        titles.add(head[0])
        assert head[0].startswith("title: ")
        assert head[1].startswith("description: ")
    assert len(titles) == len(assets.scenario_names()) >= 3


def test_a_file_that_is_no_text_is_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_bytes(b"title: caf\xe9")
    with pytest.raises(ScenarioError, match="must be UTF-8: byte 10 is not"):
        assets.read_scenario_file(str(file))
