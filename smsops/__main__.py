"""The ``smsops`` command, also as ``python -m smsops``."""

import os
import sys


def run() -> None:
    """Run the command line and end the process.

    Ctrl-C is an answer from the first moment on, so even the imports are inside.
    """
    try:
        from smsops import cli

        cli.run()
    except KeyboardInterrupt:
        if sys.stderr is not None:
            sys.stderr.write("Interrupted.\n")
            sys.stderr.flush()
        os._exit(130)


if __name__ == "__main__":
    run()
