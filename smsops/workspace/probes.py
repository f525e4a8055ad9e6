"""Where a run of probes is put together: manifests, account, gateway, state and ledger."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from smsops.delivery.budget import counts
from smsops.delivery.driver import Driver
from smsops.delivery.ledger.secret import VARIABLE as KEY
from smsops.delivery.numbers import e164, hidden
from smsops.delivery.preflight import Draft, Param, Sign, Template
from smsops.delivery.probing import Probing, Watch
from smsops.delivery.runs import Case, WantedReply
from smsops.errors import InvalidManifests, LedgerError, UsageError
from smsops.kinds import RESOURCES
from smsops.kinds.kind import BOTH
from smsops.kinds.probe import Channel, Digits, FromEnvironment, Probe
from smsops.manifests.load import Manifests, load_manifests
from smsops.model import (
    Address,
    Desired,
    ObjectId,
    Observation,
    ProbeRecord,
    Project,
    Recorded,
    RecordedObject,
    ReviewState,
    Snapshot,
    Spec,
)
from smsops.state import binding, changes, place_of
from smsops.state.backend import Backend
from smsops.state.journal import Journal
from smsops.state.snapshot import dump, load, new_snapshot
from smsops.text.messages import Command, T
from smsops.text.numbers import masked_name
from smsops.workspace import ledgers
from smsops.workspace.readonly import ReadOnlyWorkspace
from smsops.workspace.session import EMULATED, connected, open_backend
from smsops.workspace.settings import Settings

if TYPE_CHECKING:
    from smsops.providers.tencent.client import Client
    from smsops.providers.tencent.sending import Described

#: Seconds that a save waits for the lock of the state.
LOCK_TIMEOUT = 30.0
_DIGITS = "0123456789"
#: The country code of the Chinese mainland.
_MAINLAND = "+86"


class StateMemory:
    """The state of a project as :class:`smsops.delivery.probing.Memory`."""

    def __init__(self, backend: Backend, project: Project, account_id: str | None) -> None:
        self._backend = backend
        self._project = project
        self._account_id = account_id

    def snapshot(self) -> Snapshot:
        """The state, of this project and region; and of this account, where one is asked."""
        body, source = self._backend.read(), self._backend.description
        snapshot = load(body, source=source) if body is not None else new_snapshot()
        owner, region = binding.Owner.of(self._project), self._project.region
        if self._account_id is not None:
            return binding.bind(
                snapshot, owner=owner, account_id=self._account_id, region=region, source=source
            )
        snapshot = binding.owned(snapshot, owner, source=source)
        binding.same_region(snapshot, region)
        return replace(snapshot, region=region)

    def probes(self) -> Mapping[str, ProbeRecord]:
        """What the state has of every probe, as of now."""
        return self.snapshot().probes

    @contextmanager
    def holding(self) -> Iterator[_Held]:
        """The state with its lock held, for a save and no longer."""
        with self._backend.lock("probe", timeout=LOCK_TIMEOUT):
            yield _Held(Journal(self._backend, self.snapshot(), dump))


@dataclass(frozen=True, slots=True)
class _Held:
    journal: Journal

    @property
    def probes(self) -> Mapping[str, ProbeRecord]:
        """What the state has of every probe."""
        return self.journal.snapshot.probes

    def save(self, name: str, record: ProbeRecord) -> None:
        """Record one probe durably."""
        self.journal.commit(changes.probed(name, record))


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run, and its cases in the order of the manifests."""

    probing: Probing
    cases: Sequence[Case]


