"""What the documentation says about smsops is true of smsops."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import click
import pytest

from smsops.cli import COMMANDS, EPILOG, main, smsops
from smsops.errors import SERIOUSNESS, Exit
from smsops.reference import PAGES as PAGES_FROM_TABLES
from smsops.reference.__main__ import main as write_pages
from tests.support.pages import README, ROOT, Page, pages

PAGES = list(pages())
#: Where a path in a page may start.
TOPS = (ROOT, ROOT / "smsops")


def commands() -> dict[str, click.Command]:
    """Every command by its words: ``plan``, ``state list``."""
    context = click.Context(smsops, info_name="smsops")
    found = {}
    for name in smsops.list_commands(context):
        command = smsops.get_command(context, name)
        assert command is not None
        found[name] = command
        if isinstance(command, click.Group):
            for inner, sub in command.commands.items():
                found[f"{name} {inner}"] = sub
    return found


ALL = commands()
OPTIONS = [option for option in smsops.params if isinstance(option, click.Option)]


def test_every_promised_command_exists() -> None:
    assert set(COMMANDS) == {name for name in ALL if " " not in name}


@pytest.mark.parametrize("name", ALL)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*name.split(), "--help"]) == 0

    shown = capsys.readouterr()
    assert shown.out.startswith(f"Usage: smsops {name} ")
    assert shown.err == ""
    assert ALL[name].help


@pytest.mark.parametrize("name", ["", *ALL])
def test_help_fits_80_columns(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*name.split(), "--help"]) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if len(line) > 80] == []


def test_the_readme_lists_every_command() -> None:
    listed = [row[0].strip("`").removeprefix("smsops ") for row in README.table("Commands")]
    assert listed == list(COMMANDS)


def test_the_readme_lists_every_exit_code() -> None:
    assert [int(row[0]) for row in README.table("Exit codes")] == sorted(Exit)
    assert {int(number) for number in re.findall(r"\b\d+\b", EPILOG)} == set(Exit)


def test_the_page_about_pipelines_lists_every_exit_code() -> None:
    rows = Page(ROOT / "docs" / "ci.md").table("Exit codes")
    assert {int(number) for row in rows for number in row[0].split(", ")} == set(Exit)


def test_the_readme_tells_which_exit_code_wins() -> None:
    (told,) = re.findall(r"the most serious wins: ([^.]+)\.", README.text)
    numbers = [int(number) for number in re.findall(r"\d+", told)]
    assert numbers == [code for code in SERIOUSNESS if code is not Exit.OK]


def invocations(page: Page) -> Iterator[list[str]]:
    """The words after ``smsops`` wherever a page shows a command line."""
    for code in page.code():
        line = code.strip().partition("    #")[0].partition(" > ")[0]
        if re.match(r"smsops [a-z-]", line) and "=" not in line.split()[1]:
            yield _without_values(shlex.split(line, comments=True)[1:])


def _without_values(words: list[str]) -> list[str]:
    """The words without what follows a global option, such as the directory of ``-C``."""
    taking = {flag for item in OPTIONS if not (item.is_flag or item.count) for flag in item.opts}
    before = ["", *words]
    return [word for word, ahead in zip(words, before, strict=False) if ahead not in taking]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_line_in_a_page_could_be_typed(page: Page) -> None:
    """Commands and options that are shown exist; the words they stand for are not checked."""
    top = {flag for option in OPTIONS for flag in option.opts}
    wrong = []
    for words in invocations(page):
        flags = {word.partition("=")[0] for word in words if word.startswith("-")}
        plain = [word for word in words if not word.startswith("-")]
        name = next((" ".join(plain[:n]) for n in (2, 1) if " ".join(plain[:n]) in ALL), None)
        known = {f for item in ALL[name].params for f in item.opts} if name else set()
        if (name is None and plain and plain != ["CMD"]) or not flags <= known | top | {"--help"}:
            wrong.append(" ".join(words))
    assert wrong == []


def leads(page: Page, link: str) -> bool:
    target, _, anchor = link.partition("#")
    path = (page.path.parent / unquote(target)).resolve() if target else page.path
    if not path.is_relative_to(ROOT) or not path.exists():
        return False
    return not anchor or path.suffix != ".md" or anchor in Page(path).anchors()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_or_heading_leads_somewhere(page: Page) -> None:
    broken = [link for link in page.links() if ":" not in link and not leads(page, link)]
    assert broken == []


@pytest.mark.parametrize("name", PAGES_FROM_TABLES)
def test_a_page_written_from_tables_is_up_to_date(name: str) -> None:
    page = Page(ROOT / "docs" / name)

    assert page.text == PAGES_FROM_TABLES[name](), "run: make docs"
    assert "`make docs` writes this page" in page.prose


def test_no_other_page_says_that_it_is_written_from_tables() -> None:
    saying = {page.path.name for page in PAGES if "`make docs` writes this page" in page.prose}
    assert saying == {"lifecycle.md", "manifests.md", "rules.md"} == set(PAGES_FROM_TABLES)


def test_one_command_writes_every_page_that_is_not_up_to_date(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rules.md").write_text("of last year\n", "utf-8")
    (tmp_path / "lifecycle.md").write_text(PAGES_FROM_TABLES["lifecycle.md"](), "utf-8")
    (tmp_path / "state.md").write_text("by hand\n", "utf-8")

    assert write_pages([str(tmp_path)]) == 0

    written = {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()}
    assert written == {name: text() for name, text in PAGES_FROM_TABLES.items()} | {
        "state.md": "by hand\n"
    }
    assert capsys.readouterr().out == "".join(
        f"{tmp_path / name}: written\n" for name in ("manifests.md", "rules.md")
    )


def test_pages_are_written_into_a_directory_that_exists(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = tmp_path / "gone"

    with pytest.raises(SystemExit) as ended:
        write_pages([str(gone)])
    assert ended.value.code == 2
    assert not gone.exists()
    assert str(gone) in capsys.readouterr().err


def test_the_readme_opens_with_what_it_is_and_two_commands() -> None:
    """What a newcomer reads first: two sentences, then make demo and make test."""
    opening, _, _ = README.text.partition("\n## ")
    first = opening.split("\n\n")[1]

    assert first.count(". ") + first.endswith(".") == 2
    assert [line.split("#")[0].strip() for line in README.blocks("sh")[0].splitlines()] == [
        "make demo",
        "make test",
    ]


def test_the_architecture_page_matches_the_tree() -> None:
    """Every package has its row, every module at the root is named, and no name is gone."""
    page = Page(ROOT / "docs" / "architecture.md")
    top = ROOT / "smsops"
    rows = set(re.findall(r"^\| `(\w+)/` \|", page.text, re.MULTILINE))
    assert rows == {path.parent.name for path in top.glob("*/__init__.py")}
    ground = {path.name for path in top.glob("*.py")} - {"__init__.py", "__main__.py"}
    named = {code for code in page.code() if re.fullmatch(r"[\w./]+(\.py|/)", code)}
    assert ground <= named
    below = {path.name for path in top.rglob("*.py")}
    assert {n for n in named - below if not any((t / n).exists() for t in TOPS)} == set()


def test_make_knows_every_target_that_a_page_mentions() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    mentioned = {
        word
        for page in PAGES
        for code in page.code()
        for word in re.findall(r"^make (?:[A-Z]+=\S+ )?([a-z-]+)", code.strip())
    }
    assert {"demo", "test"} <= mentioned <= targets
