"""Images that manifests name: digests in place of file names, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from smsops.kinds.kind import Kind
from smsops.manifests import confined, images, violations
from smsops.manifests.images import ImageMissing, ImageRefused
from smsops.manifests.problems import PatchLine, Position, Problems
from smsops.model import Desired, Value
from smsops.text.messages import NOTHING, T, Text

#: Room for everything but the images in a request that adds or modifies.
_OTHER_PARAMETERS = 16 * 1024
#: Looking for a file that was meant takes time, and after so many a person has understood.
_ADVISED = 10

#: Stands for the digest of an image that is declared and cannot be used.
_REFUSED = "sha256:"


class Proofs:
    """The images of one reading; each is read once, because signs often share one."""

    def __init__(self, root: Path, problems: Problems) -> None:
        self._root = root
        self._problems = problems
        #: path -> digest and size, or why it is refused
        self._inspected: dict[str, tuple[str, int] | ImageRefused] = {}
        #: how many images are not there
        self._missing = 0

    def attach(self, item: Desired, kind: Kind, places: Mapping[str, Position]) -> Desired:
        """``item`` with the digests of its images. ``places``: where each field is."""
        assert item.origin is not None
        file = item.origin.file
        digests: dict[str, Value] = {}
        paths: dict[str, Path] = {}
        sizes: list[int] = []
        for name in kind.images:
            path = item.spec[name]
            if path is None:
                continue
            line = places[name][0]
            written = line.file if isinstance(line, PatchLine) else file
            directory = str(PurePosixPath(written).parent)
            try:
                relative = confined.inside(directory, str(path))
                found = self._inspect(relative)
            except confined.FileRefused as refused:
                found = ImageRefused("SMS208", refused.message_text)
            if isinstance(found, ImageRefused):
                missing = isinstance(found, ImageMissing)
                message = T(
                    "{name} {path}: {why}{instead}",
                    name=name,
                    path=violations.shown(path),
                    why=found.message_text,
                    instead=self._instead(directory, str(path)) if missing else NOTHING,
                )
                self._problems.add(file, places[name], found.code, message)
                digests[name] = _REFUSED
                continue
            digests[name], size = found
            sizes.append(size)
            paths[name] = self._root / relative
        total = images.request_size(sizes)
        if len(sizes) > 1 and total > images.MAX_REQUEST - _OTHER_PARAMETERS:
            message = T(
                "the images take {total} bytes in a request of at most {most}; scale them down",
                total=total,
                most=images.MAX_REQUEST,
            )
            self._problems.add(file, places[list(paths)[-1]], "SMS211", message)
        return replace(item, spec={**item.spec, **digests}, images=paths)

    def _instead(self, directory: str, path: str) -> Text:
        """Where an image that is missing was looked for, and which one may be meant."""
        self._missing += 1
        near = images.meant(self._root, directory, path) if self._missing <= _ADVISED else None
        advice = T("; did you mean '{near}'?", near=near) if near else NOTHING
        if directory == ".":
            return T(" in the project's directory{advice}", advice=advice)
        return T(" in {directory}/{advice}", directory=directory, advice=advice)

    def _inspect(self, relative: str) -> tuple[str, int] | ImageRefused:
        if relative not in self._inspected:
            try:
                self._inspected[relative] = images.inspect(self._root, relative)
            except ImageRefused as refused:
                self._inspected[relative] = refused
        return self._inspected[relative]
