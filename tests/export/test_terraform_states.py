"""What a state of Terraform holds, in each of its shapes, and what any other file is."""

from __future__ import annotations

import codecs
import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from smsops.adoption.terraform.release import commands, removed_blocks
from smsops.adoption.terraform.states import Managed, quoted, read
from smsops.errors import SmsopsError
from smsops.state.snapshot import dump
from tests.export.tfstates import (
    OPENTOFU,
    SIGN,
    TEMPLATE,
    Object,
    shown,
    sign,
    template,
    version_3,
    version_4,
)
from tests.support.snapshots import full

Write = Callable[..., bytes]
SHAPES = {"version 4": version_4, "version 3": version_3, "show -json": shown}
MODERN = {name: SHAPES[name] for name in ("version 4", "show -json")}


def found(body: bytes) -> tuple[Managed, ...]:
    return read(body, source="x.tfstate")


def addresses(body: bytes) -> list[str]:
    return [item.address for item in found(body)]


@pytest.mark.parametrize("write", SHAPES.values(), ids=SHAPES)
def test_signs_and_templates_of_every_module_are_found(write: Write) -> None:
    """By count and in nested modules; data sources and other resources are not ours."""
    state = write(
        sign("acme", "2001#0"),
        template("promo", "1501#1", 0),
        template("promo", "1502#0", 1),
        template("this", "1503#0", module="module.sms.module.inner"),
        template("there", "1504#0", mode="data"),
        Object("web", "ins-1", type="tencentcloud_instance"),
    )
    assert [(item.address, item.kind, item.remote_id, item.module) for item in found(state)] == [
        (f"{SIGN}.acme", "sign", 2001, ()),
        (f"{TEMPLATE}.promo[0]", "template", 1501, ()),
        (f"{TEMPLATE}.promo[1]", "template", 1502, ()),
        (f"module.sms.module.inner.{TEMPLATE}.this", "template", 1503, ("sms", "inner")),
    ]


@pytest.mark.parametrize("write", MODERN.values(), ids=MODERN)
def test_keys_of_modules_and_resources_are_kept(write: Write) -> None:
    """As for_each writes them, in any script."""
    module = 'module.sms["登录.x"].module.inner[2]'
    [item] = found(write(template("this", "1500#0", "订单", module=module)))
    assert item.address == f'{module}.{TEMPLATE}.this["订单"]'
    assert item.block == f"module.sms.module.inner.{TEMPLATE}.this"
    assert (item.module, item.key) == (("sms", "登录.x", "inner", "2"), "订单")


@pytest.mark.parametrize("write", SHAPES.values(), ids=SHAPES)
def test_deposed_objects_are_told_apart(write: Write) -> None:
    """Terraform has replaced them and not deleted them yet."""
    state = write(template("a", "1#0"), template("a", "2#0", deposed="5f2a1c00"))
    assert [(item.remote_id, item.deposed) for item in found(state)] == [(1, False), (2, True)]


@pytest.mark.parametrize(
    ("written", "remote_id", "has_id"),
    [
        ("1110#0", 1110, True),
        ("1110", 1110, True),
        (1110, 1110, True),
        ("1110#x", None, True),
        ("0#0", None, True),
        ("007#0", None, True),
        ("١١#0", None, True),
        ("9223372036854775807#0", 2**63 - 1, True),
        ("9223372036854775808#0", None, True),
        ("", None, False),
        (None, None, False),
        (True, None, False),
        ([], None, False),
    ],
)
def test_an_id_is_a_number_that_a_state_of_ours_can_hold(
    written: object, remote_id: int | None, has_id: bool
) -> None:
    [item] = found(version_4(template("a", written)))
    assert (item.remote_id, item.has_id) == (remote_id, has_id)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_any_encoding_that_a_shell_may_write_is_read(codec: str) -> None:
    """PowerShell redirects into UTF-16 with a byte order mark."""
    body = version_4(template("登录", "1#0")).decode().encode(codec)
    assert addresses(body) == [f"{TEMPLATE}.登录"]


