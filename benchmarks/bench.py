"""The setting of one run: the installed wheel, projects to work on, and a served emulator."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.installed import Installed
from benchmarks.projects import Shape
from benchmarks.timing import Command, environment, run

#: Seconds after which a served emulator ends by itself, should nobody end it.
LIFE = 3600


@dataclass(frozen=True, slots=True)
class Served:
    """An emulator on loopback that keeps to the documented limits."""

    url: str

    def ask(self, path: str) -> Mapping[str, list[Mapping[str, object]]]:
        """An answer of its control interface."""
        from urllib.request import urlopen

        with urlopen(f"{self.url}/_emulator/{path}") as reply:
            found: Mapping[str, list[Mapping[str, object]]] = json.load(reply)
        return found

    def calls(self) -> list[Mapping[str, object]]:
        """Every call so far: action, moment (seconds), code."""
        return self.ask("calls")["calls"]

    def throttled(self) -> int:
        """How many calls were refused for their frequency."""
        return sum(call["code"] == "RequestLimitExceeded" for call in self.calls())


@dataclass(frozen=True, slots=True)
class Bench:
    """``times``: runs of every command. ``sizes``: templates of the projects, small to large."""

    installed: Installed
    source: Path
    work: Path
    times: int
    sizes: tuple[int, ...]
    quick: bool = False
    _managed: dict[Shape, Path] = field(default_factory=dict)

    def smsops(
        self, root: Path, *arguments: str, endpoint: str = "", expected: tuple[int, ...] = (0,)
    ) -> Command:
        """A command line of the installed smsops, against a served emulator if there is one."""
        credentials = {
            "TENCENTCLOUD_SECRET_ID": "AKIDEMULATOR",
            "TENCENTCLOUD_SECRET_KEY": "emulator",
            "SMSOPS_ENDPOINT": endpoint,
        }
        return Command(
            (str(self.installed.smsops), "-C", str(root), *arguments),
            self.work,
            {"HOME": str(self.work), **(credentials if endpoint else {})},
            expected,
        )

    def emulated(
        self,
        root: Path,
        *arguments: str,
        expected: tuple[int, ...] = (0,),
        **settings: object,
    ) -> Command:
        """A command line with the emulator in its process, by default without limits."""
        given = json.dumps({"limits": False, **settings})
        return Command(
            (*self.installed.script("driver.py"), given, "-C", str(root), "--emulator", *arguments),
            self.work,
            {"HOME": str(self.work)},
            expected,
        )

    def python(self, *arguments: str) -> Command:
        """The interpreter that smsops is installed for."""
        return Command((str(self.installed.python), *arguments), self.work)

    def yaml(self, root: Path) -> Command:
        """PyYAML's C loader on the manifests of a project."""
        script = self.installed.script("load_yaml.py")
        return Command((*script, str(root / "signs"), str(root / "templates")), self.work)

    def directory(self, name: str) -> Path:
        """A new place below ``work``."""
        path = self.work / name
        shutil.rmtree(path, ignore_errors=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def project(self, name: str, shape: Shape) -> Path:
        """A project with nothing in its account and no state."""
        root = self.directory(name)
        shape.write(root)
        return root

    def seed(self, root: Path, objects: list[Mapping[str, object]]) -> None:
        """Put objects into the account of a project."""
        file = root / "seeds.json"
        file.write_text(json.dumps(objects, ensure_ascii=False), "utf-8")
        run(self.smsops(root, "emulator", "seed", str(file)))

    def managed(self, shape: Shape) -> Path:
        """A project whose state records an account that is just as declared. Not to be changed."""
        if shape not in self._managed:
            root = self.project(f"managed-{len(self._managed)}", shape)
            self.seed(root, shape.seeds())
            self.adopt(root)
            self._managed[shape] = root
        return self._managed[shape]

    def adopt(self, root: Path) -> None:
        """Record what exists already. The state serves the emulator in process and a served one."""
        run(self.emulated(root, "apply", "--auto-approve"))
        shutil.copyfile(root / ".smsops" / "emulator-state.json", root / ".smsops" / "state.json")

    def copy(self, root: Path, name: str) -> Path:
        """A copy of a project that may be changed."""
        target = self.directory(name)
        shutil.copytree(root, target)
        return target

    @contextmanager
    def served(self, root: Path | None, *arguments: str) -> Iterator[Served]:
        """Serve the account of a project, or one in memory, with the documented limits."""
        data = ("--data", str(root / ".smsops" / "emulator.json")) if root else ()
        command = (str(self.installed.smsops), "emulator", "serve", "--port", "0")
        with self.listening((*command, *data, "--for", f"{LIFE}s", *arguments)) as url:
            yield Served(url)

    @contextmanager
    def listening(self, command: Sequence[str], **variables: str) -> Iterator[str]:
        """Run a server that says where it listens; its URL. It ends with the block."""
        process = subprocess.Popen(
            command,
            cwd=self.work,
            env=environment({"HOME": str(self.work), **variables}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        try:
            said = process.stderr.readline()
            url = re.search(r"http://127\.0\.0\.1:\d+", said)
            if url is None:
                raise RuntimeError(f"{Path(command[0]).name} did not start: {said}")
            yield url[0]
        finally:
            process.terminate()
            process.wait(30)
            process.stderr.close()
