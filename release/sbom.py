"""Software bill of materials (SBOM) of the locked runtime dependencies, in CycloneDX.

The same commit gives the same bytes: the time is the commit's, the serial number is made from what
the document says, and everything is in order.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import (
    ExternalReference,
    ExternalReferenceType,
    HashAlgorithm,
    HashType,
    Property,
    XsUri,
)
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.contact import OrganizationalEntity
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from release.locked import Release, Runtime


def name(version: str) -> str:
    """The file of a version's SBOM."""
    return f"smsops-{version}.cdx.json"


def document(runtime: Runtime, *, version: str, time: int) -> str:
    """The SBOM as JSON. ``time`` is the commit's, in seconds since 1970."""
    root = Component(
        name="smsops",
        version=version,
        type=ComponentType.APPLICATION,
        bom_ref=f"pkg:pypi/smsops@{version}",
        purl=PackageURL("pypi", name="smsops", version=version),
        licenses=[DisjunctiveLicense(id="Apache-2.0")],
    )
    parts = {item: _component(item, item.name in runtime.required) for item in runtime.releases}
    bom = Bom(components=parts.values())
    bom.metadata.component = root
    bom.metadata.timestamp = datetime.fromtimestamp(time, UTC)
    bom.metadata.manufacturer = OrganizationalEntity(name="The smsops maintainers")
    bom.register_dependency(root, [parts[x] for x in parts if x.name in runtime.direct])
    for item, part in parts.items():
        bom.register_dependency(part, [parts[x] for x in parts if item.name in x.asked_by])
    bom.serial_number = uuid5(NAMESPACE_URL, _without_serial(bom))
    written: str = JsonV1Dot6(bom).output_as_string(indent=2)
    return f"{written}\n"


def _component(item: Release, required: bool) -> Component:
    purl = PackageURL("pypi", name=item.name, version=item.version)
    return Component(
        name=item.name,
        version=item.version,
        type=ComponentType.LIBRARY,
        bom_ref=str(purl),
        purl=purl,
        scope=ComponentScope.REQUIRED if required else ComponentScope.OPTIONAL,
        properties=[Property(name="smsops:marker", value=item.marker)] if item.marker else [],
        external_references=[
            ExternalReference(
                type=ExternalReferenceType.DISTRIBUTION,
                url=XsUri(f"https://pypi.org/project/{item.name}/{item.version}/#files"),
                comment="one hash for each archive that pip may take",
                hashes=[HashType(alg=HashAlgorithm.SHA_256, content=each) for each in item.hashes],
            )
        ],
    )


def _without_serial(bom: Bom) -> str:
    spoken = json.loads(JsonV1Dot6(bom).output_as_string())
    del spoken["serialNumber"]
    return json.dumps(spoken, sort_keys=True)


def faults(text: str) -> list[str]:
    """What the schema of CycloneDX 1.6 says against a document."""
    found = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    return [] if found is None else [str(found.data.message)]


def write(runtime: Runtime, into: Path, *, version: str, time: int) -> Path:
    """Write the file, and return where it is."""
    path = into / name(version)
    path.write_text(document(runtime, version=version, time=time), "utf-8")
    return path
