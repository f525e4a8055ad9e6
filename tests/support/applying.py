"""Test harness of an apply: an emulated account, a state and a clock, without the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from smsops.adoption.adopt import bind_all
from smsops.adoption.bind import Binding, Unbindable
from smsops.applying.apply import Callbacks, apply
from smsops.applying.run import Execution
from smsops.cancellation import Stop
from smsops.drift import Drift, detect
from smsops.emulator import SECRET_ID, SECRET_KEY
from smsops.emulator.faults import Fault
from smsops.emulator.transport import EmulatorTransport
from smsops.errors import SmsopsError
from smsops.kinds import RESOURCES
from smsops.manifests.project import default_directories
from smsops.model import (
    Address,
    Desired,
    Lifecycle,
    Plan,
    PlanOptions,
    Project,
    Snapshot,
    Step,
    Value,
)
from smsops.model.outcome import Outcome
from smsops.planning.incremental import IncrementalSteps
from smsops.providers.protocol import ReadOnly
from smsops.providers.tencent.client import Client
from smsops.providers.tencent.credentials import Credentials
from smsops.providers.tencent.endpoints import Endpoints
from smsops.render import outputs
from smsops.state import read_snapshot
from smsops.state.snapshot import new_snapshot
from smsops.workspace.workspace import Workspace
from tests.support.clock import FakeClock
from tests.support.memory_backend import MemoryBackend
from tests.support.said import into
from tests.support.specs import TEMPLATE_SPEC

#: Rates at which nothing is paced: the emulator's limits are off as well.
UNPACED: Mapping[str, float] = {
    action: 1e6
    for kind in RESOURCES.values()
    for action in (
        kind.api.add,
        kind.api.modify,
        kind.api.delete,
        kind.api.describe,
        "GetCallerIdentity",
    )
}
PENDING, ACTIVE, EFFECTIVE_LATER, REJECTED = 1, 0, 2, -1


@dataclass
class Harness:
    """``root`` is needed only for signs, whose images are files."""

    root: Path = Path()
    settings: Mapping[str, Any] = field(default_factory=dict)
    rate_limits: Mapping[str, float] = field(default_factory=lambda: UNPACED)

    def __post_init__(self) -> None:
        self.time = FakeClock()
        self.backend = MemoryBackend()
        self.transport = EmulatorTransport(
            None, clock=self.time.clock, **{"limits": False, **self.settings}
        )
        self.emulator = self.transport.emulator
        self.said: list[str] = []

    # -- smsops ----------------------------------------------------------------------------------

    @contextmanager
    def workspace(self, name: str = "lab") -> Iterator[Workspace]:
        project = Project(self.root, name, "ap-guangzhou", default_directories())
        client = Client(
            Credentials(SECRET_ID, SECRET_KEY, None, "lab"),
            Endpoints("http://127.0.0.1", "http://127.0.0.1"),
            "ap-guangzhou",
            clock=self.time.clock,
            rate_limits=self.rate_limits,
            transport=self.transport,
            jitter=lambda: 0.0,
        )
        with client:
            account = "100000000001"
            yield Workspace(
                project=project,
                reader=ReadOnly(client),
                stored=self.backend.read,
                source=self.backend.description,
                account=lambda: account,
                clock=self.time.clock,
                kinds=RESOURCES,
                stop=client.stop,
                backend=self.backend,
                client=client,
            )

    @property
    def state(self) -> Snapshot:
        return read_snapshot(self.backend) or new_snapshot()

    def plan(self, desired: Sequence[Desired], options: PlanOptions | None = None) -> Plan:
        with self.workspace() as workspace:
            snapshot = workspace.snapshot()
            observation = workspace.observe(snapshot.resources)
            options = options or PlanOptions()
            made = workspace.plan(desired, snapshot, observation, options)
            incremental = IncrementalSteps(RESOURCES, desired, snapshot.resources, self.time.moment)
            incremental.saw(observation.objects.values())
            assert (
                workspace.plan(desired, snapshot, observation, options, incremental=incremental)
                == made
            )
            return made

    def drift(self, desired: Sequence[Desired]) -> Drift:
        with self.workspace() as workspace:
            snapshot = workspace.snapshot()
            seen = workspace.observe(snapshot.resources)
            now, region = self.time.moment, workspace.project.region
            return detect(snapshot, seen, kinds=RESOURCES, region=region, now=now, desired=desired)

    def apply(
        self,
        desired: Sequence[Desired],
        options: PlanOptions | None = None,
        *,
        stop: Stop | None = None,
        checkout: Any = None,
        project: str = "lab",
        meanwhile: Callable[[], object] = lambda: None,
    ) -> Outcome:
        """``smsops apply --auto-approve`` between lock and unlock.

        ``meanwhile`` happens between the look at the account and the first write. ``checkout`` is
        the git commit of the manifests, ``project`` the name of theirs.
        """

        def agree(_: Plan) -> bool:
            meanwhile()
            return False

        with self.workspace(project) as workspace:
            workspace = replace(workspace, checkout=checkout)
            execution = Execution.begin(
                workspace, Stop() if stop is None else stop, into(self.said)
            )
            options = options or PlanOptions()
            return apply(execution, options, Callbacks(agree=agree), desired=desired).outcome

    def bind(self, address: Address, remote_id: int) -> None:
        """What ``smsops import ADDR ID`` does without a manifest."""
        with self.workspace() as workspace:
            execution = Execution.begin(workspace, Stop(), into(self.said))
            execution.recover()
            with suppress(Unbindable):
                bind_all(execution, [Binding(address, remote_id)], ())

    def rewrite(self, remote_id: int, content: str) -> None:
        """Somebody edits a template in the console; its review stays as it is."""
        [item] = [item for item in self.emulator.items("template") if item.id == remote_id]
        parameters = {**item.parameters, "TemplateContent": content}
        with self.emulator.store.writing():
            edited = item._replace(parameters=parameters)
            self.emulator.store.commit([{"put": edited.to_json()}])

    def outputs(self, *, everything: bool = False) -> Mapping[str, Any]:
        with self.workspace() as workspace:
            snapshot = workspace.snapshot()
            seen = workspace.observe_recorded(snapshot.resources)
        document: Mapping[str, Any] = outputs.document(
            snapshot, seen, now=self.time.moment, everything=everything
        )
        return document["outputs"]  # type: ignore[no-any-return]

    # -- the account -----------------------------------------------------------------------------

    def seed(self, *objects: Mapping[str, Any]) -> list[int]:
        return self.emulator.seed(list(objects), anew=True)

    def review(self, remote_id: int, code: int, reply: str = "", *, kind: str = "template") -> None:
        self.emulator.review(kind, remote_id, code, reply)

    def remote(self, kind: str = "template") -> dict[int, int]:
        """Remote id -> review code."""
        return {item.id: item.status for item in self.emulator.items(kind)}

    def writes(self) -> list[tuple[str, int]]:
        """(action, id) of every committed write, in order."""
        return [(str(row["action"]), int(str(row["id"]))) for row in self.emulator.ledger()]

    def fault(self, action: str, kind: str, **values: Any) -> None:
        self.emulator.faults.order([*self.emulator.faults.ordered, Fault(action, kind, **values)])


def template(
    name: str = "login",
    content: str = "您的验证码是{1}。",
    *,
    retire_after: int = 3600,
    protected: bool = False,
    **changes: Value,
) -> Desired:
    spec = {**TEMPLATE_SPEC, "templateName": f"模板{name}", "content": content, **changes}
    return Desired(Address("template", name), spec, Lifecycle(protected, retire_after))


#: A sign that is not managed, so that templates may be added.
SOME_SIGN = {"kind": "sign", "signName": "某某", "status": "approved"}


def acting(steps: Iterable[Step]) -> list[str]:
    """``["create template.login"]``: what a plan would do, in short."""
    return [f"{step.action} {step.address}" for step in steps if step.acting]


def errors(outcome: Outcome) -> list[SmsopsError]:
    """Every error of an apply."""
    return [r.error for r in outcome.results if r.error is not None] + list(outcome.errors)
