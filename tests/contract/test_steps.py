from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.contract.evidence.moves import dump, load
from sandbox.contract.reduce import reduce, without
from sandbox.contract.steps import Hear, Hook, Item, Known, Lost, Move, Ref, Step, Tag, Text, Wait, refs, renumber

SYMBOLS = st.one_of(
    st.builds(Ref, st.integers(0, 3), st.tuples(st.sampled_from(["id", "data", 0]))),
    st.builds(Tag, st.text(max_size=3)),
    st.builds(
        Item, st.integers(0, 3), st.just(("data",)), st.just("name"), st.builds(Tag, st.just("x")), st.just(("id",))
    ),
    st.builds(Hook, st.just("/hook")),
    st.builds(lambda tag: Text(("name:eq:", tag)), st.builds(Tag, st.just("x"))),
)
VALUES = st.recursive(
    st.one_of(SYMBOLS, st.none(), st.booleans(), st.integers(-9, 9), st.text(max_size=3)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abc"), inner, max_size=3)),
    max_leaves=8,
)
STEPS = st.builds(
    Step,
    st.sampled_from(["getMdata", "createMdata"]),
    st.dictionaries(st.just("mdataId"), SYMBOLS, max_size=1),
    st.lists(st.tuples(st.just("filter"), SYMBOLS), max_size=2).map(tuple),
    st.one_of(VALUES, st.binary(max_size=4)),
    identity=st.sampled_from(["first", "second", "nobody", "stranger"]),
    expect=st.sampled_from([(), (400,), (404, 410)]),
    method=st.sampled_from(["", "PATCH"]),
)
MOVES = st.lists(st.one_of(STEPS, st.builds(Wait, st.floats(0, 9)), st.just(Hear())), max_size=6)


@given(MOVES)
def test_a_sequence_survives_being_written_as_json(moves: list[Move]) -> None:
    assert load(orjson.loads(orjson.dumps(dump(moves)))) == moves


def test_what_is_no_step_is_refused_with_what_it_has() -> None:
    with pytest.raises(ValueError, match="this one has opration"):
        load([{"opration": "getMdata"}])


def test_symbols_stand_for_what_this_target_answered() -> None:
    known = Known("kit-1-", "http://127.0.0.1:9", [{"data": [{"id": "a"}]}])
    said = {"name": Tag("x"), "url": Hook("/h"), "of": [Ref(0, ("data", 0, "id"))], "q": Text(("n:eq:", Tag("x")))}
    assert known.resolve(said) == {"name": "kit-1-x", "url": "http://127.0.0.1:9/h", "of": ["a"], "q": "n:eq:kit-1-x"}


def test_an_item_is_known_by_a_member_of_its_own() -> None:
    listed = {"data": [{"name": "Save x", "id": "a"}, 7, {"name": "Save kit-1-x", "id": "b"}, {"name": "Save kit-1-x"}]}
    known = Known("kit-1-", "", [listed])
    assert known.resolve(Item(0, ("data",), "name", Text(("Save ", Tag("x"))), ("id",))) == "b"
    for at, name, then in ((("data",), Tag("y"), ("id",)), (("data",), "Save x", ("no",)), ((), "Save x", ("id",))):
        with pytest.raises(Lost):
            known.resolve(Item(0, at, "name", name, then))


@pytest.mark.parametrize("at", [("id",), ("data", 3), ("data", 0, "id", "x")])
def test_a_reference_that_leads_nowhere_is_lost(at: tuple[Any, ...]) -> None:
    with pytest.raises(Lost):
        Known("", "", [{"data": [{"id": "a"}]}]).resolve(Ref(0, at))


@given(MOVES)
def test_numbers_are_changed_wherever_they_stand(moves: list[Move]) -> None:
    for move in moves:
        changed = renumber(move, {number: number + 10 for number in range(4)})
        assert refs(changed) == {number + 10 for number in refs(move)}
        assert renumber(changed, {number + 10: number for number in range(4)}) == move


def test_a_move_goes_with_what_it_needs() -> None:
    made, read = Step("createMdata"), Step("getMdata", {"mdataId": Ref(1, ("id",))})
    moves: list[Move] = [Wait(1), made, made, read]
    assert without(moves, {2}) == [Wait(1), made, read]
    assert without(moves, {0}) == [made, made, Step("getMdata", {"mdataId": Ref(0, ("id",))})]
    assert without(moves, {1}) is None


@given(st.lists(st.integers(0, 9), min_size=1, max_size=40), st.sets(st.integers(0, 9), max_size=3))
def test_what_is_left_is_needed(values: list[int], needed: set[int]) -> None:
    moves: list[Move] = [Wait(value) for value in values]

    def fails(some: Any) -> bool:
        there = {int(move.seconds) for move in some}
        return needed & set(values) <= there

    shortest = reduce(moves, fails, trials=10_000)
    assert fails(shortest)
    assert shortest[-1] == moves[-1]
    assert not any(fails([*shortest[:i], *shortest[i + 1 :]]) for i in range(len(shortest) - 1))