@contextmanager
def open_probing(
    settings: Settings,
    project: Project,
    names: Collection[str],
    *,
    ledger_url: str | None,
    watch: Watch,
    rehearse: bool = False,
) -> Iterator[Prepared | None]:
    """Everything that the probes called ``names`` need, all of them if there are none; ``None``
    when none is declared. Raises before anything is sent. ``rehearse``: nothing will be sent, so no
    ledger is made.
    """
    manifests = load_manifests(project)
    if manifests.errors:
        raise InvalidManifests(manifests.problems)
    chosen = _chosen(manifests.probes, names)
    if not chosen:
        yield None
        return
    _keyed(settings, project)
    numbers = {probe.name: _number(settings, project, probe) for probe in chosen}
    _same_key(settings, project, ledger_url)
    with ExitStack() as stack:
        if rehearse:
            ledger, secret = stack.enter_context(ledgers.rehearsed(settings, ledger_url))
        else:
            ledger = stack.enter_context(ledgers.open_ledger(settings, ledger_url, create=True))
            secret = ledgers.secret(settings, ledger)
        cases = _Cases(settings, project, manifests, numbers, secret, stack)
        made = cases.made(chosen)
        _known_key(made, cases.memory.probes(), settings.clock.now())
        probing = Probing(ledger, cases.memory, settings.clock, secret, watch)
        yield Prepared(probing, made)


def _chosen(declared: Sequence[Probe], names: Collection[str]) -> Sequence[Probe]:
    known = {probe.name for probe in declared}
    wanted = {name.removeprefix("probe.") for name in names}
    for name in sorted(wanted - known):
        raise UsageError(
            T("there is no probe {name}", name=repr(masked_name(name))),
            hint=T("Declared are: {names}.", names=", ".join(sorted(known)))
            if known
            else T("None is declared. A manifest of `kind: Probe` does that."),
        )
    return [probe for probe in declared if not wanted or probe.name in wanted]


def _keyed(settings: Settings, project: Project) -> None:
    """A state that many machines share needs one key for its hashes of numbers."""
    from smsops.delivery.ledger.secret import SHORTEST

    shared = project.state.backend != "local" and not settings.options.emulator
    if shared and not settings.environment.get(KEY):
        raise UsageError(
            T(
                "probes with a state of backend {backend} need {variable}",
                backend=project.state.backend,
                variable=KEY,
            ),
            hint=T(
                "Set it to {count} or more random characters, the same on every machine: by it a "
                "run knows which number was sent to before.",
                count=SHORTEST,
            ),
        )


def _same_key(settings: Settings, project: Project, ledger_url: str | None) -> None:
    """A key that would be made now knows no number of the state: where that still counts sends, a
    number would get more messages than it may.
    """
    if ledgers.unmade_key(settings, ledger_url) is None:
        return
    now = settings.clock.now()
    probes = StateMemory(open_backend(settings, project), project, None).probes()
    counting = [name for name, record in sorted(probes.items()) if counts(record, now)]
    # Another run may have made it meanwhile, and have sent.
    file = ledgers.unmade_key(settings, ledger_url)
    if counting and file is not None:
        raise LedgerError(
            T(
                "the state knows what was sent, by a key that is gone: there is no {file}",
                file=file,
            ),
            hint=T(
                "Put it back, use the ledger of the last run, or set {variable} to what it held. "
                "If that is lost, forget what was sent: {forget}.",
                variable=KEY,
                forget=Command(("state", "rm", *(f"probe.{name}" for name in counting))),
            ),
        )


def _known_key(cases: Sequence[Case], probes: Mapping[str, ProbeRecord], now: float) -> None:
    """Another key than that of the sends that the state still counts knows none of their numbers:
    a number that looks like the one that was sent to is the same, hashed by another key.
    """
    other = [
        case.name
        for case in cases
        if (record := probes.get(case.name)) is not None
        and case.number is not None
        and counts(record, now)
        and case.number.shown == record.shown
        and case.number.mac.hex() != record.number
    ]
    if other:
        raise LedgerError(
            T("the state knows what was sent, by another key than this one"),
            hint=T(
                "Set {variable} to the key of the last run. If that is lost, or the number is "
                "another one with the same last digits, forget what was sent: {forget}.",
                variable=KEY,
                forget=Command(("state", "rm", *(f"probe.{name}" for name in other))),
            ),
        )


