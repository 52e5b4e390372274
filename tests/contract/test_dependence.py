from sandbox.contract.contracts import contract
from sandbox.contract.dependence import without
from sandbox.contract.suites import suite


def lost(api: str, *refused: str) -> dict[str, str]:
    return without(contract(api), suite(api).creations, refused)


def test_nothing_is_lost_where_nothing_is_refused() -> None:
    assert lost("dynamic_monetization") == lost("monetize360") == lost("moonify") == {}


def test_what_its_path_names_cannot_be_had() -> None:
    assert lost("monetize360", "createMdata") == {}
    records = {"getMdata", "updateMdata", "deleteMdata"}
    assert lost("monetize360", "createMdata", "bulkCreateMdata") == dict.fromkeys(records, "createMdata")


def test_what_is_made_within_it_cannot_be_had_either() -> None:
    found = lost("dynamic_monetization", "addInstance")
    assert found["getHeartbeat"] == found["getActions"] == found["getAllSessionsForInstance"] == "addInstance"
    assert not found.keys() & {
        "clientKeyUpload",
        "deleteClientKey",
        "listInstances",
        "getRateTables",
        "deleteRateTables",
    }
    assert lost("dynamic_monetization", "postRateTables") == {"deleteRateTables": "postRateTables"}


def test_what_no_creation_names_comes_of_any() -> None:
    assert lost("moonify", "createSession").keys() == {"getUser", "getGroup", "listGroupUsers", "getGroupUser"}
    assert lost("monetize360", "createWebhook", "executeWorkflow") == {}
