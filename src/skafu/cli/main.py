"""`skafu`: the group of commands, and the one place where an error becomes a sentence and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import suppress
from importlib import import_module

import click

from skafu import __version__
from skafu.model.errors import SkafuError

COMMANDS = {
    "validate": "skafu.cli.validate",
    "scan": "skafu.cli.scan",
    "graph": "skafu.cli.graph",
    "show": "skafu.cli.show",
    "policy": "skafu.cli.policy",
    "waiver": "skafu.cli.waiver",
    "deploy": "skafu.cli.deploy",
    "plan": "skafu.cli.plan",
    "drift": "skafu.cli.drift",
    "destroy": "skafu.cli.destroy",
    "history": "skafu.cli.history",
    "lock": "skafu.cli.lock",
    "local": "skafu.cli.local",
    "doctor": "skafu.cli.doctor",
}
"""Command -> module. Each is imported only when it is asked for, so that `skafu --help` is instant."""

INTERRUPTED = 130
"""What a shell expects of a program that was stopped with Ctrl-C."""


class _Commands(click.Group):
    """The commands of `COMMANDS`, in that order."""

    def list_commands(self, _: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[name]).command
        return command


@click.command(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="skafu")
def cli() -> None:
    """The gate between a Git repository and AWS CloudFormation.

    skafu resolves each stack as it will really be deployed in its account, has it judged by cfn-lint, Checkov
    and your own policies, says whether it may go on, and deploys what may.

    \b
      skafu validate                    judge the whole estate
      skafu validate api --env staging  judge one stack in one environment
      skafu show production/us-east-1/api   the template that would be deployed
      skafu scan template.yaml          judge any template, no repository needed
      skafu plan --env staging          what deploying would change
      skafu deploy --env staging        judge, and deploy if everything passed

    Exit codes: 0 approved or deployed, 1 blocked, 2 bad input or usage, 3 deploying failed, 4 a judge or skafu itself failed.
    """


def main() -> None:
    """Run the command line and leave with its exit code."""
    _open_streams()
    for name in ("COLUMNS", "LINES"):
        if os.environ.get(name, "").strip("0 ") == "":
            os.environ.pop(name, None)  # a terminal of no size: nothing would be shown
    code = run()
    try:
        sys.stdout.flush()
    except OSError:  # nobody can read it; that says nothing about what was done
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def _open_streams() -> None:
    """A stream that was closed for us goes nowhere. Else the next file opened, as the record, would take its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            nowhere = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
            os.set_inheritable(nowhere, True)  # noqa: FBT003 - its only argument
            setattr(sys, name, os.fdopen(number, "r" if name == "stdin" else "w"))


def run() -> int:
    """Run the command line; whatever goes wrong becomes one message and an exit code."""
    try:
        answer = cli.main(standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        _tell("stopped before the end. Nothing is approved.")
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return 2
    except SkafuError as error:
        _tell(str(error))
        return error.exit_code
    except BrokenPipeError:
        # The reader of our output is gone (`skafu ... | head`): nobody is left to be told anything.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 4
    except Exception as error:  # noqa: BLE001 - a bug in skafu must block like any other failure
        if os.environ.get("SKAFU_DEBUG"):
            traceback.print_exc()
        _tell(
            f"skafu itself failed: {type(error).__name__}: {error}. Nothing is approved. "
            "Set SKAFU_DEBUG=1 for the details, and please report them."
        )
        return 4
    return answer if isinstance(answer, int) else 0


def _tell(message: str) -> None:
    with suppress(OSError):  # the exit code says it, too
        click.echo(f"{click.style('skafu:', fg='red', bold=True)} {message}", err=True)
