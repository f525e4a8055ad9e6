"""The files of a starter project, and a small picture to stand in for a document.

Pure: names and contents, nothing is written here.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence

from smsops.manifests.modeline import modeline

#: Backend -> its line in ``smsops.yaml``.
STATE = {
    "local": "  state: {backend: local}         # .smsops/state.json on this machine\n",
    "http": "  state: {backend: http}          # address and credentials: SMSOPS_HTTP_ADDRESS, "
    "SMSOPS_HTTP_USERNAME, SMSOPS_HTTP_PASSWORD\n",
    "git": "  state: {backend: git, remote: origin}   # refs/smsops/state/NAME of the remote "
    "origin; NAME is the project's\n",
}

_ENVIRONMENTS = """\
  environments:                   # account: "100000000001" refuses every other account
"""

# Without spec.manifests, every directory is read that is there, also one that comes later.
_PROJECT = """\
apiVersion: smsops/v1
kind: Project
metadata: {{name: {name}}}
spec:                             # read: signs/, templates/, applications/, probes/
  region: ap-guangzhou            # ap-beijing | ap-guangzhou | ap-nanjing
{state}  policy: {{maxDeletes: 5}}         # more deletes than this in one plan are blocked
"""

_SIGN = """\
# Change signName, qualificationId and the image before you apply this to a real account:
# signs/proofs/license.png is only a placeholder.
apiVersion: smsops/v1
kind: Sign
metadata: {name: acme}
spec:
  signName: 艾克米
  signType: company
  documentType: three-in-one
  purpose: own-use
  proofImage: proofs/license.png
  qualificationId: 1000001         # from the console; the emulator knows 1000001
  remark: 官网登录
lifecycle: {protected: true}       # never delete it, even when this file is gone
"""

_TEMPLATE = """\
apiVersion: smsops/v1
kind: Template
metadata: {name: login-code}
spec:
  templateName: 登录验证码
  content: "您的验证码是{1}，{2}分钟内有效，请勿泄露。"
  smsType: verification
  remark: 用户登录时发送；{1}为6位数字验证码，{2}为有效分钟数
"""

#: A patch of the starter project, for its first environment.
_PATCH = """\
# What differs in this environment, field by field; smsops.yaml names the environments.
apiVersion: smsops/v1
kind: Patch
metadata: {address: sign.acme}
lifecycle: {protected: false}
"""

_IGNORE = """\
# state of the local backend, and the emulator's data
.smsops/
# saved plans: good for one apply, and nothing to keep
*.plan
"""


def files(directory: str, backend: str, environments: Sequence[str] = ()) -> Mapping[str, bytes]:
    """Path -> content of every file of a starter project in a directory called ``directory``."""
    texts = {
        "smsops.yaml": _project(directory, backend, environments),
        "signs/acme.yaml": _SIGN,
        "templates/login-code.yaml": _TEMPLATE,
        ".gitignore": _IGNORE,
    }
    if environments:
        texts[f"environments/{environments[0]}/acme.yaml"] = _PATCH
    return _encoded(texts) | {"signs/proofs/license.png": picture(120, 80)}


def _project(directory: str, backend: str, environments: Sequence[str]) -> str:
    rows = "".join(f"    {name}: {{}}\n" for name in environments)
    state = STATE[backend] + (_ENVIRONMENTS + rows if rows else "")
    return _PROJECT.format(name=slug(directory), state=state)


def empty(directory: str, backend: str, environments: Sequence[str] = ()) -> Mapping[str, bytes]:
    """The same of a project without samples; its directories are made by whoever writes there."""
    texts = {
        "smsops.yaml": _project(directory, backend, environments),
        ".gitignore": _IGNORE,
    }
    return _encoded(texts)


def _encoded(texts: Mapping[str, str]) -> dict[str, bytes]:
    """What YAML there is begins with the line by which editors find its schema."""
    return {
        name: (modeline(name) + text if name.endswith(".yaml") else text).encode()
        for name, text in texts.items()
    }


def slug(directory: str) -> str:
    """A project name made of a directory's."""
    words = re.sub(r"[^a-z0-9]+", "-", directory.lower()).strip("-")[:63].strip("-")
    return words or "sms"


def picture(width: int, height: int) -> bytes:
    """A PNG of a sheet of paper with lines: grey levels, one byte a pixel."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)  # filter type of the row: none
        for x in range(width):
            edge = x < 4 or y < 4 or x >= width - 4 or y >= height - 4
            written = y % 20 < 4 and 16 <= x < width - 16 - (y * 7 % 60) and 16 <= y < height - 16
            rows.append(0x80 if edge else 0xA0 if written else 0xFF)
    header = width.to_bytes(4) + height.to_bytes(4) + bytes((8, 0, 0, 0, 0))
    chunks = (b"IHDR", header), (b"IDAT", _stored(bytes(rows))), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def _stored(body: bytes) -> bytes:
    """``body`` as a zlib stream of one stored block: the same bytes whichever zlib is at hand, so
    that the picture is known by its digest.
    """
    size = len(body)
    block = b"\x01" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little") + body
    return b"\x78\x01" + block + zlib.adler32(body).to_bytes(4)


def _chunk(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4) + name + body + zlib.crc32(name + body).to_bytes(4)
