"""``python -m release man|dist|sbom|notes|check``: one step of a release."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from release import archives, locked, man, sbom
from release.changelog import Changelog
from release.checks import Release, here
from release.checks import main as check
from release.commit import NoCommit


def main(arguments: Sequence[str] | None = None) -> int:
    """Do one step; 1 and one line if it cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m release", description=__doc__)
    parser.add_argument("step", choices=["man", "dist", "notes", "check"])
    parser.add_argument("--base", default="", help="base image of the Containerfile")
    parser.add_argument("--tag", default="", help="tag that is to be released")
    parser.add_argument("--rehearse", action="store_true", help="what may still change, may")
    parser.add_argument("--into", type=Path, default=Path("dist"), help="directory for dist")
    given = parser.parse_args(arguments)
    release = Release(here(), given.base, given.tag, given.rehearse)
    try:
        if given.step == "man":
            return write_page(release)
        if given.step == "dist":
            return distribute(release, given.into)
        if given.step == "notes":
            sys.stdout.write(f"{Changelog.of(release.root).section(release.version)}\n")
            return 0
        return check(release)
    except (NoCommit, archives.NotBuilt, FileExistsError) as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1


def write_page(release: Release) -> int:
    """Write the man page if it is not up to date, and name it."""
    path, new = release.root / man.PAGE, man.page(Changelog.of(release.root))
    if not path.is_file() or path.read_text("utf-8") != new:
        path.parent.mkdir(exist_ok=True)
        path.write_text(new, "utf-8")
        print(f"{man.PAGE}: written")
    return 0


def distribute(release: Release, into: Path) -> int:
    """Put wheel, sdist, SBOM, man page and their sums into a directory of their own."""
    if into.exists() and any(into.iterdir()):
        raise FileExistsError(f"{into}/ is not empty; move it away: a release is made of one build")
    epoch = release.commit.time()
    with TemporaryDirectory(prefix="smsops-release-") as scratch:
        source = Path(scratch) / "source"
        release.commit.export(source)
        made = archives.build(source, into, epoch=epoch)
        bill = sbom.write(locked.runtime(source), into, version=release.version, time=epoch)
        manual = into / man.PAGE.name
        manual.write_bytes((source / man.PAGE).read_bytes())
    files = [*made, bill, manual]
    (into / "SHA256SUMS").write_text(archives.sums(files), "utf-8")
    print(f"commit {release.commit.id()}")
    sys.stdout.write(archives.sums(files))
    return 0


if __name__ == "__main__":
    sys.exit(main())
