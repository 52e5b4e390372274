import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sandbox.kernel import agenda as module
from sandbox.kernel.agenda import Agenda, Due

ORDER = [("a", 5), ("b", 3), ("c", 5), ("d", 1), ("e", 3)]


def build(*items: tuple[str, int]) -> Agenda:
    agenda = Agenda()
    for subject, at in items:
        agenda = agenda.add(at, "toy", "mark", subject)
    return agenda


def subjects(agenda: Agenda) -> list[str]:
    return [item.subject for item in agenda]


def test_items_are_in_the_order_of_instant_then_of_adding() -> None:
    agenda = build(*ORDER)
    assert subjects(agenda) == ["d", "b", "e", "a", "c"]
    assert len(agenda) == 5
    assert agenda.next == Due(1, 3, "toy", "mark", "d")


def test_an_empty_agenda_has_nothing_next() -> None:
    assert Agenda().next is None
    assert len(Agenda()) == 0
    assert build(("a", 1)).pop() == Agenda()


def test_cancelling_takes_every_item_of_that_kind_and_subject_and_no_other() -> None:
    agenda = build(("a", 1), ("b", 2), ("a", 3)).add(4, "toy", "tell", "a").add(5, "other", "mark", "a")
    assert [(i.api, i.kind, i.subject) for i in agenda.cancel("toy", "mark", "a")] == [
        ("toy", "mark", "b"),
        ("toy", "tell", "a"),
        ("other", "mark", "a"),
    ]


def test_cancelling_what_is_not_there_changes_nothing() -> None:
    agenda = build(*ORDER)
    assert agenda.cancel("toy", "mark", "z") is agenda


def test_data_is_never_compared() -> None:
    agenda = Agenda()
    for data in ({"a": 1}, {"b": 2}, [3], None, object()):
        agenda = agenda.add(7, "toy", "mark", "same", data)
    assert len(agenda) == 5
    assert len(agenda.cancel("toy", "mark", "same")) == 0


def test_old_values_stay_as_they_were() -> None:
    values = [build(*ORDER)]
    values.append(values[-1].add(2, "toy", "mark", "f"))
    values.append(values[-1].cancel("toy", "mark", "b"))
    values.append(values[-1].pop())
    assert [subjects(value) for value in values] == [
        ["d", "b", "e", "a", "c"],
        ["d", "f", "b", "e", "a", "c"],
        ["d", "f", "e", "a", "c"],
        ["f", "e", "a", "c"],
    ]


def test_equal_agendas_have_equal_hashes() -> None:
    agenda = build(*ORDER)
    same = agenda.add(9, "toy", "mark", "z").cancel("toy", "mark", "z")
    assert same == agenda
    assert hash(same) == hash(agenda)
    assert agenda != build(*ORDER[:4])
    assert agenda != "agenda"


def test_a_number_once_used_is_not_used_again() -> None:
    agenda = build(("a", 1)).cancel("toy", "mark", "a").add(1, "toy", "mark", "b")
    assert agenda.next == Due(1, 1, "toy", "mark", "b")


@given(st.lists(st.integers(0, 50), max_size=200))
def test_taking_the_first_again_and_again_gives_the_order(instants: list[int]) -> None:
    agenda = build(*((str(number), at) for number, at in enumerate(instants)))
    taken = []
    while (item := agenda.next) is not None:
        taken.append((item.at, item.sequence))
        agenda = agenda.pop()
    assert taken == sorted((at, number) for number, at in enumerate(instants))


class Agendas(RuleBasedStateMachine):
    """Several versions side by side, each against a plain list."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(module, "CHUNK", 4)
        self.versions: list[tuple[Agenda, list[tuple[int, int, str]], int]] = [(Agenda(), [], 0)]

    def teardown(self) -> None:
        self.patch.undo()

    @rule(version=st.integers(0, 99), at=st.integers(0, 20), subject=st.sampled_from("abcdef"))
    def add(self, version: int, at: int, subject: str) -> None:
        agenda, model, number = self.pick(version)
        self.keep(agenda.add(at, "toy", "mark", subject, {"at": at}), [*model, (at, number, subject)], number + 1)

    @rule(version=st.integers(0, 99), subject=st.sampled_from("abcdef"))
    def cancel(self, version: int, subject: str) -> None:
        agenda, model, number = self.pick(version)
        self.keep(agenda.cancel("toy", "mark", subject), [item for item in model if item[2] != subject], number)

    @precondition(lambda self: any(model for _, model, _ in self.versions))
    @rule(version=st.integers(0, 99))
    def pop(self, version: int) -> None:
        agenda, model, number = self.pick(version)
        if model:
            self.keep(agenda.pop(), sorted(model)[1:], number)

    @invariant()
    def every_version_is_as_its_model(self) -> None:
        for agenda, model, _ in self.versions:
            assert [(item.at, item.sequence, item.subject) for item in agenda] == sorted(model)
            assert len(agenda) == len(model)
            assert (agenda.next is None) == (not model)

    def pick(self, version: int) -> tuple[Agenda, list[tuple[int, int, str]], int]:
        return self.versions[version % len(self.versions)]

    def keep(self, agenda: Agenda, model: list[tuple[int, int, str]], number: int) -> None:
        self.versions = [*self.versions[-5:], (agenda, model, number)]


TestAgendas = Agendas.TestCase
TestAgendas.settings = settings(max_examples=30, stateful_step_count=40)
