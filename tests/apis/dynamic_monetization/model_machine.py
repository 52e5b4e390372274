"""The rules of the model's test that set a tenant up; see test_model.py."""

from fractions import Fraction
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from tests.apis.dynamic_monetization.model import LIVE, Model
from tests.apis.dynamic_monetization.model_draws import (
    complex_,
    ids_of,
    new_actions,
    offsets,
    overdrafts,
    picks,
    places,
    prices,
    quantities,
    read,
    same,
    series,
    simple,
    wire,
)
from tests.apis.dynamic_monetization.model_tenant import DAY, Json
from tests.client import Answer as Got
from tests.client import Client, make_client_of

SCENARIO = "{title: The built-in keys, clock: 2024-01-15T10:30:00Z, dynamic_monetization: {}}"
START = 1_705_314_600_000
LEVERS = "/__admin/dynamic_monetization"
PROVISIONING, API, ELASTIC = (
    f"/dynamicmonetization{part}/v1.0" for part in ("/provisioning/api", "/api", "/elastic/api")
)
FOREVER = START + 400 * DAY
KINDS = {"admin": "administration-key", "client": "client-key"}
KEYS = [ec.derive_private_key(number, ec.SECP256R1()) for number in (12_345, 67_890)]
PEMS = [key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode() for key in KEYS]
NO_ID = "00000000-0000-4000-8000-000000000000"


@cache
def client() -> Client:
    return make_client_of(SCENARIO)


