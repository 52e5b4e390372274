"""Conditions and actions: how they are refused, and what other members do not change (C2.4, C4.6, G11, G15)."""

from typing import Any

import pytest

from tests.apis.dynamic_monetization.driver import API, Driver, item, tokens

CONDITIONS = f"{API}/instances/home/conditions"
ACTIONS = f"{API}/instances/home/line-items/ACT/actions"
ENGINEERS = {"name": "Engineering", "key": "department", "operator": "IN", "values": ["Engineering"]}


def condition(api: Driver, told: dict[str, Any] = ENGINEERS) -> str:
    answer = api.post(CONDITIONS, {"conditions": [told]})
    assert answer.status == 200, answer
    return str(answer.json[0]["id"])


@pytest.mark.parametrize("more", ["junk", [1], {}, None, [ENGINEERS | {"values": ["Sales"]}]], ids=str)
@pytest.mark.parametrize("nested", [False, True])
def test_what_a_condition_says_is_told_by_its_operator(api: Driver, *, more: Any, nested: bool) -> None:
    told: dict[str, Any] = ENGINEERS | {"conditions": more}
    told = {"name": "All", "operator": "AND", "conditions": [told]} if nested else told
    api.post(ACTIONS, [{"action": "ALLOW", "conditionId": condition(api, told), "allocation": 50}])
    met = api.request(item("Photo", "1.0"), department="Engineering")
    other = api.request(item("Photo", "1.0"), department="Sales")
    assert (tokens(met), tokens(other)) == ([("101", [("ACT", 3)])], [("203", [])])


def test_a_condition_is_changed_once_in_a_request(api: Driver) -> None:
    one = ENGINEERS | {"id": condition(api)}
    answer = api.patch(CONDITIONS, {"conditions": [one | {"key": "a"}, ENGINEERS, one | {"key": "b"}]})
    assert (answer.status, answer.json) == (
        400,
        {"message": f"The condition {one['id']!r} is listed 2 times: list it once"},
    )
    assert api.get(CONDITIONS).json == [one]


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ({"action": "DENY", "allocation": 5}, "0 must not have allocation"),
        ({"action": "ALLOW", "allocation": "5"}, "0.allocation must be of type number, not string"),
        ({"action": "ALLOW", "conditionId": None, "allocation": 5}, "0.conditionId must be of type string, not null"),
        ({"action": "allow"}, "0.action must be one of ALLOW, DENY"),
        ({"action": "ALLOW", "conditionId": "eng"}, "0.allocation is required"),
        ({"action": "ALLOW", "conditionId": "eng", "allocation": 5}, "There is no condition 'eng' on the instance"),
    ],
)
def test_a_refused_action_says_which_member_is_wrong(api: Driver, action: dict[str, Any], words: str) -> None:
    answer = api.post(ACTIONS, [action])
    assert answer.status == 400
    assert words in answer.json["message"]
