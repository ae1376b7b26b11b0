"""`skafu scan --as-written`: what cfn-lint and Checkov say about a file, through the same gate and reports."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from threading import Event

from skafu import __version__
from skafu.adapters.as_written import cfn_lint_as_written, checkov_as_written
from skafu.cli.progress import Advance, progress
from skafu.gate import Case, decide
from skafu.model.errors import InputError
from skafu.model.estate import Account, Definition, Environment, Stack, StackId
from skafu.model.finding import NotApplicable, Outcome, Severity
from skafu.model.judge import Judge
from skafu.model.node import Node
from skafu.model.place import Location
from skafu.model.report import Report
from skafu.model.verdict import Thresholds
from skafu.record import Log, read, report_of
from skafu.validate.merge import merged

ACCOUNT = "000000000000"
"""Stands for the account of a template that belongs to no estate."""


def judge_as_written(templates: Iterable[Path], threshold: Severity, time_limit: float, jobs: int) -> Report:
    """Judge each file as `cfn-lint FILE` and `checkov --file FILE` do in this folder.

    Args:
        templates: the files; none of them is read as a template by skafu itself.
        threshold: from which severity on a finding blocks.
        time_limit: seconds a judge may take for one file.
        jobs: how many judges may be at work at once.

    Raises:
        InputError: one of the files is not there, or cannot be read.
    """
    stacks = {stack.id: stack for stack in map(file_stack, templates)}
    here = Path.cwd()
    judges = {
        "cfn-lint": cfn_lint_as_written(here, time_limit),
        "checkov": checkov_as_written(here, time_limit),
    }
    stream = StringIO()
    log = Log(stream, durable=False)
    for _, stack in sorted(stacks.items()):
        log.resolved(stack)
    with progress(len(judges) * len(stacks)) as advance:
        outcomes = _judged(judges, stacks, log, jobs, advance)
    told = [
        finding
        for found in outcomes.values()
        for outcome in found.values()
        if not isinstance(outcome, NotApplicable)
        for finding in outcome.findings
    ]
    verdict = decide(
        Case(
            stacks=stacks,
            validators=tuple(judges),
            outcomes=outcomes,
            findings=merged(told),
            thresholds=Thresholds(threshold, {}),
            waivers=(),
            today=datetime.now(UTC).date(),
        )
    )
    versions = {tool: number for judge in judges.values() for tool, number in judge.versions.items()}
    log.decided(verdict, {"skafu": __version__, **versions}, judges)
    return report_of(read(stream.getvalue().splitlines(keepends=True), "the log"))


def _judged(
    judges: Mapping[str, Judge], stacks: Mapping[StackId, Stack], log: Log, jobs: int, advance: Advance
) -> dict[str, dict[StackId, Outcome]]:
    """What each judge says about each file, the judges side by side."""
    stop = Event()

    def sit(name: str, judge: Judge) -> dict[StackId, Outcome]:
        outcomes: dict[StackId, Outcome] = {}
        with closing(judge):
            for id_, stack in sorted(stacks.items()):
                if stop.is_set():
                    break
                outcomes[id_] = judge.judge(stack)
                log.judged(name, str(id_), outcomes[id_])
                advance(f"{name}: {stack.definition.template}")
        return outcomes

    with ThreadPoolExecutor(max_workers=max(jobs, 1)) as executor:
        tasks = {name: executor.submit(sit, name, judge) for name, judge in judges.items()}
        try:
            return {name: task.result() for name, task in tasks.items()}
        except BaseException:
            stop.set()  # Ctrl-C: each judge finishes the file it is at, and no more
            raise


def file_stack(path: Path) -> Stack:
    """What judges, gate and reports need to know about a file: its name, and the digest of its bytes.

    Raises:
        InputError: it is not there, or cannot be read.
    """
    file = path.as_posix()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror or error}") from None
    # cfn-lint looks there as well, unless .cfnlintrc or the template name regions.
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    nothing = Node({}, Location(file))
    return Stack(
        id=StackId("scan", region, file),
        definition=Definition(file, "", file, ("scan",), (region,), nothing),
        account=Account("scan", ACCOUNT, "", "", "", (), nothing),
        environment=Environment("scan", "scan", region, (region,), nothing),
        stack_name=path.stem,
        source=nothing,
        template=nothing,
        parameters={},
        tags={},
        references=(),
        digest=hashlib.sha256(content).hexdigest(),
    )
