import pytest

from sandbox.kernel import errors
from sandbox.kernel.api import Api, Mount
from sandbox.kernel.errors import Failure, Invalid, MethodNotAllowed, ScenarioError, TooManyRequests
from sandbox.kernel.limits import Quota
from sandbox.kernel.sandbox import Sandbox, Start
from sandbox.kernel.scenario import Library
from tests.kernel.toys import make_world


def test_an_api_needs_little_to_be_one() -> None:
    bare = Api(name="bare", mount=Mount("/bare"), handlers=object, envelope=lambda failure, _now: failure.message)
    assert bare.limit_headers(Quota(1, 1, 0, allowed=True)) == []
    assert bare.welcome(make_world(), "http://127.0.0.1:1") == []
    assert bare.limit(make_world(), None) is None
    sandbox = Sandbox([bare], Library((), lambda name: (name, "{}")), Start("empty"))
    made = sandbox.create("ci", Start("empty"))
    assert (sandbox.credentials(made), sandbox.issued) == ({}, {})
    assert sandbox.urls("ci") == {"bare": "http://127.0.0.1:4010/ns/ci/bare"}


def test_every_failure_has_the_status_its_tree_says() -> None:
    drawn = {line.split()[1]: int(line.split()[2]) for line in (errors.__doc__ or "").splitlines() if "──" in line}
    found = {kind.__name__: kind.status for kind in Failure.__subclasses__()}
    assert found == drawn
    assert {kind.__name__: kind.status for kind in errors.TooLarge.__subclasses__()} == {
        "UriTooLong": 414,
        "HeadersTooLarge": 431,
    }


def test_failures_carry_what_their_answers_need() -> None:
    assert TooManyRequests("wait", 7).retry_after == 7
    assert MethodNotAllowed("no", ["GET", "PUT"]).allowed == ("GET", "PUT")
    assert Invalid("no").details == {}
    assert Invalid("no", field="a", value=0).details == {"field": "a", "value": 0}
    with pytest.raises(ScenarioError, match=r"file: path: must be a list"):
        raise ScenarioError("file: path", "must be a list")
