"""Projects as teams have them: many templates in Chinese, a few signs with scanned documents.

The same arguments give the same files on every machine.
"""

from __future__ import annotations

import random
import shutil
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

#: Documents in one file.
A_FILE = 50
#: A scanned licence, small (bytes).
IMAGE_BYTES = 60_000
ACTIONS = (
    *("AddSmsSign", "ModifySmsSign", "DeleteSmsSign", "DescribeSmsSignList"),
    *("AddSmsTemplate", "ModifySmsTemplate", "DeleteSmsTemplate", "DescribeSmsTemplateList"),
)
#: At this rate smsops does not pace at all.
UNPACED = 1000

#: smsType, content, remark. {n} is the number of the template.
_DOMESTIC = (
    (
        "notification",
        "您的订单{{1}}已从{n}号仓发出，快递单号后六位为{{2}}，预计{{3}}送达，请保持电话畅通。",
        "订单发货后发送；{{1}}为订单号后六位，{{2}}为快递单号后六位，{{3}}为日期",
    ),
    (
        "verification",
        "您的验证码是{{1}}，用于{n}号门店会员登录，{{2}}分钟内有效，请勿泄露给他人。",
        "会员登录时发送；{{1}}为6位数字验证码，{{2}}为有效分钟数",
    ),
    (
        "notification",
        "尊敬的客户，您预约的{n}号服务已确认，工程师将于{{1}}上门，如需改期请提前{{2}}小时联系我们。",
        "预约成功后发送；{{1}}为日期和时段，{{2}}为小时数",
    ),
    (
        "notification",
        "您在{n}号网点办理的业务还差一步：请于{{1}}前补交材料，逾期将自动取消，感谢您的理解与支持。",
        "业务待办提醒；{{1}}为截止日期",
    ),
    (
        "marketing",
        "会员日第{n}场活动开始啦，全场满减，另有新人礼包等您领取，详情请到店咨询。拒收请回复R",
        "会员日营销活动，每月一次",
    ),
)
_INTERNATIONAL = (
    "verification",
    "Your store {n} code is {{1}}. It is valid for {{2}} minutes. Do not share it with anyone.",
    "sign-in abroad; {{1}} is a 6-digit code, {{2}} is minutes",
)
_TEAMS = ("orders", "members", "service", "growth")

_TEMPLATE = """\
apiVersion: smsops/v1
kind: Template
metadata: {{name: {name}, labels: {{team: {team}}}}}
spec:
  templateName: {title}
  content: "{content}"
  smsType: {type}
  international: {international}
  remark: "{remark}"
"""
_SIGN = """\
apiVersion: smsops/v1
kind: Sign
metadata: {{name: {name}}}
spec:
  signName: {title}
  signType: company
  documentType: three-in-one
  purpose: {purpose}
  proofImage: proofs/{image}.png
{commission}  qualificationId: 1000001
  remark: 官网与门店业务
lifecycle: {{protected: true, retireAfter: 48h}}
"""
_COMMISSION = "  commissionImage: proofs/{image}-letter.png\n"
_PROJECT = """\
apiVersion: smsops/v1
kind: Project
metadata: {{name: benchmark}}
spec:
  region: ap-guangzhou
  lint: {{templateVariables: allow}}
{rates}"""


