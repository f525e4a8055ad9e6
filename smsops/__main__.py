"""``python -m smsops``: the same program as the ``smsops`` command."""

from smsops.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
