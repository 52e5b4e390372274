"""What refusals say (C5)."""

from typing import Any

import pytest

from tests.apis.dynamic_monetization.driver import ELASTIC, LISA, PROVISIONING, Driver, item

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
            "POST",
            f"{ELASTIC}/instances/home/access-request",
            {"requester": LISA, "requestedItems": [item("Photo", "1.0")] * 1_001},
            400,
            {"message": "requestedItems must have at most 1000 items"},
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
