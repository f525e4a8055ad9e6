"""Any history of two environments that share manifests and differ by patches ends well.

Each account is judged by what its own manifests have said: what is declared, with the patches of
that environment. Nothing that is done in one environment may reach the other.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from tests.support.clock import FakeClock
from tests.support.environments import NAMES, SETTINGS, patch
from tests.support.project import Project

CONTENTS = ("您的验证码是{1}。", "验证码{1}，请勿泄露。", "验证码：{1}，五分钟内有效。")
TEMPLATES = ("login", "pay", "news")
#: More examples by hand: SMSOPS_EXAMPLES=200 pytest tests/lifecycle
EXAMPLES = int(os.environ.get("SMSOPS_EXAMPLES", "6"))

environment = st.sampled_from(NAMES)
name = st.sampled_from(TEMPLATES)
content = st.sampled_from(CONTENTS)


class Lives(RuleBasedStateMachine):
    """Manifests of three templates, and two accounts."""

    @initialize()
    def begin(self) -> None:
        self.root = Path(mkdtemp(prefix="smsops-lives-"))
        self.project = Project(self.root / "project", clock=FakeClock().clock).begin()
        self.project.remove("template", "t0")
        (self.project.root / "smsops.yaml").write_text(SETTINGS, encoding="utf-8")
        self.base: dict[str, str] = {}
        #: What differs: another text, or ``None`` where there is no such template.
        self.patches: dict[str, dict[str, str | None]] = {each: {} for each in NAMES}
        #: Every text that an environment has ever declared.
        self.said: dict[str, set[str]] = {each: set() for each in NAMES}
        self.edit(TEMPLATES[0], CONTENTS[0])
        self.edit(TEMPLATES[1], CONTENTS[1])

    def declared(self, where: str) -> dict[str, str]:
        found: dict[str, str | None] = {**self.base, **self.patches[where]}
        return {each: text for each, text in found.items() if text is not None}

    def written(self) -> None:
        """The files as the model has them; a patch that says nothing new is gone."""
        shutil.rmtree(self.project.root / "environments", ignore_errors=True)
        for each in TEMPLATES:
            (self.project.root / f"templates/{each}.yaml").unlink(missing_ok=True)
        for each, said in self.base.items():
            self.project.template(each, said, retire_after="0s")
        for where, found in self.patches.items():
            for each in [each for each in found if found[each] == self.base.get(each)]:
                del found[each]
            for each in found.keys() - self.base.keys():
                del found[each]
            for each, text in found.items():
                lines = ("present: false",) if text is None else ("spec:", f'  content: "{text}"')
                patch(self.project.root, where, f"template.{each}", *lines)
            self.said[where] |= set(self.declared(where).values())
        ran = self.project("validate")
        assert ran.code == 0, ran.out

    # -- what people do --------------------------------------------------------------------------

    @rule(name=name, content=content)
    def edit(self, name: str, content: str) -> None:
        self.base[name] = content
        self.written()

    @rule(name=name)
    def remove(self, name: str) -> None:
        if len(self.base) > 1:
            self.base.pop(name, None)
            self.written()

    @rule(where=environment, name=name, text=st.one_of(content, st.none()))
    def differ(self, where: str, name: str, text: str | None) -> None:
        if name in self.base:
            self.patches[where][name] = text
            self.written()

    @rule(where=environment, name=name)
    def promote(self, where: str, name: str) -> None:
        self.patches[where].pop(name, None)
        self.written()

    @rule(where=environment)
    def apply(self, where: str) -> None:
        [other] = set(NAMES) - {where}
        before = self.files(other)
        ran = self.project.apply("-e", where, "--allow-empty")
        assert ran.code in (0, 3), ran.err
        assert self.files(other) == before
        assert self.texts(where).keys() <= self.said[where]

    @rule(where=environment)
    def approve(self, where: str) -> None:
        for row in self.rows(where):
            if row["status"] in (1, 2):
                ran = self.project(
                    *(
                        "-e",
                        where,
                        "emulator",
                        "review",
                        str(row["kind"]),
                        str(row["id"]),
                        "approved",
                    )
                )
                assert ran.code == 0, ran.err

    @rule(where=environment)
    def apply_a_plan_of_the_other(self, where: str) -> None:
        [other] = set(NAMES) - {where}
        saved = self.root / "x.plan"
        if self.project("plan", "-e", other, "-o", str(saved)).code == 0:
            before = self.files(where), self.files(other)
            assert self.project("apply", "-e", where, str(saved)).code == 6
            assert (self.files(where), self.files(other)) == before

    # -- how it ends -----------------------------------------------------------------------------

    def files(self, where: str) -> dict[str, bytes]:
        """State and account of an environment, as they are on the disk."""
        names = ("emulator-state.json", "emulator.json")
        paths = (self.project.root / ".smsops" / where / each for each in names)
        return {each.name: each.read_bytes() for each in paths if each.exists()}

    def rows(self, where: str) -> list[dict[str, Any]]:
        if "emulator.json" not in self.files(where):
            return []
        ran = self.project("-e", where, "emulator", "list", "--format", "json")
        return [json.loads(line) for line in ran.out.splitlines()]

    def texts(self, where: str) -> dict[str, int]:
        """The texts of an account's templates, with their reviews."""
        return {
            str(row["parameters"]["TemplateContent"]): int(str(row["status"]))
            for row in self.rows(where)
            if row["kind"] == "template"
        }

    def teardown(self) -> None:
        if not hasattr(self, "base"):
            return
        for where in NAMES:
            for _ in range(6):
                self.apply(where)
                self.approve(where)
            plan = self.project("plan", "-e", where, "--detailed-exitcode", "--allow-empty")
            assert plan.code == 0, plan.out
            assert set(self.texts(where)) == set(self.declared(where).values())
        shutil.rmtree(self.root)


def test_any_history_of_two_environments_ends_well() -> None:
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=8,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.explicit, Phase.generate),
        ),
    )
