"""A file or directory that is not there is answered with how it comes to be; a command that an
error recommends has the options of the run.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.shop import Shop


@pytest.mark.parametrize("command", ["apply", "show"])
def test_a_plan_file_that_is_not_there(shop: Shop, command: str, tmp_path: Path) -> None:
    missing = tmp_path / "no.plan"
    ran = shop(command, str(missing))
    assert ran.code == 1
    assert ran.err == (
        f"Error: {missing} cannot be read: No such file or directory\n"
        f"`smsops plan -o FILE -C {shop.root} --emulator` saves a plan.\n"
    )


def test_an_output_that_was_never_written(live: Shop, tmp_path: Path) -> None:
    missing = tmp_path / "ids.env"
    ran = live("output", "--format", "dotenv", "--check", str(missing))
    assert ran.code == 1
    flags = f"-C {live.root} --emulator"
    assert ran.err.endswith(
        f"Error: {missing} cannot be read: No such file or directory\n"
        f"Write it with `smsops output --format dotenv {flags} > {missing}`.\n"
    )


@pytest.mark.parametrize(
    ("name", "advice"),
    [("sings", "did you mean 'signs'?"), ("elsewhere", "create it, or correct the name")],
)
def test_a_manifest_directory_that_is_not_there_is_said_once(
    shop: Shop, name: str, advice: str
) -> None:
    project = shop.root / "smsops.yaml"
    text = project.read_text("utf-8").replace("spec: {", f"spec: {{manifests: [{name}], ")
    project.write_text(text, "utf-8")
    ran = shop("validate")
    assert ran.code == 3
    problem, count = ran.out.splitlines()
    assert problem.startswith("smsops.yaml:4:")
    assert problem.endswith(f"SMS116 directory {name}: there is no such directory; {advice}")
    assert count == "1 error in 1 file"
