"""States of Terraform as its versions write them, made from one list of objects."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

TEMPLATE, SIGN = "tencentcloud_sms_template", "tencentcloud_sms_sign"
TENCENT = 'provider["registry.terraform.io/tencentcloudstack/tencentcloud"]'
OPENTOFU = 'provider["registry.opentofu.org/tencentcloudstack/tencentcloud"]'


@dataclass(frozen=True)
class Object:
    """An instance of a resource. ``module`` is written as Terraform does: ``module.sms["x"]``."""

    name: str
    id: Any = None
    key: str | int | None = None
    module: str = ""
    type: str = TEMPLATE
    provider: str = TENCENT
    mode: str = "managed"
    deposed: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, Any]:
        return {"id": self.id, **self.attributes}


def template(name: str, id: Any, key: str | int | None = None, **more: Any) -> Object:
    """A template of Terraform; ``more`` are its attributes, ``module`` and ``provider`` its own."""
    own = {
        each: more.pop(each) for each in ("module", "provider", "mode", "deposed") if each in more
    }
    values = {"sms_type": 3, "remark": "用户登录", **more}
    return Object(name, id, key, attributes=values, **own)


def sign(name: str, id: Any, image: bytes = b"", **more: Any) -> Object:
    """A sign of Terraform, with its proof image in base64."""
    own = {each: more.pop(each) for each in ("module", "provider") if each in more}
    values = {
        "sign_type": 0,
        "document_type": 0,
        "international": 0,
        "sign_purpose": 0,
        "proof_image": base64.b64encode(image).decode(),
        "commission_image": None,
        "remark": "",
        **more,
    }
    return Object(name, id, None, type=SIGN, attributes=values, **own)


def version_4(*objects: Object, **more: Any) -> bytes:
    """``terraform state pull`` since 0.12."""
    rows: dict[tuple[str, ...], dict[str, Any]] = {}
    for item in objects:
        row = rows.setdefault(
            (item.module, item.mode, item.type, item.name, item.provider),
            {
                **({"module": item.module} if item.module else {}),
                "mode": item.mode,
                "type": item.type,
                "name": item.name,
                "provider": item.provider,
                "instances": [],
            },
        )
        instance = {"schema_version": 0, "attributes": item.values, "sensitive_attributes": []}
        if item.key is not None:
            instance["index_key"] = item.key
        if item.deposed:
            instance["deposed"] = item.deposed
        row["instances"].append(instance)
    state = {
        "version": 4,
        "terraform_version": "1.11.4",
        "serial": 7,
        "lineage": "4f1b0d2c-0000-1111-2222-333344445555",
        "outputs": {},
        "resources": list(rows.values()),
        "check_results": None,
    }
    return json.dumps({**state, **more}, indent=2).encode()


def version_3(*objects: Object) -> bytes:
    """``terraform state pull`` of 0.9 to 0.11: paths, flat values, one key for name and count."""
    modules: dict[tuple[str, ...], dict[str, Any]] = {("root",): {}}
    for item in objects:
        path = ("root", *(step for step in item.module.split(".") if step and step != "module"))
        key = f"{item.type}.{item.name}" + ("" if item.key is None else f".{item.key}")
        flat = {name: str(value) for name, value in item.values.items() if value not in (None, "")}
        instance = {"id": item.id, "attributes": flat, "meta": {}, "tainted": False}
        resources = modules.setdefault(path, {})
        row = resources.setdefault(
            ("data." if item.mode == "data" else "") + key,
            {"type": item.type, "depends_on": [], "provider": "provider.tencentcloud"},
        )
        if item.deposed:
            row.setdefault("deposed", []).append(instance)
        else:
            row.update(primary=instance, deposed=row.get("deposed", []))
    state = {
        "version": 3,
        "terraform_version": "0.11.15",
        "serial": 2,
        "lineage": "4f1b0d2c-0000-1111-2222-333344445555",
        "modules": [
            {"path": list(path), "outputs": {}, "resources": resources, "depends_on": []}
            for path, resources in modules.items()
        ],
    }
    return json.dumps(state).encode()


def shown(*objects: Object) -> bytes:
    """``terraform show -json``: a tree of modules."""
    root: dict[str, Any] = {}
    for item in objects:
        module = root
        steps = _steps(item.module)
        for depth in range(len(steps)):
            address = ".".join(steps[: depth + 1])
            inner = module.setdefault("child_modules", [])
            found = next((each for each in inner if each["address"] == address), None)
            if found is None:
                found = {"address": address}
                inner.append(found)
            module = found
        index = "" if item.key is None else f"[{json.dumps(item.key, ensure_ascii=False)}]"
        prefix = f"{item.module}." if item.module else ""
        row = {
            "address": f"{prefix}{item.type}.{item.name}{index}",
            "mode": item.mode,
            "type": item.type,
            "name": item.name,
            "provider_name": "registry.terraform.io/tencentcloudstack/tencentcloud",
            "schema_version": 0,
            "values": item.values,
            "sensitive_values": {},
        }
        if item.key is not None:
            row["index"] = item.key
        if item.deposed:
            row["deposed_key"] = item.deposed
        module.setdefault("resources", []).append(row)
    state = {
        "format_version": "1.0",
        "terraform_version": "1.11.4",
        "values": {"root_module": root},
    }
    return json.dumps(state).encode()


def _steps(module: str) -> list[str]:
    """``module.a["x.y"].module.b`` in its two parts."""
    return [f"module.{part}" for part in module.removeprefix("module.").split(".module.") if part]
