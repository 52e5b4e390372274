"""Dynamic Monetization wants tokens: the administrator's is there already, a client's is made."""

from typing import Any

import httpx

from sandbox.testing import Local

INSTANCE = "64d2028c-ae87-4069-a624-66089d957ef9"
REQUEST: dict[str, Any] = {
    "requester": {"type": "user", "value": "LisaBarry"},
    "requestedItems": [{"item": "PhotoPrint", "version": "1.0", "count": 10}],
}


def test_items_are_charged(sandbox: Local) -> None:
    token = sandbox.credentials["dynamic_monetization"]["adminToken"]
    with httpx.Client(transport=sandbox.transport(), base_url=sandbox.urls["dynamic_monetization"]) as client:
        answer = client.post(
            f"/elastic/api/v1.0/instances/{INSTANCE}/access-request",
            json=REQUEST,
            headers={"Authorization": f"Bearer {token}"},
        )
    assert answer.json()["requestedItems"][0]["totalTokensCharged"] == 30


def test_a_client_may_use_its_own_instances_only(sandbox: Local) -> None:
    wish = {"role": "client", "instances": [INSTANCE]}
    token = sandbox.control("POST", "/dynamic_monetization/tokens", wish)["token"]
    headers = {"Authorization": f"Bearer {token}"}
    url = sandbox.urls["dynamic_monetization"] + "/elastic/api/v1.0/instances/{}/access-request"
    with sandbox.session() as session:
        mine = session.post(url.format(INSTANCE), json=REQUEST, headers=headers)
        other = session.post(url.format("1f6d3a90-27be-4c58-8e41-b5a3790c6d2e"), json=REQUEST, headers=headers)
    assert (mine.status_code, other.status_code) == (200, 403)
