"""GitHub's command line as far as the examples use it, with a directory instead of GitHub.

``$FAKE_GH/store.json`` has the comments and issues, ``calls.jsonl`` every call that was made.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

PLACE = Path(os.environ["FAKE_GH"])
BOT = "github-actions[bot]"
#: The filters of the examples, in Python: not everybody who runs the tests has jq.
COMMENT_FILTER = """.[]
    | select(.user.login == "github-actions[bot]" and (.body | startswith(env.MARKER)))
    | .id"""
ISSUE_FILTER = "map(select(.title == env.TITLE)) | .[0].number // empty"


def main(arguments: list[str]) -> int:
    if not os.environ.get("GH_TOKEN"):
        sys.stderr.write("gh: To use GitHub CLI in a workflow, set GH_TOKEN\n")
        return 4
    options, words = parse(arguments)
    with (PLACE / "calls.jsonl").open("a", encoding="utf-8") as calls:
        calls.write(json.dumps([*words, options]) + "\n")
    path = PLACE / "store.json"
    store = json.loads(path.read_text("utf-8")) if path.exists() else {"comments": [], "issues": []}
    answer(words, options, store)
    path.write_text(json.dumps(store), "utf-8")
    return 0


def parse(arguments: list[str]) -> tuple[dict[str, str], list[str]]:
    flags = {"--paginate", "--silent", "--force"}
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
        case ["issue", "list"]:
            assert same(options["--jq"], ISSUE_FILTER)
            label, state = options["--label"], options["--state"]
            for issue in store["issues"]:
                if issue["title"] == os.environ["TITLE"] and issue["state"] == state:
                    assert label in issue["labels"]
                    sys.stdout.write(f"{issue['number']}\n")
                    break
        case ["issue", "create"]:
            body = Path(options["--body-file"]).read_text("utf-8")
            issue = {"number": len(store["issues"]) + 1, "title": options["--title"]}
            store["issues"].append(
                {**issue, "labels": [options["--label"]], "state": "open", "body": body}
            )
        case ["issue", "edit", number]:
            body = Path(options["--body-file"]).read_text("utf-8")
            store["issues"][int(number) - 1]["body"] = body
        case ["issue", "close", number]:
            store["issues"][int(number) - 1]["state"] = "closed"
        case ["label", "create", _]:
            pass
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
