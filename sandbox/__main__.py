"""``python -m sandbox``: the command ``msandbox``."""

from sandbox.cli import main

if __name__ == "__main__":
    main(prog_name="msandbox")
