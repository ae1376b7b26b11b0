"""What CloudFormation is given for a stack: its effective template and the values that are known only now."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from skafu.deploy.owned import own_tags
from skafu.model.cloud import CloudError, Submission
from skafu.model.estate import Stack, StackId
from skafu.model.partition import partition_of

Outputs = Mapping[StackId, Mapping[str, str]]
"""Stack -> its outputs, of those that stand."""

_LATE = re.compile(r"\$\{stacks\.([^}]+)\.outputs\.([A-Za-z0-9]+)\}")


def late_parameters(stack: Stack, outputs: Outputs) -> dict[str, str]:
    """The parameters as text, what other stacks give filled in.

    Raises:
        CloudError: a stack that stands does not have an output that it is said to have.
    """
    needed = {(str(one.target), one.what): one.target for one in stack.references if one.kind == "output"}

    def put(match: re.Match[str]) -> str:
        target = needed.get((match[1], match[2]))
        if target is None:
            return match[0]  # the text itself says so; it was written as $${...}
        found = outputs.get(target, {}).get(match[2])
        if found is None:
            raise CloudError(
                f"{target} stands, but without the output {match[2]} that {stack.id} needs",
                hint=f"Deploy {target} again.",
            )
        return found

    return {name: _LATE.sub(put, text) for name, text in stack.given.items()}


def submission(
    stack: Stack, template: Any, parameters: Mapping[str, str], token: str, role: str
) -> Submission:
    """The request for a change set.

    Args:
        stack: as approved.
        template: the effective template as plain data, with the places of its artifacts.
        parameters: as text.
        token: names the request.
        role: ARN of the role that CloudFormation uses for the resources; empty for the caller's rights.
    """
    declared = stack.definition.node.get("capabilities")
    return Submission(
        name=stack.stack_name,
        template=template_text(template),
        parameters=dict(sorted(parameters.items())),
        tags=dict(sorted({**_declared_tags(stack), **own_tags(stack)}.items())),
        capabilities=tuple(sorted({str(one.value) for one in declared.items})) if declared else (),
        token=token,
        role=role,
        import_existing=stack.definition.says("import_existing"),
    )


def imported(
    template: Any, wanted: Mapping[str, Mapping[str, str]]
) -> dict[str, tuple[str, Mapping[str, str]]]:
    """Logical id -> type and identifier, of the resources that an import takes over.

    Raises:
        CloudError: the template has no such resource.
    """
    resources = template.get("Resources", {})
    for name in wanted:
        if name not in resources:
            raise CloudError(
                f"its template has no resource {name} to take over", hint=f"It has {', '.join(resources)}."
            )
    return {name: (resources[name]["Type"], identifier) for name, identifier in wanted.items()}


def importing(template: Any, held: Any, wanted: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The template of an import: what stands and the resources that are taken over, and nothing else.

    CloudFormation takes no new outputs and no other change together with an import; a deployment afterwards brings
    them.

    Args:
        template: what is to stand in the end.
        held: the template that stands; None where no stack does.
        wanted: the logical ids of what is taken over.
    """
    before = held if isinstance(held, Mapping) else {}
    kept = {name: value for name, value in template.items() if name not in {"Outputs", "Resources"}}
    resources = template.get("Resources", {})
    return {
        **kept,
        **before,
        "Parameters": {**before.get("Parameters", {}), **template.get("Parameters", {})},
        "Resources": {
            **before.get("Resources", {}),
            **{name: resources[name] for name in wanted if name in resources},
        },
    }


def template_text(template: Any) -> str:
    """The template as it is submitted: the same data, the same bytes."""
    return f"{json.dumps(template, indent=2, ensure_ascii=False)}\n"


def execution_role(stack: Stack) -> str:
    """ARN of the role that is declared for the resources of a stack; empty where none is."""
    role = stack.deployment.execution_role if stack.deployment else ""
    if not role:
        return ""
    partition, _ = partition_of(stack.id.region)
    return f"arn:{partition}:iam::{stack.account.id}:role/{role}"


def _declared_tags(stack: Stack) -> dict[str, str]:
    return {name: _text(node.plain()) for name, node in stack.tags.items()}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
