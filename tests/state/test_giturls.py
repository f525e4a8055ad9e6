"""Passwords and tokens of git URLs: found in every form, while what helps stays readable."""

from __future__ import annotations

import re

import pytest

from smsops.state.backends.giturls import place, redacted, secrets_of

#: Addresses with the secret ``hunter2`` in them, and what may be shown of each.
SECRET = {
    "https://me:hunter2@git.example.com/x.git": "https://***@git.example.com/x.git",
    "https://me:a/hunter2@git.example.com/x": "https://***@git.example.com/x",
    "https://me:hunter2@b@git.example.com/x": "https://***@git.example.com/x",
    "https://me:hunter2?b@git.example.com/x": "https://***@git.example.com/x",
    "https://:hunter2@git.example.com:8443/x": "https://***@git.example.com:8443/x",
    "https://hunter2-and-a-long-token@git.example.com/x": "https://***@git.example.com/x",
    "https://hunter2@git.example.com/x": "https://***@git.example.com/x",
    "https://git.example.com/x?access_token=hunter2": "https://git.example.com/x?***",
    "https://git.example.com/x?a=1&b=hunter2": "https://git.example.com/x?***",
    "https://git.example.com/x#hunter2": "https://git.example.com/x#***",
    "HTTP://me:hunter2@git.example.com/x": "HTTP://***@git.example.com/x",
    "git+ssh://me:hunter2@git.example.com/x": "git+ssh://***@git.example.com/x",
    "me:hunter2@git.example.com:x.git": "***@git.example.com:x.git",
    "hunter2-0123456789abcdef@git.example.com:x.git": "***@git.example.com:x.git",
}
PLAIN = (
    "https://git.example.com:8443/group/x.git",
    "ssh://git@git.example.com:22/x.git",
    "git@git.example.com:group/x.git",
    "deploy@git.example.com:x.git",
    "file:///srv/git/x.git",
    "/srv/git/x.git",
    "../x.git",
    "git@git.example.com: Permission denied (publickey).",
    "! [remote rejected] HEAD -> refs/smsops/state/prod (pre-receive hook declined)",
)


@pytest.mark.parametrize("url", SECRET)
def test_what_an_address_hides_is_not_shown(url: str) -> None:
    said = redacted(f"fatal: unable to access '{url}/': no route")

    assert f"'{SECRET[url]}" in said
    assert "hunter2" not in said
    assert said.endswith("': no route")


@pytest.mark.parametrize("url", SECRET)
def test_what_an_address_hides_is_not_shown_without_it_either(url: str) -> None:
    """As curl and ssh say it, which take a raw separator for the end of something."""
    [word] = re.findall(r"hunter2[a-z0-9-]*", url)

    said = redacted(f"Could not resolve host: {word} ({word})", secrets_of([url]))

    assert said == "Could not resolve host: *** (***)"


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_no_secret_stays_readable(text: str) -> None:
    assert redacted(f"fatal: '{text}' failed", secrets_of([text])) == f"fatal: '{text}' failed"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://me:%68unt%2Fer2@h.example/x", "hunt/er2"),
        ("https://me:hunt/er2@h.example/x", "hunt%2Fer2"),
        ("https://me:hunt er2@h.example/x", "https://me:hunt er2@h.example/x"),
        ("https://me:it's hunter2@h.example/x", "'https://me:it's hunter2@h.example/x'"),
    ],
)
def test_other_spellings_of_a_secret_count(url: str, said: str) -> None:
    shown = redacted(said, secrets_of([url]))

    assert "er2" not in shown
    assert "hunt" not in shown


def test_short_pieces_do_not_turn_words_into_stars() -> None:
    assert redacted("no such thing", secrets_of(["https://me:a/no/b@h/x"])) == "no such thing"


@pytest.mark.parametrize(
    ("read", "written", "same"),
    [
        ("https://github.com/acme/sms.git", "git@github.com:acme/sms.git", True),
        ("https://github.com/acme/sms", "ssh://git@GitHub.com:22/acme/sms.git", True),
        ("https://user:token@host/acme/sms.git/", "https://host/acme/sms.git", True),
        ("https://github.com/acme/sms.git", "git@github.com:acme/other.git", False),
        ("https://github.com/acme/sms.git", "git@gitlab.com:acme/sms.git", False),
        ("https://github.com/acme/sms.git", "https://github.com.evil.example/acme/sms.git", False),
        ("/srv/up.git", "/srv/up.git", True),
        ("/srv/up.git", "/srv/up", False),
        ("file:///srv/up.git", "/srv/up.git", False),
        ("../up.git", "host:up.git", False),
    ],
)
def test_one_repository_may_be_read_and_written_in_two_ways(
    read: str, written: str, same: bool
) -> None:
    """By https and by ssh; a path of this machine is compared as it is."""
    assert (place(read) == place(written)) is same
