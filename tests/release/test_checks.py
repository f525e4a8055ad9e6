"""`make release-check` refuses what is not ready, in one line that says what to do."""

from __future__ import annotations

import subprocess

import pytest

from release import archives, checks, owner
from release.checks import CHECKS, faults
from release.commit import Commit
from tests.release.conftest import REFUSING, VERSION, Small


def test_a_tree_that_is_committed_is_ready(small: Small) -> None:
    small.put("ignored/scratch", "of nobody's interest")

    for name in CHECKS.keys() - {"man page"}:
        assert faults(CHECKS[name], small.release()) == [], name


def test_what_is_not_committed_is_not_released(small: Small) -> None:
    small.put("smsops/new.py", "")
    small.put("README.md", "changed")

    assert faults(checks.tree, small.release()) == ["not committed: README.md, smsops/new.py"]
    assert faults(checks.tree, small.release(rehearsal=True)) == []


def test_without_a_commit_nothing_is_released(small: Small) -> None:
    (small.root / ".git").rename(small.root.parent / "gone")

    (said,) = faults(checks.tree, small.release())
    assert said.startswith("git status: ")
    assert "not a git repository" in said


@pytest.mark.parametrize(
    ("changelog", "said"),
    [
        ("## [1.2.2] - 2026-11-01\n\n- A\n", "CHANGELOG.md: no section [1.2.3]"),
        (
            "## [1.3.0]\n\n- A\n\n## [1.2.3] - 2026-12-01\n\n- B\n",
            "CHANGELOG.md: [1.3.0] is above [1.2.3]",
        ),
        (
            "## [1.2.3]\n\n- A\n",
            "CHANGELOG.md: [1.2.3] has no day; write: ## [1.2.3] - YYYY-MM-DD",
        ),
        ("## [1.2.3] - 2026-12-01\n\n## [1.2.2]\n\n- A\n", "CHANGELOG.md: [1.2.3] is empty"),
        (
            "## [Unreleased]\n\n- B\n\n## [1.2.3] - 2026-12-01\n\n- A\n",
            "CHANGELOG.md: [Unreleased] is not empty; move its lines to [1.2.3]",
        ),
    ],
)
def test_the_changelog_tells_of_this_version(small: Small, changelog: str, said: str) -> None:
    small.put("CHANGELOG.md", f"# Changelog\n\n{changelog}")

    assert faults(checks.version, small.release()) == [said]


@pytest.mark.parametrize("written", ["1.2", "v1.2.3", "1.2.3-beta", "01.2.3", ""])
def test_a_version_has_three_numbers(small: Small, written: str) -> None:
    small.put("smsops/__init__.py", f'__version__ = "{written}"\n')

    (said,) = faults(checks.version, small.release())
    assert said.endswith("is not a version such as 0.2.0 or 0.2.0rc1")


def test_a_tag_is_the_version_behind_a_v(small: Small) -> None:
    wrong = f"tagged {VERSION}; the tag of {VERSION} is v{VERSION}"
    assert faults(checks.version, small.release(tag=VERSION)) == [wrong]
    assert faults(checks.version, small.release(tag=f"v{VERSION}")) == []

    small.git("tag", VERSION)
    assert faults(checks.version, small.release()) == [wrong]
    small.git("tag", f"v{VERSION}")
    assert faults(checks.version, small.release()) == []


def test_a_build_that_fails_says_why(small: Small) -> None:
    small.put("smsops/__init__.py", "# no version\n")
    small.commit()

    (said,) = faults(checks.distributions, small.release())
    assert "version" in said


