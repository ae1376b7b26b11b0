"""Checkov's own command line, but for its output: files judged as written, in the folder of the caller.

Runs under the interpreter of Checkov's own environment, where skafu is not installed. What is replaced here
changes no result: it listens where Checkov shrugs something off.
"""

# mypy: disable-error-code="import-not-found"
from __future__ import annotations

import gc
import io
import logging
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stderr
from importlib.metadata import version
from typing import Any

from apart import apart, said
from checkov import main as command
from checkov.cloudformation import runner as cloudformation
from checkov.cloudformation.checks.resource.registry import cfn_registry
from checkov.common.bridgecrew.platform_integration import bc_integration
from checkov.common.checks.base_check import BaseCheck
from checkov.common.checks_infra.registry import get_graph_checks_registry
from checkov.common.checks_infra.solvers.attribute_solvers.base_attribute_solver import BaseAttributeSolver
from checkov.common.graph.checks_infra.registry import BaseRegistry
from serve import serve

FRAMEWORK = "cloudformation"


def main() -> None:
    """Load everything once, then judge each file in a fork."""
    silence()
    get_graph_checks_registry(FRAMEWORK).load_checks()
    gc.freeze()  # what is loaded now is shared with the forks, not copied by their first collection

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        answered: dict[str, Any] = apart(judged, request["file"])
        return answered

    serve({"versions": {"checkov": version("checkov")}}, answer)


def silence() -> None:
    """Stop Checkov from formatting, and keeping in memory, every debug message."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
    root.setLevel(logging.ERROR)


def judged(file: str) -> dict[str, Any]:
    """Everything that `checkov --file FILE` prints, and why it may not be everything there is."""
    heard = Listener()
    logging.getLogger().addHandler(heard)
    listen_to_checks(heard.failures)
    unseen = watched_resources()
    ran = run(file, heard.failures)
    reports = ran.scan_reports if ran else []
    if ran and not heard.failures:
        heard.failures += not_judged(ran, unseen)
    found = [(one, report) for report in reports for one in report.failed_checks if about(one, file)]
    return {
        "said": [statement(one, report) for one, report in found],
        "undone": heard.failures,
        "passed_over": "",
    }


def not_judged(ran: Any, unseen: set[str]) -> list[str]:
    """What Checkov passed over without a word, as far as its configuration wants CloudFormation judged."""
    chosen = {"all", FRAMEWORK} & set(ran.config.framework) - set(ran.config.skip_framework)
    if not chosen:
        return []
    if any(report.parsing_errors for report in ran.scan_reports):
        return ["it could not read the template (are all Properties mappings?)"]
    if unseen:
        return [f"it did not look at {', '.join(sorted(unseen))}"]
    if not any(report.resources for report in ran.scan_reports if report.check_type != "secrets"):
        return ["it looked at no resource (it may take the file for no template)"]
    return []


def watched_resources() -> set[str]:
    """The resources, from now on, that are read but have not come to the checks yet.

    Checkov leaves out what has no text as its Type, Fn::ForEach, and a resource that is written in one line.
    Those with a condition do not count: it evaluates conditions, and what does not stand need not be judged.
    """
    waiting: set[str] = set()
    create, scan = cloudformation.create_definitions, cfn_registry.scan

    def watched_create(*arguments: Any) -> Any:
        definitions, raw = create(*arguments)
        for definition in definitions.values():
            waiting.update(
                str(name)
                for name, resource in definition["Resources"].items()
                if not str(name).startswith("__")
                and not (isinstance(resource, dict) and "Condition" in resource)
            )
        return definitions, raw

    def watched_scan(file: str, entity: dict[str, Any], *more: Any) -> Any:
        name, resource = next(iter(entity.items()))
        results = scan(file, entity, *more)
        if isinstance(resource.get("Type"), str):
            waiting.discard(str(name))
        return results

    cloudformation.create_definitions = watched_create
    cfn_registry.scan = watched_scan
    return waiting


def run(file: str, failures: list[str]) -> Any:
    """Checkov's command line after it ran over `file`, or None when it broke off: the reason is in `failures`."""
    sys.argv = ["checkov", f"--file={file}", "--output", "json", "--quiet", "--skip-download"]
    # Findings are read where they would be printed. Nothing is sent anywhere, whatever key lies around.
    command.Checkov.print_results = lambda *_, **__: 0
    bc_integration.persist_bc_api_key = lambda _: None
    complaints = io.StringIO()
    try:
        with redirect_stderr(complaints):
            ran = command.Checkov(sys.argv[1:])
            ended = ran.run()
    except SystemExit:
        complaint = " ".join(complaints.getvalue().rpartition("error:")[2].split())
        failures.extend([] if failures else [complaint or "it broke off without a word"])
        return None
    if ended is None:
        failures.append("it ended without judging anything")
        return None
    return ran


def about(record: Any, file: str) -> bool:
    """Whether the record is about `file`: a configuration may name a whole folder besides."""
    return bool(os.path.realpath(record.file_abs_path) == os.path.realpath(file))


class Listener(logging.Handler):
    """Keeps what Checkov logs as an error: its exit code and its report keep silent about it."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.failures: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Remember the message, or the exception that stands behind it."""
        error = record.exc_info[1] if record.exc_info else None
        text = " ".join(record.getMessage().split())
        if error is None:
            self.failures.append(text)
        elif not text.startswith("Failed to run check"):  # heard already, with its check
            self.failures.append(said(error))


def listen_to_checks(failures: list[str]) -> None:
    """Note each check that raises; Checkov drops its answer and goes on."""
    log_check_error = BaseCheck.log_check_error
    run_check, process_node = BaseRegistry.run_check_parallel, BaseAttributeSolver._process_node  # noqa: SLF001  (the only ways in)

    def noted(what: str, function: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return function(*arguments)
        except Exception as error:
            failures.append(f"{what} failed: {said(error)}")
            raise

    def check_error(check: Any, **named: Any) -> None:
        error = sys.exc_info()[1]
        reason = said(error) if error else "it raised"
        failures.append(f"{check.id} failed on {named['entity_name']}: {reason}")
        log_check_error(check, **named)

    def graph_check(registry: Any, check: Any, *more: Any) -> Any:
        return noted(str(check.id), run_check, registry, check, *more)

    def graph_node(solver: Any, data: dict[str, Any], *more: Any) -> Any:
        return noted(f"a check over {data.get('block_name_', '')}", process_node, solver, data, *more)

    BaseCheck.log_check_error = check_error
    BaseRegistry.run_check_parallel = graph_check
    BaseAttributeSolver._process_node = graph_node  # noqa: SLF001  (where a job's exception is lost)


def statement(one: Any, report: Any) -> dict[str, Any]:
    """A failed check in plain values, at the line its report names first."""
    # A secret is named after its hash, which says too much about a short one.
    subject = "a secret" if report.check_type == "secrets" else str(one.resource)
    name = subject.rsplit(".", 1)[-1] if report.check_type == FRAMEWORK else ""
    return {
        "rule": one.check_id,
        "title": one.check_name,
        "help": one.guideline or "",
        "message": f"{subject} fails this check",
        "file": "",
        "line": one.file_line_range[0],
        "column": 1,
        "path": ["Resources", name] if name else [],
    }


if __name__ == "__main__":
    main()