class Settings(RuleBasedStateMachine):
    """Sandbox and model are asked the same."""

    def set_up(self, rate: Fraction, drawn: list[tuple[int, int, Json]]) -> None:
        assert client().post("/__admin/reset").status == 200
        self.model = Model(START)
        self.used: dict[Any, Fraction] = {}
        self.tokens: dict[str, str] = {}
        self.until = 0
        built_in = read(self.call("GET", f"{API}/public-keys"))["keys"]
        for key in built_in:
            self.model.put_key(key["type"], key["id"], key["publicKey"])
            self.model.keys[key["type"], key["id"]]["created"] = key["created"]
        (self.own,) = [key["id"] for key in built_in if key["type"] == "administration-key"]
        for name in ("one", "two"):
            self.add_instance("ACME", name)
        self.until = 0
        self.post_table("", "1", -DAY, {("photo", "1"): Fraction(3), ("cad", ""): rate, ("free", ""): Fraction(0)})
        self.post_table("s", "1", -DAY, {("photo", "1"): Fraction(7), ("cad", ""): Fraction("0.1")})
        for number, (place, quantity, overdraft) in enumerate(drawn):
            group, end = ["", "s"][number % 2], [35 * DAY, None][number // 2]
            more: Json = {"start": None, "end": end, "group": group, "overdraft": overdraft}
            self.put_line_item(place, "abc"[number % 3], "DEPLOYED", quantity, 0, **more)

    # Asking

    def call(self, method: str, path: str, body: Any = None, role: str = "admin", **options: Any) -> Got:
        """``role``: ``admin``, or the id of the instance that a client's token is for."""
        if self.until <= self.model.now:
            roles: list[Json] = [{"role": "client", "instances": [one["id"]]} for one in self.model.instances]
            self.tokens = {one.get("instances", ["admin"])[0]: self.token(one) for one in [{"role": "admin"}, *roles]}
            self.until = self.model.now + 350 * DAY
        headers = {"x-instance-id": role} if role != "admin" and "/sessions" in path else {}
        return client()(method, path, wire(body), token=self.tokens[role], **{"headers": headers} | options)

    @staticmethod
    def token(body: Json) -> str:
        got = client().post(f"{LEVERS}/tokens", body, token=None)
        assert got.status == 201, got
        return str(got.json["token"])

    def instance(self, place: int) -> Json:
        found: Json = self.model.instances[place]
        return found

    def session(self, pick: int) -> Json:
        """One that lives, if any does and ``pick`` does not ask for any."""
        live = [one for one in self.model.sessions if one["state"] in LIVE]
        several = live if live and pick < 7 else self.model.sessions
        return several[pick % len(several)]

    def role(self, instance: Json, pick: int) -> str:
        return str(instance["id"]) if pick % 3 == 0 else "admin"

    # Keys, instances, configuration

    @rule(role=st.sampled_from([*KINDS]), name=st.sampled_from("xxyz"), number=places, pick=picks)
    def change_key(self, role: str, name: str, number: int, pick: int) -> None:
        """Put it or delete it; the built-in one is deleted only where that is refused."""
        path = f"{API}/{'administration' if role == 'admin' else 'client'}-keys"
        alone = [kind for kind, _ in self.model.keys].count(KINDS["admin"]) == 1
        if name == "z":
            key = self.own if role == "admin" and alone else "unknown"
            same(self.call("DELETE", f"{path}/{key}"), self.model.delete_key(KINDS[role], key))
        elif pick < 3:
            same(self.call("DELETE", f"{path}/{role}{name}"), self.model.delete_key(KINDS[role], role + name))
        else:
            got = self.call("PUT", path, [{"id": role + name, "publicKey": PEMS[number]}])
            same(got, self.model.put_key(KINDS[role], role + name, PEMS[number]))

    @rule(
        role=st.sampled_from([*KINDS]),
        name=st.sampled_from("xy"),
        number=places,
        starts=st.sampled_from([-60, 0, 0, 1]),
        ends=st.sampled_from([60, 60, 1, 0]),
    )
    def use_key(self, role: str, name: str, number: int, starts: int, ends: int) -> None:
        instance, now = self.instance(0), self.model.now
        claims: Json = {
            "iss": "https://test",
            "iat": now // 1000,
            "nbf": now // 1000 + starts,
            "exp": now // 1000 + ends,
        }
        claims["cnf"] = {"jwk": {"kid": role + name, "kty": role.upper()}}
        claims |= {"aud": [instance["id"]]} if role == "client" else {}
        token = jwt.encode(claims, KEYS[number], "ES256")
        valid = claims["nbf"] * 1000 <= now < claims["exp"] * 1000
        known = self.model.verifies(KINDS[role], role + name, PEMS[number])
        got = client().get(f"{PROVISIONING}/instances/{instance['id']}/line-items", token=token)
        assert got.status == (200 if valid and known else 401)

    def add_instance(self, account: str, name: str) -> None:
        body = {"shortName": name, "accountId": account}
        got = self.call("POST", f"{PROVISIONING}/instances", body)
        same(got, self.model.add_instance(body, got.json.get("id")))
        shown = self.model.instances[-1]["shown"]
        same(self.call("GET", f"{PROVISIONING}/instances/{shown['id']}"), (200, shown))
        content = read(self.call("GET", f"{PROVISIONING}/instances?accountId={account}&default=true"))["content"]
        assert content == [
            one["shown"] for one in self.model.instances if one["accountId"] == account and one["defaultInstance"]
        ]

    @rule(tolerant=st.booleans(), single=st.booleans(), account=st.sampled_from(["ACME", "Beta"]))
    def configure(self, account: str, *, tolerant: bool, single: bool) -> None:
        entry = {"name": "timezone.tolerant", "value": str(tolerant).lower()}
        got = self.call("PATCH", f"{PROVISIONING}/configuration", entry if single else [entry])
        self.model.tolerant = tolerant
        for answer in (got, self.call("GET", f"{PROVISIONING}/configuration")):
            assert answer.status == 200
            assert [{name: one[name] for name in entry} for one in answer.json] == [entry]
        if len(self.model.instances) < 4:
            self.add_instance(account, "more")

    @rule(place=places, pick=picks)
    def trespass(self, place: int, pick: int) -> None:
        """What a client's token is not for (G3)."""
        mine, other = self.instance(place)["id"], self.instance(1 - place)["id"]
        for path in ("rate-tables", "instances", "configuration", f"instances/{other}/line-items"):
            same(self.call("GET", f"{PROVISIONING}/{path}", role=mine), (403, "message"))
        same(self.call("GET", f"{API}/public-keys", role=mine), (403, "message"))
        same(self.call("GET", f"{API}/sessions?instanceId={other}", role=mine), (403, "message"))
        same(self.call("POST", f"{API}/sessions", {"instanceId": mine}, mine, headers={}), (400, "message"))
        same(self.call("POST", f"{API}/sessions", {"instanceId": other}, mine), (403, "message"))
        if self.model.sessions:
            session = self.session(pick)
            path, stranger = f"{API}/sessions/{session['id']}", self.instance(session["instance"] is self.instance(0))
            for method, url in (("GET", path), ("DELETE", path), ("GET", f"{path}/heartbeat")):
                same(self.call(method, url, role=session["instance"]["id"], headers={}), (400, "message"))
                same(self.call(method, url, role=stranger["id"]), (403, "message"))

    # Line items, rate tables

    @rule(
        place=places,
        name=st.sampled_from(["a", "b", "c"]),
        state=st.sampled_from(["DEPLOYED", "DEPLOYED", "DEPLOYED", "INACTIVE", "OBSOLETE"]),
        quantity=quantities,
        start=st.one_of(st.just(None), st.just(None), offsets),
        end=st.one_of(st.just(None), offsets),
        group=series,
        overdraft=overdrafts,
        pick=picks,
    )
    def put_line_item(self, place: int, name: str, state: str, quantity: int, pick: int, **drawn: Any) -> None:
        now = self.model.now
        body = {
            "activationId": name,
            "state": state,
            "quantity": quantity,
            "start": START - DAY if drawn["start"] is None else now + drawn["start"],
            "end": FOREVER if drawn["end"] is None else now + drawn["end"],
            "attributes": {"elastic": pick < 7, "rateTableSeries": drawn["group"], **drawn["overdraft"]},
            **({"used": 5} if pick == 3 else {}),
        }
        instance = self.instance(place)
        got = self.call("PUT", f"{PROVISIONING}/instances/{instance['id']}/line-items", body)
        same(got, self.model.put_line_item(instance, body))

    @rule(place=places, pick=picks, state=st.sampled_from(["DEPLOYED", "INACTIVE", "OBSOLETE"]))
    def change_state(self, place: int, pick: int, state: str) -> None:
        instance = self.instance(place)
        if instance["items"]:
            body = self.model.shown_item(instance["items"][pick % len(instance["items"])]) | {"state": state}
            got = self.call("PUT", f"{PROVISIONING}/instances/{instance['id']}/line-items", body)
            same(got, self.model.put_line_item(instance, body))

    def delete_line_item(self, place: int, name: str) -> None:
        instance = self.instance(place)
        got = self.call("DELETE", f"{PROVISIONING}/instances/{instance['id']}/line-items/{name}")
        same(got, self.model.delete_line_item(instance, name))

    @rule(place=places, name=st.sampled_from("abc"), end=st.one_of(st.just(None), offsets), again=st.booleans())
    def retire(self, place: int, name: str, end: int | None, *, again: bool) -> None:
        """Whatever the line item's state, it is deleted, and perhaps mapped anew."""
        more: Json = {"start": None, "group": "", "overdraft": {}}
        self.put_line_item(place, name, "OBSOLETE", 10, 0, end=None, **more)
        self.delete_line_item(place, name)
        if again:
            self.put_line_item(place, name, "DEPLOYED", 20, 0, end=end, **more)

    @rule(group=series, version=st.sampled_from("1234"), since=st.one_of(st.just(-DAY), offsets), priced=prices)
    def post_table(self, group: str, version: str, since: int, priced: dict[tuple[str, str], Fraction]) -> None:
        items = [
            {"name": name, "rate": rate} | ({"version": of} if of or group else {})
            for (name, of), rate in priced.items()
        ]
        body = {"effectiveFrom": self.model.now + since, "series": group, "version": version, "items": items}
        same(self.call("POST", f"{PROVISIONING}/rate-tables", body), self.model.post_table(body))

    def delete_table(self, group: str, version: str) -> None:
        query = f"version={version}" + (f"&series={group}" if group else "")
        got = self.call("DELETE", f"{PROVISIONING}/rate-tables?{query}")
        same(got, self.model.delete_table(group, version))

    # Rules of access

    @rule(place=places, drawn=st.lists(st.one_of(simple, simple, complex_), min_size=1, max_size=2), pick=picks)
    def save_conditions(self, place: int, drawn: list[Json], pick: int) -> None:
        """New ones, or the first one of those that exist anew."""
        instance, body = self.instance(place), [dict(one) for one in drawn]
        if instance["conditions"] and pick < 5:
            body[0]["id"] = instance["conditions"][pick % len(instance["conditions"])]["id"]
        method = "PATCH" if pick < 6 else "POST"
        got = self.call(method, f"{API}/instances/{instance['id']}/conditions", {"conditions": body})
        same(got, self.model.save_conditions(instance, body, ids_of(got)))

    def delete_conditions(self, place: int, pick: int) -> None:
        instance = self.instance(place)
        path, known = f"{API}/instances/{instance['id']}/conditions", [one["id"] for one in instance["conditions"]]
        if pick == 7:
            same(self.call("DELETE", path), self.model.delete_conditions(instance))
        else:
            one = [*known, NO_ID][pick % (len(known) + 1)]
            same(self.call("DELETE", f"{path}/{one}"), self.model.delete_conditions(instance, one))

    def actions(self, instance: Json, drawn: list[tuple[str, int, Fraction]]) -> list[Json]:
        """Mostly good ones: the default last."""
        known = [one["id"] for one in instance["conditions"]]
        actions = []
        for number, (kind, pick, allocation) in enumerate(drawn if known else drawn[:1]):
            entry: Json = {"name": f"n{number}", "action": kind}
            if known and (number < len(drawn) - 1 or pick > 2):
                entry["conditionId"] = known[pick % len(known)]
            if kind == "ALLOW" and (pick > 0 or "conditionId" in entry):
                entry["allocation"] = allocation
            if kind == "DENY" and pick == 6:
                entry |= {"allocation": allocation}
            if kind == "DENY" and pick == 7:
                entry |= {"conditionId": NO_ID}
            actions.append(entry)
        return actions

    @rule(
        place=places, pick=picks, drawn=new_actions, order=st.lists(picks, max_size=3, unique=True), post=st.booleans()
    )
    def save_actions(
        self, place: int, pick: int, drawn: list[tuple[str, int, Fraction]], order: list[int], *, post: bool
    ) -> None:
        instance = self.instance(place)
        items = [one["activationId"] for one in instance["items"]]
        name, body = [*items, *items, *items, "z"][pick % (3 * len(items) + 1)], self.actions(instance, drawn)
        path = f"{API}/instances/{instance['id']}/line-items/{name}/actions"
        if post and body:
            got = self.call("POST", path, body)
            same(got, self.model.create_actions(instance, name, body, ids_of(got)))
            return
        there = (self.model.line_item(instance, name) or {"actions": []})["actions"]
        kept = [
            {key: one[key] for key in one if key != "used"}
            for one in (there[at : at + 1] for at in order)
            for one in one
        ]
        if kept and "allocation" in kept[0] and drawn:
            kept[0]["allocation"] = drawn[0][2]
        got = self.call("PUT", path, kept + body)
        same(got, self.model.put_actions(instance, name, kept + body, ids_of(got)))

    def delete_actions(self, place: int, name: str) -> None:
        instance = self.instance(place)
        got = self.call("DELETE", f"{API}/instances/{instance['id']}/line-items/{name}/actions")
        same(got, self.model.delete_actions(instance, name))

    @rule(
        what=st.sampled_from(["table", "line item", "conditions", "actions"]),
        place=places,
        pick=picks,
        name=st.sampled_from("abc"),
    )
    def remove(self, what: str, place: int, pick: int, name: str) -> None:
        if what == "table":
            tables = [(one["series"], one["version"]) for one in self.model.tables]
            self.delete_table(*[*tables, ("none", "1")][-1 - pick % (len(tables) + 1)])
        elif what == "line item":
            self.delete_line_item(place, name)
        elif what == "conditions":
            self.delete_conditions(place, pick)
        else:
            self.delete_actions(place, name)
