"""Migrations of a ledger, numbered: how tables come about, in the words of every engine. Pure.

A migration that was released is never changed: what is wrong with it is put right by the next.
``{text}``, ``{blob}`` and ``{int}`` are the types of an engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: Columns of each table, in the order in which rows are written and read.
TABLES: Mapping[str, tuple[str, ...]] = {
    "sends": (
        *("id", "at", "channel", "vendor", "number", "shown", "application", "project", "probe"),
        *("template", "sign", "within", "parameters"),
    ),
    "answers": ("key", "send", "at", "outcome", "message", "code", "fee", "source"),
    "reports": (
        *("key", "vendor", "application", "message", "number", "shown", "sequence", "total"),
        *("status", "verdict", "code", "vendor_at", "stamp", "source"),
        *("heard_at", "last_at", "repeats"),
    ),
    "replies": (
        *("key", "vendor", "application", "message", "number", "shown", "sign", "extend"),
        *("replied_at", "text", "source", "heard_at", "last_at", "repeats"),
    ),
}


@dataclass(frozen=True, slots=True)
class Migration:
    """One step from the version before it to ``number``."""

    number: int
    statements: tuple[str, ...]


MIGRATIONS: tuple[Migration, ...] = (
    Migration(
        1,
        (
            "CREATE TABLE smsops_sends (id {text} PRIMARY KEY, at {int} NOT NULL,"
            " channel {text} NOT NULL, vendor {text} NOT NULL, number {blob} NOT NULL,"
            " shown {text} NOT NULL, application {text} NOT NULL, project {text} NOT NULL,"
            " probe {text} NOT NULL, template {text} NOT NULL, sign {text} NOT NULL,"
            " within {int} NOT NULL, parameters {text})",
            "CREATE INDEX smsops_sends_at ON smsops_sends (at)",
            "CREATE INDEX smsops_sends_number ON smsops_sends (number)",
            "CREATE TABLE smsops_answers (key {blob} PRIMARY KEY, send {text} NOT NULL,"
            " at {int} NOT NULL, outcome {text} NOT NULL, message {text} NOT NULL,"
            " code {text} NOT NULL, fee {int} NOT NULL, source {text} NOT NULL)",
            "CREATE INDEX smsops_answers_send ON smsops_answers (send)",
            "CREATE INDEX smsops_answers_message ON smsops_answers (message)",
            "CREATE TABLE smsops_reports (key {blob} PRIMARY KEY, vendor {text} NOT NULL,"
            " application {text} NOT NULL, message {text} NOT NULL, number {blob}, shown {text},"
            " sequence {int} NOT NULL, total {int} NOT NULL, status {text} NOT NULL,"
            " verdict {text} NOT NULL, code {text} NOT NULL, vendor_at {int},"
            " stamp {text} NOT NULL, source {text} NOT NULL, heard_at {int} NOT NULL,"
            " last_at {int} NOT NULL, repeats {int} NOT NULL)",
            "CREATE INDEX smsops_reports_heard ON smsops_reports (heard_at)",
            "CREATE INDEX smsops_reports_message ON smsops_reports (message)",
            "CREATE INDEX smsops_reports_number ON smsops_reports (number)"
            " WHERE number IS NOT NULL",
            "CREATE TABLE smsops_replies (key {blob} PRIMARY KEY, vendor {text} NOT NULL,"
            " application {text} NOT NULL, message {text} NOT NULL, number {blob} NOT NULL,"
            " shown {text} NOT NULL, sign {text} NOT NULL, extend {text} NOT NULL,"
            " replied_at {int}, text {text}, source {text} NOT NULL, heard_at {int} NOT NULL,"
            " last_at {int} NOT NULL, repeats {int} NOT NULL)",
            "CREATE INDEX smsops_replies_heard ON smsops_replies (heard_at)",
            "CREATE INDEX smsops_replies_number ON smsops_replies (number)",
        ),
    ),
)
