"""From what a judge says about a path in the template to a finding about a place in the source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from skafu.model.errors import InputError
from skafu.model.estate import Seat, Stack
from skafu.model.finding import Finding, Severity
from skafu.model.node import Node
from skafu.model.place import Path, dotted

SUPPRESSIONS = ("cfn-lint", "checkov", "bridgecrew")
"""Keys under Metadata by which an author tells a scanner to look away."""


@dataclass(frozen=True, slots=True)
class Rulings:
    """What a team says about a judge's rules.

    Attributes:
        severities: rule id or its beginning -> severity; the longest beginning wins.
        muted: ids of the rules that are switched off.
    """

    severities: Mapping[str, Severity]
    muted: frozenset[str]

    def severity(self, rule: str, default: Severity) -> Severity:
        """The severity the team gives this rule, or `default` where it says nothing."""
        beginnings = [beginning for beginning in self.severities if rule.startswith(beginning)]
        return self.severities[max(beginnings, key=len)] if beginnings else default


def rulings(seat: Seat) -> Rulings:
    """What the seat says.

    Raises:
        InputError: it names a severity that does not exist.
    """
    try:
        severities = {rule: Severity(name) for rule, name in seat.severities.items()}
    except ValueError as error:
        names = ", ".join(severity.value for severity in Severity)
        raise InputError(f"{seat.name}: {error}.", at=seat.location, hint=f"Use one of {names}.") from error
    return Rulings(severities, frozenset(seat.muted))


@dataclass(frozen=True, slots=True)
class Statement:
    """One fact, as an outside judge puts it.

    Attributes:
        rule: its id.
        title: what the rule asks for.
        message: what is wrong here.
        help: where to read about it; may be empty.
        path: where in the effective template; may lead to something that is not there.
        severity: how bad it is unless the team says otherwise.
    """

    rule: str
    title: str
    message: str
    help: str
    path: Path
    severity: Severity


def finding(statement: Statement, tool: str, stack: Stack, said: Rulings) -> Finding:
    """The statement as a finding, placed where a person edits."""
    path, node = reached(stack.template, statement.path)
    return Finding(
        rule=statement.rule,
        tool=tool,
        severity=said.severity(statement.rule, statement.severity),
        title=statement.title,
        message=statement.message,
        location=node.place,
        stacks=(stack.id,),
        logical_id=logical_id(path),
        path=dotted(path),
        help=statement.help,
    )


def reached(template: Node, path: Path) -> tuple[Path, Node]:
    """As much of `path` as the template has, and the node there.

    A judge's path may lead on, into an expression whose value is not known or to a key it made up itself.
    """
    node = template
    for depth, part in enumerate(path):
        child = node.get(part)
        if child is None:
            return path[:depth], node
        node = child
    return path, node


def logical_id(path: Path) -> str:
    """The name of the resource, parameter, output ... that the path is in; empty for a whole section."""
    return path[1] if len(path) > 1 and isinstance(path[1], str) else ""


def order(one: Finding) -> tuple[str, str, str, str]:
    """The order in which an adapter emits: by rule, then by place in the template."""
    return (one.rule, one.logical_id, one.path, one.message)


def without_suppressions(template: Any) -> Any:
    """The template without what tells a scanner to look away: exceptions are waivers, and registered."""
    if not isinstance(template, dict):
        return template
    stripped = _without_metadata(template)
    resources = stripped.get("Resources")
    if isinstance(resources, dict):
        stripped["Resources"] = {name: _without_metadata(resource) for name, resource in resources.items()}
    return stripped


def _without_metadata(block: Any) -> Any:
    if not isinstance(block, dict) or not isinstance(block.get("Metadata"), dict):
        return dict(block) if isinstance(block, dict) else block
    metadata = {key: value for key, value in block["Metadata"].items() if key not in SUPPRESSIONS}
    return {key: metadata if key == "Metadata" else value for key, value in block.items()}
