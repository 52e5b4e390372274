"""What Dynamic Monetization answers, by its written rules alone: dicts, lists, fractions and linear scans."""

from collections.abc import Iterable
from fractions import Fraction
from itertools import count

from tests.apis.dynamic_monetization.model_tenant import DAY, HOUR, MINUTE, Answer, Json, Tenant, decide

CODES = {
    "101": "Successfully checked out",
    "102": "No Status",
    "201": "Item not found in any effective rate table",
    "202": "Insufficient tokens available",
    "203": "Access denied by rules of access",
}
LIVE = ("IDLE", "ACTIVE")


def rounded(tokens: Fraction) -> Fraction:
    """To 1e-9, half even."""
    return round(tokens, 9)


def cap(item: Json) -> Fraction | None:
    """How far `used` may go; None: without end."""
    kind = item["attributes"].get("overdraftType")
    if kind == "Unlimited":
        return None
    return Fraction(item["quantity"] + (item["attributes"]["overdraftLimit"] if kind == "Number" else 0))


def room(item: Json, action: Json | None) -> Fraction | None:
    """What may be taken from a line item under an action; None: without end (G13)."""
    rooms = []
    if (most := cap(item)) is not None:
        rooms.append(most - item["used"])
    if action is not None and "allocation" in action:
        rooms.append(action["allocation"] - action["used"])
    return min(rooms) if rooms else None


def split(offers: Iterable[tuple[Json, Fraction, Json | None]], amount: Fraction) -> list[Json] | None:
    """What a count takes from line items, given in order with their rate and action; None if they do not cover it."""
    charges: list[Json] = []
    rest, last = Fraction(0), Fraction(0)
    for item, rate, action in offers:
        need = amount * rate if not charges else rest if rate == last else rounded(rest * rate / last)
        left = room(item, action)
        if left is not None and left <= 0 < need:
            continue
        tokens = need if left is None or need == 0 else min(need, left)
        charges.append({"item": item, "action": action, "rate": rate, "tokens": tokens})
        rest, last = need - tokens, rate
        if rest == 0:
            return charges
    return None


def answered(asked: Json, code: str, charges: Iterable[Json]) -> Json:
    """One item of an AccessResponse."""
    lines = [
        {"rate": one["rate"], "activationId": one["item"]["activationId"], "tokensCharged": one["tokens"]}
        for one in charges
    ]
    return {
        "count": asked["count"],
        "item": asked["item"],
        "version": asked.get("version", ""),
        "totalTokensCharged": sum(line["tokensCharged"] for line in lines),
        "lineItems": lines,
        "status": {"code": code, "description": CODES[code]},
    }


def denied(answer: Json) -> Json:
    """An item of a session request that failed as a whole."""
    code = answer["status"]["code"]
    return answered(answer, "102" if code == "101" else code, [])


def granted(answers: Iterable[Json]) -> bool:
    return all(one["status"]["code"] == "101" for one in answers)


def response(request: Json, answers: list[Json]) -> Json:
    requester = {name: request["requester"][name] for name in ("type", "value")}
    return {"requestedItems": answers, "requester": requester}


