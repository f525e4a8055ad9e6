"""GitHub's command line as far as the examples use it, with a directory instead of GitHub.

``$FAKE_GH/store.json`` has the comments, ``calls.jsonl`` every call that was made.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

PLACE = Path(os.environ["FAKE_GH"])
BOT = "github-actions[bot]"
#: The filter of the examples, in Python: not everybody who runs the tests has jq.
COMMENT_FILTER = """.[]
    | select(.user.login == "github-actions[bot]" and (.body | startswith(env.MARKER)))
    | .id"""


def main(arguments: list[str]) -> int:
    if not os.environ.get("GH_TOKEN"):
        sys.stderr.write("gh: To use GitHub CLI in a workflow, set GH_TOKEN\n")
        return 4
    options, words = parse(arguments)
    with (PLACE / "calls.jsonl").open("a", encoding="utf-8") as calls:
        calls.write(json.dumps([*words, options]) + "\n")
    path = PLACE / "store.json"
    store = json.loads(path.read_text("utf-8")) if path.exists() else {"comments": []}
    answer(words, options, store)
    path.write_text(json.dumps(store), "utf-8")
    return 0


def parse(arguments: list[str]) -> tuple[dict[str, str], list[str]]:
    flags = {"--paginate", "--silent"}
    options: dict[str, str] = {}
    words: list[str] = []
    rest = iter(arguments)
    for each in rest:
        if each in flags:
            options[each] = ""
        elif each.startswith("-"):
            options[each] = next(rest)
        else:
            words.append(each)
    return options, words


def answer(words: list[str], options: dict[str, str], store: dict[str, Any]) -> None:
    match words:
        case ["auth", "git-credential", "get"]:
            sys.stdout.write(f"username=x-access-token\npassword={os.environ['GH_TOKEN']}\n")
        case ["api", path]:
            api(path.partition("?")[0].split("/"), options, store["comments"])
        case _:
            raise SystemExit(f"the fake gh does not know {words}")


def api(path: list[str], options: dict[str, str], comments: list[dict[str, Any]]) -> None:
    method = options.get("--method", "GET")
    if method == "GET":
        assert same(options["--jq"], COMMENT_FILTER)
        for comment in comments:
            if comment["user"] == BOT and comment["body"].startswith(os.environ["MARKER"]):
                sys.stdout.write(f"{comment['id']}\n")
        return
    field, _, file = options["-F"].partition("=@")
    assert field == "body"
    body = Path(file).read_text("utf-8")
    assert len(body) <= 65_536
    if method == "POST":
        comments.append({"id": 70 + len(comments), "user": BOT, "body": body, "issue": path[-2]})
    else:
        (comment,) = (each for each in comments if each["id"] == int(path[-1]))
        comment["body"] = body


def same(one: str, other: str) -> bool:
    return one.split() == other.split()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
