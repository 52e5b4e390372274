"""What a run created, written down before it is sent, so that it can be taken back even after a crash.

A ledger is a file of JSON lines that is only ever appended to: an intent before a request is sent, its outcome once it
is answered, and what was deleted. A line that a crash tore is passed over: an intent that is not whole was not sent.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from sandbox.contract.targets import Refused

Place = tuple[str | int, ...]
"""Leads to values in JSON; ``*`` is each item of an array."""


ANY = "*"
"""The parameter of an id of which it is not said how paths call it."""


@dataclass(frozen=True)
class Creation:
    """What an operation creates.

    ``id`` leads to the new ids in the answer's body; where it begins with ``request``, in the request's (JSON or form);
    ``("path", name)`` is a path parameter: what has no id of its own. ``undo`` is the operationId that deletes it, None
    for what can never be deleted: it is permanent. ``parameters`` are those of ``undo``, in the path or else in the
    query: each is ``id``, the name of a path parameter of the creating request, or a Place in its body. Where ``undo``
    is None they name what the id is called in paths, as ``{"instanceId": "id"}``. ``anywhere`` says that it may be made
    below what is not the run's own, too: it does no harm there.

    ``within`` says where the request's body names what the new thing belongs to, by parameter: it must be the run's
    own. ``retire`` are members with which the creating request is sent once more before ``undo``, where only that
    makes it deletable. ``find`` is the operation that lists such things, ``items`` where in its answer they are: after
    a crash what was made is found there by its name. ``gone`` are further statuses by which ``undo`` says that there is
    nothing left to delete, as 403 where what has ended cannot be closed.
    """

    kind: str
    id: Place
    undo: str | None
    parameters: Mapping[str, str | Place] = field(default_factory=dict)
    within: Mapping[str, Place] = field(default_factory=dict)
    retire: Mapping[str, Any] = field(default_factory=dict)
    find: str | None = None
    items: Place = ("*",)
    gone: tuple[int, ...] = ()
    anywhere: bool = False


class Undo(NamedTuple):
    """A request that takes something back, or prepares that: ``path`` is below the API's base URL."""

    method: str
    path: str
    query: str = ""
    body: Any = None

    @property
    def target(self) -> str:
        """What it deletes, as text."""
        return f"{self.method} {self.path}?{self.query}" if self.query else f"{self.method} {self.path}"


class Made(NamedTuple):
    """One thing that was created: ``names`` are (parameter, value) pairs that paths and queries call it by.

    The last of ``undo`` deletes it; there is none where nothing can.
    """

    id: str
    names: Sequence[tuple[str, str]] = ()
    undo: Sequence[Undo] = ()

    @property
    def target(self) -> str:
        """What deletes it, as text; empty where nothing can."""
        return self.undo[-1].target if self.undo else ""


@dataclass
class Entry:
    """One creating request.

    ``url`` is the API's base URL, ``path`` the parameters in the path. ``tagged`` says whether the run's prefix is in
    its body. ``status`` is None while no answer is known; ``sure`` whether what it made is known.
    """

    number: str
    api: str
    url: str
    operation: str
    path: Mapping[str, str]
    identity: str
    prefix: str
    tagged: bool
    made: list[Made] = field(default_factory=list)
    status: int | None = None
    sure: bool = False

    @property
    def refused(self) -> bool:
        """Whether the target said that it made nothing."""
        return self.sure and self.status is not None and self.status >= 300  # noqa: PLR2004  # the classes of refusals


