"""One part of a run in a process of its own: ``python -m sandbox.contract.part``, told and telling by pickles."""

import pickle
import sys

from sandbox.contract.jobs import play_packed


def main() -> None:
    """Play the job on standard input, and write what came of it on standard output."""
    out, sys.stdout = sys.stdout, sys.stderr
    job, options, left_out = pickle.load(sys.stdin.buffer)  # noqa: S301  # from the process that started this one
    out.buffer.write(pickle.dumps(play_packed(job, options, left_out)))


if __name__ == "__main__":
    main()
