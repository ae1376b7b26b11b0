"""Findings of outside judges -> the same, with the controls that the registers say they support."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeAlias

from skafu.model.control import Framework
from skafu.model.finding import Finding

CHECKOV = "checkov"
CFN_LINT = "cfn-lint"

Supported: TypeAlias = Mapping[tuple[str, str], tuple[str, ...]]
"""Tool and rule -> the controls that the rule supports, sorted."""


def supported_by(frameworks: Iterable[Framework]) -> Supported:
    """What the registers say that the rules of Checkov and cfn-lint support."""
    found: dict[tuple[str, str], set[str]] = {}
    for framework in frameworks:
        for control in framework.controls:
            for tool, rules in ((CHECKOV, control.checkov), (CFN_LINT, control.cfn_lint)):
                for rule in rules:
                    found.setdefault((tool, rule), set()).add(control.name)
    return {rule: tuple(sorted(controls)) for rule, controls in found.items()}


def with_controls(findings: Iterable[Finding], supported: Supported) -> tuple[Finding, ...]:
    """The findings in their order, each with the controls that its rule supports.

    What a policy or a validator of the team's own supports stands in its file, and in its findings already.
    """
    return tuple(
        replace(finding, controls=more)
        if (more := supported.get((finding.tool, finding.rule))) and not finding.controls
        else finding
        for finding in findings
    )
