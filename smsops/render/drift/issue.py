"""The issue that a code host keeps about drift: opened, updated, closed when it is over. Pure."""

from __future__ import annotations

from smsops.drift import Drift
from smsops.render.drift.markdown import markdown
from smsops.render.names import Names
from smsops.text import sanitise
from smsops.text.messages import T

#: Every such issue has it, and none is looked for without it.
LABEL = "smsops-drift"
#: Characters of a name in a title, which has 255 on GitLab.
_LONGEST = 200


def title(name: str) -> str:
    """``name`` says which project and environment, where there are several. Of a long one the end
    stays: that is where they differ.
    """
    if not name:
        return str(T("smsops drift"))
    shown = sanitise.title(name)
    short = shown if len(shown) <= _LONGEST else f"…{shown[1 - _LONGEST :]}"
    return str(T("smsops drift: {name}", name=short))


def body(drift: Drift, *, known: Names, link: str) -> str:
    """The report, and the address of the run that found it."""
    found = f"\n[{T('Found by this run')}]({link})\n" if link else ""
    return markdown(drift, known=known) + found


def over(link: str) -> str:
    """What is said below an issue that is closed."""
    words = str(T("No drift any more."))
    return f"{words} [{T('The run')}]({link})" if link else words
