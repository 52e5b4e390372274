"""Exports on disk: read within bounds, and written so that the file is whole at every moment, whatever happens."""

import contextlib
import gzip
import os
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from sandbox.kernel.errors import Failure, Invalid
from sandbox.kernel.sandbox import Sandbox
from sandbox.kernel.snapshots import Kept

LARGEST = 1_073_741_824
"""Bytes that an export may have, unpacked."""
_GZIP = b"\x1f\x8b"
_PART = 1_048_576


def bring_in(sandbox: Sandbox, source: Path | None, target: Path | None) -> None:
    """What was exported before, every namespace in the place of the one of its name; ``target`` is for ``take_out``.

    Of one file for both, the first start finds none. Raises ClickException for what cannot be read, or written at the
    end.
    """
    if target and not target.parent.is_dir():
        msg = f"cannot write {target}: there is no folder {target.parent}"
        raise click.ClickException(msg)
    if source is None or _is_first(source, target):
        return
    try:
        _adopt(sandbox, sandbox.portable.parse(read(source)))
    except OSError as error:
        msg = f"cannot read {source}: {error.strerror or error}"
        raise click.ClickException(msg) from None
    except Failure as failure:
        msg = f"cannot import {source}: {failure.message}"
        raise click.ClickException(msg) from None


def _is_first(source: Path, target: Path | None) -> bool:
    """Whether nothing was written yet to the one file that is both."""
    return target is not None and source.resolve() == target.resolve() and not source.exists()


def _adopt(sandbox: Sandbox, states: Iterable[Kept]) -> None:
    for kept in states:
        if kept.namespace in sandbox.namespaces:
            sandbox.restore(sandbox.get(kept.namespace), kept)
        else:
            sandbox.revive(kept.namespace, kept)


def take_out(sandbox: Sandbox, target: Path | None) -> None:
    """Every namespace into a file, at the end of everything. Raises ClickException; the file is then as it was."""
    if target is None:
        return
    namespaces = tuple(sandbox.namespaces.values())
    try:
        write(target, sandbox.portable.write(sandbox.take(namespace, at_end=True) for namespace in namespaces))
    except OSError as error:
        msg = f"cannot write {target}: {error.strerror or error}; it is as it was"
        raise click.ClickException(msg) from None


def read(path: Path) -> bytes:
    """The text of an export, unpacked if it is gzip. Raises OSError, Invalid for more than 1 GiB or damaged gzip."""
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
        file.seek(0)
        with gzip.open(file) if packed else file as source:
            try:
                text = source.read(LARGEST + 1)
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise Invalid(f"The file is not whole gzip: {error}", field="body") from None
    if len(text) > LARGEST:
        raise Invalid(f"The file has more than {LARGEST} bytes", field="body")
    return text


def write(path: Path, text: bytes) -> None:
    """Write an export, packed if the name ends in ``.gz``. Raises OSError; the file is then what it was before."""
    replace(path, parts(gzip.compress(text, mtime=0) if path.suffix == ".gz" else text))


def parts(text: bytes) -> Iterator[bytes]:
    """What is written at a time."""
    return (text[at : at + _PART] for at in range(0, len(text), _PART))


def replace(path: Path, text: Iterable[bytes]) -> None:
    """Put new content in the place of a file at once: a process that is killed on the way leaves the old one whole.

    The new file is readable by its owner only, for an export holds credentials. What is no file, such as a pipe or
    ``/dev/null``, is written to and stays. Raises OSError.
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as stream:
            stream.writelines(text)
        return
    target = path.resolve()  # a link stays one
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    _settle(target.parent)


def _settle(folder: Path) -> None:
    """See that the new name survives a loss of power, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
