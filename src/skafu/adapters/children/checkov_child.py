"""Checkov, loaded once, answering for one template after the other.

Runs under the interpreter of Checkov's own environment, where skafu is not installed. Checkov was made to
read files once and to shrug at what it cannot read; what is replaced here makes it take a parsed tree and
say what it did not do.
"""

# mypy: disable-error-code="import-not-found"
from __future__ import annotations

import itertools
import logging
import sys
from importlib.metadata import version
from typing import Any

from checkov.cloudformation import cfn_utils
from checkov.cloudformation.checks.resource.base_resource_negative_value_check import (
    BaseResourceNegativeValueCheck,
)
from checkov.cloudformation.checks.resource.base_resource_value_check import BaseResourceValueCheck
from checkov.cloudformation.checks.resource.BaseCloudsplainingIAMCheck import BaseCloudsplainingIAMCheck
from checkov.cloudformation.checks.resource.registry import cfn_registry
from checkov.cloudformation.runner import Runner
from checkov.common.checks.base_check import BaseCheck
from checkov.common.checks_infra.registry import get_graph_checks_registry
from checkov.common.checks_infra.solvers.attribute_solvers.base_attribute_solver import BaseAttributeSolver
from checkov.common.graph.checks_infra.registry import BaseRegistry
from checkov.common.models.consts import ANY_VALUE
from checkov.common.models.enums import CheckResult
from checkov.common.parsers.json.decoder import Mark
from checkov.common.parsers.node import DictNode, ListNode, StrNode
from checkov.runner_filter import RunnerFilter
from serve import serve

LINE = [(1, "x\n")]
"""What Checkov is told the file contains: it wants a line to quote, and must find no comment in it."""

MARK = Mark(1, 1)


class Watch:
    """Stands where Checkov reads a file or shrugs something off, and remembers it for the scan at hand."""

    def __init__(self) -> None:
        self._scan = cfn_registry.scan
        self._process_node = BaseAttributeSolver._process_node  # noqa: SLF001  (its only way in)
        self._graph_check = ""
        self.begin(None)

    def begin(self, tree: Any) -> None:
        """Forget the last scan. The next one reads `tree`."""
        self._tree = tree
        self.scanned: set[str] = set()
        self.undecided: list[dict[str, Any]] = []
        self.crashes: list[dict[str, Any]] = []

    def take_place(self) -> None:
        """Put the methods below in place of Checkov's own."""
        watch = self

        def process_node(solver: Any, data: dict[str, Any], *lists: Any) -> None:
            watch.graph_node(solver, data, *lists)

        def run_checks(registry: Any, graph: Any, runner_filter: Any, report_type: str) -> dict[Any, Any]:
            return watch.graph_checks(registry, graph, runner_filter, report_type)

        def log_check_error(check: Any, *, entity_name: str, **_: Any) -> None:
            watch.crash(check.id, entity_name)

        cfn_utils._parse_file = self.parsed  # noqa: SLF001  (the last step before a file is opened)
        cfn_registry.scan = self.resource
        BaseCheck.log_check_error = log_check_error
        BaseRegistry.run_checks = run_checks
        BaseAttributeSolver._process_node = process_node  # noqa: SLF001  (where a job's exception is lost)

    def crash(self, check: str, resource: str) -> None:
        """Note the exception that is being handled."""
        error = sys.exc_info()[1]
        reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
        self.crashes.append(
            {"check": check, "title": "", "resource": resource, "keys": [], "gave_up": reason}
        )

    def parsed(self, file: str) -> tuple[str, tuple[Any, list[tuple[int, str]]], dict[str, str]]:
        """What Checkov's parser would have made of the file."""
        return file, (self._tree, LINE), {}

    def resource(self, file: str, entity: dict[str, Any], *more: Any, **named: Any) -> Any:
        """Run the checks of one resource; a check that raises, or says neither yes nor no, is noted."""
        name, block = next(iter(entity.items()))
        results = self._scan(file, entity, *more, **named)
        if isinstance(block, dict) and isinstance(block.get("Type"), str):
            self.scanned.add(str(name))
        crashed = {crash["check"] for crash in self.crashes if crash["resource"] == name}
        self.undecided += [
            undecided(check, str(name), result)
            for check, result in results.items()
            if result["result"] == CheckResult.UNKNOWN and check.id not in crashed
        ]
        return results

    def graph_checks(self, registry: Any, graph: Any, runner_filter: Any, report_type: str) -> dict[Any, Any]:
        """Run the checks over the graph one after the other, so that it is known which one raised."""
        results: dict[Any, Any] = {}
        for check in sorted(registry.checks, key=lambda one: str(one.id)):
            if not runner_filter.should_run_check(check, report_type=report_type):
                continue
            self._graph_check = check.id
            try:
                registry.run_check_parallel(check, results, graph)
            except Exception:  # noqa: BLE001  (whatever a check raises is noted)
                self.crash(check.id, "")
        return results

    def graph_node(self, solver: Any, data: dict[str, Any], *lists: Any) -> None:
        """Run one check on one node of the graph: a job at whose exception Checkov never looks."""
        try:
            self._process_node(solver, data, *lists)
        except Exception:  # noqa: BLE001  (whatever a check raises is noted)
            self.crash(self._graph_check, str(data.get("block_name_", "")).rsplit(".", 1)[-1])