def _number(settings: Settings, project: Project, probe: Probe) -> str | None:
    """The number of a probe; ``None`` when what is there is none."""
    to, where = probe.to, probe.origin
    if isinstance(to, FromEnvironment):
        source = f"env:{to.name}"
    else:
        source = f"file:{project.root / to.path}"
    try:
        found = ledgers.content_of(settings.environment, source)
    except UsageError as error:
        raise UsageError(
            T(
                "{address} ({file}:{line}): {message}",
                address=probe.address,
                file=where.file if where else "-",
                line=where.line if where else 0,
                message=error.message_text,
            ),
            hint=T("It has the number that the probe is sent to, such as +8613800000000."),
        ) from None
    try:
        return e164(found)
    except ValueError:
        return None


class _Cases:
    """Makes the cases; connections that they need are closed with ``stack``."""

    def __init__(
        self,
        settings: Settings,
        project: Project,
        manifests: Manifests,
        numbers: Mapping[str, str | None],
        secret: bytes,
        stack: ExitStack,
    ) -> None:
        self._settings = settings
        self._project = project
        self._manifests = manifests
        self._numbers = numbers
        self._secret = secret
        self._stack = stack
        self._drivers: dict[Channel, Driver] = {}

    def made(self, chosen: Sequence[Probe]) -> list[Case]:
        """One case for each probe."""
        tencent = [probe for probe in chosen if probe.channel.tencent]
        if tencent:
            self._connect(tencent)
        else:
            backend = open_backend(self._settings, self._project)
            self.memory = StateMemory(backend, self._project, None)
            self.memory.snapshot()
        return [self._case(probe) for probe in chosen]

    def _connect(self, tencent: Sequence[Probe]) -> None:
        from smsops.providers.tencent.sending import Tencent, described
        from smsops.providers.tencent_2019.sending import driver as driver_2019

        to = self._stack.enter_context(connected(self._settings, self._project))
        client: Client = to.client
        reading = ReadOnlyWorkspace.opened(self._settings, self._project, to)
        self._recorded = reading.snapshot().resources
        self.memory = StateMemory(to.backend, self._project, to.account())
        self._drivers[Channel.TENCENT] = Tencent(client)
        self._drivers[Channel.TENCENT_2019] = driver_2019(client)
        self._observed = self._observation(reading, tencent)
        numbers = [number for probe in tencent if (number := self._numbers[probe.name])]
        self._described: Mapping[str, Described] = described(client, numbers)

    def _observation(self, reading: ReadOnlyWorkspace, tencent: Sequence[Probe]) -> Observation:
        """The current objects that the probes send with, as they are now."""
        wanted = {address for probe in tencent for address in _addresses(probe)}
        current = {
            address: Recorded(current=self._recorded[address].current)
            for address in wanted
            if address in self._recorded
        }
        return reading.observe_recorded(current)

    def _yisha(self) -> Driver:
        from smsops.providers.yisha.sending import Yisha
        from smsops.providers.yisha.settings import Settings as Gateway
        from smsops.providers.yisha.settings import settings
        from smsops.providers.yisha.wire import Wire

        environment = self._settings.environment
        if self._settings.options.emulator:
            from smsops.emulator.transport import EmulatorTransport

            path = place_of(self._project) / "emulator.json"
            transport = EmulatorTransport(path, clock=self._settings.clock)
            wire = Wire(Gateway(EMULATED), environment, transport=transport)
        else:
            wire = Wire(settings(environment), environment)
        self._stack.callback(wire.close)
        return Yisha(wire)

    def _case(self, probe: Probe) -> Case:
        if probe.channel is Channel.YISHA and probe.channel not in self._drivers:
            self._drivers[probe.channel] = self._yisha()
        number = self._numbers[probe.name]
        draft = self._draft(probe, number)
        reply = probe.reply
        return Case(
            name=probe.name,
            project=binding.Owner.of(self._project).key,
            driver=self._drivers[probe.channel],
            draft=draft,
            number=hidden(number, self._secret) if number is not None else None,
            application=self._application(probe),
            within=probe.within,
            reply=WantedReply(reply.within, re.compile(reply.matches or "")) if reply else None,
            per_day=probe.per_day,
            convert=probe.report_conversion and probe.channel is Channel.TENCENT,
        )

    def _application(self, probe: Probe) -> str:
        return next(
            (
                each.sdk_app_id
                for each in self._manifests.applications
                if each.name == probe.application
            ),
            "",
        )

    def _draft(self, probe: Probe, number: str | None) -> Draft:
        params, now = _params(probe), self._settings.clock.now()
        domestic = number is not None and number.startswith(_MAINLAND)
        if probe.channel is Channel.YISHA:
            template = Template(probe.template_id or "")
            return Draft(
                number,
                template,
                params=params,
                domestic=domestic,
                needs_sign=False,
                plain_arrays=True,
                at=now,
            )
        said = self._described.get(number or "")
        if said is not None:
            number, domestic = (number, said.domestic) if said.valid else (None, False)
        return Draft(
            number,
            self._template(probe),
            self._sign(probe),
            params,
            domestic=domestic,
            needs_sign=probe.sign is not None or domestic,
            at=now,
        )

    def _template(self, probe: Probe) -> Template | None:
        address = Address("template", probe.template or "")
        item = self._current(address)
        if item is None:
            return None
        spec = self._spec(address, item)
        place = spec.get("international")
        return Template(
            str(item.remote_id),
            str(spec.get("content") or ""),
            active=self._active(address, item),
            type=None if spec.get("smsType") is None else str(spec["smsType"]),
            abroad=None if place in (None, BOTH) else bool(place),
            parameters=RESOURCES[address.kind].parameters(spec),
        )

    def _sign(self, probe: Probe) -> Sign | None:
        address = Address("sign", probe.sign or "")
        item = self._current(address)
        if probe.sign is None or item is None:
            return None
        text = str(self._spec(address, item).get("signName") or "")
        return Sign(text, active=self._active(address, item))

    def _current(self, address: Address) -> RecordedObject | None:
        record = self._recorded.get(address)
        return record.current if record is not None else None

    def _spec(self, address: Address, item: RecordedObject) -> Spec:
        """What stands in the account, and of what nobody can read there, what was submitted, or
        is declared.
        """
        seen = self._observed.objects.get(ObjectId(address.kind, item.remote_id))
        declared = next((each for each in self._manifests.desired if each.address == address), None)
        return {
            **_declared(declared),
            **item.submitted,
            **item.read_back,
            **(seen.spec if seen is not None else {}),
        }

    def _active(self, address: Address, item: RecordedObject) -> bool:
        id = ObjectId(address.kind, item.remote_id)
        seen = self._observed.objects.get(id)
        if seen is not None:
            return seen.review.state is ReviewState.ACTIVE
        review = item.review
        unread = id in self._observed.unread
        return unread and review is not None and review.state is ReviewState.ACTIVE


def _declared(item: Desired | None) -> Spec:
    if item is None:
        return {}
    return {name: value for name, value in item.spec.items() if value is not None}


def _addresses(probe: Probe) -> Iterator[Address]:
    if probe.template is not None:
        yield Address("template", probe.template)
    if probe.sign is not None:
        yield Address("sign", probe.sign)


def _params(probe: Probe) -> tuple[Param, ...]:
    """The values of a probe; random digits are drawn here, once for a run."""
    return tuple(
        Param("".join(secrets.choice(_DIGITS) for _ in range(each.count)), fresh=True)
        if isinstance(each, Digits)
        else Param(each)
        for each in probe.params
    )
