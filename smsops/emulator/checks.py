"""Checks of parameter values, as rows: the code, what must hold, and what to say if it does not.

The codes are those that the API document lists for the action.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from smsops.emulator.parameters import Parameters
from smsops.emulator.wire import Refused


@dataclass(frozen=True, slots=True)
class Check:
    """One row. ``holds`` sees the parameters, with images already as :class:`Image`."""

    code: str
    holds: Callable[[Parameters], bool]
    message: str


def check(parameters: Parameters, rows: Sequence[Check]) -> None:
    """Raises :class:`Refused` for the first row that does not hold."""
    for row in rows:
        if not row.holds(parameters):
            raise Refused(row.code, row.message)


INTERNATIONAL = Check(
    "InvalidParameterValue.InvalidInternational",
    lambda given: given["International"] in (0, 1),
    "International is 0 or 1.",
)

# ---- images ------------------------------------------------------------------------------------

#: Bytes of one image (签名审核标准).
MAX_IMAGE = 5 * 1024 * 1024
_PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
_JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True, slots=True)
class Image:
    """What the emulator keeps of an uploaded image."""

    sha256: str
    size: int

    @classmethod
    def read(cls, text: object) -> Image:
        """The image in base64 ``text``. Raises :class:`Refused` unless it is PNG or JPEG."""
        try:
            body = base64.b64decode(str(text), validate=True)
        except (binascii.Error, ValueError):
            body = b""
        if not body.startswith((_PNG, _JPEG)) or len(body) > MAX_IMAGE:
            raise Refused(
                "InvalidParameterValue.ImageInvalid",
                "The image is not base64, without prefix, of a PNG or JPEG of at most 5 MB.",
            )
        return cls(hashlib.sha256(body).hexdigest(), len(body))

    def to_json(self) -> dict[str, object]:
        """JSON values for the stored account: never the image itself."""
        return {"sha256": self.sha256, "size": self.size}


# ---- signs -------------------------------------------------------------------------------------

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_NAMES: Mapping[object, re.Pattern[str]] = {
    0: re.compile(rf"[A-Za-z0-9{_HAN}]{{2,12}}"),
    1: re.compile(r"[^【】\[\]]{2,15}"),
}
_LENGTHS: Mapping[object, int] = {0: 12, 1: 15}

_EVERYWHERE: Mapping[object, tuple[int, ...]] = {0: (0, 1), 4: (7,), 5: (2, 3)}
_APP_ABROAD: Mapping[object, tuple[int, ...]] = {1: (0, 1, 2, 3, 4)}
#: Only the international site still has signs of web sites, official accounts and mini programs.
_INTL: Mapping[object, tuple[int, ...]] = {
    2: (0, 1, 2, 3, 5),
    3: (0, 1, 2, 3, 8),
    6: (0, 1, 2, 3, 6),
}

#: DocumentType by site, International and SignType (AddSmsSign, parameter SignType, with notes).
DOCUMENTS: Mapping[tuple[str, object], Mapping[object, tuple[int, ...]]] = {
    ("cn", 0): _EVERYWHERE,
    ("cn", 1): {**_EVERYWHERE, **_APP_ABROAD},
    ("intl", 0): {**_EVERYWHERE, **_APP_ABROAD, **_INTL},
    ("intl", 1): {**_EVERYWHERE, **_APP_ABROAD, **_INTL},
}


def _name_fits(given: Parameters) -> bool:
    return _NAMES[given["International"]].fullmatch(str(given["SignName"])) is not None


def sign_checks(site: str, purpose_code: str) -> tuple[Check, ...]:
    """Rows of AddSmsSign and ModifySmsSign, which differ in the code for SignPurpose."""
    return (
        INTERNATIONAL,
        Check(
            "InvalidParameterValue.SignNameLengthTooLong",
            lambda given: len(str(given["SignName"])) <= _LENGTHS[given["International"]],
            "A domestic SignName has at most 12 characters, an international one 15.",
        ),
        Check(
            "FailedOperation.OtherError",
            _name_fits,
            "A domestic SignName has 2 to 12 Chinese characters, letters and digits; "
            "an international one 2 to 15 characters, and neither has 【】 or [].",
        ),
        Check(
            "InvalidParameterValue.InvalidDocumentType",
            lambda given: (
                given["DocumentType"]
                in DOCUMENTS[site, given["International"]].get(given["SignType"], ())
            ),
            "DocumentType does not go with SignType and International.",
        ),
        Check(
            purpose_code,
            lambda given: given["SignPurpose"] in (0, 1),
            "SignPurpose is 0 or 1.",
        ),
    )


# ---- templates ---------------------------------------------------------------------------------

MAX_SMS = 500
UNSUBSCRIBE = "拒收请回复R"
MARKETING, NOTIFICATION, VERIFICATION = 1, 2, 3
_VARIABLE = re.compile(r"\{([^{}]*)\}")
_NUMBER = re.compile(r"[1-9]\d{0,2}", re.ASCII)


def well_formed(content: str) -> bool:
    """Whether a template's text is within the format (正文模板审核标准).

    Variables are ``{1}`` to ``{n}`` without gaps, not adjacent, and not all there is.
    """
    variables = _VARIABLE.findall(content)
    if not all(_NUMBER.fullmatch(name) for name in variables):
        return False
    numbers = {int(name) for name in variables}
    return (
        0 < len(content) <= MAX_SMS
        and "【" not in content
        and "】" not in content
        and numbers == set(range(1, len(numbers) + 1))
        and "}{" not in content
        and _VARIABLE.sub("", content).strip() != ""
    )


TEMPLATE_CHECKS = (
    INTERNATIONAL,
    Check(
        "InvalidParameterValue.InvalidSmsType",
        lambda given: given["SmsType"] in (MARKETING, NOTIFICATION, VERIFICATION),
        "SmsType is 1 (marketing), 2 (notification) or 3 (verification).",
    ),
    Check(
        "InvalidParameter.InvalidParameters",
        lambda given: given["TemplateName"] != "" and given["Remark"] != "",
        "TemplateName and Remark must not be empty.",
    ),
    Check(
        "InvalidParameterValue.InvalidTemplateFormat",
        lambda given: well_formed(str(given["TemplateContent"])),
        "TemplateContent has 1 to 500 characters, no 【】, and variables {1} to {n} without gaps, "
        "with text between them.",
    ),
    Check(
        "InvalidParameterValue.MarketingTemplateWithoutUnsubscribe",
        lambda given: (
            given["SmsType"] != MARKETING
            or given["International"] != 0
            or str(given["TemplateContent"]).endswith(UNSUBSCRIBE)
        ),
        f"A marketing template ends with {UNSUBSCRIBE}.",
    ),
)

#: Where the account may not use variables in domestic notification and marketing templates.
NO_VARIABLES = Check(
    "InvalidParameterValue.UnsupportedTemplateVariable",
    lambda given: (
        given["International"] != 0
        or given["SmsType"] == VERIFICATION
        or _VARIABLE.search(str(given["TemplateContent"])) is None
    ),
    "Domestic notification and marketing templates of this account cannot have variables.",
)