@pytest.mark.parametrize(
    "row",
    [
        1,
        {},
        {"type": TEMPLATE},
        {"type": TEMPLATE, "instances": [1]},
        {"type": TEMPLATE, "mode": "data", "instances": [{}]},
        {"type": [], "instances": [{}]},
    ],
)
def test_rows_of_another_shape_are_passed_over(row: Any) -> None:
    """Whatever a future version writes."""
    assert found(version_4(resources=[row])) == ()
    assert (
        found(json.dumps({"version": 3, "modules": [row, {"resources": {"a": row}}]}).encode())
        == ()
    )
    assert (
        found(json.dumps({"format_version": "1.0", "values": {"root_module": row}}).encode()) == ()
    )


def test_an_empty_state_of_show_is_one() -> None:
    assert found(b'{"format_version":"1.0"}') == ()


def test_flat_attributes_of_an_upgraded_state_are_read() -> None:
    """Terraform 0.12 keeps those of 0.11 until its provider has rewritten them."""
    row = {"type": TEMPLATE, "name": "a", "instances": [{"attributes_flat": {"id": "7#0"}}]}
    assert [item.remote_id for item in found(version_4(resources=[row]))] == [7]


POINTER = {
    "version": 3,
    "serial": 1,
    "backend": {"type": "cos", "config": {"secret_key": "not-to-be-shown"}},
}
PULUMI_STACK = {
    "resources": [
        {
            "urn": "urn:pulumi:dev::shop::tencentcloud:Sms/template:Template::login_code",
            "type": "tencentcloud:Sms/template:Template",
            "id": "1110#0",
        },
        {"type": "pulumi:pulumi:Stack", "urn": "urn:pulumi:dev::shop"},
        1,
    ]
}


def encoded(**fields: object) -> bytes:
    return json.dumps(fields).encode()


@pytest.mark.parametrize(
    ("body", "what", "command"),
    [
        (b"", "is empty", "terraform state pull > FILE"),
        (codecs.BOM_UTF8 + b"\r\n", "is empty", "terraform state pull > FILE"),
        (gzip.compress(b"{}", mtime=0), "is compressed (gzip)", "gunzip -c FILE"),
        (b"PK\x03\x04rest", "is a saved plan", "terraform state pull > FILE"),
        (
            encoded(serial=1, meta={}, encrypted_data="AA", encryption_version="v0"),
            "is an encrypted state of OpenTofu",
            "tofu state pull > FILE",
        ),
        (
            encoded(version=3, deployment=PULUMI_STACK),
            "is a state of Pulumi",
            "smsops import template.login-code 1110",
        ),
        (
            encoded(version=3, checkpoint={"latest": PULUMI_STACK}),
            "is a state of Pulumi",
            "smsops import template.login-code 1110",
        ),
        (
            encoded(version=3, deployment={"resources": []}),
            "is a state of Pulumi",
            "terraform state pull",
        ),
        (encoded(**POINTER), "only says where the state is kept", "terraform state pull > FILE"),
        (
            encoded(**POINTER, modules=[{"path": ["root"], "resources": {}}]),
            "only says where the state is kept",
            "terraform state pull > FILE",
        ),
        (
            encoded(format_version="1.2", planned_values={}, resource_changes=[]),
            "is a plan of Terraform",
            "terraform state pull > FILE",
        ),
        (
            encoded(version=1, modules=[]),
            "is a state of Terraform before 0.9",
            "terraform state pull > FILE",
        ),
        (
            encoded(version=5, terraform_version="3.0.0", resources=[]),
            "is a state of a newer Terraform",
            "terraform show -json > FILE",
        ),
        (
            encoded(format_version="2.0", values={}),
            "is a state of a newer Terraform",
            "terraform show -json > FILE",
        ),
        (dump(full()), "is a state of smsops itself", "smsops state push"),
        (
            b'# our texts\n\nresource "tencentcloud_sms_template" "a" {\n}\n',
            "is a configuration of Terraform",
            "terraform state pull > FILE",
        ),
        (b"/* a */ terraform {\n}", "is a configuration", "terraform state pull > FILE"),
        (b"locals{\n}", "is a configuration", "terraform state pull > FILE"),
        (encoded(resource={TEMPLATE: {}}), "is a configuration", "terraform state pull > FILE"),
        (b"<!DOCTYPE html><html>", "is a web page (HTML)", "terraform state pull > FILE"),
        (version_4(template("a", "1#0"))[:90], "is broken JSON", "terraform state pull > FILE"),
        (
            b'{"version": 4,\n<<<<<<< HEAD\n"serial": 1,\n=======\n"serial": 2,\n>>>>>>> b\n}',
            "holds conflict markers of git",
            "terraform state pull > FILE",
        ),
        (
            '{"version": 4, "a": "验证码"}'.encode("gbk"),
            "is not UTF-8",
            "terraform show -json > FILE",
        ),
        (b"[]", "is not a state of Terraform", "terraform state pull > FILE"),
        (b"null", "is not a state of Terraform", "terraform state pull > FILE"),
        (b"[" * 100_000, "is not a state of Terraform", "terraform state pull > FILE"),
        (b"\xff\xfe\x00", "is not a state of Terraform", "terraform state pull > FILE"),
        (encoded(version=4), "is not a state of Terraform", "terraform state pull > FILE"),
        (
            encoded(version="4", resources=[]),
            "is not a state of Terraform",
            "terraform state pull > FILE",
        ),
        (
            encoded(version=4, resources={}),
            "is not a state of Terraform",
            "terraform state pull > FILE",
        ),
    ],
)
def test_any_other_file_is_named_for_what_it_is(body: bytes, what: str, command: str) -> None:
    """With the command that gets a state, and nothing of its content."""
    with pytest.raises(SmsopsError) as refused:
        found(body)
    assert refused.value.message.startswith(f"x.tfstate {what}")
    assert f"`{command}" in refused.value.hint
    assert "not-to-be-shown" not in refused.value.message + refused.value.hint


