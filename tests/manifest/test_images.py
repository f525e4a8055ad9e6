"""Proof images: confined to the project, really pictures, and the same when they are sent."""

from __future__ import annotations

import os
import stat
import zlib
from pathlib import Path

import pytest

from smsops.errors import StalePlan
from smsops.manifests import confined, images
from smsops.manifests.images import ImageRefused
from smsops.manifests.starter import picture
from tests.support.manifests import PNG, PROJECT, SIGN, Files, lines, load, write

#: The smallest JPEG: start, a frame of 1x1, a scan, an end.
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    b"\xff\xc0\x00\x0b\x08\x00\x01\x00\x01\x01\x01\x11\x00"
    b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x2a\xff\xd9"
)


def _chunk(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4) + name + body + zlib.crc32(name + body).to_bytes(4)


def _padded(size: int) -> bytes:
    """A real PNG of exactly ``size`` bytes."""
    end = _chunk(b"IEND", b"")
    room = size - len(PNG) - 12
    return PNG[: -len(end)] + _chunk(b"teXt", b"x" * room) + end


@pytest.mark.parametrize("body", [PNG, JPEG, b"\xff\xd8\xff\xff\xff\xfe\x00\x04hi" + JPEG[2:]])
def test_a_real_picture_is_accepted(body: bytes, tmp_path: Path) -> None:
    """PNG and JPEG, whatever the name of the file."""
    (tmp_path / "proof.dat").write_bytes(body)

    assert images.inspect(tmp_path, "proof.dat") == (images.digest(body), len(body))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a" + bytes(100),
        b"%PDF-1.7",
        b"-----BEGIN PRIVATE KEY-----",
        PNG[:8],
        PNG[:-1],
        PNG[:-12],
        PNG.replace(b"IDAT", b"IDAX"),
        PNG[:8] + _chunk(b"IHDR", bytes(13)) + _chunk(b"IDAT", b"") + _chunk(b"IEND", b""),
        PNG[:8] + _chunk(b"IDAT", b"") + _chunk(b"IEND", b""),
        PNG[:33] + _chunk(b"IEND", b""),
        JPEG[:-2],
        JPEG[:20],
        b"\xff\xd8\xff\xd9",
        JPEG.replace(b"\x08\x00\x01\x00\x01", b"\x08\x00\x00\x00\x00"),
        b"\xff\xd8\xff\xe0\xff\xff" + bytes(50),
    ],
)
def test_anything_else_is_not(body: bytes, tmp_path: Path) -> None:
    """Other formats, secrets, and pictures that are cut off or damaged."""
    (tmp_path / "proof.png").write_bytes(body)
    with pytest.raises(ImageRefused) as caught:
        images.inspect(tmp_path, "proof.png")

    assert caught.value.code == "SMS209"


@pytest.mark.parametrize("flipped", range(8, len(PNG)))
def test_a_flipped_bit_anywhere_in_a_png_is_noticed(flipped: int, tmp_path: Path) -> None:
    """Its own checksums cover every byte behind the signature."""
    body = bytearray(PNG)
    body[flipped] ^= 0x10
    (tmp_path / "proof.png").write_bytes(body)
    with pytest.raises(ImageRefused):
        images.inspect(tmp_path, "proof.png")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("missing.png", "does not exist"),
        ("/etc/hostname", "absolute"),
        ("../../outside.png", "leaves the project"),
        ("../../../../../../etc/hostname", "leaves the project"),
        ("link.png", "symbolic link"),
        ("loop.png", "symbolic link"),
        ("../folder-link/outside.png", "symbolic link"),
        ("hard.png", "second name"),
        ("pipe.png", "not a regular file"),
        ("socket.png", "not a regular file"),
        ("folder", "not a regular file"),
        ("proof.png/x", "not a directory"),
        (".", "not a regular file"),
        ("x" * 300, "too long"),
    ],
)
def test_a_path_that_is_not_a_file_of_the_project_is_refused(
    path: str, words: str, tmp_path: Path
) -> None:
    """In a pull request it would send any file of the machine to a reviewer."""
    root = write(
        tmp_path / "project",
        {"signs/acme.yaml": SIGN.replace("proof.png", path), "signs/proof.png": PNG},
    )
    signs = root / "signs"
    (tmp_path / "outside.png").write_bytes(PNG)
    (signs / "folder").mkdir()
    (signs / "link.png").symlink_to("proof.png")
    (signs / "loop.png").symlink_to("loop.png")
    (root / "folder-link").symlink_to(tmp_path)
    os.link(tmp_path / "outside.png", signs / "hard.png")
    os.mkfifo(signs / "pipe.png")
    os.mknod(signs / "socket.png", stat.S_IFSOCK | 0o600)
    (problem,) = load(root, {}).problems

    assert (problem.file, problem.line, problem.code) == ("signs/acme.yaml", 9, "SMS208")
    assert problem.column == 15
    assert words in problem.message.plain.lower()


