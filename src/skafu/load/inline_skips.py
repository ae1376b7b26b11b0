"""Suppressions inside of templates -> one finding for each rule that they would silence.

No judge here listens to them. A team that relies on one must learn that, or register it: the gate takes a skip
as registered when a waiver about its rule covers its resource, and says nothing more about it.

Comments are in no tree, so the text of each template is searched as Checkov does, line by line, in strings too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from skafu.load.problems import INLINE_SKIP, TITLES
from skafu.load.template import nested_templates
from skafu.model.estate import Definition, Environment, StackId
from skafu.model.finding import Finding, Severity
from skafu.model.node import Node
from skafu.model.place import Location, dotted

METADATA = (
    ("checkov", "skip"),
    ("bridgecrew", "skip"),
    ("cfn-lint", "config", "ignore_checks"),
    ("cfn_nag", "rules_to_suppress"),
    ("cdk_nag", "rules_to_suppress"),
    ("guard", "SuppressedRules"),
)
"""Where tools look for suppressions below `Metadata`, of a resource or of the template."""

_COMMENT = re.compile(r"(?:checkov|bridgecrew|cortex):skip= *([\w-]+(?:,[\w-]+)*)", re.ASCII)
"""What Checkov takes for a suppression; it skips nothing where no rule is named."""

_YAML_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")

_WHOLE_ID = re.compile(r"[EWI]\d{4}")
"""A rule of cfn-lint; anything shorter that it is told to ignore is the beginning of several."""


@dataclass(frozen=True, slots=True)
class Skip:
    """One rule that a template would silence.

    Attributes:
        rule: as in `Finding.skips`.
        logical_id: where; empty for the whole template.
        what: who says so: `the comment`, or e.g. `Metadata.checkov.skip`.
        location: where the rule is named.
    """

    rule: str
    logical_id: str
    what: str
    location: Location


def load_inline_skips(
    root: Path,
    definitions: Iterable[Definition],
    environments: Mapping[str, Environment],
    templates: Mapping[str, Node],
) -> tuple[Finding, ...]:
    """What the templates of an estate would silence, nested ones included, each with the stacks it would be in.

    Raises:
        OSError: a template that could be read before cannot any more.
    """
    stacks: dict[str, set[StackId]] = {}
    for definition in definitions:
        ids = {id_ for id_, _ in definition.places(environments)}
        for file in _with_nested(root, definition.template, templates):
            stacks.setdefault(file, set()).update(ids)
    return tuple(
        _finding(skip, tuple(sorted(ids)))
        for file, ids in sorted(stacks.items())
        if ids
        for skip in inline_skips(templates[file], (root / file).read_text("utf-8-sig"))
    )


def inline_skips(template: Node, text: str) -> list[Skip]:
    """Every rule that a template would silence, in order of their places."""
    resources = list(_resources(template.get("Resources")))
    found = [*_by_comment(template, resources, text), *_by_metadata(template, "")]
    for logical_id, resource in resources:
        found += _by_metadata(resource, logical_id)
    return sorted(found, key=lambda skip: (skip.location, skip.rule))


def _by_comment(template: Node, resources: list[tuple[str, Node]], text: str) -> Iterator[Skip]:
    file = template.location.file
    for number, line in enumerate(_YAML_BREAK.split(text), start=1):
        for comment in _COMMENT.finditer(line):
            for rule in re.finditer(r"[\w-]+", comment[1]):
                at = Location(file, number, comment.start(1) + rule.start() + 1)
                yield Skip(rule[0], _holder(template, resources, at), "the comment", at)


def _holder(template: Node, resources: list[tuple[str, Node]], at: Location) -> str:
    """The resource that a place is in; empty where it is in none."""
    sections = [(node.place, name) for name, node in template.members.items() if node.place <= at]
    if not sections or max(sections)[1] != "Resources":
        return ""
    above = [(node.place, name) for name, node in resources if node.place <= at]
    return max(above)[1] if above else ""


def _by_metadata(holder: Node, logical_id: str) -> Iterator[Skip]:
    for path in METADATA:
        listed = holder.get("Metadata", *path)
        if listed is None:
            continue
        what = dotted(("Metadata", *path))
        items = listed.items if isinstance(listed.value, list) else [listed]
        for item in items:
            named = item.get("id") or item
            if named.value is not None:
                yield Skip(_rule(named, path[0]), logical_id, what, named.location)


def _rule(named: Node, tool: str) -> str:
    if not isinstance(named.value, str) or not named.value.strip():
        return "*"
    if tool == "cfn-lint" and not _WHOLE_ID.fullmatch(named.value):
        return f"{named.value}*"
    return named.value


def _resources(section: Node | None) -> Iterator[tuple[str, Node]]:
    """The resources below `section`, those in loops under the name that the loop gives them."""
    for name, node in section.members.items() if section else ():
        if name.startswith("Fn::ForEach::"):
            yield from _resources(node.get(2))
        else:
            yield name, node


def _with_nested(root: Path, file: str, templates: Mapping[str, Node]) -> set[str]:
    found: set[str] = set()
    pending = [file]
    while pending:
        one = pending.pop()
        if one in templates and one not in found:
            found.add(one)
            pending += nested_templates(root, one, templates[one])
    return found


def _finding(skip: Skip, stacks: tuple[StackId, ...]) -> Finding:
    where = skip.logical_id or "the whole template"
    rules = "rules that it does not name" if skip.rule == "*" else skip.rule
    return Finding(
        rule=INLINE_SKIP,
        tool="skafu",
        severity=Severity.HIGH,
        title=TITLES[INLINE_SKIP],
        message=f"{skip.what} skips {rules} for {where}; no waiver registers it, and no judge here listens to it",
        location=skip.location,
        stacks=stacks,
        logical_id=skip.logical_id,
        help=_fix(skip, stacks),
        skips=skip.rule,
    )


def _fix(skip: Skip, stacks: tuple[StackId, ...]) -> str:
    if "*" in skip.rule:
        return "Remove it. What shall be accepted is registered in policies/waivers.yaml, rule by rule."
    if not skip.logical_id:
        return "Remove it, and register each resource that needs it in policies/waivers.yaml."
    names = ", ".join(sorted({stack.name for stack in stacks}))
    scope = f"rule: {skip.rule}, stacks: [{names}], resources: [{skip.logical_id}]"
    return f"Remove it, or register it in policies/waivers.yaml: {scope}, owner, approver, reason, ticket, expires."
