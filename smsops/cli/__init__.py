"""The command line: a thin shell that parses, calls the core and turns outcomes into exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any

import click

from smsops import __version__
from smsops.cli import garbage
from smsops.cli.command import Failed, Group, shown
from smsops.cli.context import Context
from smsops.cli.hosts import host_of
from smsops.cli.options import global_options, merged
from smsops.errors import Exit, Interrupted, InvalidManifests, SmsopsError
from smsops.signals import Terminated, terminable
from smsops.text.messages import NOTHING, T
from smsops.workspace.settings import Options

#: What a person wants to do -> command -> its module under ``smsops.cli.commands`` and one line for
#: ``smsops --help``. Modules are imported when their command runs, so that ``--help`` and
#: completion stay quick.
PURPOSES: dict[str, dict[str, tuple[str, str]]] = {
    "Write": {
        "init": ("init", "Write a starter project."),
        "validate": ("validate", "Check manifests offline."),
        "plan": ("plan", "Show what apply would do; reads only."),
        "apply": ("apply", "Make the account match the manifests."),
        "show": ("show", "Render a saved plan."),
    },
    "Look": {
        "status": ("status", "List managed resources and their review."),
        "drift": ("drift", "Report what changed outside smsops; reads only."),
        "compare": ("compare", "Compare the approved texts of two environments."),
        "output": ("output", "Print the ids that applications use."),
        "check-app": ("check_app", "Compare an application's sources with them."),
        "wait": ("wait", "Wait until reviews are over."),
        "explain": ("explain", "Say what a code means and what to do."),
        "whoami": ("whoami", "Show account, region and credentials source."),
    },
    "Delivery": {
        "probe": ("probe", "Send declared test messages and prove that they arrive."),
        "receive": ("receive", "Receive what vendors push: reports and replies."),
        "receipts": ("receipts", "List messages with their verdicts."),
        "stats": ("stats", "Count what was delivered, and check the objectives."),
        "ledger": ("ledger", "Keep the ledger: prune, forget, export, check."),
    },
    "Tell": {
        "comment": ("comment", "Write the plan on a pull or merge request."),
        "notify": ("notify", "Post a result to Feishu, DingTalk, WeCom or Slack."),
    },
    "Take over": {
        "import": ("import_", "Bind an existing object to an address."),
        "adopt": ("adopt", "Take over an existing account: manifests and ids."),
        "export": ("export", "Write manifests for everything unmanaged."),
        "state": ("state", "Inspect and repair the state."),
    },
    "Try": {
        "emulator": ("emulator", "Serve, seed and review on the local emulator."),
    },
    "Other": {
        "schema": ("schema", "Print a JSON Schema."),
        "completion": ("completion", "Print shell completion."),
    },
}
COMMANDS: dict[str, tuple[str, str]] = {
    name: row for rows in PURPOSES.values() for name, row in rows.items()
}


class _Commands(Group):
    """A group that knows its commands by name and imports each when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"smsops.cli.commands.{COMMANDS[cmd_name][0]}")
        found: click.Command = module.COMMAND
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            from difflib import get_close_matches

            near = get_close_matches(name[:80], COMMANDS, n=1)
            words = (
                T("No such command '{name}'. Did you mean '{near}'?", near=near[0])
                if near
                else T("No such command '{name}'.")
            )
            raise click.UsageError(str(words.filled(name=name)), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        longest = max(map(len, COMMANDS))
        for purpose, rows in PURPOSES.items():
            with formatter.section(shown(purpose)):
                formatter.write_dl(
                    [(name.ljust(longest), shown(row[1])) for name, row in rows.items()]
                )

    def where_to_begin(self, formatter: click.HelpFormatter) -> None:
        """Write what somebody may type who has typed nothing yet."""
        with formatter.section(str(T("Where to begin"))):
            formatter.write_dl([(command, shown(what)) for command, what in BEGINNINGS])


#: What a bare ``smsops`` adds to the help.
BEGINNINGS = (
    ("smsops init", "A project of your own, in this directory."),
    ("smsops --emulator plan", "What apply would do, without an account."),
    ("smsops adopt", "Manifests and ids for what an account has already."),
)
EPILOG = """\b
Exit codes: 0 fine, 1 error, 2 differences (plan --detailed-exitcode, drift,
output --check), 3 invalid manifests or blocked steps, 4 credentials or
account, 5 locked, 6 stale plan, 7 outcome unknown, 8 review pending,
9 rejected, 10 not delivered, 64 usage, 130/143 interrupted.
"""


@click.group(cls=_Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="smsops", message="%(prog)s %(version)s")
@global_options
@click.pass_context
def smsops(click_context: click.Context, /, **values: Any) -> None:
    """Tencent Cloud SMS signs and templates as code."""
    base: Context = click_context.obj
    click_context.obj = replace(base, options=merged(base.options, values))


def main(arguments: Sequence[str] | None = None, *, context: Context | None = None) -> int:
    """Run one command line and return its exit code. No exception but a defect of ours escapes."""
    context = context or Context(Options(), os.environ)
    context = replace(context, host=host_of(context.environment))
    code: int = Exit.ERROR
    try:
        code = _run(arguments, context)
    finally:
        try:
            context.host.end(code)
        except Exception as error:  # noqa: BLE001 - it reports the work, it does not change it
            context.log(T("Warning: the code host could not be told: {error}", error=repr(error)))
    return code


def _run(arguments: Sequence[str] | None, context: Context) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    context = replace(context, arguments=tuple(given))
    try:
        with terminable():
            outcome = smsops.main(
                args=given,
                prog_name="smsops",
                obj=context,
                standalone_mode=False,
            )
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except (click.Abort, KeyboardInterrupt) as error:
        context.log(T("Interrupted."))
        terminated = isinstance(error.__cause__ or error, Terminated)
        return Exit.TERMINATED if terminated else Exit.INTERRUPTED
    except click.UsageError as error:
        where = T("\nSee '{path} --help'.", path=error.ctx.command_path) if error.ctx else NOTHING
        context.log(T("Error: {reason}{where}", reason=_said(error), where=where))
        return Exit.USAGE
    except click.ClickException as error:
        context.log(T("Error: {reason}", reason=_said(error)))
        return Exit.ERROR
    except Failed as failed:
        return _failed(failed.context, failed.error)
    except SmsopsError as error:
        return _failed(context, error)
    except BrokenPipeError:
        # The reader of stdout went away (``smsops plan | head``): its choice, not an error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.ERROR
    except RecursionError:
        context.log(T("Error: the input is nested too deeply."))
        return Exit.ERROR
    except OSError as error:
        context.log(
            T(
                "Error: {reason}{file}",
                reason=error.strerror or error,
                file=f": {error.filename}" if error.filename else "",
            ),
        )
        return Exit.ERROR
    return int(outcome) if isinstance(outcome, int) else Exit.OK


def _said(error: click.ClickException) -> str:
    """What click says, with no phone number that was typed in a wrong place: logs of CI keep it."""
    from smsops.text.numbers import masked_name

    return masked_name(error.format_message())


def _failed(context: Context, error: SmsopsError) -> int:
    context.host.failed(error)
    if isinstance(error, InvalidManifests):
        from smsops.cli.problems import for_people

        context.log(for_people(context, context.stderr, error.problems))
        return error.exit
    # Who interrupts a run made no mistake.
    message = error.message_text
    context.log(
        message if isinstance(error, Interrupted) else T("Error: {message}", message=message)
    )
    if error.hint_text:
        context.log(error.hint_text)
    return error.exit


def _open_streams() -> None:
    """Output is UTF-8 whatever the locale says; a stream that was closed takes everything."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - for good
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def run() -> None:
    """What :mod:`smsops.__main__` starts; ends the process."""
    _open_streams()
    garbage.of_a_run()
    context = Context(Options(), os.environ)
    code = main(context=context)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            # It never will take this; Python would try again and then exit with 120.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    # Locks are released and everything is recorded. What is left is to take apart what was read
    # (``context`` has it), object by object, and to wait for calls that only read and may hang.
    os._exit(code)