@pytest.mark.parametrize(
    ("path", "advice"),
    [
        ("signs/proofs/license.png", "; did you mean 'proofs/license.png'?"),
        ("./signs/proofs/license.png", "; did you mean 'proofs/license.png'?"),
        ("proofs/license.PNG", "; did you mean 'proofs/license.png'?"),
        ("Proofs/License.png", "; did you mean 'proofs/license.png'?"),
        ("Signs/proofs/license.PNG", "; did you mean 'proofs/license.png'?"),
        ("shared/Letter.png", "; did you mean '../shared/letter.png'?"),
        ("../shared/Letter.png", "; did you mean '../shared/letter.png'?"),
        ("license.png", ""),
        ("proofs/licence.png", ""),
        ("Proofs", ""),
        ("Link.png", ""),
        ("Hard.png", ""),
        ("shared/outside/private.png", ""),
        ("../shared/Outside/private.png", ""),
        ("private.png", ""),
        ("shared/link.png", ""),
    ],
)
def test_a_missing_image_is_told_with_the_path_that_was_meant(
    path: str, advice: str, tmp_path: Path
) -> None:
    """Written relative to the project, or with other capitals; no link leads to an advice."""
    root = write(
        tmp_path / "project",
        {
            "signs/acme.yaml": SIGN.replace("proof.png", path),
            "signs/proofs/license.png": PNG,
            "shared/letter.png": PNG,
        },
    )
    for name in ("outside.png", "private.png"):
        (tmp_path / name).write_bytes(PNG)
    (root / "signs/link.png").symlink_to("proofs/license.png")
    (root / "shared/link.png").symlink_to("letter.png")
    (root / "shared/outside").symlink_to(tmp_path)
    os.link(tmp_path / "outside.png", root / "signs/hard.png")
    (problem,) = load(root, {}).problems

    assert problem.code == "SMS208"
    assert problem.message.plain == f"proofImage '{path}': it does not exist in signs/{advice}"


def test_the_exact_name_wins_over_one_in_other_letters(tmp_path: Path) -> None:
    """A file that is spelled as written needs no guess."""
    for name in ("A.png", "a.PNG", "a.png"):
        (tmp_path / name).write_bytes(PNG)

    assert [confined.spelled(tmp_path, name) for name in ("a.png", "A.PNG", "b.png")] == [
        "a.png",
        "A.png",
        None,
    ]


def test_a_manifest_beside_the_project_file_has_a_place_too(tmp_path: Path) -> None:
    """Its directory has no name inside the project."""
    project = f"{PROJECT}  manifests: [.]\n"
    (problem,) = load(tmp_path, {"acme.yaml": SIGN, "Proof.png": PNG}, project=project).problems

    assert problem.message.plain == (
        "proofImage 'proof.png': it does not exist in the project's directory; "
        "did you mean 'Proof.png'?"
    )


def test_many_missing_images_get_ten_advices(tmp_path: Path) -> None:
    """Each looks through directories, which may be large."""
    signs: Files = {
        f"signs/{number:02}.yaml": SIGN.replace("acme", f"a{number}").replace(
            "艾克米", f"艾克米{number}"
        )
        for number in range(12)
    }
    problems = load(tmp_path, {**signs, "signs/Proof.png": PNG}).problems

    assert len(problems) == 12
    assert ["did you mean" in each.message.plain for each in problems] == [True] * 10 + [False] * 2


def test_a_device_is_refused_without_being_opened() -> None:
    """Opening one may already do something, and /dev/zero never ends."""
    with pytest.raises(confined.FileRefused, match="not a regular file"):
        confined.read(Path("/dev"), "zero", limit=10)


def test_a_path_may_step_up_inside_the_project(tmp_path: Path) -> None:
    """Several signs may share a document that lies beside their directory."""
    files: Files = {
        "signs/acme.yaml": SIGN.replace("proof.png", "../shared/./proof.png"),
        "shared/proof.png": PNG,
    }
    (item,) = load(tmp_path, files).desired

    assert item.images == {"proofImage": tmp_path / "shared/proof.png"}


