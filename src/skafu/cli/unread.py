"""What could not be read of an estate, told by commands that go on without judging it."""

from __future__ import annotations

import click

from skafu.cli.estate import Whole
from skafu.render.safe import no_commands, visible


def tell_unread(whole: Whole) -> bool:
    """Tell every file that could not be used; whether there is one. The stacks that it declares are not known."""
    problems = [one for one in whole.declared.problems if one.bad_input]
    for one in problems:
        click.echo(no_commands(visible(f"not read: {one.location}: {one.message}")), err=True)
    return bool(problems)
