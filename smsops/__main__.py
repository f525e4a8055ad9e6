"""``python -m smsops``: the same program as the ``smsops`` command."""

from smsops.cli import run

if __name__ == "__main__":
    run()
