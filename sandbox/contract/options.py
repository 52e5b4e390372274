"""What a run is told."""

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from sandbox.contract.contracts import contract
from sandbox.contract.report import LAYERS
from sandbox.contract.suites import NAMES
from sandbox.kernel.ids import derive_hex, new_secret

if TYPE_CHECKING:
    from sandbox.contract.inprocess import Wrap

SANDBOX = "sandbox"
REFERENCE = "reference"
"""The name of a second sandbox in this process."""
FOLDER = Path("contract-report")
SHARDS = 1000
"""How many parallel runs there may be."""

Target: TypeAlias = str | Mapping[str, str]  # Python 3.11
"""``sandbox``, which is the one in this process, or the base URL of each API."""
Profile = Literal["quick", "full"]


class Size(NamedTuple):
    """How much is tried: see ``model.Effort``."""

    histories: int
    steps: int
    examples: int
    repeats: int


PROFILES: Mapping[Profile, Size] = {"quick": Size(20, 20, 10, 0), "full": Size(120, 25, 60, 1)}


@dataclass(frozen=True, kw_only=True)
class Options:
    """One run.

    ``shard`` is (number from 0, how many). ``calls``, ``seconds`` and ``rate`` (calls a second) are limits of a run
    against URLs, ``rate`` being divided among the shards. ``writes`` says whether more than reading is allowed: None
    allows it on this machine only. ``permanent`` allows to create what can never be deleted. ``excused`` are operations
    that are not asked, with the reasons. ``against`` is what layer d compares with. ``control`` are the URLs of
    sandboxes, or their namespaces, that are the target and its second tenant. ``wrap`` is put between the kit and the
    sandbox. ``run`` names what is created; ``processes`` share the work where nothing else is shared.
    """

    target: Target = SANDBOX
    apis: Sequence[str] = NAMES
    layers: Sequence[str] = LAYERS
    seed: int = 1
    profile: Profile = "full"
    shard: tuple[int, int] = (0, 1)
    writes: bool | None = None
    permanent: bool = False
    calls: int | None = None
    seconds: float | None = None
    rate: float | None = None
    folder: Path = FOLDER
    accept: Path | None = None
    excused: Mapping[str, str] = field(default_factory=dict)
    against: Target = SANDBOX
    control: Sequence[str] = ()
    wrap: "Wrap | None" = None
    run: str = ""
    processes: int = 1

    @property
    def real(self) -> bool:
        """Whether anything outside of this process is asked."""
        return self.target != SANDBOX or self.against != SANDBOX

    @property
    def size(self) -> Size:
        """That of the profile."""
        return PROFILES[self.profile]

    @property
    def sown(self) -> int:
        """The seed of this shard; no other shard of any seed has it."""
        return self.seed * SHARDS + self.shard[0]

    @property
    def prefix(self) -> str:
        """What goes before the name of all that this shard creates."""
        return f"kit-{self.run}-{self.shard[0]}-"

    def again(self, api: str) -> str:
        """The words with which ``msandbox contract replay`` plays a finding of an API on the same targets."""
        asked = [("--target", self.target), ("--against", self.against)]
        urls = [(name, one if isinstance(one, str) else one[api]) for name, one in asked if one != SANDBOX]
        words = [word for pair in (*urls, *(("--control", url) for url in self.control)) for word in pair]
        words += [] if self.writes is None else ["--writes" if self.writes else "--read-only"]
        return shlex.join([*words, *(["--allow-permanent"] if self.permanent else [])])

    @property
    def targets(self) -> list[str]:
        """The names of what is aimed at; two where layer d is played."""
        named = [_named(self.target)]
        if "differential" not in self.layers:
            return named
        return [*named, REFERENCE if self.target == self.against else _named(self.against)]


def _named(target: Target) -> str:
    return target if isinstance(target, str) else ", ".join(dict.fromkeys(target.values()))


def run_id(options: Options) -> str:
    """What tells the data of a run from others': from the seed for the sandbox, never the same twice for a URL."""
    return derive_hex("contract", new_secret() if options.real else options.seed, length=8)


# From the words of a command line; what cannot be read raises ValueError


def read_target(words: Sequence[str], apis: Sequence[str]) -> Target:
    """``sandbox``, a URL for the one API that there is, or ``api=URL`` for each."""
    if list(words) in ([], [SANDBOX]):
        return SANDBOX
    urls: dict[str, str] = {}
    for word in words:
        name, _, url = word.partition("=") if word.partition("=")[0] in NAMES else ("", "", word)
        if "@" in url.partition("//")[2].partition("/")[0]:
            raise ValueError("a URL holds no credentials: they come from the environment")
        if not re.fullmatch(r"https?://[^\s/?#\\]+[^\s?#\\]*", url):
            raise ValueError(f"{word!r} is neither {SANDBOX}, nor the base URL of an API, nor api=URL")
        if not name and len(apis) != 1:
            raise ValueError(f"whose base URL is {url}? Name one API, or write api={url}")
        urls[name or apis[0]] = url.rstrip("/")
    lacking = [api for api in apis if api not in urls]
    if lacking:
        raise ValueError(f"there is no URL of {', '.join(lacking)}")
    return urls


def read_apis(words: Sequence[str], targets: Iterable[str]) -> tuple[str, ...]:
    """Those that are named; else those that the targets name; else all."""
    asked = words or [name for word in targets if (name := word.partition("=")[0]) in NAMES] or NAMES
    unknown = [name for name in asked if name not in NAMES]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is none of {', '.join(NAMES)}")
    return tuple(name for name in NAMES if name in asked)


def read_layers(text: str) -> tuple[str, ...]:
    """Names or letters, with commas between."""
    letters = dict(zip("abcd", LAYERS, strict=True))
    asked = [letters.get(word.strip(), word.strip()) for word in text.split(",")]
    unknown = [word for word in asked if word not in LAYERS]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no layer: a, b, c, d or {', '.join(LAYERS)}")
    return tuple(layer for layer in LAYERS if layer in asked)


def read_shard(text: str) -> tuple[int, int]:
    """``i/n``, from 1/n to n/n, where n is at most SHARDS."""
    found = re.fullmatch(r"([1-9]\d{0,3})/([1-9]\d{0,3})", text)
    if found is None or not int(found[1]) <= int(found[2]) <= SHARDS:
        raise ValueError(f"{text!r} is not as 2/3: the second of three, of {SHARDS} at most")
    return int(found[1]) - 1, int(found[2])


def read_excuses(words: Sequence[str], apis: Sequence[str]) -> dict[str, str]:
    """``OPERATION=REASON`` each."""
    told = {name.strip(): reason.strip() for name, _, reason in (word.partition("=") for word in words)}
    known = {operation for api in apis for operation in contract(api).operations}
    for name, reason in told.items():
        if not reason:
            raise ValueError(f"{name!r} has no reason: write {name}=REASON")
        if name not in known:
            raise ValueError(f"{name!r} is no operation of {', '.join(apis)}")
    return told
