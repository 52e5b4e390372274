import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.ids import Fakes, derive_hex, derive_uuid, digest, new_secret, stream
from tests.kernel.toys import make_world

parts = st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=126)) | st.integers(), min_size=1, max_size=4)


@given(parts)
def test_an_id_follows_from_its_parts_alone(given_parts: list[str | int]) -> None:
    assert derive_uuid(*given_parts) == derive_uuid(*given_parts)
    assert derive_uuid(*given_parts) != derive_uuid(*given_parts, "more")
    made = UUID(derive_uuid(*given_parts))
    assert (made.version, made.variant) == (5, "specified in RFC 4122")


@given(parts, st.integers(1, 128))
def test_hexadecimal_digits_of_any_length(given_parts: list[str | int], length: int) -> None:
    made = derive_hex(*given_parts, length=length)
    assert re.fullmatch(f"[0-9a-f]{{{length}}}", made)
    assert made == derive_hex(*given_parts, length=length)


def test_parts_do_not_run_together() -> None:
    assert digest("ab", "c") != digest("a", "bc") != digest("abc")
    assert digest(1, 2) != digest(12)


def test_ids_do_not_collide() -> None:
    assert len({derive_uuid(0, "kind", ordinal) for ordinal in range(20_000)}) == 20_000
    assert len({derive_hex(0, "kind", ordinal, length=12) for ordinal in range(20_000)}) == 20_000


def test_ids_are_the_same_in_every_release() -> None:
    """A seed is a promise: whoever wrote one down meets the same ids again."""
    assert derive_uuid(0, "monetize360.mdata", 0) == "3e6e1d49-5413-5552-b3b9-188c9646749b"
    assert derive_hex(0, "monetize360.execution", 0, length=12) == "2e1367370843"


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=20))
def test_ids_of_one_kind_do_not_depend_on_the_others(kinds: list[str]) -> None:
    mixed, alone = make_world(seed=9), {kind: make_world(seed=9) for kind in "abc"}
    for kind in kinds:
        assert mixed.new_uuid(kind) == alone[kind].new_uuid(kind)


def test_streams_are_independent() -> None:
    first = stream("a", 0).random()
    stream("b", 0).random()
    assert stream("a", 0).random() == first
    assert stream("a", 1).random() != first


@given(st.permutations(range(6)))
def test_fake_values_do_not_depend_on_what_was_asked_before(order: list[int]) -> None:
    fakes = Fakes(5)
    found = {ordinal: (fakes.at("name", ordinal).name(), fakes.at("mail", ordinal).email()) for ordinal in order}
    fresh = Fakes(5)
    assert [found[n] for n in range(6)] == [(fresh.at("name", n).name(), fresh.at("mail", n).email()) for n in range(6)]


def test_fake_values_follow_from_the_seed() -> None:
    assert Fakes(1).at("name", 0).name() == Fakes(1).at("name", 0).name()
    assert [Fakes(1).at("n", n).name() for n in range(5)] != [Fakes(2).at("n", n).name() for n in range(5)]


def test_secrets_are_real() -> None:
    assert len({new_secret() for _ in range(10)}) == 10
    assert len(new_secret()) >= 32


def test_a_digest_has_the_size_asked_for() -> None:
    assert len(digest("x", size=5)) == 5
    with pytest.raises(ValueError, match="digest_size"):
        digest("x", size=65)
