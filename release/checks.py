"""What has to hold before a release is made: one row, one question; none needs the network."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from release import archives, containerfile, locked, man, owner, sbom
from release.changelog import UNRELEASED, Changelog
from release.commit import Commit, NoCommit

_VERSION = re.compile(r'^__version__ = "([^"]+)"$', re.MULTILINE)
_SEMANTIC = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)((a|b|rc)\d+)?")
#: How many names a message lists.
_MOST = 3


@dataclass(frozen=True)
class Release:
    """What is to be released. ``rehearsal``: not now, so not all has to be in its final place."""

    root: Path
    base: str = ""
    tag: str = ""
    rehearsal: bool = False
    #: Where programs of the environment are; a test puts its own there.
    programs: Path = field(default_factory=lambda: Path(sysconfig.get_path("scripts")))

    @property
    def commit(self) -> Commit:
        """The commit that is checked out."""
        return Commit(self.root)

    @property
    def version(self) -> str:
        """``__version__`` of the package, read and not imported; empty where there is none."""
        found = _VERSION.search((self.root / "smsops" / "__init__.py").read_text("utf-8"))
        return found[1] if found else ""


Faults = Iterator[str]


def tree(release: Release) -> Faults:
    """Whether what is here is what is committed."""
    changed = release.commit.changed()
    if changed and not release.rehearsal:
        yield f"not committed: {_few(changed)}"


def version(release: Release) -> Faults:
    """Whether package, CHANGELOG.md and tag name one version."""
    here, changelog = release.version, Changelog.of(release.root)
    if not _SEMANTIC.fullmatch(here):
        yield f"smsops/__init__.py: {here!r} is not a version such as 0.2.0 or 0.2.0rc1"
        return
    if here not in changelog.versions():
        yield f"CHANGELOG.md: no section [{here}]"
    elif changelog.versions()[0] != here:
        yield f"CHANGELOG.md: [{changelog.versions()[0]}] is above [{here}]"
    elif not changelog.date(here):
        yield f"CHANGELOG.md: [{here}] has no day; write: ## [{here}] - YYYY-MM-DD"
    elif not changelog.section(here):
        yield f"CHANGELOG.md: [{here}] is empty"
    if changelog.section(UNRELEASED) and not release.rehearsal:
        yield f"CHANGELOG.md: [{UNRELEASED}] is not empty; move its lines to [{here}]"
    tags = [release.tag] if release.tag else release.commit.tags()
    if tags and f"v{here}" not in tags:
        yield f"tagged {_few(tags)}; the tag of {here} is v{here}"


def distributions(release: Release) -> Faults:
    """Whether two builds in two places give the same wheel and sdist, with all and only what
    belongs there.
    """
    with TemporaryDirectory(prefix="smsops-release-") as scratch:
        made = []
        for name in ("one", "another-place"):
            place = Path(scratch) / name
            release.commit.export(place / "source")
            made.append(
                archives.build(place / "source", place / "dist", epoch=release.commit.time())
            )
        first, second = map(archives.digests, made)
        if first != second:
            yield f"built twice, differs: {_few(sorted(dict(first.items() ^ second.items())))}"
        yield from _twine(release, made[0])
        committed = release.commit.files()
        for path in made[0]:
            found = archives.names(path)
            if path.suffix == ".whl":
                faults = archives.wheel_faults(found, release.version)
            else:
                faults = archives.sdist_faults(found, committed)
            for fault in faults[:_MOST]:
                yield f"{path.name}: {fault}"


def _twine(release: Release, built: list[Path]) -> Faults:
    ran = _ran(release, "twine", "--no-color", "check", "--strict", *map(str, built))
    if isinstance(ran, str):
        yield ran
    elif ran.returncode:
        yield f"twine check: {_said(ran)}"


def bill(release: Release) -> Faults:
    """Whether the SBOM is valid, the same each time, and names what users install."""
    if not release.version:
        yield "no version to write the SBOM for"
        return
    runtime = locked.runtime(release.root)
    written = [
        sbom.document(runtime, version=release.version, time=release.commit.time())
        for _ in range(2)
    ]
    if written[0] != written[1]:
        yield "written twice, differs"
    yield from sbom.faults(written[0])
    missing = runtime.direct - {item.name for item in runtime.releases}
    if missing:
        yield f"{locked.LOCK} has no {_few(sorted(missing))}; run: make lock"


def page(release: Release) -> Faults:
    """Whether the man page is the one of these commands, and can be read."""
    path = release.root / man.PAGE
    if not path.is_file() or path.read_text("utf-8") != man.page(Changelog.of(release.root)):
        yield f"{man.PAGE} is not up to date; run: make man"
        return
    yield from page_faults(path)


#: Program -> the words with which it reads a page and says only what is wrong with it.
READERS = {
    "groff": ("-man", "-Tutf8", "-ww", "-z"),
    "mandoc": ("-Tlint", "-Wwarning"),
}


def page_faults(path: Path) -> Faults:
    """What the programs that show man pages say against one; nothing where none is installed."""
    for program, words in READERS.items():
        if found := shutil.which(program):
            ran = subprocess.run(
                [found, *words, str(path)], capture_output=True, text=True, timeout=60
            )
            if ran.returncode or ran.stdout or ran.stderr:
                yield f"{program}: {_said(ran)}"


def image(release: Release) -> Faults:
    """Whether the Containerfile is sound, and its base was given."""
    yield from containerfile.base_faults(release.base)
    yield from containerfile.faults(containerfile.of(release.root))
    ran = _ran(release, "hadolint", "--no-color", str(release.root / containerfile.FILE))
    if isinstance(ran, str):
        yield ran
    elif ran.returncode:
        yield f"hadolint: {_said(ran)}"


def addresses(release: Release) -> Faults:
    """Whether the addresses that users take name a repository."""
    unnamed = owner.unnamed(release.root, release.commit.files())
    if unnamed and not release.rehearsal:
        yield owner.fault(unnamed)


#: A schema of the vendor, and what has to fit it: the workflow that publishes, what people run who
#: use the action or the component, and what they copy to their repositories.
_WRITTEN = {
    "vendor.github-workflows": (
        ".github/workflows/*.yml",
        "examples/ci/github/workflows/*.yml",
        "examples/ci/environments/github/*.yml",
        ".ci/schedule/github.yml",
    ),
    "vendor.github-actions": ("action.yml",),
}
_WRITTEN_FOR_GITLAB = (
    "templates/*.yml",
    "examples/ci/gitlab/.gitlab-ci.yml",
    "examples/ci/environments/gitlab-ci.yml",
    ".ci/schedule/gitlab.yml",
)
#: What else is on this machine decides nothing.
_LINT = ("-no-color", "-oneline", "-shellcheck=", "-pyflakes=")
_AUDIT = ("--offline", "--no-progress", "--color", "never", "--format", "github")


def workflows(release: Release) -> Faults:
    """Whether workflows, action, component and examples are what GitHub and GitLab take, and give
    nobody more than they need.
    """
    if not (release.root / ".github" / "workflows").is_dir():
        yield ".github/workflows/ is missing"
        return
    written = {
        schema: [str(path) for each in names for path in sorted(release.root.glob(each))]
        for schema, names in _WRITTEN.items()
    }
    for schema, paths in written.items():
        if paths:
            yield from _clean(release, "check-jsonschema", "--builtin-schema", schema, *paths)
    yield from _clean(release, "actionlint", *_LINT, *written["vendor.github-workflows"])
    yield from _clean(release, "zizmor", *_AUDIT, *chain.from_iterable(written.values()))
    yield from _gitlab(release)


def _gitlab(release: Release) -> Faults:
    """What its schema has against files for GitLab. A component is two documents, and the schema
    knows each of them.
    """
    with TemporaryDirectory(prefix="smsops-release-") as scratch:
        parts = []
        for path in (path for each in _WRITTEN_FOR_GITLAB for path in release.root.glob(each)):
            for number, text in enumerate(path.read_text("utf-8").split("\n---\n")):
                part = Path(scratch, str(number), path.relative_to(release.root))
                part.parent.mkdir(parents=True, exist_ok=True)
                part.write_text(text, "utf-8")
                parts.append(str(part))
        if parts:
            how = ("--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci")
            for fault in _clean(release, "check-jsonschema", *how, *sorted(parts)):
                yield re.sub(f"{scratch}/[0-9]+/", "", fault)


def _clean(release: Release, program: str, *words: str) -> Faults:
    ran = _ran(release, program, *words)
    if isinstance(ran, str):
        yield ran
    elif ran.returncode:
        yield f"{program}: {_said(ran)}"


#: What is checked, in this order.
CHECKS: dict[str, Callable[[Release], Faults]] = {
    "tree": tree,
    "version": version,
    "distributions": distributions,
    "SBOM": bill,
    "man page": page,
    "image": image,
    "addresses": addresses,
    "workflows": workflows,
}


def faults(check: Callable[[Release], Faults], release: Release) -> list[str]:
    """What one check says; also where it cannot be made."""
    try:
        return list(check(release))
    except (NoCommit, archives.NotBuilt, subprocess.TimeoutExpired) as error:
        return [str(error)]
    except OSError as error:
        return [f"{error.filename}: {error.strerror}"]


def main(release: Release) -> int:
    """Make every check, one line for each fault; 0 if there is none."""
    failed = 0
    for name, check in CHECKS.items():
        found = faults(check, release)
        failed += bool(found)
        for line in found or ["ok"]:
            print(f"{name}: {line}", flush=True)
    for note in _notes(release):
        print(f"note: {note}")
    if failed:
        print(f"{release.version}: not ready, {failed} of {len(CHECKS)} checks failed")
        return 1
    print(f"{release.version}: ready; next: git tag -s v{release.version}, and push the tag")
    return 0


def _notes(release: Release) -> list[str]:
    """What may be as it is, for now, and should be known."""
    found = containerfile.base_notes(release.base) if release.base else []
    if release.rehearsal:
        try:
            unnamed = owner.unnamed(release.root, release.commit.files())
        except NoCommit:
            unnamed = []
        found += [f"a rehearsal: {owner.fault(unnamed)}"] if unnamed else []
    return found


def _ran(release: Release, program: str, *words: str) -> subprocess.CompletedProcess[str] | str:
    found = shutil.which(program, path=str(release.programs))
    if not found:
        return f"{program} is not installed in {release.programs}; run: make release-check"
    return subprocess.run([found, *words], capture_output=True, text=True, timeout=120)


def _said(ran: subprocess.CompletedProcess[str]) -> str:
    said = (line.strip() for line in (ran.stdout + ran.stderr).splitlines())
    # A heading says that there is an error, and not which.
    lines = [line for line in said if line and not line.endswith("encountered.")]
    return next(
        (line for line in lines if re.search("error|warning|fail|DL|SC", line, re.IGNORECASE)),
        lines[-1] if lines else f"exit code {ran.returncode}",
    )


def _few(items: list[str]) -> str:
    more = len(items) - _MOST
    return ", ".join(items[:_MOST]) + (f" and {more} more" if more > 0 else "")


def here() -> Path:
    """The checkout that this module is in."""
    return Path(sys.modules[__name__].__file__ or "").resolve().parents[1]