def test_five_megabytes_are_the_limit(tmp_path: Path) -> None:
    """Exactly 5 MiB pass, one byte more does not."""
    exact = _padded(images.MAX_BYTES)
    assert len(exact) == images.MAX_BYTES
    files: Files = {"signs/acme.yaml": SIGN, "signs/proof.png": exact}

    assert load(tmp_path, files).problems == ()
    (problem,) = load(tmp_path, {"signs/proof.png": exact + b"x"}).problems
    assert problem.code == "SMS210"


def test_both_images_together_fit_the_request(tmp_path: Path) -> None:
    """Two images that are fine alone do not fit 10 MB once they are base64."""
    text = SIGN.replace("own-use", "on-behalf") + "  commissionImage: letter.png\n"
    half = 3 * 1024 * 1024
    files: Files = {
        "signs/acme.yaml": text,
        "signs/proof.png": _padded(half),
        "signs/letter.png": _padded(half),
    }
    assert load(tmp_path, files).problems == ()

    found = load(tmp_path, {"signs/letter.png": _padded(images.MAX_BYTES)})
    assert lines(found.problems) == ["signs/acme.yaml:11:20 SMS211"]


def test_a_refused_image_leaves_no_path_in_the_resource(tmp_path: Path) -> None:
    """Nothing can be sent, and the field is not one that the manifest leaves out."""
    found = load(tmp_path, {"signs/acme.yaml": SIGN})
    (item,) = found.desired

    assert item.spec["proofImage"] == "sha256:"
    assert item.images == {}
    assert [problem.code for problem in found.problems] == ["SMS208"]


def test_what_is_sent_is_what_was_planned(tmp_path: Path) -> None:
    """Reading checks everything again: place, format and digest."""
    root = write(tmp_path, {"signs/acme.yaml": SIGN, "signs/proof.png": PNG})
    (item,) = load(root, {}).desired
    path, digest = item.images["proofImage"], str(item.spec["proofImage"])

    assert images.read(path, root, digest) == PNG
    path.write_bytes(picture(9, 9))
    with pytest.raises(StalePlan, match=r"signs/proof\.png changed since the plan was made"):
        images.read(path, root, digest)
    path.unlink()
    with pytest.raises(ImageRefused, match=r"signs/proof\.png: it does not exist"):
        images.read(path, root, digest)
    path.symlink_to(root / "other.png")
    with pytest.raises(ImageRefused, match="symbolic link"):
        images.read(path, root, digest)
    with pytest.raises(ImageRefused, match="leaves the project"):
        images.read(Path("/etc/hostname"), root, digest)


def test_a_relative_root_works_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """-C names the project as the user typed it."""
    write(tmp_path / "project", {"signs/acme.yaml": SIGN, "signs/proof.png": PNG})
    monkeypatch.chdir(tmp_path)
    (item,) = load(Path("project"), {}).desired
    path, digest = item.images["proofImage"], str(item.spec["proofImage"])

    assert path == Path("project/signs/proof.png")
    assert images.read(path, Path("project"), digest) == PNG


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("signs", "a.png"), "signs/a.png"),
        (("signs", "../a.png"), "a.png"),
        (("signs", "./b/../a.png"), "signs/a.png"),
        (("signs//x", "."), "signs/x"),
        ((".",), "."),
        (("a", ".."), "."),
    ],
)
def test_paths_are_resolved_in_the_text(parts: tuple[str, ...], expected: str) -> None:
    """No component may be a link, so the text alone decides."""
    assert confined.inside(*parts) == expected


@pytest.mark.parametrize("parts", [("..",), ("a", "../.."), ("a", "/b"), ("a/../..",)])
def test_paths_that_leave_are_refused_in_the_text(parts: tuple[str, ...]) -> None:
    """Before anything is opened."""
    with pytest.raises(confined.FileRefused):
        confined.inside(*parts)


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path) -> None:
    """The limit holds for what is read, not only for what was announced."""
    (tmp_path / "a").write_bytes(b"12345")

    assert confined.read(tmp_path, "a", limit=5) == b"12345"
    with pytest.raises(confined.FileTooLarge):
        confined.read(tmp_path, "a", limit=4)
    with pytest.raises(confined.FileTooLarge, match="grew"):
        confined.read(Path("/proc/self"), "status", limit=4)


def test_a_name_with_nul_is_refused(tmp_path: Path) -> None:
    """The operating system cannot have such a file."""
    with pytest.raises(confined.FileRefused, match="NUL"):
        confined.read(tmp_path, "a\0b", limit=4)
