"""Which applications a run is about: those that manifests declare, by name, and others by id."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from smsops.errors import InvalidManifests, UsageError
from smsops.kinds.application import KIND, Application
from smsops.manifests.load import load_manifests
from smsops.model import Address, Project
from smsops.text.messages import T, Text
from smsops.text.numbers import is_mobile, masked_name
from smsops.workspace.environments import located
from smsops.workspace.settings import Settings

if TYPE_CHECKING:
    from smsops.delivery.ledger import Ledger


def declared(project: Project) -> tuple[Application, ...]:
    """The applications of a project. Raises :class:`InvalidManifests`."""
    manifests = load_manifests(project)
    if manifests.errors:
        raise InvalidManifests(manifests.problems)
    return manifests.applications


def known(settings: Settings, wanted: Collection[str]) -> tuple[Application, ...]:
    """Those of the project around a run that can do without one, as far as its manifests say. What
    an application is called may differ by environment: where none is chosen, they have no names,
    and :class:`UsageError` is raised if one is ``wanted`` by its name.
    """
    try:
        project = located(settings.options)
    except UsageError:
        if settings.options.environment is not None or not all(map(_is_id, wanted)):
            raise
        return ()
    return load_manifests(project).applications if project is not None else ()


def chosen(applications: Iterable[Application], names: Collection[str]) -> Sequence[Application]:
    """Those called ``names``, all of them if there are none. An SmsSdkAppId that no manifest has
    is an application without objectives. Raises :class:`UsageError` for any other name.
    """
    by_name = {each.name: each for each in applications}
    if not names:
        return tuple(by_name.values())
    return tuple(dict.fromkeys(_called(name, by_name) for name in names))


def sdk_app_id(applications: Iterable[Application], name: str) -> str:
    """The SmsSdkAppId of an application by its name, or given as it is."""
    [found] = chosen(applications, [name])
    return found.sdk_app_id


def unheard(
    ledger: Ledger, applications: Iterable[Application], ids: Collection[str]
) -> Iterator[Text]:
    """What to say of ``ids`` that neither a manifest has nor the ledger ever heard of: that there
    is nothing of them is right, and they may be mistyped.
    """
    strange = set(ids) - {each.sdk_app_id for each in applications}
    for id in sorted(strange - ledger.applications() if strange else ()):
        yield T(
            "no manifest declares application {id}, and nothing of it is in {place}",
            id=id,
            place=ledger.description,
        )


def _called(name: str, by_name: dict[str, Application]) -> Application:
    plain = name.removeprefix(f"{KIND.name}.")
    if plain in by_name:
        return by_name[plain]
    by_id = {each.sdk_app_id: each for each in by_name.values()}
    if plain in by_id:
        return by_id[plain]
    if _is_id(plain):
        return Application(Address(KIND.name, ""), plain)
    raise UsageError(
        T("there is no application {name}", name=repr(masked_name(name))),
        hint=T("Declared are: {names}.", names=", ".join(sorted(by_name)))
        if by_name
        else T("No manifest here declares one; give its SmsSdkAppId, such as 1400006666."),
    )


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and not is_mobile(text)
