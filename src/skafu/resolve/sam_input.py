"""What the SAM translator is given: the resolved template, made so that it needs no files and no network."""

from __future__ import annotations

from dataclasses import replace

from skafu.model.node import Node, Unknown, annotated
from skafu.model.place import Path

WANTS_DEFINITION = {"Auth", "Cors", "GatewayResponses", "Models"}
"""Properties of an API that SAM can only take beside a definition that it can read."""


def with_stage_expressions(template: Node, written: Node) -> Node:
    """The template with stage names as expressions again, wherever somebody wrote an expression.

    SAM calls a stage after its name when that is text (`ApiproductionStage`), and `ApiStage` when it is an
    expression. CloudFormation shows it the expression, so the stack will have the second name.
    """
    changed = template
    resources = template.get("Resources")
    for name, resource in resources.members.items() if resources else ():
        if resource.text("Type") not in {"AWS::Serverless::Api", "AWS::Serverless::HttpApi"}:
            continue
        path: Path = ("Resources", name, "Properties", "StageName")
        stage, before = template.get(*path), written.get(*path)
        if (
            stage is None
            or before is None
            or not isinstance(stage.value, str)
            or isinstance(before.value, str)
        ):
            continue
        expression = annotated({"Fn::Sub": stage.value.replace("${", "${!")}, stage.location)
        changed = put(changed, path, replace(expression, key=stage.key))
    return changed


def readable_for_sam(template: Node) -> Node:
    """The packaged template without what SAM would look up elsewhere, or cannot read yet."""
    changed = template
    resources = template.get("Resources")
    for name, resource in resources.members.items() if resources else ():
        properties = resource.get("Properties")
        if properties is None:
            continue
        path = ("Resources", name, "Properties")
        if resource.text("Type") == "AWS::Serverless::Application" and properties.get(
            "Location", "ApplicationId"
        ):
            changed = put(changed, ("Resources", name), _elsewhere(resource, properties))
        elif resource.text("Type") == "AWS::Serverless::Api" and _is_made_late(
            properties.get("DefinitionBody")
        ):
            readable = {key: one for key, one in properties.members.items() if key not in WANTS_DEFINITION}
            changed = put(changed, path, replace(properties, value=readable))
    return changed


def _is_made_late(definition: Node | None) -> bool:
    """Whether a macro makes it: a finding already, so what SAM would do beside it need not stop everything else."""
    return definition is not None and isinstance(definition.value, Unknown)


def _elsewhere(resource: Node, properties: Node) -> Node:
    """An application of the Serverless Application Repository as the nested stack that it becomes.

    SAM would ask the repository for its template, over the network. `nested` has told that nobody can see it.
    """
    kept = {key: properties.members[key] for key in ("Parameters", "Tags") if key in properties.members}
    url = Node("https://s3.amazonaws.com/skafu-artifacts/elsewhere", properties.location, properties.key)
    inside = replace(properties, value={**kept, "TemplateURL": url})
    kind = replace(resource.members["Type"], value="AWS::CloudFormation::Stack")
    return replace(resource, value={**resource.members, "Type": kind, "Properties": inside})


def put(node: Node, path: Path, new: Node) -> Node:
    """The tree with `new` at `path`."""
    if not path:
        return new
    head, *rest = path
    if isinstance(head, int):
        items = list(node.items)
        items[head] = put(items[head], tuple(rest), new)
        return replace(node, value=items)
    return replace(node, value={**node.members, head: put(node.members[head], tuple(rest), new)})
