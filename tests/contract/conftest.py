from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.contract.ledger import Ledger
from sandbox.testing.local import open_local
from sandbox.testing.served import Served, serve
from tests.contract.plain import PREFIX, Plain, Time, plain


@pytest.fixture
def server() -> Iterator[Plain]:
    with plain() as one:
        yield one


@pytest.fixture
def served() -> Iterator[Served]:
    """The sandbox itself."""
    with open_local() as local, serve(local) as one:
        yield one


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    one = Ledger(tmp_path / "ledger.jsonl", PREFIX)
    yield one
    one.close()


@pytest.fixture
def time() -> Time:
    return Time()
