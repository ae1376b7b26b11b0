"""Whether comparing is enough to know that nothing would change: then no change set is asked for.

A change set of the same template, parameters and tags is empty, unless something in them gets its value from
elsewhere when CloudFormation works it out. What may do so is not listed, for such a list is never whole; what cannot
is. Source: CloudFormation's template reference, "Intrinsic function reference" and "Using dynamic references".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from skafu.deploy.held import SECRET, fetched
from skafu.model.cloud import Standing, Submission
from skafu.model.nesting import STACK

AT_REST = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})
"""The statuses in which a stack is what its template says. After a rollback CloudFormation is asked."""

OF_THE_TEMPLATE = frozenset(
    {
        "Fn::And",
        "Fn::Base64",
        "Fn::Cidr",
        "Fn::Equals",
        "Fn::FindInMap",
        "Fn::GetAtt",
        "Fn::If",
        "Fn::ImportValue",  # an export that is imported cannot become another
        "Fn::Join",
        "Fn::Not",
        "Fn::Or",
        "Fn::Select",
        "Fn::Split",
        "Fn::Sub",
    }
)
"""Functions whose value is another only where the template, a parameter or a resource of the stack is."""

MODULE = "::MODULE"
"""How the type of a module ends; what is in it is registered with the account."""

SECTIONS = frozenset(
    {
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
        "Rules",
    }
)
"""Sections that are what they are; `Transform` is not."""

DYNAMIC = "{{resolve:"
"""How a value begins that CloudFormation fetches."""


def certain(asked: Submission, standing: Standing) -> bool:
    """Whether CloudFormation would find no change, if it holds this very template, these parameters and tags.

    Args:
        asked: what would be submitted.
        standing: what stands.
    """
    if standing.status not in AT_REST or asked.imports:
        return False
    if SECRET in standing.parameters.values():
        return False
    if DYNAMIC in asked.template or any(DYNAMIC in value for value in asked.parameters.values()):
        return False
    template = json.loads(asked.template)
    return not any(_open(template))


def _open(template: Mapping[str, Any]) -> Iterator[str]:
    """What in a template may get another value from elsewhere."""
    yield from sorted(template.keys() - SECTIONS)
    yield from sorted(fetched(template))
    for name, declared in template.get("Parameters", {}).items():
        if str(declared.get("NoEcho", "")).lower() not in {"", "false"}:
            yield name
    for name, resource in template.get("Resources", {}).items():
        type_ = str(resource.get("Type", ""))
        if type_ == STACK or type_.endswith(MODULE):
            yield name
    yield from _functions(template)


def _functions(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if str(name).startswith("Fn::") and name not in OF_THE_TEMPLATE:
                yield str(name)
            yield from _functions(inner)
    elif isinstance(value, list):
        for one in value:
            yield from _functions(one)
