from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from immutables import Map

from sandbox.kernel import store as module
from sandbox.kernel.store import CHUNK, Chunk, Collection, Store, Table, remember

ROWS: Table[str] = Table("toy.rows")
KEYS = [f"k{number}" for number in range(12)]


def build(number: int) -> Collection[str]:
    return Collection.of((f"k{n}", f"v{n}") for n in range(number))


def derive(collection: Collection[str]) -> None:
    """As a query does: a column on every chunk that has none."""
    for chunk in collection.chunks:
        if "twice" not in chunk.columns:
            chunk.columns["twice"] = [None if row is None else row * 2 for row in chunk.rows]


def test_rows_are_iterated_in_the_order_of_creation() -> None:
    rows = Collection[str].of([]).put("b", "1").put("a", "2").put("c", "3").put("a", "4")
    assert list(rows) == ["1", "4", "3"]
    assert [rows.get(key) for key in "abcd"] == ["4", "1", "3", None]
    assert ("a" in rows, "d" in rows, len(rows)) == (True, False, 3)


def test_two_rows_of_one_id_are_refused() -> None:
    with pytest.raises(KeyError, match="same id"):
        Collection.of([("a", 1), ("a", 2)])


def test_a_row_put_again_after_its_deletion_comes_last() -> None:
    rows = build(3).delete("k0").put("k0", "again")
    assert list(rows) == ["v1", "v2", "again"]


def test_deleting_what_is_not_there_changes_nothing() -> None:
    rows = build(3)
    assert rows.delete("k9") is rows


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 5_000])
def test_many_at_once_are_as_one_by_one(size: int) -> None:
    one_by_one = Collection[str].of([])
    for number in range(size):
        one_by_one = one_by_one.put(f"k{number}", f"v{number}")
    assert one_by_one == build(size)
    assert [len(chunk.rows) for chunk in one_by_one.chunks] == [len(chunk.rows) for chunk in build(size).chunks]


def test_deleting_most_rows_gives_their_space_back() -> None:
    rows = build(2_000)
    for number in range(2_000):
        if number % 10:
            rows = rows.delete(f"k{number}")
    assert list(rows) == [f"v{number}" for number in range(0, 2_000, 10)]
    assert sum(len(chunk.rows) for chunk in rows.chunks) <= 2 * len(rows) + CHUNK


def test_a_table_that_is_emptied_and_filled_again_and_again_does_not_grow() -> None:
    rows = Collection[str].of([])
    for number in range(3_000):
        rows = rows.put(f"k{number}", "v")
        if number >= 10:
            rows = rows.delete(f"k{number - 10}")
    assert len(rows) == 10
    assert sum(len(chunk.rows) for chunk in rows.chunks) <= 2 * CHUNK


def test_a_write_leaves_every_other_chunk_as_it_is() -> None:
    before = build(10 * CHUNK)
    after = before.put("k5", "new")
    assert [a is b for a, b in zip(before.chunks, after.chunks, strict=True)] == [False] + [True] * 9
    grown = after.put("more", "x")
    assert all(a is b for a, b in zip(after.chunks, grown.chunks[:10], strict=True))


def test_equality_is_of_keys_rows_and_order() -> None:
    rows = build(3)
    assert rows == rows  # noqa: PLR0124  # the short cut
    assert rows == Collection.of([("k0", "v0"), ("k1", "v1"), ("k2", "v2")])
    assert rows != Collection.of([("x", "v0"), ("k1", "v1"), ("k2", "v2")])
    assert rows != Collection.of([("k1", "v1"), ("k0", "v0"), ("k2", "v2")])
    assert rows != rows.put("k1", "other")
    assert rows != [*rows]
    holed = rows.put("k3", "v3").delete("k3")
    assert holed == rows
    assert hash(holed) == hash(rows)


def test_a_store_answers_for_tables_that_never_were() -> None:
    store = Store()
    store.delete(ROWS, "a")
    store.drop(ROWS)
    assert store.get(ROWS, "a") is None
    assert list(store.all(ROWS)) == []
    assert store.count("toy.") == 0


def test_parts_of_a_table_are_apart() -> None:
    store = Store()
    store.put(ROWS.of("x"), "a", "1")
    store.put(ROWS.of("y"), "a", "2")
    store.put(ROWS, "a", "3")
    assert [store.get(table, "a") for table in (ROWS.of("x"), ROWS.of("y"), ROWS)] == ["1", "2", "3"]
    assert store.count("toy.rows/") == 2
    store.drop(ROWS.of("x"))
    assert store.get(ROWS.of("x"), "a") is None
    assert store.count("toy.") == 2


