"""Exports: random histories survive them, whatever is not one is refused, and nothing is half done."""

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from decimal import Decimal
from enum import StrEnum
from importlib import import_module
from itertools import count
from pkgutil import walk_packages
from typing import Any, NamedTuple

import orjson
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from immutables import Map

import sandbox
from sandbox.kernel.agenda import Agenda
from sandbox.kernel.codec import Codec
from sandbox.kernel.errors import Invalid
from sandbox.kernel.plain import DEEPEST, Unfit, read_plain, write_plain
from sandbox.kernel.portable import FORMAT, VERSION, Portable, _checksum
from sandbox.kernel.snapshots import Kept
from sandbox.kernel.store import Collection, Table
from tests.client import Client, make_client
from tests.kernel import toys
from tests.kernel.histories import Player, Step, answers, steps, writes
from tests.kernel.test_determinism import forget, fork, play, state

histories = st.lists(steps, max_size=14)


@pytest.fixture(scope="module")
def client() -> Client:
    made = make_client("docs", check_responses=False)
    made.receiver = answers
    return made


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return count()


def taken(player: Player) -> Kept:
    return player.client.sandbox.take(player.client.sandbox.get(player.namespace))


def through_a_file(portable: Portable, kept: Kept) -> Kept:
    (read,) = portable.parse(portable.write([kept]))
    return read


@settings(max_examples=25)
@given(histories)
def test_an_export_read_is_the_state_that_was_written(
    client: Client, numbers: Iterator[int], history: list[Step]
) -> None:
    player = fork(client, numbers)
    play(player, history)
    portable, kept = client.sandbox.portable, taken(player)
    text = portable.write([kept])
    (read,) = portable.parse(text)
    assert read == kept
    assert read.state.agenda.sequence == kept.state.agenda.sequence
    assert portable.write([read]) == text == portable.write([taken(player)])
    forget(client, player)


@settings(max_examples=15)
@given(st.lists(writes, max_size=8), st.lists(steps, max_size=8))
def test_what_follows_an_import_is_what_follows_the_state(
    client: Client, numbers: Iterator[int], history: list[Step], more: list[Step]
) -> None:
    player = fork(client, numbers)
    play(player, history)
    kept = taken(player)
    forked, imported = fork(client, numbers), fork(client, numbers)
    client.sandbox.restore(client.sandbox.get(forked.namespace), kept)
    client.sandbox.restore(client.sandbox.get(imported.namespace), through_a_file(client.sandbox.portable, kept))
    for follower in (forked, imported):
        follower.made = {kind: list(made) for kind, made in player.made.items()}
    assert play(imported, more) == play(forked, more)
    assert state(imported) == state(forked)
    forget(client, player, forked, imported)


@pytest.mark.parametrize("scenario", ["docs", "demo", "empty"])
def test_every_scenario_goes_through_a_file(scenario: str) -> None:
    made = make_client(scenario).sandbox
    kept = made.take(made.get("default"))
    assert kept.state.tables
    assert through_a_file(made.portable, kept) == kept


def test_every_table_of_every_module_is_known(client: Client) -> None:
    found = set()
    for module in walk_packages(sandbox.__path__, "sandbox."):
        if module.name.startswith(("sandbox.kernel.", "sandbox.apis.")):
            members = vars(import_module(module.name)).values()
            found |= {member.name for member in members if isinstance(member, Table)}
    assert found == client.sandbox.portable.tables.keys()
    for row in client.sandbox.portable.tables.values():
        assert Codec().of(row)


class Colour(StrEnum):
    RED = "red"


class Pair(NamedTuple):
    colour: Colour
    weight: Decimal | None


HINTS: list[tuple[Any, Any]] = [
    (int, 2**300),
    (int, -(2**53) - 1),
    (float, 1),
    (float, 1.0),
    (float, float("-inf")),
    (bytes, b"text"),
    (bytes, b"\xff"),
    (Decimal, Decimal("1.50E+3")),
    (Pair, Pair(Colour.RED, Decimal("0.1"))),
    (tuple[Pair, ...], (Pair(Colour.RED, None),)),
    (dict[tuple[str, str], int], {("b", ""): 1, ("a", "x"): 2}),
    (dict[str, bool], {"b": True, "a": False}),
    (Map[str, int], Map({"b": 1, "a": 2})),
    (Collection[str], Collection.of([("a", "x"), ("b", "y")]).delete("a")),
    (Any, {"a": [1, (2, b"\xff", Decimal(3))], 4: float("inf"), "$": {"$x": None}, "n": 2**64}),
]


@pytest.mark.parametrize(("hint", "value"), HINTS, ids=range(len(HINTS)))
def test_values_come_back_as_they_were(hint: Any, value: Any) -> None:
    coder = Codec().of(hint)
    read = coder.read(orjson.loads(orjson.dumps(coder.write(value))))
    assert read == value
    assert repr(read) == repr(value) or isinstance(value, Map | Collection)


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
plain = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text() | st.integers() | st.just("$tuple"), inner, max_size=3)
    ),
)


