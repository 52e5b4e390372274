"""Tests give the same in whatever order and process; ``python -m benchmarks.order`` shows it for a thousand."""

from pathlib import Path

from benchmarks.order import Order


def test_the_order_of_tests_changes_nothing(tmp_path: Path) -> None:
    order = Order(tmp_path, 50)
    wanted = order.in_file_order()
    assert len(wanted) == 50
    assert len(set(wanted.values())) > 40  # a few ask the same
    assert order.shuffled(1) == wanted