def test_a_build_that_differs_is_not_released(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = iter([{"a.whl": "1", "a.tar.gz": "2"}, {"a.whl": "3", "a.tar.gz": "2"}])
    monkeypatch.setattr(archives, "digests", lambda files: next(digests))

    assert faults(checks.distributions, small.release()) == ["built twice, differs: a.whl"]


def test_what_the_programs_say_is_passed_on(small: Small) -> None:
    small.program(
        "zizmor", "#!/bin/sh\necho '::error file=release.yml::template injection'\nexit 14\n"
    )
    small.program("twine", REFUSING)
    small.program("hadolint", "#!/bin/sh\necho 'Containerfile:9 DL3007 warning: latest'\nexit 1\n")

    assert faults(checks.distributions, small.release()) == [
        "twine check: ERROR Long description has syntax errors."
    ]
    assert faults(checks.image, small.release()) == [
        "hadolint: Containerfile:9 DL3007 warning: latest"
    ]
    assert faults(checks.workflows, small.release()) == [
        "zizmor: ::error file=release.yml::template injection"
    ]


def test_the_action_and_the_examples_are_audited_too(small: Small) -> None:
    copied = ("action.yml", "examples/ci/github/workflows/plan.yml")
    for name in copied:
        small.put(name, "on: push\n")
    small.program("zizmor", '#!/bin/sh\necho "audited $*"\nexit 14\n')

    [said] = faults(checks.workflows, small.release())
    for name in (".github/workflows/release.yml", *copied):
        assert str(small.root / name) in said


def test_each_document_of_a_component_is_held_against_the_schema(small: Small) -> None:
    small.put("templates/pipeline.yml", "spec: {}\n---\njob: {script: x}\n")
    small.program(
        "check-jsonschema",
        '#!/bin/sh\n[ "$2" = vendor.gitlab-ci ] || exit 0\nshift 4\n'
        'echo "Errors were encountered."\necho "  $1 $2 $(cat "$@" | tr "\\n" ,)"\nexit 1\n',
    )
    file = "templates/pipeline.yml"
    assert faults(checks.workflows, small.release()) == [
        f"check-jsonschema: {file} {file} spec: {{}}job: {{script: x}},"
    ]


def test_each_file_is_held_against_the_schema_of_its_vendor(small: Small) -> None:
    small.put("action.yml", "on: push\n")
    small.program(
        "check-jsonschema", '#!/bin/sh\necho "Errors were encountered."\necho "at $*"\nexit 1\n'
    )
    assert faults(checks.workflows, small.release()) == [
        "check-jsonschema: at --builtin-schema vendor.github-workflows "
        f"{small.root / '.github/workflows/release.yml'}",
        f"check-jsonschema: at --builtin-schema vendor.github-actions {small.root / 'action.yml'}",
    ]


def test_each_workflow_is_linted(small: Small) -> None:
    small.put("action.yml", "name: x\n")
    small.put("examples/ci/environments/github/plan.yml", "on: push\n")
    small.program("actionlint", '#!/bin/sh\necho "a.yml:1:1: error in $*"\nexit 1\n')
    [said] = faults(checks.workflows, small.release())
    assert "release.yml" in said
    assert "environments/github/plan.yml" in said
    assert "action.yml" not in said, "it is no workflow"


def test_a_missing_program_is_named(small: Small) -> None:
    (small.programs / "hadolint").unlink()

    (said,) = faults(checks.image, small.release())
    assert said == f"hadolint is not installed in {small.programs}; run: make release-check"


def test_a_licence_and_nothing_of_a_developer_is_in_the_archives(small: Small) -> None:
    small.put("smsops/.vscode/settings.json", "{}")
    small.put("pyproject.toml", _without_licence((small.root / "pyproject.toml").read_text()))
    small.commit()

    said = faults(checks.distributions, small.release())
    wheel = f"smsops-{VERSION}-py3-none-any.whl"
    assert f"{wheel}: smsops-{VERSION}.dist-info/licenses/LICENSE is missing" in said
    assert f"{wheel}: smsops/.vscode/settings.json is in it" in said
    assert f"smsops-{VERSION}.tar.gz: smsops/.vscode/settings.json is in it" in said


def _without_licence(text: str) -> str:
    return text.replace('license-files = ["LICENSE"]', "license-files = []")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (["tests/test_a.py"], "tests/ is no part of smsops"),
        (["smsops/__pycache__/a.pyc"], "smsops/__pycache__/a.pyc is in it"),
        (["smsops/.env"], "smsops/.env is in it"),
        ([], "smsops/py.typed is missing"),
    ],
)
def test_a_wheel_holds_the_package_alone(found: list[str], said: str) -> None:
    assert said in archives.wheel_faults(found, VERSION)


