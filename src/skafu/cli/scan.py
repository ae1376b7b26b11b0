"""`skafu scan`: judge any template, no repository needed."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from skafu.cli.common import output_option
from skafu.cli.judging import Task, exit_code, in_memory
from skafu.cli.validate import publish, sources_in
from skafu.load import DocumentError, digest_artifact, load_template, load_values, local_artifacts
from skafu.model.estate import Account, Definition, Environment, Seat, Stack, StackId
from skafu.model.finding import Finding, Severity
from skafu.model.node import Node
from skafu.model.place import Location
from skafu.model.verdict import Thresholds
from skafu.render.formats import FORMATS
from skafu.resolve import Placement, digest, expand, resolve_template

ACCOUNT = "000000000000"
"""Stands for the account of a template that belongs to no estate."""

TIME_LIMIT = 120.0
"""Seconds a judge may take for one template; there is no seat that says otherwise."""

UNGIVEN = "parameter-missing"
"""A scan is not told every parameter: a value that is not given is unknown, not wrong."""


@click.command(short_help="Judge any template as it would be deployed; no repository needed.")
@click.argument("templates", nargs=-1, required=True, metavar="TEMPLATE...", type=click.Path(path_type=Path))
@click.option(
    "--parameters",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Values of its parameters: a mapping in YAML or JSON, or the list that the AWS CLI takes.",
)
@click.option("--region", default="us-east-1", show_default=True, help="Where it would stand.")
@click.option(
    "--threshold",
    type=click.Choice([severity.value for severity in Severity]),
    default=Severity.HIGH.value,
    show_default=True,
    help="From which severity on a finding blocks.",
)
@click.option("--format", "format_", type=click.Choice(list(FORMATS)), default="console", show_default=True)
@output_option
@click.option(
    "--jobs", type=click.IntRange(1, 64), default=os.cpu_count() or 2, help="Judges at work at once."
)
def command(
    templates: tuple[Path, ...],
    parameters: Path | None,
    region: str,
    threshold: str,
    format_: str,
    output: Path | None,
    jobs: int,
) -> int:
    """Judge any template as it would be deployed, by cfn-lint and Checkov.

    Parameters take their defaults unless --parameters gives them; what is given nowhere stays unknown, and rules
    that need it are reported as not evaluated.

    \b
      skafu scan template.yaml
      skafu scan template.yaml --parameters production.json --format sarif -o skafu.sarif
    """
    given = dict(load_values(parameters).members) if parameters else {}
    stacks: dict[StackId, Stack] = {}
    known: list[Finding] = []
    for path in templates:
        try:
            stack, found = _stack(path, given, region)
        except DocumentError as bad:
            known.append(bad.finding)
            continue
        stacks[stack.id] = stack
        known += found
    task = Task(
        stacks=stacks,
        seats=tuple(
            Seat(name=judge, judge=judge, time_limit=TIME_LIMIT, location=Location("skafu scan"))
            for judge in ("cfn-lint", "checkov", "definitions")
        ),
        known=tuple(known),
        thresholds=Thresholds(Severity(threshold), {}),
        waivers=(),
        root=Path.cwd(),
        today=datetime.now(UTC).date(),
    )
    report = in_memory(task, jobs)
    publish(report, format_, output, sources_in(Path()))
    return exit_code(report)


def _stack(path: Path, given: dict[str, Node], region: str) -> tuple[Stack, list[Finding]]:
    """A template as if it were a stack of its own, and what resolving it found."""
    source = load_template(path)
    id_ = StackId("scan", region, path.as_posix())
    declared = source.get("Parameters")
    fitting = {name: value for name, value in given.items() if declared and name in declared.members}
    placement = Placement(ACCOUNT, region, path.stem)
    origin = Node({}, source.location)
    resolved, scope = resolve_template(source, fitting, origin, placement, lambda _: None)
    resolved = expand(resolved, scope, region, _artifacts(path, source))
    account = Account("scan", ACCOUNT, "", "", "", (), origin)
    stack = Stack(
        id=id_,
        definition=Definition(path.as_posix(), "", path.as_posix(), ("scan",), (region,), origin),
        account=account,
        environment=Environment("scan", "scan", region, (region,), origin),
        stack_name=path.stem,
        source=source,
        template=resolved.template,
        parameters=resolved.parameters,
        tags={},
        references=(),
        digest=digest(resolved.template, resolved.parameters, {}, placement),
        obstacle=resolved.obstacle,
    )
    return stack, [
        replace(finding, stacks=(id_,)) for finding in resolved.findings if finding.rule != UNGIVEN
    ]


def _artifacts(path: Path, source: Node) -> dict[str, str]:
    """Digests of the local code that is there; `sam build` may not have made all of it yet."""
    found: dict[str, str] = {}
    for node in local_artifacts(source):
        try:
            found[str(node.value)] = digest_artifact(Path(), path.as_posix(), node)
        except DocumentError:
            continue
    return found