@given(plain)
def test_plain_values_come_back_as_they_were(value: Any) -> None:
    read = read_plain(orjson.loads(orjson.dumps(write_plain(value))))
    assert repr(read) == repr(value)


def nested(depth: int) -> Any:
    value: Any = "core"
    for level in range(depth):
        value = [value] if level % 2 else {"in": value}
    return value


@pytest.mark.parametrize("depth", [1, 63, 64, 65, 200, DEEPEST])
def test_however_deep_they_are_nested(depth: int) -> None:
    written = orjson.dumps(write_plain(nested(depth)))
    assert read_plain(orjson.loads(written)) == nested(depth)


def test_deeper_than_can_be_answered_is_refused() -> None:
    with pytest.raises(ValueError, match="deeper than"):
        write_plain(nested(DEEPEST + 1))
    with pytest.raises(Unfit, match="deeper than"):
        read_plain(nested(3 * DEEPEST))


def test_deleted_rows_keep_their_places() -> None:
    rows = Collection.of([(str(n), n) for n in range(600)])
    for number in (0, 255, 256, 599):
        rows = rows.delete(str(number))
    again = Collection.placed(rows.placed_rows())
    assert again == rows
    for skipped in (0, 1, 200, 256, 300, 598, 600):
        assert list(again.after(skipped)) == list(rows.after(skipped))
    assert list(again.put("new", 1).after(600)) == [1]
    with pytest.raises(KeyError):
        Collection.placed([("a", 1), None, ("a", 2)])


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from("ab"), st.booleans()), max_size=30))
def test_an_agenda_comes_back_as_it_was(added: list[tuple[int, str, bool]]) -> None:
    agenda = Agenda()
    for at, subject, gone in added:
        agenda = agenda.add(at, "toy", "mark", subject)
        agenda = agenda.cancel("toy", "mark", "a") if gone else agenda
    again = Agenda.of(agenda, agenda.sequence)
    assert again == agenda
    for other in (agenda, again):
        assert other.sequence == len(added)
    assert again.cancel("toy", "mark", "b") == agenda.cancel("toy", "mark", "b")
    assert again.add(3, "toy", "mark", "c") == agenda.add(3, "toy", "mark", "c")
    while again.next:
        again, agenda = again.pop(), agenda.pop()
        assert again == agenda


def exported(client: Client) -> Any:
    made = client.sandbox
    return orjson.loads(made.portable.write([made.take(made.get("default"))]))


def signed(told: Any) -> Any:
    """With a checksum that fits."""
    return told | {"checksum": _checksum(orjson.dumps(told["content"]))}


def refusal(client: Client, told: Any) -> tuple[str, str]:
    before = client.world.snapshot()
    with pytest.raises(Invalid) as caught:
        client.sandbox.portable.read(told)
    assert client.world.snapshot() == before
    return caught.value.field, caught.value.message


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"format": "other"}, "format"),
        ({"format": None}, "format"),
        ({"formatVersion": VERSION + 1}, "formatVersion"),
        ({"formatVersion": True}, "formatVersion"),
        ({"formatVersion": "1"}, "formatVersion"),
        ({"sandboxVersion": 1}, "sandboxVersion"),
        ({"checksum": "sha256:0"}, "checksum"),
        ({"checksum": None}, "checksum"),
        ({"content": {}}, "checksum"),
        ({"more": 1}, "more"),
    ],
)
def test_another_head_is_refused(client: Client, change: dict[str, Any], field: str) -> None:
    told_of, message = refusal(client, exported(client) | change)
    assert told_of == field
    assert message.startswith(field)


@pytest.mark.parametrize("told", [None, [], 1, "text", {}])
def test_what_is_no_export_is_refused(client: Client, told: Any) -> None:
    assert refusal(client, told)[0] in {"body", "format"}


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"[" * 100_000, b"\x80\x04."])
def test_what_is_no_json_is_refused(client: Client, text: bytes) -> None:
    with pytest.raises(Invalid, match="is not JSON"):
        client.sandbox.portable.parse(text)


Change = Callable[[Any], Any]
TOKENS = "monetize360.tokens"


def at(*path: str, **changes: Any) -> Change:
    """Members changed somewhere in the state; None removes one."""

    def act(kept: Any) -> None:
        place = kept
        for name in path:
            place = place[int(name) if isinstance(place, list) else name]
        for name, value in changes.items():
            place[name] = value
            if value is None:
                del place[name]

    return act


