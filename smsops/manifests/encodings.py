"""Files that are not UTF-8: which encoding or format they have instead. Pure."""

from __future__ import annotations

from smsops.text.messages import T, Text

#: Byte order marks -> encoding; the longer ones first.
_MARKS = (
    (b"\xff\xfe\0\0", "UTF-32"),
    (b"\0\0\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
#: How files of other formats start.
_FORMATS = (
    (b"\x89PNG", T("this is a PNG image, not a manifest; remove it or give it its own name")),
    (b"\xff\xd8\xff", T("this is a JPEG image, not a manifest; remove it or give it its own name")),
    (b"%PDF", T("this is a PDF document, not a manifest; remove it or give it its own name")),
    (b"PK\x03\x04", T("this is a ZIP archive (.zip, .xlsx, .docx), not a manifest")),
    (b"\x1f\x8b", T("this is a gzip archive, not a manifest; unpack it")),
    (b"\0GITCRYPT\0", T("this is encrypted by git-crypt; unlock the repository")),
)


def foreign(raw: bytes) -> Text | None:
    """What a file is that is no text in UTF-8; None where only single bytes may be wrong."""
    for start, said in _FORMATS:
        if raw.startswith(start):
            return said
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return T(
                "this is {encoding}, as its first bytes say ({bytes}); save the file as UTF-8",
                encoding=encoding,
                bytes=mark.hex(" ").upper(),
            )
    if raw.count(b"\0") > len(raw) // 4 > 0:
        return T("this is UTF-16 or binary; save the file as UTF-8")
    return None


def wrong_byte(raw: bytes, at: int) -> Text:
    """What to do about a byte that no UTF-8 has there."""
    byte = f"0x{raw[at]:02x}"
    if not _reads_as_gbk(raw):
        return T("byte {byte} is not UTF-8; save the file as UTF-8", byte=byte)
    return T(
        "byte {byte} is not UTF-8 but GBK, as the rest of the file; save the file as UTF-8 (iconv "
        "-f GBK -t UTF-8)",
        byte=byte,
    )


def _reads_as_gbk(raw: bytes) -> bool:
    """Whether most characters that are no ASCII are everyday ones of GB 2312."""
    try:
        text = raw.decode("gbk")
    except UnicodeDecodeError:
        return False
    wide = [character.encode("gbk") for character in text if not character.isascii()]
    everyday = sum(0xA1 <= each[0] <= 0xD7 for each in wide)
    return everyday * 5 > len(wide) * 4
