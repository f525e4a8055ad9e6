"""Lazy messages: filled where the fact is known, rendered at the edge."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsops.text.messages import (
    NOTHING,
    C,
    Command,
    N,
    T,
    Text,
    advice,
    joined,
    quoting,
    shortened,
    speak,
)


@pytest.fixture
def loud() -> Iterator[None]:
    """A language that shouts templates, and nothing else."""
    speak(lambda template: re.sub(r"(\{\w+\})|(.)", lambda m: m[1] or m[2].upper(), template))
    yield
    speak()


@pytest.mark.usefixtures("loud")
def test_only_templates_are_translated_and_only_when_they_are_shown() -> None:
    text = T("hello {name}", name="World")
    assert str(text) == "HELLO World"
    assert text.plain == "hello World"
    assert f"{text}" == "HELLO World"


@pytest.mark.usefixtures("loud")
def test_messages_inside_messages_are_translated_too() -> None:
    assert str(joined("; ", T("one"), T("two"))) == "ONE; TWO"


@pytest.mark.usefixtures("loud")
def test_programs_get_messages_inside_messages_as_they_are_written() -> None:
    assert T("{inner} and more", inner=T("one {name}", name="x")).plain == "one x and more"


def test_a_message_recommends_what_the_messages_inside_it_recommend() -> None:
    inner = T("or {command}", command=C("state rm {address}")).filled(address="sign.a")
    assert advice(T("{words}; then {command}", words=inner, command=C("plan"))) == (
        ("state", "rm", "sign.a"),
        ("plan",),
    )


@pytest.mark.parametrize("placeholder", ["ID", "ADDR", "DIR", "FILE", "NAME"])
def test_a_command_that_a_person_has_to_complete_is_no_advice(placeholder: str) -> None:
    assert advice(T("{command}", command=Command.of("export", placeholder))) == ()


def test_a_message_without_values_is_literal() -> None:
    assert str(T("variables like {1}")) == "variables like {1}"


def test_what_says_nothing_is_falsy_and_leaves_no_separator() -> None:
    assert not NOTHING
    assert joined("; ", NOTHING, T("one"), NOTHING) == T("one")
    assert joined("; ") == NOTHING


def test_a_command_is_filled_by_its_message() -> None:
    text = T("or {command}", command=C("state mv {old} {new}")).filled(old="sign.a", new="sign.b")
    assert text.plain == "or `smsops state mv sign.a sign.b`"
    assert advice(text) == (("state", "mv", "sign.a", "sign.b"),)


def test_choices_make_one_command_each() -> None:
    command = Command.of("import", "sign.a", "ID", choices=(5, 6))
    assert str(command) == "`smsops import sign.a ID`"
    assert list(command.concrete()) == [("import", "sign.a", "5"), ("import", "sign.a", "6")]


def test_arguments_that_a_shell_would_split_are_quoted() -> None:
    assert str(Command.of("apply", "a plan")) == "`smsops apply 'a plan'`"


def test_equal_facts_make_equal_messages() -> None:
    assert T("{a}", a=1) == T("{a}", a=1)
    assert T("{a}", a=1) != T("{a}", a=2)
    assert hash(T("{a}", a=1)) == hash(T("{a}", a=1))


@given(st.text(), st.lists(st.lists(st.text(min_size=1), min_size=1), max_size=3))
def test_a_finished_message_is_quoted_byte_for_byte(prose: str, commands: list[list[str]]) -> None:
    """Whatever it holds, braces and quotation marks included, and whether it holds the commands."""
    shown = "; ".join([prose, *(str(Command(tuple(each))) for each in commands)])
    for message in (prose, shown):
        assert quoting(message, commands).plain == message
    found = set(advice(quoting(shown, commands)))
    assert found <= {tuple(each) for each in commands}
    assert isinstance(quoting(shown, commands), Text)


def test_a_command_that_is_only_named_is_no_advice() -> None:
    """Somebody has to say what about; it is completed for people like any other."""
    named = Command(("state", "mv"), partial=True)
    assert str(T("{command} moves it", command=named)) == "`smsops state mv` moves it"
    assert advice(T("{command} moves it", command=named)) == ()


def test_a_count_has_words_for_one_and_words_for_all_others() -> None:
    said = [str(N(count, "{count} file of {x}", "{count} files of {x}", x="a")) for count in (0, 1)]
    assert said == ["0 files of a", "1 file of a"]


def test_a_long_list_is_cut_and_counted() -> None:
    assert str(shortened(["a", "b"], 2)) == "a, b"
    assert str(shortened(["a", "b", "c", "d"], 2)) == "a, b and 2 more"


@pytest.mark.usefixtures("loud")
def test_an_exception_made_from_a_message_is_a_message_inside_another() -> None:
    ours = T("no: {error}", error=ValueError(T("it is {what}", what="Late")))
    assert (str(ours), ours.plain) == ("NO: IT IS Late", "no: it is Late")
    theirs = T("no: {error}", error=ValueError("{it} Is late"))
    assert theirs.plain == "no: {it} Is late"
