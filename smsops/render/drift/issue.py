"""The issue that a code host keeps about drift: opened, updated, closed when it is over. Pure."""

from __future__ import annotations

from smsops.drift import Drift
from smsops.render.drift.markdown import markdown
from smsops.render.names import Names
from smsops.text.messages import T
from smsops.text.sanitise import terminal

#: Every such issue has it, and none is looked for without it.
LABEL = "smsops-drift"


def title(name: str) -> str:
    """``name`` says which project and environment, where there are several."""
    return terminal(T("smsops drift: {name}", name=name) if name else T("smsops drift"))


def body(drift: Drift, *, known: Names, link: str) -> str:
    """The report, and the address of the run that found it."""
    found = f"\n[{T('Found by this run')}]({link})\n" if link else ""
    return markdown(drift, known=known) + found


def over(link: str) -> str:
    """What is said below an issue that is closed."""
    words = str(T("No drift any more."))
    return f"{words} [{T('The run')}]({link})" if link else words
