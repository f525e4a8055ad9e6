"""Every hostile and every confusing file of the corpus is answered with the right diagnostics.

``corpus/yaml/NAME.yaml`` has ``NAME.expected`` beside it: lines of ``LINE:COLUMN CODE words``,
none for a file that is fine.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from smsops.errors import Problem
from tests.support.manifests import PNG, load

CORPUS = Path(__file__).parent.parent / "corpus" / "yaml"
NAMES = sorted(path.stem for path in CORPUS.glob("*.yaml"))
#: Files that PyYAML's own scanner answers with another code or place than libyaml.
OTHER_WITHOUT_LIBYAML = {"escape-surrogates", "escape-beyond-unicode"}


def _read(name: str, root: Path) -> tuple[Problem, ...]:
    body = (CORPUS / f"{name}.yaml").read_bytes()
    return load(root, {f"templates/{name}.yaml": body, "templates/proof.png": PNG}).problems


def _fits(problem: Problem, expected: str) -> bool:
    place, code, words = expected.split(" ", 2)
    return (
        f"{problem.line}:{problem.column}" == place
        and problem.code == code
        and words in problem.message.plain
    )


def _check(name: str, problems: tuple[Problem, ...]) -> None:
    expected = (CORPUS / f"{name}.expected").read_text("utf-8").splitlines()
    unexpected = [each for each in problems if not any(_fits(each, row) for row in expected)]
    unseen = [row for row in expected if not any(_fits(each, row) for each in problems)]

    assert (unexpected, unseen) == ([], [])
    assert len(expected) == len(problems)


@pytest.mark.parametrize("name", NAMES)
def test_a_corpus_file_gets_exactly_its_diagnostics(name: str, tmp_path: Path) -> None:
    """Code, line and column of every problem are those of the file beside it."""
    _check(name, _read(name, tmp_path))


@pytest.mark.parametrize("name", NAMES)
def test_the_same_without_libyaml(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PyYAML's own parser stands in with the same answers where libyaml was not compiled."""
    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    problems = _read(name, tmp_path)
    if name in OTHER_WITHOUT_LIBYAML:
        assert problems
    else:
        _check(name, problems)


def test_every_corpus_file_has_its_expectation() -> None:
    """No file is checked against nothing by accident, and none was left behind."""
    expectations = sorted(path.stem for path in CORPUS.glob("*.expected"))

    assert expectations == NAMES