@pytest.mark.parametrize(
    ("key", "written"),
    [
        ("login", '"login"'),
        ("登录", '"登录"'),
        ('a "b"\\', r'"a \"b\"\\"'),
        ("a\n\t\r", r'"a\n\t\r"'),
        ("${x} %{y} $", '"$${x} %%{y} $"'),
        ("\u200b\U000e0001", r'"\u200b\U000e0001"'),
    ],
)
def test_keys_are_quoted_as_terraform_quotes_them(key: str, written: str) -> None:
    """`terraform state rm` takes nothing else."""
    assert quoted(key) == written


def test_terraform_forgets_one_by_one() -> None:
    """Addresses are quoted for the shell; OpenTofu has its own program."""
    items = found(
        version_4(
            template("a", "1#0"),
            template("b", "2#0", "it's 登录"),
            template("c", "3#0", 0, provider=OPENTOFU),
        )
    )
    assert list(commands(items)) == [
        f"terraform state rm {TEMPLATE}.a",
        f"""terraform state rm '{TEMPLATE}.b["it'"'"'s 登录"]'""",
        f"tofu state rm '{TEMPLATE}.c[0]'",
    ]


def test_a_removed_block_stands_for_every_instance() -> None:
    """So there is none where one of them stays with Terraform."""
    items = found(
        version_4(
            template("a", "1#0", "x", module="module.m[0]"),
            template("a", "2#0", "y", module="module.m[1]"),
            template("b", "3#0", "x"),
            template("b", "4#0", "y"),
        )
    )
    assert list(removed_blocks(items[:3], items)) == [
        f"removed {{\n  from = module.m.{TEMPLATE}.a\n  lifecycle {{\n    destroy = false\n  }}\n}}"
    ]


def test_attributes_are_in_no_repr() -> None:
    """Among them are pictures of licences."""
    assert "QUFB" not in repr(found(version_4(sign("a", "1#0", b"AAA"))))
