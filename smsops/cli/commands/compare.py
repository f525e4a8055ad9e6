"""``smsops compare A B``: whether two environments have the same approved texts. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import click

from smsops.cli.command import Failed, command
from smsops.cli.context import Context
from smsops.cli.options import environments
from smsops.errors import SERIOUSNESS, Exit, SmsopsError, UsageError
from smsops.text.messages import T

if TYPE_CHECKING:
    from smsops.model import Observation, Snapshot


@command(
    "compare",
    help="Compare the approved texts of two environments, as their states recorded them. Exit 2 "
    "when they differ, 1 when an object could not be read.",
)
@click.argument("first", metavar="A", shell_complete=environments)
@click.argument("second", metavar="B", shell_complete=environments)
@click.option("--live", is_flag=True, help="Ask both accounts instead.")
@click.option("--format", type=click.Choice(("text", "json")), default="text", show_default=True)
def compare_command(context: Context, first: str, second: str, live: bool, format: str) -> Exit:
    from smsops.drift.parity import UNEQUAL, compare
    from smsops.kinds import RESOURCES
    from smsops.manifests.load import load_project
    from smsops.render import parity as render

    if first == second:
        raise UsageError(T("{name} is the same as itself", name=first))
    names = first, second
    places = [context.within(name) for name in names]
    if not load_project(context.options.directory).environments:
        raise UsageError(
            T("this project has no environments that could be compared"),
            hint=T("Declare spec.environments in smsops.yaml."),
        )
    for place in places:
        place.project()  # what is wrong with the names is said before anything is asked
    one, other = _both(_live if live else _recorded, places)
    looked = one[1], other[1]
    rows = compare((one[0], other[0]), RESOURCES, looked)
    unread = any(seen is not None and seen.unread for seen in looked)
    for name, seen in zip(names, looked, strict=True):
        for note in seen.notes if seen else ():
            context.log(T("Note: {name}: {note}", name=name, note=note))
    if format == "json":
        context.out(render.json(names, rows, complete=not unread))
    else:
        context.show(
            lambda: render.text(names, rows, ci=context.ci, every=context.verbose),
        )
    if unread:
        return Exit.ERROR
    differs = any(row.parity in UNEQUAL for row in rows)
    return Exit.DIFFERENCES if differs else Exit.OK


_Read = tuple["Snapshot", "Observation | None"]


def _both(read: Callable[[Context], _Read], places: Sequence[Context]) -> Sequence[_Read]:
    """What ``read`` finds in each place, at the same time. Where it fails, every failure is told
    with its environment, and the most serious one ends the run.
    """

    def attempt(place: Context) -> _Read | SmsopsError:
        try:
            return read(place)
        except SmsopsError as error:
            name = place.options.environment
            error.message_text = T("{name}: {message}", name=name, message=error.message_text)
            return error

    with ThreadPoolExecutor(len(places)) as threads:
        found = list(threads.map(attempt, places))
    failed = [
        Failed(place, each)
        for place, each in zip(places, found, strict=True)
        if isinstance(each, SmsopsError)
    ]
    if failed:
        *others, worst = sorted(failed, key=lambda one: -SERIOUSNESS.index(one.error.exit))
        for each in others:
            each.context.log(T("Error: {message}", message=each.error.message_text))
        raise worst
    return [each for each in found if not isinstance(each, SmsopsError)]


def _recorded(context: Context) -> _Read:
    """The state of an environment; an empty one, said to be, where there is none."""
    from smsops.state import binding, read_snapshot
    from smsops.state.snapshot import new_snapshot

    project = context.project()
    backend = context.backend(project)
    found = read_snapshot(backend)
    if found is None:
        context.log(T("There is no state yet at {description}.", description=backend.description))
        return new_snapshot(), None
    owner = binding.Owner.of(project)
    return binding.owned(found, owner, source=backend.description), None


def _live(context: Context) -> _Read:
    """The state of an environment, and its account as it is now."""
    from smsops.workspace.readonly import open_reading

    with open_reading(context.settings, context.project()) as workspace:
        snapshot = workspace.snapshot()
        return snapshot, workspace.observe_recorded(snapshot.resources)


COMMAND = compare_command