@dataclass(frozen=True, slots=True)
class Template:
    """One template: its manifest's words."""

    name: str
    title: str
    content: str
    type: str
    remark: str
    international: bool
    team: str

    def manifest(self) -> str:
        return _TEMPLATE.format(
            name=self.name,
            title=self.title,
            content=self.content,
            type=self.type,
            remark=self.remark,
            international="true" if self.international else "false",
            team=self.team,
        )

    def edited(self) -> Template:
        """The same template with another text."""
        return replace(self, content=self.content.translate({ord("，"): "；", ord("."): "!"}))

    def seed(self, status: str) -> Mapping[str, object]:
        """The object for ``smsops emulator seed``."""
        return {
            "kind": "template",
            "templateName": self.title,
            "content": self.content,
            "smsType": self.type,
            "international": self.international,
            "remark": self.remark,
            "status": status,
        }


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign; several share an image."""

    name: str
    title: str
    image: str
    on_behalf: bool

    def manifest(self) -> str:
        return _SIGN.format(
            name=self.name,
            title=self.title,
            image=self.image,
            purpose="on-behalf" if self.on_behalf else "own-use",
            commission=_COMMISSION.format(image=self.image) if self.on_behalf else "",
        )

    def seed(self, status: str) -> Mapping[str, object]:
        """The object for ``smsops emulator seed``."""
        return {
            "kind": "sign",
            "signName": self.title,
            "international": False,
            "qualificationId": 1_000_001,
            "status": status,
        }


def template(number: int, *, domestic: bool = False) -> Template:
    """Template ``number``; every twentieth is international, unless ``domestic``."""
    abroad = number % 20 == 19 and not domestic
    type_, content, remark = _INTERNATIONAL if abroad else _DOMESTIC[number % len(_DOMESTIC)]
    return Template(
        name=f"message-{number:05}",
        title=f"Store code {number:05}" if abroad else f"门店消息{number:05}",
        content=content.format(n=number),
        type=type_,
        remark=remark.format(),
        international=abroad,
        team=_TEAMS[number % len(_TEAMS)],
    )


def sign(number: int) -> Sign:
    """Sign ``number``."""
    return Sign(
        f"brand-{number:03}", f"艾克米{number:03}店", f"licence-{number // 5:03}", number % 5 == 4
    )


@dataclass(frozen=True, slots=True)
class Shape:
    """What is in a project. ``paced`` keeps the documented limits."""

    templates: tuple[Template, ...]
    signs: tuple[Sign, ...]
    paced: bool = False

    @property
    def calls(self) -> int:
        """Calls that a plan takes: pages and an empty one of each list, and whose account it is."""
        abroad = sum(item.international for item in self.templates)
        lists = (len(self.templates) - abroad, abroad, len(self.signs), 0)
        return sum(-(-count // 100) + 1 for count in lists) + 1

    def seeds(self, status: str = "approved") -> list[Mapping[str, object]]:
        """An account that holds all of it already."""
        signs = [item.seed(status) for item in self.signs]
        return signs + [item.seed(status) for item in self.templates]

    def write(self, root: Path) -> None:
        """The files of the project, in place of those that were there."""
        signs, templates = root / "signs", root / "templates"
        for directory in (signs, templates):
            shutil.rmtree(directory, ignore_errors=True)
        for directory in (signs / "proofs", templates):
            directory.mkdir(parents=True)
        rates = f"  rateLimits: {{{', '.join(f'{name}: {UNPACED}' for name in ACTIONS)}}}\n"
        project = _PROJECT.format(rates="" if self.paced else rates)
        (root / "smsops.yaml").write_text(project, "utf-8")
        _write(templates, "messages", [item.manifest() for item in self.templates])
        _write(signs, "brands", [item.manifest() for item in self.signs])
        for image in sorted({item.image for item in self.signs}):
            for name in (image, f"{image}-letter"):
                (signs / "proofs" / f"{name}.png").write_bytes(png(name))


def shape(count: int, *, paced: bool = False, domestic: bool = False) -> Shape:
    """``count`` templates with a sign for every hundred, at least two."""
    return Shape(
        tuple(template(number, domestic=domestic) for number in range(count)),
        tuple(sign(number) for number in range(max(2, count // 100))),
        paced,
    )


def _write(directory: Path, name: str, documents: Sequence[str]) -> None:
    for start in range(0, len(documents), A_FILE):
        text = "---\n".join(documents[start : start + A_FILE])
        (directory / f"{name}-{start // A_FILE:03}.yaml").write_text(text, "utf-8")


def png(name: str) -> bytes:
    """A real grey image of about :data:`IMAGE_BYTES` that does not compress, as scans do not."""
    side = int(IMAGE_BYTES**0.5)
    noise = random.Random(name)
    rows = b"".join(b"\0" + noise.randbytes(side) for _ in range(side))

    def chunk(kind: bytes, body: bytes) -> bytes:
        checked = kind + body
        return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(kind, body)
        for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    )
