"""The environment of a program that uses a namespace."""

from tests.apis.monetize360.driver import Driver


def test_it_names_the_place_and_every_api(api: Driver) -> None:
    told = api.client.get("/__admin/environment").json["variables"]
    sandbox = api.client.sandbox
    assert (told["MSANDBOX_URL"], told["MSANDBOX_NAMESPACE"]) == (sandbox.url, "default")
    for name, url in sandbox.urls("default").items():
        assert told[f"{name.upper()}_URL"] == url


def test_it_is_that_of_the_namespace(api: Driver) -> None:
    api.client.post("/__admin/namespaces", {"name": "other", "scenario": "docs"})
    told = api.client.get("/ns/other/__admin/environment").json["variables"]
    assert told["MSANDBOX_NAMESPACE"] == "other"
    url = told["MONETIZE360_URL"].removeprefix(api.client.sandbox.url)
    assert url.startswith("/ns/other/")
    assert api.client.get(f"{url}/workflows", token=told["MONETIZE360_TOKEN"]).status == 200
    assert api.client.get("/ns/nowhere/__admin/environment").status == 404


def test_an_api_without_credentials_has_its_url_alone(api: Driver) -> None:
    for token in api.client.get("/__admin/monetize360/tokens").json["tokens"]:
        api.client.delete(f"/__admin/monetize360/tokens/{token['token']}")
    told = api.client.get("/__admin/environment").json["variables"]
    assert [name for name in told if name.startswith("MONETIZE360")] == ["MONETIZE360_URL"]


def test_the_namespaces_own_credentials_come_first(api: Driver) -> None:
    own = api.client.post("/__admin/namespaces", {"name": "theirs", "scenario": "docs"}).json["credentials"]
    told = api.client.get("/ns/theirs/__admin/environment").json["variables"]
    assert told["MONETIZE360_TOKEN"] == own["monetize360"]["tokens"][0]["token"]
    assert told["MOONIFY_SERVICE_ID"] == own["moonify"]["serviceID"]
    assert told["DYNAMIC_MONETIZATION_TOKEN"] == own["dynamic_monetization"]["adminToken"]


def test_where_they_are_gone_another_is_told(api: Driver) -> None:
    api.client.post("/__admin/namespaces", {"name": "poor", "scenario": "docs"})
    told = api.client.get("/ns/poor/__admin/environment").json["variables"]["MONETIZE360_TOKEN"]
    api.client.delete(f"/ns/poor/__admin/monetize360/tokens/{told}")
    other = api.client.get("/ns/poor/__admin/environment").json["variables"]["MONETIZE360_TOKEN"]
    assert other != told
    assert api.client.get("/ns/poor/monetize360/v1/workflows", token=other).status == 200
