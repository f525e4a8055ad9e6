"""The YAML language server of VS Code, Neovim and others, asked over its own protocol."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import pytest

from tests.support.installed import installed

_FILES = ("package.json", "package-lock.json")
#: Without schemastore.org, so that only a modeline can say which schema a file has.
_SETTINGS: Mapping[str, Any] = {
    "validate": True,
    "completion": True,
    "schemaStore": {"enable": False},
}


class Diagnostic(NamedTuple):
    """What an editor underlines; lines and columns from 1."""

    line: int
    column: int
    message: str


class LanguageServer:
    """A running server. Skips where there is no Node.js. ``workspace``: the folder that is open;
    ``schemas``: which of its files have which schema.
    """

    def __init__(
        self, workspace: Path | None = None, schemas: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self._settings = {**_SETTINGS, "schemas": schemas or {}}
        self._root = None if workspace is None else workspace.as_uri()
        for needed in ("node", "npm"):
            if shutil.which(needed) is None:
                pytest.skip(f"no YAML language server is asked: there is no {needed} here")
        quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        place = installed(Path(__file__).parent, "editors", _FILES, ("npm", "ci", *quiet))
        program = place / "node_modules/yaml-language-server/out/server/src/server.js"
        self._process = subprocess.Popen(
            ["node", program, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to, self._from = self._process.stdin, self._process.stdout
        self._last = 0

    def __enter__(self) -> Self:
        folders = None if self._root is None else [{"uri": self._root, "name": "workspace"}]
        self._ask(
            "initialize",
            {
                "processId": None,
                "rootUri": self._root,
                "workspaceFolders": folders,
                "capabilities": {"workspace": {"configuration": True, "workspaceFolders": True}},
            },
        )
        self._tell("initialized", {})
        self._tell("workspace/didChangeConfiguration", {"settings": {}})  # it asks for them
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._to.close()
        self._from.close()

    def check(self, path: Path, text: str | None = None) -> list[Diagnostic]:
        """What is wrong with ``text``, by default the content of the file at ``path``."""
        _, found = self._open(path, path.read_text("utf-8") if text is None else text)
        return found

    def complete(self, path: Path, text: str) -> list[str]:
        """What may be written at the end of ``text``, a file at ``path``."""
        lines = text.split("\n")
        position = {"line": len(lines) - 1, "character": len(lines[-1])}
        document, _ = self._open(path, text)
        asked = {"textDocument": document, "position": position}
        return [each["label"] for each in self._ask("textDocument/completion", asked)["items"]]

    def _open(self, path: Path, text: str) -> tuple[Mapping[str, Any], list[Diagnostic]]:
        """Open a new file beside ``path``: what is said of one that was open before comes late."""
        self._last += 1
        document = {"uri": path.resolve().with_name(f"{self._last}-{path.name}").as_uri()}
        content = {**document, "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", {"textDocument": content})
        while True:
            message = self._read()
            said = message.get("params", {})
            published = message.get("method") == "textDocument/publishDiagnostics"
            if published and said["uri"] == document["uri"]:
                break
        starts = [(each["range"]["start"], each["message"]) for each in said["diagnostics"]]
        return document, [Diagnostic(at["line"] + 1, at["character"] + 1, to) for at, to in starts]

    def _ask(self, method: str, params: Mapping[str, Any]) -> Any:
        self._last += 1
        self._send({"id": self._last, "method": method, "params": params})
        while True:
            message = self._read()
            if message.get("id") == self._last and "method" not in message:
                return message["result"]

    def _tell(self, method: str, params: Mapping[str, Any]) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: Mapping[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._to.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._to.flush()

    def _read(self) -> dict[str, Any]:
        size = 0
        while line := self._from.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                size = int(value)
        assert size, "the language server has ended"
        message: dict[str, Any] = json.loads(self._from.read(size))
        if "id" in message and "method" in message:
            asked = message.get("params", {}).get("items", ())  # settings, by their sections
            settings = [self._settings if each["section"] == "yaml" else None for each in asked]
            self._send({"id": message["id"], "result": settings or None})
        return message
