"""A test that fails, to see what it shows. Its file is not collected unless it is named."""

import httpx


def test_a_note_needs_an_object(api: httpx.Client) -> None:
    made = api.post("/mobjects/mobject-id/mdata", json={"data": "Call back"})
    assert made.status_code == 201
