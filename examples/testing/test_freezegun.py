"""With freezegun, the sandbox can follow the time that the test itself sees."""

import httpx
from freezegun import freeze_time

from sandbox.testing import Local

NOTES = "/mobjects/mobject-id/mdata"


def test_one_time_for_both(sandbox: Local, api: httpx.Client) -> None:
    with freeze_time("2024-03-01T12:00:00Z") as frozen:
        sandbox.clock.follow()

        frozen.tick(90)
        made = api.post(NOTES, json={"data": {"title": "Call back"}}).json()
        assert made["createdAt"] == "2024-03-01T12:01:30Z"

        frozen.move_to("2024-03-02T00:00:00Z")
        assert sandbox.clock.now.day == 2
