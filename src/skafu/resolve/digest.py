"""What will be deployed -> the digest that an approval is bound to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from skafu.model.node import Node, Unknown

SETTINGS = ("import_existing", "strategy", "termination_protection")
"""What a declaration says about how its stack is deployed, beside capabilities, parameters and tags."""


@dataclass(frozen=True, slots=True)
class Deployable:
    """All that decides what a deployment does.

    Attributes:
        template: the effective template.
        parameters: parameter -> value, as the template was resolved with.
        given: parameter -> SHA-256 of the value that CloudFormation is given, also where it is a secret or a name.
        artifacts: where a local artifact was named -> SHA-256 of its content; see `packaging`.
        place: account, region and name of the stack.
        declaration: `stack.yaml`.
        stack_policy: what updates may do, as JSON; empty for none.
        tags: the tags of the stack.
        deployment: the roles, the bucket and the session policy it is deployed with; empty for what is no stack of an
            estate by itself, such as a nested one.
    """

    template: Node
    parameters: Mapping[str, Node]
    given: Mapping[str, str]
    artifacts: Mapping[str, str]
    place: Mapping[str, str]
    declaration: Node
    tags: Mapping[str, Node]
    stack_policy: str = ""
    deployment: Mapping[str, str] = field(default_factory=dict)


def parts(stack: Deployable) -> dict[str, str]:
    """What the digest is made of: part -> SHA-256, in hexadecimal.

    `template` is the effective template as data: not its comments, order of members, or ways to say the same.
    `parameters` are all values that CloudFormation is given; one that another stack will give counts as the name of
    that stack and output. `tags`, `capabilities` (as a set) and `artifacts` (place and content of everything that
    is uploaded, in nested stacks too) are what they say. `place` is account, region and stack name, `settings` are
    termination protection, stack policy, strategy, and whether what exists is taken over. `deployment` is with which
    roles, bucket and session policy: whose rights the resources are made with, and where the lock and the code lie. A
    nested stack has no such part, for it is deployed as the one that nests it is.

    Not in it, because the same is deployed whatever they are: descriptions, tier, `depends_on`, which person deploys.
    """
    declared = stack.declaration.get("capabilities")
    declared_settings = {name: stack.declaration.get(name) for name in SETTINGS}
    settings = {name: node.plain() for name, node in declared_settings.items() if node is not None}
    if stack.stack_policy:
        settings["stack_policy"] = stack.stack_policy
    whole = {
        "template": stack.template.plain(),
        "parameters": {name: _given(name, node, stack.given) for name, node in stack.parameters.items()},
        "tags": {name: node.plain() for name, node in stack.tags.items()},
        "capabilities": sorted({str(node.value) for node in declared.items}) if declared else [],
        "artifacts": dict(stack.artifacts),
        "place": dict(stack.place),
        "settings": settings,
    }
    if stack.deployment:
        whole["deployment"] = dict(stack.deployment)
    return {name: sha256(value) for name, value in whole.items()}


def sha256(value: Any) -> str:
    """SHA-256, in hexadecimal, over plain data; the order of members does not count."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _given(name: str, bound: Node, given: Mapping[str, str]) -> Any:
    """The value, or where nobody may see it or knows it yet: what stands for it in the declaration."""
    return {"given": given.get(name)} if isinstance(bound.value, Unknown) else bound.plain()
