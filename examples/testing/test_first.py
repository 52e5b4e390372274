"""The fixture ``sandbox``: every test begins with the same data, and leaves nothing behind."""

import httpx

from sandbox.testing import Local

NOTES = "/mobjects/mobject-id/mdata"


def test_a_note_is_kept(sandbox: Local) -> None:
    with httpx.Client(
        transport=sandbox.transport(),
        base_url=sandbox.urls["monetize360"],
        headers={"Authorization": "Bearer YOUR_API_TOKEN_ENTERPRISE"},
    ) as client:
        made = client.post(NOTES, json={"data": {"title": "Call back"}})
        assert made.status_code == 201
        assert client.get(f"{NOTES}/{made.json()['id']}").json()["data"] == {"title": "Call back"}


def test_the_next_test_does_not_see_it(api: httpx.Client) -> None:
    assert api.get(NOTES, params={"filter": "title:eq:Call back"}).json()["data"] == []