class Ledger:
    """A file that goes on where it ended. ``prefix`` is the run's: all that it creates is named by it.

    Raises ValueError for a prefix too short to be nobody else's.
    """

    def __init__(self, path: Path, prefix: str) -> None:
        if len(prefix) < 6:  # noqa: PLR2004  # as in kit-1-
            raise ValueError(f"the prefix {prefix!r} is too short to be nobody else's")
        self.path, self.prefix = path, prefix
        self.gone: set[str] = set()
        self._own: set[tuple[str, str]] = set()
        self._recognized: set[tuple[str, str]] = set()
        self._open: dict[str, int] = {}
        self._count = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = 1 + sum("open" in line for line in _lines(path))
        self._file = path.open("ab")
        self.reload()
        torn = path.stat().st_size and not path.read_bytes().endswith(b"\n")
        self._write({"open": prefix}, b"\n" if torn else b"", sync=True)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def reload(self) -> list[Entry]:
        """Learn what others wrote into the file; all entries."""
        entries, self.gone = _told(_lines(self.path))
        made = [one for entry in entries for one in entry.made]
        self._own = {name for one in made for name in one.names}
        self._open = {target: len(one.undo) for one in made if (target := one.target) and target not in self.gone}
        return entries

    def intend(self, entry: Entry) -> str:
        """Write down, safe from a crash, what is about to be sent. Answers its number."""
        self._count += 1
        entry.number = f"{self._writer}.{self._count}"
        self.know(entry.made)
        told = {name: getattr(entry, name) for name in _TOLD}
        self._write({"intent": entry.number, **told, "made": _dumped(entry.made)}, sync=True)
        return entry.number

    def conclude(self, number: str, status: int | None, made: Sequence[Made], *, sure: bool) -> None:
        """Write down what became of it; a status of None is no answer."""
        self.know(made)
        self._write({"outcome": number, "status": status, "made": _dumped(made), "sure": sure})

    def forget(self, target: str) -> None:
        """Write down that something was deleted (see ``Undo.target``)."""
        if target in self._open:
            del self._open[target]
            self.gone.add(target)
            self._write({"gone": target})

    def owns(self, parameter: str, value: str) -> bool:
        """Whether the run made it, or its name says so."""
        if value.startswith(self.prefix) or (parameter, value) in self._recognized:
            return True
        return not self._own.isdisjoint({(parameter, value), (ANY, value)})

    def recognize(self, parameter: str, value: str, name: str) -> None:
        """What the target itself made with something of the run's is its own: a word of its name begins as all that."""
        if any(word.startswith(self.prefix) for word in name.split()):
            self._recognized.add((parameter, value))

    @property
    def open(self) -> int:
        """How many calls it takes to delete what is left."""
        return sum(self._open.values())

    def know(self, made: Iterable[Made]) -> None:
        """What was made is the run's own."""
        for one in made:
            self._own.update(one.names)
            if one.undo:
                self.gone.discard(one.target)
                self._open[one.target] = len(one.undo)

    def _write(self, line: Mapping[str, Any], before: bytes = b"", *, sync: bool = False) -> None:
        self._file.write(before + orjson.dumps(line, option=orjson.OPT_NON_STR_KEYS) + b"\n")
        self._file.flush()
        if sync:
            os.fsync(self._file.fileno())


_TOLD = ("api", "url", "operation", "path", "identity", "prefix", "tagged")


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The whole lines of a ledger; none where there is no file."""
    if path.exists():
        for text in path.read_bytes().splitlines():
            try:
                line = orjson.loads(text)
            except orjson.JSONDecodeError:
                continue
            if isinstance(line, dict):
                yield line


def is_ledger(path: Path) -> bool:
    """Whether a file is one. Raises OSError."""
    return any("open" in line for line in _lines(path))


def read(path: Path) -> tuple[list[Entry], set[str]]:
    """All entries of a ledger in their order, and what was deleted since. Raises OSError, Refused."""
    return _told(_lines(path))


def _told(said: Iterable[Mapping[str, Any]]) -> tuple[list[Entry], set[str]]:
    """What lines say. Raises Refused for one that no run writes: what else it means to say is not known."""
    entries: dict[str, Entry] = {}
    gone: set[str] = set()
    for number, line in enumerate(said, 1):
        try:
            _learn(line, entries, gone)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            why = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
            raise Refused(f"the ledger is damaged, look at its line {number}: {why}") from None
    return list(entries.values()), gone


def _learn(line: Mapping[str, Any], entries: dict[str, Entry], gone: set[str]) -> None:
    made = [_made(one) for one in line.get("made", ())]
    if "intent" in line:
        entries[line["intent"]] = Entry(line["intent"], **{name: line[name] for name in _TOLD}, made=made)
    elif "outcome" in line and line["outcome"] in entries:
        entry = entries[line["outcome"]]
        entry.made, entry.status, entry.sure = made if line["sure"] else entry.made, line["status"], line["sure"]
    elif "gone" in line:
        gone.add(line["gone"])
    gone -= {one.target for one in made}


def _dumped(made: Sequence[Made]) -> list[dict[str, Any]]:
    return [{"id": one.id, "names": list(one.names), "undo": [undo._asdict() for undo in one.undo]} for one in made]


def _made(said: Mapping[str, Any]) -> Made:
    names = [(name, value) for name, value in said["names"]]
    return Made(said["id"], names, [Undo(**undo) for undo in said["undo"]])