class Forks(RuleBasedStateMachine):
    """Forks of a store, each against plain dicts; what a chunk derived is never stale in any of them."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.values = count()

    @initialize(chunk=st.integers(1, 5))
    def small_chunks(self, chunk: int) -> None:
        """So that few rows make many chunks, and compaction comes soon."""
        self.patch.setattr(module, "CHUNK", chunk)
        self.forks: list[tuple[Store, dict[str, dict[str, str]]]] = [(Store(), {})]
        self.snapshots: list[tuple[Any, dict[str, dict[str, str]]]] = []

    def teardown(self) -> None:
        self.patch.undo()

    @rule(fork=st.integers(0, 99), table=st.sampled_from("xy"), key=st.sampled_from(KEYS))
    def put(self, fork: int, table: str, key: str) -> None:
        store, model = self.pick(fork)
        value = f"v{next(self.values)}"
        store.put(Table(table), key, value)
        model.setdefault(table, {})[key] = value

    @rule(fork=st.integers(0, 99), table=st.sampled_from("xy"), keys=st.lists(st.sampled_from(KEYS), unique=True))
    def delete(self, fork: int, table: str, keys: list[str]) -> None:
        store, model = self.pick(fork)
        for key in keys:
            store.delete(Table(table), key)
            model.get(table, {}).pop(key, None)

    @rule(fork=st.integers(0, 99), table=st.sampled_from("xy"), keys=st.lists(st.sampled_from(KEYS), unique=True))
    def load(self, fork: int, table: str, keys: list[str]) -> None:
        store, model = self.pick(fork)
        rows = {key: f"v{next(self.values)}" for key in keys}
        store.load(Table(table), rows.items())
        model[table] = rows

    @rule(fork=st.integers(0, 99), table=st.sampled_from("xy"))
    def drop(self, fork: int, table: str) -> None:
        store, model = self.pick(fork)
        store.drop(Table(table))
        model.pop(table, None)

    @rule(fork=st.integers(0, 99))
    def fork(self, fork: int) -> None:
        store, model = self.pick(fork)
        other = Store()
        other.root = store.root
        self.forks = [*self.forks[-3:], (other, {table: dict(rows) for table, rows in model.items()})]

    @rule(fork=st.integers(0, 99))
    def keep(self, fork: int) -> None:
        store, model = self.pick(fork)
        kept = (store.root, {table: dict(rows) for table, rows in model.items()})
        self.snapshots = [*self.snapshots[-3:], kept]

    @rule(fork=st.integers(0, 99), snapshot=st.integers(0, 99))
    def restore(self, fork: int, snapshot: int) -> None:
        if self.snapshots:
            store, model = self.pick(fork)
            root, kept = self.snapshots[snapshot % len(self.snapshots)]
            store.root = root
            model.clear()
            model.update({table: dict(rows) for table, rows in kept.items()})

    @rule(fork=st.integers(0, 99), table=st.sampled_from("xy"))
    def derive(self, fork: int, table: str) -> None:
        derive(self.pick(fork)[0].all(Table(table)))

    @invariant()
    def every_fork_is_as_its_model(self) -> None:
        for store, model in self.forks:
            for table in "xy":
                check(store.all(Table(table)), model.get(table, {}))
            assert store.count("") == sum(map(len, model.values()))

    @invariant()
    def no_snapshot_ever_changes(self) -> None:
        for root, model in self.snapshots:
            for table in "xy":
                check(root.get(table, Collection(Map(), ())), model.get(table, {}))

    def pick(self, fork: int) -> tuple[Store, dict[str, dict[str, str]]]:
        return self.forks[fork % len(self.forks)]


def check(rows: Collection[str], model: dict[str, str]) -> None:
    assert list(rows) == list(model.values())
    assert len(rows) == len(model)
    assert [rows.get(key) for key in KEYS] == [model.get(key) for key in KEYS]
    assert [key in rows for key in KEYS] == [key in model for key in KEYS]
    assert all(len(chunk.rows) == module.CHUNK for chunk in rows.chunks[:-1])
    for chunk in rows.chunks:
        if "twice" in chunk.columns:
            assert chunk.columns["twice"] == [None if row is None else row * 2 for row in chunk.rows]


TestForks = Forks.TestCase
TestForks.settings = settings(max_examples=40, stateful_step_count=40)


@given(st.integers(0, 3 * CHUNK), st.integers(0, 3 * CHUNK - 1))
def test_a_changed_chunk_has_no_columns_of_the_old_one(size: int, place: int) -> None:
    rows = build(size)
    derive(rows)
    changed = rows.put(f"k{place}", "new")
    fresh = [chunk for chunk in changed.chunks if "twice" not in chunk.columns]
    assert len(fresh) == 1
    assert "new" in fresh[0].rows
    assert changed.derived == {}


def test_a_row_that_left_is_none_in_its_chunk() -> None:
    chunk = Chunk(("a", "b", "c")).with_row(1, None)
    assert chunk.rows == ("a", None, "c")


def test_remembering_makes_a_value_once_and_forgets_the_oldest() -> None:
    cache: dict[Any, Any] = {}
    made: list[int] = []

    def make(key: int) -> int:
        made.append(key)
        return key * 10

    asked = [remember(cache, key, 3, partial(make, key)) for key in (1, 2, 3, 1, 4, 2, 1)]
    assert asked == [10, 20, 30, 10, 40, 20, 10]
    assert made == [1, 2, 3, 4, 1]
    assert cache == {3: 30, 4: 40, 1: 10}


def test_what_could_not_be_made_is_not_remembered() -> None:
    cache: dict[Any, Any] = {}
    with pytest.raises(ZeroDivisionError):
        remember(cache, "k", 3, lambda: 1 // 0)
    assert cache == {}
    assert remember(cache, "k", 3, lambda: None) is None
    assert remember(cache, "k", 3, lambda: 1) is None


def test_a_cache_shared_by_threads_stays_bounded_and_right() -> None:
    """Forks of one collection are read by threads of several namespaces at once."""
    cache: dict[Any, Any] = {}

    def ask(thread: int) -> bool:
        keys = [(number + thread) % 20 for number in range(3_000)]
        return all(remember(cache, key, 4, partial(str, key)) == str(key) for key in keys)

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(ask, range(8)))
    assert len(cache) <= 4 + 8
