"""What refusals say (C5)."""

from typing import Any

import pytest

from tests.apis.dynamic_monetization.driver import PROVISIONING, Driver

TABLES = f"{PROVISIONING}/rate-tables"
TABLE = {"series": "Apps", "version": "1", "effectiveFrom": 0, "items": []}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        (
            "POST",
            TABLES,
            TABLE,
            409,
            {"error": "There is a rate table of series 'Apps', version '1', already: choose another version"},
        ),
        (
            "DELETE",
            f"{TABLES}?series=Apps&version=1",
            None,
            409,
            {"error": "The rate table of series 'Apps', version '1', is in effect already: it cannot be deleted"},
        ),
        (
            "DELETE",
            f"{TABLES}?version=1",
            None,
            404,
            {"message": "There is no rate table without a series, version '1'"},
        ),
        (
            "GET",
            f"{PROVISIONING}/instances?accountId=ACME&default=yes",
            None,
            400,
            {"message": "default must be of type boolean, not string; for example true"},
        ),
    ],
)
def test_a_refusal_is_one_whole_sentence(
    api: Driver, method: str, path: str, body: Any, status: int, said: dict[str, str]
) -> None:
    answer = api(method, path, body)
    assert (answer.status, answer.json) == (status, said)