def main() -> None:
    """Load the checks, then scan what comes."""
    silence()
    get_graph_checks_registry("cloudformation").load_checks()
    numbers = itertools.count()
    watch = Watch()
    watch.take_place()

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        if request["question"] == "checks":
            return {"checks": check_ids()}
        # A path of its own for each template: Checkov keeps parsed policies by path and logical id, and would
        # judge the policy of production by the one it read for development.
        return scan(watch, request["template"], f"template-{next(numbers)}.yaml")

    serve({"versions": {"checkov": version("checkov")}}, answer)


def silence() -> None:
    """Stop Checkov from formatting, and keeping in memory, every debug message."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
    root.addHandler(logging.NullHandler())
    root.setLevel(logging.CRITICAL)


def check_ids() -> list[str]:
    """The ids of every check there is for CloudFormation."""
    graph = get_graph_checks_registry("cloudformation").checks
    return sorted({check.id for _, check in cfn_registry.all_checks()} | {check.id for check in graph})


def scan(watch: Watch, template: Any, path: str) -> dict[str, Any]:
    """Everything Checkov found in `template`, and everything it did not look at."""
    watch.begin(noded(template))
    BaseCloudsplainingIAMCheck.policy_document_cache.clear()
    report = Runner().run(
        root_folder=None,
        files=[path],
        runner_filter=RunnerFilter(framework=["cloudformation"], show_progress_bar=False),
    )
    return {
        "failed": sorted((record(one) for one in report.failed_checks), key=by_check),
        "compared": sorted((record(one) for one in report.passed_checks if compares(one)), key=by_check),
        "undecided": sorted(watch.undecided, key=by_check),
        "skipped": sorted((record(one) for one in report.skipped_checks), key=by_check),
        "crashes": sorted(watch.crashes, key=by_check),
        "scanned": sorted(watch.scanned),
        "unreadable": [str(error) for error in report.parsing_errors],
    }


def record(one: Any) -> dict[str, Any]:
    """A record of Checkov's report in plain values."""
    return {
        "check": one.check_id,
        "title": one.check_name,
        "help": one.guideline or "",
        "resource": one.resource.rsplit(".", 1)[-1],
        "keys": sorted({str(key) for key in one.check_result.get("evaluated_keys") or []}),
    }


def undecided(check: Any, name: str, result: dict[str, Any]) -> dict[str, Any]:
    """A check that said neither yes nor no. `gave_up`: why it could not; empty if it need not."""
    swallows = isinstance(check, BaseCloudsplainingIAMCheck)  # whatever its analysis raises
    return {
        "check": check.id,
        "title": check.name,
        "resource": name,
        "keys": sorted({str(key) for key in result.get("evaluated_keys") or []}),
        "gave_up": "it could not analyse the policy" if swallows else "",
    }


def compares(one: Any) -> bool:
    """Whether the check passed by comparing a value, so that an unknown value decides nothing."""
    check = cfn_registry.get_check_by_id(one.check_id)
    if isinstance(check, BaseResourceValueCheck):
        return ANY_VALUE not in check.get_expected_values()
    if isinstance(check, BaseResourceNegativeValueCheck):
        return ANY_VALUE not in check.get_forbidden_values()
    return False


def by_check(one: dict[str, Any]) -> tuple[str, str]:
    """The order of every list in an answer."""
    return one["check"], one["resource"]


def noded(value: Any) -> Any:
    """The tree in Checkov's own nodes, all of them at line 1: places are found by path."""
    if isinstance(value, dict):
        return DictNode({noded(key): noded(member) for key, member in value.items()}, MARK, MARK)
    if isinstance(value, list):
        return ListNode([noded(item) for item in value], MARK, MARK)
    return StrNode(value, MARK, MARK) if isinstance(value, str) else value


if __name__ == "__main__":
    main()
