"""Proof images: real PNG or JPEG files of the project, known by their digest.

Nothing but :func:`read` hands out bytes, and only to the call that sends them; everything else
sees ``sha256:<hex>``. Size and format are the API's (sign review standard: png, jpg and jpeg of at
most 5 MB; error ImageInvalid).
"""

from __future__ import annotations

import hashlib
import posixpath
import zlib
from pathlib import Path

from smsops.errors import SmsopsError, StalePlan
from smsops.manifests import confined
from smsops.text.messages import NOTHING, T, Text

MAX_BYTES = 5 * 1024 * 1024
#: A TC3 request body (API document, common parameters).
MAX_REQUEST = 10 * 1024 * 1024

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
#: Start-of-frame markers: one of them holds the size of a JPEG image.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
#: JPEG markers without a length.
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})


class ImageRefused(SmsopsError):
    """A file that cannot be a proof image. ``code`` is the rule it breaks."""

    def __init__(self, code: str, message: Text) -> None:
        super().__init__(message)
        self.code = code


class ImageMissing(ImageRefused):
    """A file that is not there."""


def digest(body: bytes) -> str:
    """How a manifest's image appears in plans and in the state."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def inspect(root: Path, relative: str) -> tuple[str, int]:
    """Digest and size of an image of the project. Raises :class:`ImageRefused`."""
    body = _load(root, relative)
    return digest(body), len(body)


def extension(body: bytes) -> str:
    """How the name of a file with this image ends. Raises :class:`ImageRefused` for anything that
    no manifest may name.
    """
    if len(body) > MAX_BYTES:
        raise ImageRefused(
            "SMS210",
            T("it has {size} bytes; at most {most} are allowed", size=len(body), most=MAX_BYTES),
        )
    fault = _fault(body)
    if fault:
        raise ImageRefused("SMS209", fault)
    return "png" if body.startswith(_PNG) else "jpg"


def meant(root: Path, directory: str, written: str) -> str | None:
    """What to write in a manifest of ``directory`` for an image that is not at ``written``: its
    path with the right capitals, with slashes for backslashes, or relative to the manifest where it
    was relative to the project.
    None when there is no such file either.
    """
    slashes = written.replace("\\", "/")
    for parts in ((directory, written), (written,), (directory, slashes), (slashes,)):
        try:
            found = confined.spelled(root, confined.inside(*parts))
        except confined.FileRefused:
            continue
        if found is not None:
            return posixpath.relpath(f"/{found}", f"/{directory}")
    return None


def read(path: Path, root: Path, expected_digest: str) -> bytes:
    """The bytes of the image that was planned, for the request that sends it.

    ``path`` is one of ``Desired.images``, ``root`` the project's.

    Raises :class:`StalePlan` when the file is another one by now, :class:`ImageRefused` when it
    can no longer be read.
    """
    try:
        relative = confined.inside(str(path.relative_to(root)))
    except (ValueError, confined.FileRefused):
        raise ImageRefused("SMS208", T("{path}: it leaves the project", path=path)) from None
    try:
        body = _load(root, relative)
    except ImageRefused as refused:
        said = T("{path}: {why}", path=relative, why=refused.message_text)
        raise ImageRefused(refused.code, said) from None
    if digest(body) != expected_digest:
        raise StalePlan(
            T("{relative} changed since the plan was made", relative=relative),
            hint=T("Plan again, then apply."),
        )
    return body


def request_size(sizes: list[int]) -> int:
    """How many bytes images of these sizes take in a request: base64 is 4 for every 3."""
    return sum(4 * ((size + 2) // 3) for size in sizes)


def _load(root: Path, relative: str) -> bytes:
    try:
        body = confined.read(root, relative, limit=MAX_BYTES, single=True)
    except confined.FileTooLarge as refused:
        raise ImageRefused("SMS210", refused.message_text) from None
    except confined.FileMissing as refused:
        raise ImageMissing("SMS208", refused.message_text) from None
    except confined.FileRefused as refused:
        raise ImageRefused("SMS208", refused.message_text) from None
    fault = _fault(body)
    if fault:
        raise ImageRefused("SMS209", fault)
    return body


def _fault(body: bytes) -> Text:
    """Why ``body`` is no PNG or JPEG; nothing when it plausibly is one."""
    if body.startswith(_PNG):
        damaged = T("it starts like a PNG but is damaged or cut off")
        return NOTHING if _whole_png(body) else damaged
    if body.startswith(_JPEG):
        damaged = T("it starts like a JPEG but is damaged or cut off")
        return NOTHING if _whole_jpeg(body) else damaged
    return T("it is neither a PNG nor a JPEG")


def _whole_png(body: bytes) -> bool:
    """Chunks with right checksums from IHDR (with a size) over IDAT to IEND."""
    view = memoryview(body)
    at, names = len(_PNG), set[bytes]()
    while at + 12 <= len(body):
        length = int.from_bytes(view[at : at + 4])
        name, end = bytes(view[at + 4 : at + 8]), at + 8 + length
        if end + 4 > len(body) or zlib.crc32(view[at + 4 : end]) != int.from_bytes(
            view[end : end + 4]
        ):
            return False
        if not names and (name != b"IHDR" or length != 13 or not _sized(view[at + 8 : at + 16])):
            return False
        names.add(name)
        if name == b"IEND":
            return b"IDAT" in names
        at = end + 4
    return False


def _sized(view: memoryview) -> bool:
    half = len(view) // 2
    return int.from_bytes(view[:half]) > 0 and int.from_bytes(view[half:]) > 0


def _whole_jpeg(body: bytes) -> bool:
    """Segments up to the scan, a frame with a size among them, and an end of image after it."""
    at, framed = 2, False
    while at + 4 <= len(body):
        if body[at] != 0xFF:
            return False
        marker = body[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker in _BARE:
            at += 2
            continue
        length = int.from_bytes(body[at + 2 : at + 4])
        if length < 2 or at + 2 + length > len(body):
            return False
        if marker in _FRAMES:
            framed = length >= 8 and _sized(memoryview(body)[at + 5 : at + 9])
        at += 2 + length
        if marker == 0xDA:
            return framed and body.find(b"\xff\xd9", at) >= 0
    return False