class Model(Tenant):
    """One tenant, and what it charges."""

    def __init__(self, now: int) -> None:
        super().__init__(now)
        self.ledger: list[Json] = []
        self.turn = count()

    # Charges

    def _usable(self, instance: Json, asked: Json) -> list[tuple[Json, Fraction]]:
        """The line items that price an item, with their rates, in the order of consumption."""
        slack = 12 * HOUR if self.tolerant else 0
        found = []
        for item in instance["items"]:
            attributes = item["attributes"]
            rate = self.rate(attributes.get("rateTableSeries", ""), asked["item"], asked.get("version", ""))
            in_time = item["start"] - slack <= self.now <= item["end"] + slack
            if item["state"] == "DEPLOYED" and attributes.get("elastic") and in_time and rate is not None:
                found.append((item, rate))
        return sorted(found, key=lambda one: (one[0]["end"], one[0]["start"]))

    def _cover(self, instance: Json, asked: Json, dictionary: Json) -> tuple[str, list[Json]]:
        usable = self._usable(instance, asked)
        offers = []
        for item, rate in usable:
            allowed, action = decide(item, instance["conditions"], dictionary)
            if allowed:
                offers.append((item, rate, action))
        charges = split(offers, asked["count"])
        if charges is not None:
            return "101", charges
        everywhere = [self.rate(table["series"], asked["item"], asked.get("version", "")) for table in self.tables]
        if all(rate is None for rate in everywhere):
            return "201", []
        return ("203" if usable and not offers else "202"), []

    def grant(self, instance: Json, request: Json, session: Json | None = None) -> tuple[list[Json], list[Json]]:
        """Item by item, best effort: the answers, and what was booked."""
        answers, booked = [], []
        for asked in request["requestedItems"]:
            code, charges = self._cover(instance, asked, request["requester"].get("dictionary", {}))
            answers.append(answered(asked, code, charges))
            booked += self._book([one | {"session": session, "start": self.now} for one in charges])
        return answers, booked

    def _book(self, entries: list[Json], sign: int = 1) -> list[Json]:
        for entry in entries:
            entry["item"]["used"] += sign * entry["tokens"]
            if any(entry["action"] is action for action in entry["item"]["actions"]):
                entry["action"]["used"] += sign * entry["tokens"]
        if sign > 0:
            self.ledger += entries
        elif entries:
            del self.ledger[-len(entries) :]
        return entries

    def _unbook(self, entries: list[Json]) -> None:
        """Take back what was booked last."""
        self._book(entries, -1)

    def _refund(self, session: Json, left: int = 0, *, whole: bool = False) -> list[Json]:
        """Give back what the running period cost, for ``left`` of its milliseconds or whole: never more."""
        totals: list[Json] = []
        for paid in session["paid"]:
            same = [one for one in totals if one["item"] is paid["item"] and one["action"] is paid["action"]]
            if same:
                same[0]["tokens"] += paid["tokens"]
            else:
                totals.append(dict(paid))
        for one in totals:
            exists = any(one["action"] is action for action in one["item"]["actions"])
            back = one["tokens"] if whole else min(one["tokens"], rounded(one["tokens"] * left / HOUR))
            one |= {"tokens": -back, "action": one["action"] if exists else None}
        return self._book(totals)

    def access_request(self, instance: Json, request: Json) -> Answer:
        return 200, response(request, self.grant(instance, request)[0])

    # Sessions

    def create_session(self, instance: Json, session_id: str) -> None:
        session = {"id": session_id, "instance": instance, "state": "IDLE", "idle": self.now, "paid": [], "items": []}
        session |= {"until": 0, "limit": None, "heartbeat": 0, "request": 0, "kept": False, "miss": False}
        session |= {"turns": (next(self.turn), next(self.turn)), "periods": []}
        self.sessions.append(session)

    def shown_session(self, session: Json) -> Json:
        names = {"chargedUntil": "until", "lastHeartBeat": "heartbeat", "lastAccessRequest": "request"}
        shown = {"sessionId": session["id"], "instanceId": session["instance"]["id"], "state": session["state"]}
        return shown | {name: session[inner] for name, inner in names.items()}

    def detail(self, session: Json) -> Json:
        items = [
            {"item": one["item"], "version": one.get("version", ""), "count": one["count"]} for one in session["items"]
        ]
        return {"sessionId": session["id"], "instanceId": session["instance"]["id"], "state": session["state"]} | {
            "items": items
        }

    def put_session(self, session: Json, request: Json) -> Answer:
        if session["state"] not in LIVE:
            return 403, "message"
        refund = self._refund(session, session["until"] - self.now)
        answers, booked = self.grant(session["instance"], request, session)
        if not granted(answers):
            self._unbook(booked)
            if request["rollbackOnDeny"]:
                self._unbook(refund)
            else:
                self._stop(session, "TERMINATED")
            return 403, response(request, [denied(one) for one in answers])
        session["request"] = self.now
        if request["requestedItems"]:
            self._cut(session)
            self._begin(session, request, booked)
        elif session["state"] == "ACTIVE":
            self._stop(session, "IDLE")
        return 200, response(request, answers)

    def _begin(self, session: Json, request: Json, booked: list[Json]) -> None:
        """An hour is paid."""
        session |= {"state": "ACTIVE", "asked": request, "items": request["requestedItems"], "paid": booked}
        session |= {"until": self.now + HOUR, "limit": None, "turns": (next(self.turn), next(self.turn))}
        session["periods"].append([self.now, session["until"]])

    def _cut(self, session: Json, at: int | None = None) -> None:
        """The running period was paid until ``at``, or now."""
        if session["state"] == "ACTIVE":
            session["periods"][-1][1] = self.now if at is None else at

    def _stop(self, session: Json, state: str, paid_until: int | None = None) -> None:
        self._cut(session, paid_until)
        session |= {"state": state, "items": [], "paid": [], "until": 0, "limit": None, "idle": self.now}
        session["turns"] = (next(self.turn), next(self.turn))

    def heartbeat(self, session: Json) -> Answer:
        if session["state"] not in LIVE:
            return 403, "message"
        if session["state"] == "ACTIVE":
            session |= {"heartbeat": self.now, "limit": None}
        return 204, None

    def close(self, session: Json, state: str = "TERMINATED") -> Answer:
        """Also what fails a session."""
        if session["state"] not in LIVE:
            return 403, "message"
        self._refund(session, session["until"] - self.now)
        self._stop(session, state)
        return 204, None

    def keep(self, session: Json, *, kept: bool) -> None:
        session["kept"] = kept
        if kept and session["limit"] is not None:
            session |= {"heartbeat": self.now, "limit": None}

    # Time

    def due(self) -> list[tuple[int, int, Json, str]]:
        """What will happen to sessions: instant, turn, session, what."""
        found = []
        for one in self.sessions:
            if one["state"] == "ACTIVE":
                found.append((one["until"], one["turns"][0], one, "charge"))
            if one["limit"] is not None:
                found.append((one["limit"] + 1, one["turns"][1], one, "miss"))
            if one["state"] == "IDLE":
                found.append((one["idle"] + 30 * DAY, one["turns"][0], one, "expire"))
        return sorted(found, key=lambda item: item[:2])

    def move_to(self, instant: int) -> None:
        while (due := self.due()) and due[0][0] <= instant:
            self.now, _, session, what = due[0]
            if what == "charge":
                self._charge(session)
            elif what == "miss":
                start = session["periods"][-1][0]
                self._refund(session, whole=True)
                self._stop(session, "TERMINATED", start)
            else:
                self._stop(session, "TERMINATED")
        self.now = instant

    def _charge(self, session: Json) -> None:
        """The automatic charge of an hour."""
        answers, booked = self.grant(session["instance"], session["asked"], session)
        if not granted(answers):
            self._unbook(booked)
            self._stop(session, "TERMINATED")
            return
        self._begin(session, session["asked"], booked)
        if session["kept"] and not session["miss"]:
            session["heartbeat"] = self.now
        else:
            session["limit"] = self.now + 30 * MINUTE
        session["miss"] = session["miss"] and not session["kept"]
