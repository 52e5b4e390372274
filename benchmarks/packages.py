"""Packages of others that a comparison borrows: installed into a temporary folder, and gone afterwards."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def borrowed(*names: str, alone: bool = False) -> Iterator[Path | None]:
    """A folder for the module path with these packages in it, ``alone`` or with what they need.

    None where pip cannot install them; what it said is printed.
    """
    with tempfile.TemporaryDirectory(prefix="borrowed-") as folder:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        needs = ["--no-deps"] if alone else []
        done = subprocess.run(
            [*command, *needs, "--target", folder, *names], capture_output=True, text=True, check=False
        )
        if done.returncode:
            print(f"pip could not install {', '.join(names)}: {done.stderr.strip().splitlines()[-1:]}")
        yield None if done.returncode else Path(folder)
