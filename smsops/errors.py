"""What can go wrong, and the exit code that says so.

Only these types reach the top of the program; everything else is a defect of smsops itself.

* SmsopsError                   exit 1
    * UsageError                exit 64   the command line or an option is wrong
    * InvalidManifests          exit 3    problems in files, all of them at once
    * Blocked                   exit 3    a person has to decide first
    * CredentialsError          exit 4    no credentials, or the API refuses them
    * AccountError              exit 4    credentials of another account than the state's
    * OwnerError                exit 4    a state of another project or environment
    * StateError                exit 1    the state cannot be read, trusted or written
        * DamagedState          exit 1    a state of smsops that is not whole
        * ForeignDocument       exit 1    no state of smsops: never overwritten
        * StateAccessError      exit 4    the state's server wants other credentials
        * LockedError           exit 5    another run holds the lock
    * LedgerError               exit 1    the ledger cannot be read, trusted or written
        * LedgerUnavailable     exit 1    not now: nothing is wrong with what is in it
    * StalePlan                 exit 6    the saved plan no longer holds
    * OutcomeUnknown            exit 7    a write may or may not have happened
    * Differences               exit 2    asked for, and found
    * ReviewPending             exit 8    the review is not over
    * ReviewRejected            exit 9    the reviewer said no
    * Interrupted               exit 130 or 143
    * ApiError (tencent.errors) exit 1    the API refused, or could not be reached
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from smsops.text.messages import N, Text


class Exit(IntEnum):
    """Exit codes. They are part of the contract: scripts and pipelines branch on them."""

    OK = 0
    ERROR = 1
    DIFFERENCES = 2
    INVALID = 3
    CREDENTIALS = 4
    LOCKED = 5
    STALE = 6
    UNKNOWN_OUTCOME = 7
    PENDING = 8
    REJECTED = 9
    NOT_DELIVERED = 10
    USAGE = 64
    INTERRUPTED = 130
    TERMINATED = 143


#: Most serious first. With several outcomes in one run the first of these wins.
SERIOUSNESS: tuple[Exit, ...] = (
    Exit.TERMINATED,
    Exit.INTERRUPTED,
    Exit.USAGE,
    Exit.UNKNOWN_OUTCOME,
    Exit.CREDENTIALS,
    Exit.ERROR,
    Exit.LOCKED,
    Exit.STALE,
    Exit.INVALID,
    Exit.NOT_DELIVERED,
    Exit.REJECTED,
    Exit.PENDING,
    Exit.DIFFERENCES,
    Exit.OK,
)


def most_serious(codes: Iterable[Exit]) -> Exit:
    """The exit code of a run that ended in all of ``codes``; 0 when there are none."""
    return min(codes, key=SERIOUSNESS.index, default=Exit.OK)


class Severity(StrEnum):
    """How much a problem matters: an error stops, a warning and an info do not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding in one file. ``line`` and ``column`` count from 1; 0 means the whole file."""

    file: str
    line: int
    column: int
    code: str
    severity: Severity
    message: Text

    def __lt__(self, other: Problem) -> bool:
        """By position; the language of the reader changes no order."""
        return self._place() < other._place()

    def _place(self) -> tuple[str, int, int, str, str, str]:
        said = self.message.plain
        return self.file, self.line, self.column, self.code, self.severity, said


class SmsopsError(Exception):
    """An error with a message for a person, and a hint that says what to do next."""

    exit: Exit = Exit.ERROR

    def __init__(self, message: str | Text, *, hint: str | Text = "") -> None:
        self.message_text = message if isinstance(message, Text) else Text(message)
        self.hint_text = hint if isinstance(hint, Text) else Text(hint)
        super().__init__(self.message_text.plain)

    @property
    def message(self) -> str:
        """What happened, in the language of the reader."""
        return str(self.message_text)

    def advise(self, hint: Text) -> None:
        """Say what to do next, where that is known only later."""
        self.hint_text = hint

    @property
    def hint(self) -> str:
        """What to do next, in the language of the reader; empty if nobody knows."""
        return str(self.hint_text)


class UsageError(SmsopsError):
    """The command line asks for something that does not exist or does not fit together."""

    exit = Exit.USAGE


class InvalidManifests(SmsopsError):
    """Manifests or the project file have errors. ``problems`` holds every one of them."""

    exit = Exit.INVALID

    def __init__(self, problems: Sequence[Problem]) -> None:
        errors = sum(problem.severity is Severity.ERROR for problem in problems)
        super().__init__(
            N(errors, "{count} error in the manifests", "{count} errors in the manifests")
        )
        self.problems = tuple(problems)


class Blocked(SmsopsError):
    """Nothing is broken, but a person has to decide before smsops goes on."""

    exit = Exit.INVALID


class CredentialsError(SmsopsError):
    """No usable credentials, or the API refuses them."""

    exit = Exit.CREDENTIALS


class AccountError(SmsopsError):
    """The credentials belong to another account than the state."""

    exit = Exit.CREDENTIALS


class OwnerError(SmsopsError):
    """The state belongs to another project or environment."""

    exit = Exit.CREDENTIALS


class StateError(SmsopsError):
    """The state cannot be read, does not check out, or cannot be written."""


class DamagedState(StateError):
    """A state of smsops that is torn, cleared or was edited: an earlier copy may replace it."""


class ForeignDocument(StateError):
    """What is kept in the state's place is no state of smsops, and stays as it is."""


class StateAccessError(StateError):
    """The server of the state asks for credentials, or refuses those it got."""

    exit = Exit.CREDENTIALS


class LockedError(StateError):
    """Another run holds the lock of the state."""

    exit = Exit.LOCKED


class LedgerError(SmsopsError):
    """The ledger cannot be read, trusted or written."""


class LedgerMissing(LedgerError):
    """There is no ledger where one is to be read."""


class LedgerUnavailable(LedgerError):
    """The ledger does not answer, or takes nothing now: trying again may help."""


class UnknownAddress(UsageError):
    """An option names an address that neither a manifest declares nor the state records."""


class StalePlan(SmsopsError):
    """A saved plan does not hold any more."""

    exit = Exit.STALE


class OutcomeUnknown(SmsopsError):
    """A write was sent and no trustworthy answer came back."""

    exit = Exit.UNKNOWN_OUTCOME


INTERRUPTED = Text("interrupted")


class Interrupted(SmsopsError):
    """SIGINT (130) or SIGTERM (143) ended the run in order."""

    exit = Exit.INTERRUPTED

    def __init__(self, message: str | Text = INTERRUPTED, *, exit: Exit = Exit.INTERRUPTED) -> None:
        super().__init__(message)
        self.exit = exit
