"""Error types of providers: how a call to an API can fail, with blame and certainty in the type.

* ApiError                     exit 1    one call failed; has action, address, code, request_id
    * Refused                  exit 1    the API said no: nothing was done
        * CredentialsRefused   exit 4    it said no to who asks (also a CredentialsError)
        * ListingRefused       exit 1    it does not list this kind for this account
    * Throttled                exit 1    too many calls: nothing was done
    * NoCredentials            exit 4    nothing left the machine: there is nothing to sign with
                                         (also a CredentialsError)
    * NotSent                  exit 1    nothing left the machine
        * CallStopped          exit 1    because the run is ending
    * Unknown                  exit 7    a write may have happened; exit 1 for reads
    * InconsistentListing      exit 1    the pages of a listing do not fit together
    * EndlessListing           exit 1    they do not end
"""

from __future__ import annotations

from enum import StrEnum

from smsops.errors import CredentialsError, Exit, SmsopsError
from smsops.text.messages import NOTHING, Command, T, Text

_CHANGING = T("the account kept changing meanwhile")


class Meaning(StrEnum):
    """What a rejection says about the object, for those who can act on it."""

    PLAIN = "plain"
    GONE = "gone"  # no such object: a Delete is done, a Describe has its answer
    ALREADY_PASSED = "already passed"  # the review is over: this object cannot be modified
    DUPLICATE = "duplicate"  # an object with this name is approved or in review
    MISSING_SIGN = "missing sign"  # templates need one sign to exist


def reads(action: str) -> bool:
    """Whether ``action`` changes nothing, so that it may be sent again at will. A pull by number
    leaves everything where it is; one by application takes it away.
    """
    return action.startswith(("Describe", "Get", "Assume")) or action.endswith(
        ("ByPhoneNumber", "Statistics")
    )


class ApiError(SmsopsError):
    """A call failed. ``address`` is the resource that it was about, or empty."""

    def __init__(
        self,
        action: str,
        address: str,
        message: str | Text,
        *,
        code: str = "",
        request_id: str = "",
        hint: str | Text = "",
    ) -> None:
        request = T(" (RequestId {request_id})", request_id=request_id) if request_id else NOTHING
        explain = T(". See {command}", command=Command.of("explain", code)) if code else NOTHING
        super().__init__(
            T(
                "{about}{action} {message}{request}{explain}",
                about=f"{address}: " if address else "",
                action=action,
                message=message,
                request=request,
                explain=explain,
            ),
            hint=hint,
        )
        self.action = action
        self.address = address
        self.code = code
        self.request_id = request_id


class Refused(ApiError):
    """The API answered with a code that proves that nothing was done."""

    def __init__(
        self,
        action: str,
        address: str,
        code: str,
        vendor_message: str,
        request_id: str,
        *,
        note: Text = NOTHING,
        meaning: Meaning = Meaning.PLAIN,
    ) -> None:
        super().__init__(
            action,
            address,
            T(
                "was refused: {code}{said}{note}",
                code=code,
                said=f": {vendor_message}" if vendor_message else "",
                note=T("; {note}", note=note) if note else NOTHING,
            ),
            code=code,
            request_id=request_id,
        )
        self.vendor_message = vendor_message
        #: What the code says about the object, beyond "no".
        self.meaning = meaning


class CredentialsRefused(Refused, CredentialsError):
    """The API does not accept the credentials, or does not permit them this action."""

    exit = Exit.CREDENTIALS


class ListingRefused(Refused):
    """The API lists this kind only by ids: an older version, or a sub-account."""


class Throttled(ApiError):
    """The API refused the call for its frequency, again and again."""


class NoCredentials(ApiError, CredentialsError):
    """The call never left the machine: its credentials could not be had, or renewed."""

    exit = Exit.CREDENTIALS


class NotSent(ApiError):
    """The call never left the machine: no address, no connection, no TLS."""


class CallStopped(NotSent):
    """The run is ending and this call was still waiting for its turn."""


class Unknown(ApiError):
    """No trustworthy answer came back. A write may or may not have happened."""

    def __init__(
        self,
        action: str,
        address: str,
        message: str | Text,
        *,
        code: str = "",
        request_id: str = "",
        hint: str | Text = "",
    ) -> None:
        super().__init__(action, address, message, code=code, request_id=request_id, hint=hint)
        self.exit = Exit.ERROR if reads(action) else Exit.UNKNOWN_OUTCOME


class InconsistentListing(ApiError):
    """The pages of a listing did not fit together, several times over; ``why`` is for people."""

    def __init__(
        self,
        action: str,
        address: str,
        message: str | Text,
        *,
        why: Text = _CHANGING,
    ) -> None:
        super().__init__(action, address, message)
        self.why = why


class EndlessListing(ApiError):
    """A listing has more objects than any account."""
