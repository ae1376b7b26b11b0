"""`skafu scan`: judge any template, no repository needed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from click.core import ParameterSource

from skafu.cli.common import cache_option, jobs_option, output_option
from skafu.cli.judging import Task, exit_code, in_memory
from skafu.cli.publish import publish
from skafu.cli.remembering import standing_on, store_for
from skafu.cli.scanning import Scan
from skafu.cli.sources import sources_in
from skafu.model.estate import Seat
from skafu.model.finding import Severity
from skafu.model.place import Location
from skafu.model.verdict import Thresholds
from skafu.render.formats import FORMATS

TIME_LIMIT = 120.0
"""Seconds a judge may take for one template; there is no seat that says otherwise."""


@click.command(short_help="Judge any template as it would be deployed; no repository needed.")
@click.argument("templates", nargs=-1, required=True, metavar="TEMPLATE...", type=click.Path(path_type=Path))
@click.option(
    "--parameters",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Values of its parameters: a mapping in YAML or JSON, or the list that the AWS CLI takes.",
)
@click.option("--region", default="us-east-1", show_default=True, help="Where it would stand.")
@click.option(
    "--as-written",
    is_flag=True,
    help="Judge the text as it stands, exactly as cfn-lint and Checkov alone would; see below.",
)
@click.option(
    "--threshold",
    type=click.Choice([severity.value for severity in Severity]),
    default=Severity.HIGH.value,
    show_default=True,
    help="From which severity on a finding blocks.",
)
@click.option("--format", "format_", type=click.Choice(list(FORMATS)), default="console", show_default=True)
@output_option
@cache_option
@jobs_option
def command(
    templates: tuple[Path, ...],
    parameters: Path | None,
    region: str,
    as_written: bool,
    threshold: str,
    format_: str,
    output: Path | None,
    no_cache: bool,
    jobs: int,
) -> int:
    """Judge any template as it would be deployed, by cfn-lint and Checkov.

    Parameters take their defaults unless --parameters gives them; what is given nowhere stays unknown, and rules
    that need it are reported as not evaluated.

    \b
      skafu scan template.yaml
      skafu scan template.yaml --parameters production.json --format sarif -o skafu.sarif

    With --as-written nothing is resolved. The findings are those of `cfn-lint TEMPLATE` and `checkov --file
    TEMPLATE` in this folder, all of them and no others, secrets that Checkov sees included. Configuration files
    here and at home (.cfnlintrc, .checkov.yaml), the environment (AWS_REGION, CKV_FRAMEWORK) and suppressions in
    the template hold as they hold there; Checkov stays offline, without its platform. What a tool passes over in
    silence (a parse error, a check that crashed) is an error here.
    """
    if as_written:
        from skafu.cli.as_written import judge_as_written  # noqa: PLC0415 - it needs judges whatever is kept

        _refuse_what_resolves()
        report = judge_as_written(templates, Severity(threshold), TIME_LIMIT, jobs)
        publish(report, format_, output, sources_in(Path()))
        return exit_code(report)
    scan = Scan(parameters, region, store_for(no_cache=no_cache), standing_on())
    files = tuple(dict.fromkeys(templates))
    seats = tuple(
        Seat(name=judge, judge=judge, time_limit=TIME_LIMIT, location=Location("skafu scan"))
        for judge in ("cfn-lint", "checkov", "definitions")
    )
    task = Task(
        parts=map(scan.part, files),
        steps=len(files) * len(seats),
        seats=seats,
        thresholds=Thresholds(Severity(threshold), {}),
        waivers=(),
        root=Path.cwd(),
        today=datetime.now(UTC).date(),
        store=scan.store,
        standing=scan.standing,
    )
    report = in_memory(task, jobs)
    publish(report, format_, output, sources_in(Path()))
    return exit_code(report)


def _refuse_what_resolves() -> None:
    """Nothing is resolved as written, so a value for it would be ignored without a word."""
    context = click.get_current_context()
    for name in ("parameters", "region"):
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name} says how to resolve; with --as-written nothing is resolved.")