def test_an_sdist_holds_what_is_committed(small: Small) -> None:
    known = Commit(small.root).files()

    assert archives.sdist_faults(["PKG-INFO", *known], known) == []
    assert "notes.txt is not committed" in archives.sdist_faults([*known, "notes.txt"], known)


@pytest.mark.parametrize(
    ("base", "said"),
    [
        ("", "no base image: make release-check BASE=REGISTRY/IMAGE:TAG@sha256:DIGEST"),
        ("  ", "no base image: make release-check BASE=REGISTRY/IMAGE:TAG@sha256:DIGEST"),
        ("python:3.13 --privileged", "'python:3.13 --privileged' is not the name of an image"),
        ("python@sha256:12", "'python@sha256:12' is not the name of an image"),
    ],
)
def test_the_base_of_the_image_has_to_be_given(small: Small, base: str, said: str) -> None:
    assert faults(checks.image, small.release(base=base)) == [said]


def test_a_stale_man_page_is_not_released(small: Small) -> None:
    assert faults(checks.page, small.release()) == ["man/smsops.1 is not up to date; run: make man"]


def test_every_fault_is_one_line_and_fails_the_check(
    small: Small, capsys: pytest.CaptureFixture[str]
) -> None:
    small.put("new", "")
    code = checks.main(small.release(base=""))

    lines = capsys.readouterr().out.splitlines()
    assert code == 1
    assert lines == [
        "tree: not committed: new",
        "version: ok",
        "distributions: ok",
        "SBOM: ok",
        "man page: man/smsops.1 is not up to date; run: make man",
        "image: no base image: make release-check BASE=REGISTRY/IMAGE:TAG@sha256:DIGEST",
        "addresses: ok",
        "workflows: ok",
        f"{VERSION}: not ready, 3 of 8 checks failed",
    ]


def test_no_release_has_a_placeholder_in_its_addresses(
    small: Small, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each kind of place; what is written for people to fill in stays."""
    monkeypatch.setattr(checks, "CHECKS", {"addresses": checks.addresses})
    kept = {
        "docs/ci.md": "`repo:OWNER/REPO:environment:NAME`\n",
        "tests/test_a.py": 'USED = "OWNER/smsops"\n',
        "smsops/spool.py": '"""Files are named OWNER-..."""\n',
    }
    for name, text in kept.items():
        small.put(name, text)
    small.commit()
    assert faults(checks.addresses, small.release()) == []

    taken = {
        "action.yml": "#   - uses: OWNER/smsops@COMMIT\n",
        "schemas/sign.schema.json": '{"$id": "https://raw.example/OWNER/smsops/main/x.json"}\n',
        "smsops/manifests/schemas.py": 'HOME = "https://raw.example/OWNER/smsops/main/"\n',
        "examples/ci/github/workflows/a.yml": "uses: OWNER/smsops@00 # v1.2.3\n",
        "templates/plan.yml": "- component: gitlab.example/OWNER/smsops/plan@1.2.3\n",
    }
    for name, text in taken.items():
        small.put(name, text)
        small.commit()
        (said,) = faults(checks.addresses, small.release())
        assert "OWNER/smsops stands in" in said
        assert name == owner.unnamed(small.root, [name])[0]
    assert "action.yml and 4 more; put in who owns the repository" in said
    assert checks.main(small.release(rehearsal=True)) == 0
    assert "note: a rehearsal: OWNER/smsops stands in action.yml" in capsys.readouterr().out
    # What it says to do does it.
    command = said.partition("repository: ")[2].replace("NAME/", "acme/")
    subprocess.run(["sh", "-c", command], cwd=small.root, check=True)
    small.commit()
    assert faults(checks.addresses, small.release()) == []
    assert (small.root / "tests/test_a.py").read_text() == kept["tests/test_a.py"]


def test_ready_says_what_comes_next(
    small: Small, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(checks, "CHECKS", {"tree": checks.tree, "image": checks.image})

    assert checks.main(small.release()) == 0
    assert capsys.readouterr().out.splitlines()[2:] == [
        "note: registry.example/python:3.13 has no digest: "
        "the image cannot be built again as it is",
        f"{VERSION}: ready; next: git tag -s v{VERSION}, and push the tag",
    ]
