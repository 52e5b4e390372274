"""The examples of the vendor's page (vectors.md), sent as curl sends them and answered as documented."""

import json
import re
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from sandbox.kernel.request import Request
from tests.apis.moonify.driver import FORM, KEY, Driver
from tests.client import Answer

TOKEN = re.compile("[0-9a-f]{32}")


def blocks(mark: str) -> list[str]:
    """The code blocks of a vector, in their order."""
    text = Path(__file__).with_name("vectors.md").read_text("utf-8")
    (found,) = (part for part in re.split(r"^## ", text, flags=re.MULTILINE) if part.partition("\n")[0] == mark)
    return re.findall(r"^```\n(.*?)^```$", found, re.MULTILINE | re.DOTALL)


def documented(mark: str) -> Any:
    """The body of its documented response."""
    return json.loads(blocks(mark)[-1].partition("]")[2])


def curl(docs: Driver, command: str) -> Answer:
    """Send the request that curl makes of the command (-X, -H, -d), to the host that it names."""
    words = shlex.split(command.replace("\\\n", "").removeprefix("$ "))[1:]
    url, options = words[0], dict(zip(words[1::2], words[2::2], strict=True))
    target, body = urlsplit(url), options.get("-d", "")
    headers = {"host": target.netloc} | ({"content-type": FORM} if body else {})
    if "-H" in options:
        name, _, value = options["-H"].partition(": ")
        headers[name.lower()] = value
    method = options.get("-X", "POST" if body else "GET")
    return docs.client.send(Request(method, target.path, target.query, headers, body.encode()))


@pytest.mark.parametrize("mark", ["F1", "F3", "F5"])
def test_sessions_open(docs: Driver, mark: str) -> None:
    answer = curl(docs, blocks(mark)[0])
    assert answer.status == 201
    assert list(answer.json) == ["success", "tokenID"]
    assert answer.json["success"] is True
    assert TOKEN.fullmatch(answer.json["tokenID"])


def test_f2_refuses_a_wrong_service_id(docs: Driver) -> None:
    answer = curl(docs, blocks("F1")[0].replace("yourServiceID", "another"))
    assert (answer.status, answer.json) == (401, documented("F2"))


def test_f5_registers_the_user_in_the_last_group(docs: Driver) -> None:
    curl(docs, blocks("F5")[0])
    assert docs.get("/groups/kind/paladin/users/MyUserId").status == 200
    assert docs.get("/groups/team/blue/users/MyUserId").status == 404


def test_f6_lists_the_users_in_order(docs: Driver) -> None:
    answer, told = curl(docs, blocks("F6")[0]), documented("F6")["users"]
    assert answer.status == 200
    listed = answer.json["users"]
    assert list({user: listed[user] for user in listed if user in told}.items()) == list(told.items())


@pytest.mark.parametrize("mark", ["F7", "F8", "F10"])
def test_single_reads_answer_as_printed(docs: Driver, mark: str) -> None:
    answer = curl(docs, blocks(mark)[0])
    assert answer.status == 200
    assert json.dumps(answer.json) == json.dumps(documented(mark))


def test_f9_lists_the_users_of_a_group_by_score(docs: Driver) -> None:
    answer = curl(docs, blocks("F9")[0])
    assert answer.status == 200
    assert answer.json == documented("F9")
    assert list(answer.json["users"]) == ["gregory", "gerald"]


def test_what_lags_on_the_page_is_true_after_the_boundary(docs: Driver) -> None:
    docs.shift("PT5M")
    assert docs.users()["betty"] == documented("F7")["user"]
    assert docs.users(group="team/blue")["gerald"] == documented("F10")["user"]


def test_the_figures_of_the_page_stand_until_the_group_changes(docs: Driver) -> None:
    docs.earn(docs.open({"userID": "gerald", "@team": "blue"}), 1.5, 60)
    group = docs.group("team/blue")
    assert group["score"] == pytest.approx(271.4609971238 + 5346.4609971238 + 1.5)
    assert group["totalTime"] == 4819 + 98827 + 60


# As the SDK sends it


def test_the_sdk_opens_a_session_with_a_form(docs: Driver) -> None:
    docs.open(b"userID=MyUserID&@team=blue&deviceID=", content_type=FORM)
    assert docs.user("MyUserID", "team/blue")["score"] == 0


def test_the_sdk_ends_every_url_with_a_question_mark(docs: Driver) -> None:
    assert len(docs.users("?")) == 5


def test_the_sdk_pages(docs: Driver) -> None:
    for number in range(4):
        docs.open({"userID": f"new-{number}"})
    assert list(docs.users("?order=score&dir=desc&limit=5&start=5")) == [f"new-{n}" for n in range(4)]


def test_the_sdk_says_group(docs: Driver) -> None:
    assert docs.get("/group/team/blue").json == docs.get("/groups/team/blue/").json
    assert docs.get("/group/team/blue/users?").json == docs.get("/groups/team/blue/users").json
    assert docs.get("/group/team/blue/users/gerald").json == documented("F10")


def test_the_service_id_in_the_query(docs: Driver) -> None:
    assert docs.get("/users/betty?serviceID=yourServiceID", headers={}).json == documented("F7")


def test_the_service_id_in_the_form(docs: Driver) -> None:
    docs.open(b"serviceID=yourServiceID&userID=carl&deviceID=", content_type=FORM, headers={})
    assert docs.user("carl")["score"] == 0


@pytest.mark.parametrize("host", ["api.moonify.io", "api.moonify.devel", "api.moonify.io:8080"])
def test_both_hosts_answer(docs: Driver, host: str) -> None:
    answer = docs.client("GET", "/0.2/moonitize/users/betty", token=None, headers=KEY | {"host": host})
    assert answer.json == documented("F7")
