"""Which namespace a request is for: by path, by header, by credential."""

from typing import Any

import pytest

from sandbox.kernel.request import Request
from sandbox.kernel.sandbox import DEFAULT
from tests.client import ENTERPRISE, M360, STANDARD, Answer, Client, make_client_of
from tests.web.scenarios import SMALL

LIMITED = "three-a-minute"


@pytest.fixture
def client() -> Client:
    return make_client_of(SMALL)


def code(answer: Answer) -> str:
    return str(answer.json["error"]["code"])


def ask(client: Client, method: str, path: str, host: str) -> Any:
    headers = {"host": host, "authorization": f"Bearer {ENTERPRISE}"}
    return client.pipeline.handle(Request(method, path, "", headers, b""))


class TestNamespaces:
    @pytest.fixture
    def issued(self, client: Client) -> str:
        """A token of the namespace ``made``, which has a workflow of its own; ``other`` is there too."""
        made = client.post("/__admin/namespaces", {"name": "made"}).json
        client.post("/__admin/namespaces", {"name": "other", "from": "default"})
        put = client.put(
            "/__admin/monetize360/workflows/mine", {"name": "Mine"}, headers={"x-sandbox-namespace": "made"}
        )
        assert put.status == 201
        return next(str(t["token"]) for t in made["credentials"]["monetize360"]["tokens"] if t["tier"] == "enterprise")

    @pytest.mark.usefixtures("issued")
    def test_by_path(self, client: Client) -> None:
        assert client.get(f"/ns/made{M360}/workflows/mine").status == 200
        assert client.get(f"{M360}/workflows/mine").status == 404
        assert client.get("/ns/made/__admin/clock").status == 200
        assert ask(client, "GET", "/ns/made/v1/workflows/mine", "api.monetize360.com").status == 200

    @pytest.mark.usefixtures("issued")
    def test_by_header(self, client: Client) -> None:
        headers = {"x-sandbox-namespace": "made"}
        assert client.get(f"{M360}/workflows/mine", headers=headers).status == 200

    def test_by_credential(self, client: Client, issued: str) -> None:
        assert client.get(f"{M360}/workflows/mine", token=issued).status == 200

    def test_the_path_outranks_the_header_and_the_header_the_credential(self, client: Client, issued: str) -> None:
        missing = {"x-sandbox-namespace": "missing"}
        assert client.get(f"/ns/made{M360}/workflows/mine", headers=missing).status == 200
        assert client.get(f"{M360}/workflows/mine", headers=missing, token=issued).status == 404
        default = client.get(f"{M360}/workflows/mine", headers={"x-sandbox-namespace": DEFAULT}, token=issued)
        assert default.status == 401

    @pytest.mark.parametrize("target", [f"/ns/other{M360}", f"/ns/default{M360}"])
    def test_a_credential_is_good_in_its_own_only(self, client: Client, issued: str, target: str) -> None:
        assert client.get(f"{target}/workflows", token=issued).status == 401

    @pytest.mark.usefixtures("issued")
    def test_a_scenarios_token_is_good_in_every_copy(self, client: Client) -> None:
        assert client.get(f"/ns/made{M360}/workflows", token=STANDARD).status == 200

    @pytest.mark.usefixtures("issued")
    @pytest.mark.parametrize("name", ["missing", "MADE", "%6dade", "made%20", ".."])
    def test_an_unknown_name_is_404_in_the_apis_envelope(self, client: Client, name: str) -> None:
        for target, members in ((M360, 4), ("/__admin/monetize360", 3), ("/__admin", 3)):
            for answer in (
                client.get(f"/ns/{name}{target}/workflows"),
                client.get(f"{target}/workflows", headers={"x-sandbox-namespace": name}),
            ):
                assert answer.status == 404
                assert code(answer) == "NOT_FOUND"
                assert name in answer.json["error"]["message"]
                assert len(answer.json["error"]) == members

    def test_an_empty_name_in_the_path_is_unknown(self, client: Client) -> None:
        assert client.get(f"/ns/{M360}/workflows").status == 404

    def test_a_deleted_namespace_takes_its_credentials_along(self, client: Client, issued: str) -> None:
        client.delete("/__admin/namespaces/made")
        assert client.get(f"{M360}/workflows", token=issued).status == 401
        assert client.get(f"/ns/made{M360}/workflows").status == 404

    @pytest.mark.usefixtures("issued")
    def test_namespaces_share_neither_data_nor_limits_nor_journal(self, client: Client) -> None:
        for _ in range(4):
            last = client.get(f"{M360}/workflows", token=LIMITED)
        assert last.status == 429
        assert client.get(f"/ns/other{M360}/workflows", token=LIMITED).status == 200
        client.post(f"{M360}/mobjects/mobject-id/mdata", {"data": {}})
        count = client.get(f"/ns/other{M360}/mobjects/mobject-id/mdata").json["pagination"]["total"]
        assert count == 3
        assert len(client.sandbox.get("other").journal) == 2
