"""Specs and manifests of a sign and of a template: the only copy, to change one thing at a time."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

from smsops.model import Value

#: The spec of a domestic sign as the manifests declare it.
SIGN_SPEC: Mapping[str, Value] = {
    "signName": "艾克米",
    "international": False,
    "signType": "company",
    "documentType": "three-in-one",
    "purpose": "own-use",
    "qualificationId": 1000001,
    "proofImage": "sha256:" + "0" * 64,
    "commissionImage": None,
    "remark": None,
}
TEMPLATE_SPEC: Mapping[str, Value] = {
    "templateName": "登录",
    "content": "您的验证码是{1}。",
    "smsType": "verification",
    "international": False,
    "remark": "用户登录",
}

#: What a manifest says about each, in YAML.
_SIGN_FIELDS = {
    "signName": "艾克米",
    "international": "false",
    "signType": "company",
    "documentType": "three-in-one",
    "purpose": "own-use",
    "proofImage": "license.png",
    "qualificationId": "1000001",
}
_TEMPLATE_FIELDS = {
    "templateName": "登录",
    "content": '"您的验证码是{1}。"',
    "smsType": "verification",
    "remark": "用户登录",
}


def sign_manifest(
    name: str = "acme", *, retire_after: str | None = None, **fields: str | None
) -> str:
    """A manifest of a sign. ``fields`` are YAML; ``None`` leaves one out."""
    return _manifest("Sign", name, {**_SIGN_FIELDS, **fields}, retire_after)


def template_manifest(
    name: str = "login", *, retire_after: str | None = None, **fields: str | None
) -> str:
    """A manifest of a template. ``fields`` are YAML; ``None`` leaves one out."""
    return _manifest("Template", name, {**_TEMPLATE_FIELDS, **fields}, retire_after)


def _manifest(
    kind: str, name: str, fields: Mapping[str, str | None], retire_after: str | None
) -> str:
    lines = ["apiVersion: smsops/v1", f"kind: {kind}", f"metadata: {{name: {name}}}", "spec:"]
    lines += [f"  {field}: {text}" for field, text in fields.items() if text is not None]
    if retire_after is not None:
        lines.append(f"lifecycle: {{retireAfter: {retire_after}}}")
    return "\n".join(lines) + "\n"


SIGN_MANIFEST = sign_manifest()


def png(shade: int = 16) -> bytes:
    """A small real image."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        checksum = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + bytes([row * shade] * 8) for row in range(8)))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


IMAGE = png()
