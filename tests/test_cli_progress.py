"""The bar of a long start: what it shows, and that it changes nothing."""

import io

import pytest

from sandbox import assets
from sandbox.apis import discover
from sandbox.cli.progress import LONG, Progress
from sandbox.kernel.sandbox import DEFAULT, Sandbox, Start


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("count", [LONG, LONG + 1, 3 * LONG + 7])
def test_it_goes_through_all_and_ends_full(count: int) -> None:
    terminal = Terminal()
    assert list(Progress(terminal)("visitors", range(count))) == list(range(count))
    assert f"{count:,} visitors" in terminal.getvalue()
    assert "100%" in terminal.getvalue()


def test_nobody_sees_it_where_there_is_no_terminal_nor_need() -> None:
    pipe, terminal = io.StringIO(), Terminal()
    assert list(Progress(pipe)("visitors", range(2 * LONG))) == list(range(2 * LONG))
    shown = Progress(terminal)
    assert list(shown("visitors", range(LONG - 1))) == list(range(LONG - 1))
    shown.over()
    assert list(shown("visitors", range(2 * LONG))) == list(range(2 * LONG))
    assert pipe.getvalue() + terminal.getvalue() == ""


def test_one_bar_at_a_time() -> None:
    terminal = Terminal()
    walk = Progress(terminal)
    for number in walk("accounts", range(LONG)):
        if number == 0:
            assert len(list(walk("invoices", range(LONG)))) == LONG
    assert "invoices" not in terminal.getvalue()
    assert list(walk("plans", range(LONG)))
    assert "plans" in terminal.getvalue()


def test_what_is_seeded_is_the_same_with_it() -> None:
    terminal = Terminal()
    start = Start("demo", clock="2024-01-15T10:30:00Z", scale=1)
    watched = Sandbox(discover(), assets.library(), start, walk=Progress(terminal)).get(DEFAULT).world
    alone = Sandbox(discover(), assets.library(), start).get(DEFAULT).world
    assert watched.store.root == alone.store.root
    assert terminal.getvalue()
