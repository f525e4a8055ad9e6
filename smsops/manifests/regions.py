"""Regions of ``smsops.yaml``: those that the site of a project or an environment has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from smsops.errors import Problem, Severity
from smsops.manifests import violations
from smsops.model import Project
from smsops.model.sites import CN, INTL, REGIONS
from smsops.text.messages import T, Text


class _Unknown(NamedTuple):
    severity: Severity
    message: Text


#: site -> what to say of a region that it does not document. Where the international site has SMS
#: is documented less well, so that another one is only doubtful there.
_UNKNOWN: Mapping[str, _Unknown] = {
    CN: _Unknown(Severity.ERROR, T("{name} must be one of {known}, not {seen}{advice}")),
    INTL: _Unknown(
        Severity.WARNING,
        T("{name} is {seen}; site intl is known to have SMS in {known}{advice}"),
    ),
}


def problems(file: str, project: Project, at: Callable[..., tuple[int, int]]) -> Iterator[Problem]:
    """A problem for every region that is not known, each pair of site and region once."""
    places: dict[tuple[str, str], tuple[str, ...]] = {(project.site, project.region): ("region",)}
    for each in project.environments:
        places.setdefault((each.site, each.region), ("environments", each.name, "region"))
    for (site, region), place in places.items():
        if region in REGIONS[site]:
            continue
        severity, message = _UNKNOWN[site]
        said = message.filled(
            name=".".join(("spec", *place)),
            known=", ".join(REGIONS[site]),
            seen=violations.shown(region),
            advice=violations.closest(region, list(REGIONS[site])),
        )
        yield Problem(file, *at(*place), "SMS114", severity, said)
