"""`skafu policy new`: a policy and its cases, to be edited."""

from __future__ import annotations

from pathlib import Path

import click

from skafu.cli.common import repository, root_option
from skafu.model.errors import InputError
from skafu.model.finding import Severity
from skafu.sdk import declare, plan_scaffold, scaffold
from skafu.validate.cases_child import cases_file
from skafu.validate.policy_files import FOLDER, policy_files, policy_id


@click.command(short_help="Write a new policy and its cases.")
@click.argument("name")
@click.option(
    "--resource",
    "resources",
    multiple=True,
    metavar="TYPE",
    help="A resource type it looks at, such as AWS::S3::Bucket or AWS::IAM::*; repeatable.  "
    "[default: AWS::S3::Bucket]",
)
@click.option("--stack", "whole", is_flag=True, help="It looks at whole stacks, not at single resources.")
@click.option(
    "--plan", "planned", is_flag=True, help="It looks at what a deployment would do to each resource."
)
@click.option(
    "--severity",
    type=click.Choice([one.value for one in Severity]),
    default=Severity.MEDIUM.value,
    show_default=True,
    help="How bad a violation is.",
)
@root_option
def command(
    name: str,
    resources: tuple[str, ...],
    *,
    whole: bool,
    planned: bool,
    severity: str,
    root: Path | None,
) -> int:
    """Write a new policy and its cases: both work as they are written, and wait to be edited.

    NAME says what the policy asks for, in lower case: tables-recoverable, logs-kept.

    \b
      skafu policy new tables-recoverable --resource AWS::DynamoDB::Table --severity high
      skafu policy new tagged --stack
      skafu policy new tables-not-lost --plan --resource AWS::DynamoDB::Table
    """
    if whole and (resources or planned):
        other = "--resource" if resources else "--plan"
        raise InputError(
            f"--stack and {other} exclude one another: a policy looks at stacks or at single resources"
        )
    root = repository(root)
    file = _file(root, name)
    types = tuple(dict.fromkeys(resources)) or ("AWS::S3::Bucket",)
    _refuse_types(types)
    if whole:
        code, cases = scaffold.stack_policy(severity)
    elif planned:
        code, cases = plan_scaffold.plan_policy(severity, types)
    else:
        code, cases = scaffold.resource_policy(severity, types)
    for path, text in ((file, code), (cases_file(file), cases)):
        _write(root / path, text)
        click.echo(f"{click.style('✓', fg='green')} {path}")
    judges = (
        "skafu plan    judges what would change by it; skafu validate does not ask it"
        if planned
        else "skafu validate    judges the estate by it; until it is edited it asks for an example that nothing has"
    )
    click.echo(
        f"""
Next: say in {file} what it asks for, why, and how to mend it; look at the real property;
      rewrite the three cases with it;
      skafu policy test {policy_id(file)}    runs them, and tries whether the policy bites;
      {judges}.
      If it supports a control, name it in controls=[...] and in {FOLDER}/controls/."""
    )
    return 0


def _file(root: Path, name: str) -> str:
    """Where the policy will stand.

    Raises:
        InputError: this is no repository, it cannot be called so, or it is there already.
    """
    if not (root / "stacks").is_dir():
        raise InputError(
            f"{root} is no repository of skafu: it has no folder stacks/. Change into one, or name it with --root."
        )
    if not scaffold.NAME.fullmatch(name):
        raise InputError(
            f"a policy cannot be called {name!r}: its name is words in lower case joined by dashes, such as tables-recoverable"
        )
    file = f"{FOLDER}/{name.replace('-', '_')}.py"
    twin = next((one for one in policy_files(root) if policy_id(one) == policy_id(file)), None)
    there = next((one for one in (file, cases_file(file)) if (root / one).exists()), twin)
    if there is not None:
        raise InputError(f"{there} is there already; choose another name, or remove it first")
    return file


def _refuse_types(types: tuple[str, ...]) -> None:
    try:
        declare.policy(severity=Severity.INFO.value, resources=types)
    except ValueError as error:
        raise InputError(str(error)) from None


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:  # never over something that is there
            file.write(text)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}") from None