DUE = {"at": 1, "sequence": 0, "api": "moonify", "kind": "publish", "subject": "x", "data": None}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (at(more=1), "more"),
        (at(issuer=None), "issuer"),
        (at(namespace="No Name"), "namespace"),
        (at("origin", scale=0), "origin.scale"),
        (at("origin", seed=1.5), "origin.seed"),
        (at("state", now="today"), "state.now"),
        (at("state", now=10**18), "state.now"),
        (at("state", outbox=["1"]), "state.outbox"),
        (at("state", ordinals={"x": -1}), "state.ordinals"),
        (at("state", settings={"no.such": 1}), "state.settings.no.such"),
        (at("state", settings={"webhooks.retries": 1}), "state.settings.webhooks.retries"),
        (at("state", "clock", frozen="2024-01-15T10:30:00Z"), "state.clock.frozen"),
        (at("state", "tables", **{"os.system": []}), "state.tables.os.system"),
        (at("state", "tables", **{"no.table/part": []}), "state.tables.no.table/part"),
        (at("state", "tables", **{TOKENS: {}}), f"state.tables.{TOKENS}"),
        (at("state", "tables", TOKENS, "0", "1", tier=1), f"state.tables.{TOKENS}.0.1.tier"),
        (at("state", "tables", TOKENS, "0", "1", tier=None), f"state.tables.{TOKENS}.0.1.tier"),
        (at("state", "tables", TOKENS, "0", "1", __class__="os.system"), f"state.tables.{TOKENS}.0.1.__class__"),
        (at("state", "tables", TOKENS, "0", "1", "limit", most=True), f"state.tables.{TOKENS}.0.1.limit.most"),
        (at("state", "tables", **{"monetize360.mdata/x": [["a", 1]]}), "state.tables.monetize360.mdata/x.0.1"),
        (at("state", "tables", **{"monetize360.names": [["a", "b"]] * 2}), "state.tables.monetize360.names"),
        (at("state", "agenda", sequence=5, items=[DUE | {"kind": "exec"}]), "state.agenda.items.0.kind"),
        (at("state", "agenda", sequence=5, items=[DUE | {"at": 10**18}]), "state.agenda.items.0.at"),
        (at("state", "agenda", sequence=5, items=[DUE, DUE]), "state.agenda.items"),
        (at("state", "agenda", sequence=0, items=[DUE]), "state.agenda.items"),
        (at("state", "agenda", sequence=5, items=[DUE | {"data": {"$eval": "1"}}]), "state.agenda.items.0.data"),
    ],
    ids=map(str, count()),
)
def test_another_content_is_refused_where_it_differs(client: Client, change: Change, field: str) -> None:
    told = exported(client)
    change(told["content"]["namespaces"][0])
    told_of, message = refusal(client, signed(told))
    assert told_of == f"content.namespaces.0.{field}"
    assert message.startswith(told_of)


def test_a_schema_that_no_longer_compiles_is_refused(client: Client) -> None:
    told = exported(client)
    tables = told["content"]["namespaces"][0]["state"]["tables"]
    tables["monetize360.mobjects"][0][1]["schema"] = {"properties": {"n": {"pattern": "("}}}
    assert refusal(client, signed(told))[0].endswith("monetize360.mobjects.0.1")


def test_the_namespaces_of_a_file_are_there_once(client: Client) -> None:
    told = exported(client)
    (one,) = told["content"]["namespaces"]
    for states in (list[Any](), [one, one]):
        changed = told | {"content": {"namespaces": states}}
        assert refusal(client, signed(changed))[0] == "content.namespaces"


@settings(max_examples=100)
@given(st.data())
def test_whatever_is_changed_it_is_read_or_refused(client: Client, data: st.DataObject) -> None:
    """A member anywhere replaced by another value: never anything but a state or a clear refusal."""
    told = deepcopy(exported(client))
    place: Any = told["content"]
    for _ in range(data.draw(st.integers(1, 12))):
        holder, name = place, data.draw(st.sampled_from(range(len(place)) if isinstance(place, list) else list(place)))
        place = holder[name]
        if not isinstance(place, dict | list) or not place:
            break
    holder[name] = data.draw(st.sampled_from([None, True, -1, 0.5, "", "x", [], {}, [[]], {"$tuple": [1]}]))
    try:
        states = client.sandbox.portable.read(signed(told))
    except Invalid as refused:
        event(f"refused {refused.field.partition('.state')[0]}")
    else:
        assert client.sandbox.portable.write(states)


def test_toys_without_declared_tables_are_a_defect_that_shows() -> None:
    made = toys.make_sandbox()
    with pytest.raises(Unfit):
        made.portable.write([made.take(made.get("default"))])


def test_a_type_without_a_portable_form_is_a_defect_that_shows() -> None:
    for hint in (set[str], object, int | str, Sequence[int]):
        with pytest.raises(TypeError, match="portable form"):
            Codec().of(hint)


def test_the_format_is_named(client: Client) -> None:
    told = exported(client)
    assert list(told) == ["format", "formatVersion", "sandboxVersion", "checksum", "content"]
    assert (told["format"], told["formatVersion"], told["sandboxVersion"]) == (FORMAT, VERSION, sandbox.__version__)
