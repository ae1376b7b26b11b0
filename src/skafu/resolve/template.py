"""A template and a scope -> the effective template, SAM not yet expanded."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace

from skafu.model.node import Node, Unknown
from skafu.resolve.evaluate import MACRO, members, resolve
from skafu.resolve.findings import finding
from skafu.resolve.functions import BadExpressionError, condition, text_of
from skafu.resolve.scope import Scope

LITERAL = {"Type", "Condition", "DependsOn"}
"""Attributes of a resource that take no expressions."""

SERVING = {"Parameters", "Mappings", "Conditions", "Rules"}
"""Sections that only serve expressions."""

KNOWN_TRANSFORMS = {"AWS::Serverless-2016-10-31", "AWS::LanguageExtensions"}
"""Transforms that skafu performs itself."""


def effective(scope: Scope) -> Node:
    """The template with everything evaluated that can be.

    Resources and outputs whose condition is false are gone, and so are the sections that only served
    expressions; what an `Unknown` still needs (a parameter, a condition) stays.
    """
    _check_transforms(scope)
    _check_modules(scope)
    written = scope.template.members
    standing = {name: _standing(written[name], scope) for name in ("Resources", "Outputs") if name in written}
    resources = scope.template.get("Resources")
    for name, resource in resources.members.items() if resources else ():
        if name not in standing["Resources"]:
            scope.removed[name] = resource.text("Condition")
    sections: dict[str, Node] = {}
    for name, section in written.items():
        if name in standing:
            resolved = _resolved(section, standing[name], scope)
            sections[name] = _with_texts(resolved) if name == "Outputs" else resolved
        elif name == "Globals":
            sections[name] = replace(section, value=members(section, scope))
        elif name not in SERVING:
            sections[name] = section
    sections |= _still_needed(sections, scope)
    return replace(scope.template, value={name: sections[name] for name in written if name in sections})


def _standing(section: Node, scope: Scope) -> dict[str, bool]:
    """The members of Resources or Outputs that will exist -> whether that is only known at deployment."""
    answers = {name: _stands(name, member, scope) for name, member in section.members.items()}
    return {name: conditional for name, (stands, conditional) in answers.items() if stands}


def _resolved(section: Node, standing: Mapping[str, bool], scope: Scope) -> Node:
    if not isinstance(section.value, dict):
        return section
    kept = {
        name: _resource(section.members[name], scope, conditional=conditional)
        for name, conditional in standing.items()
    }
    return replace(section, value=kept)


def _with_texts(outputs: Node) -> Node:
    """The outputs with values that were made from parameters as text again: an output is never anything else."""
    changed = dict(outputs.members)
    for name, output in outputs.members.items():
        value = output.get("Value")
        if value is not None and value.steps and isinstance(value.value, bool | int | float):
            text = replace(value, value=text_of(value))
            changed[name] = replace(output, value={**output.members, "Value": text})
    return replace(outputs, value=changed) if outputs.members else outputs


def _stands(name: str, member: Node, scope: Scope) -> tuple[bool, bool]:
    """Whether a resource or output will exist, and whether that is only known at deployment."""
    written = member.get("Condition")
    if written is None:
        return True, False
    try:
        if not isinstance(written.value, str):
            raise BadExpressionError(f"the name of a condition is needed, not {written.plain()}")  # noqa: TRY301
        value = condition(written.value, scope, resolve)
    except BadExpressionError as error:
        message = f"Condition: {error}"
        scope.findings.append(
            finding("template-expression", message, written.place, logical_id=name, fix=error.fix)
        )
        return True, False
    return (value, False) if isinstance(value, bool) else (True, True)


def _resource(member: Node, scope: Scope, *, conditional: bool) -> Node:
    if not isinstance(member.value, dict) or MACRO in member.value:
        return resolve(member, scope) or member
    literal = {key: child for key, child in member.members.items() if key in LITERAL}
    rest = replace(member, value={key: child for key, child in member.members.items() if key not in LITERAL})
    resolved = {**members(rest, scope), **literal}
    if not conditional:
        resolved.pop("Condition", None)
    depends = resolved.get("DependsOn")
    if depends is not None:
        kept = _depends(depends, scope.removed)
        resolved.pop("DependsOn")
        if kept is not None:
            resolved["DependsOn"] = kept
    return replace(member, value={key: resolved[key] for key in member.members if key in resolved})


def _depends(depends: Node, removed: Collection[str]) -> Node | None:
    """DependsOn without the resources that a false condition removed; CloudFormation ignores them too."""
    if isinstance(depends.value, list):
        kept = [item for item in depends.value if item.value not in removed]
        return replace(depends, value=kept) if kept else None
    return None if depends.value in removed else depends


def _still_needed(sections: dict[str, Node], scope: Scope) -> dict[str, Node]:
    needed: dict[str, Node] = {}
    parameters = scope.template.get("Parameters")
    if parameters is not None:
        kept = {
            name: declaration
            for name, declaration in parameters.members.items()
            if isinstance(scope.parameters[name].value, Unknown)
        }
        if kept:
            needed["Parameters"] = replace(parameters, value=kept)
    conditions = scope.template.get("Conditions")
    if conditions is not None:
        unknown = {
            name: value.under(conditions.members[name].key)
            for name, value in scope.conditions.items()
            if isinstance(value, Node)
        }
        if unknown:
            needed["Conditions"] = replace(conditions, value=unknown)
    mappings = scope.template.get("Mappings")
    if mappings is not None:
        rest = {**sections, **needed}
        if any("Fn::FindInMap" in json.dumps(section.plain(), default=str) for section in rest.values()):
            needed["Mappings"] = mappings
    return needed


def _check_transforms(scope: Scope) -> None:
    """A finding for every macro, on top or inside: nobody can see before deployment what it will make."""
    written = scope.template.get("Transform")
    on_top = (written.items or [written]) if written else []
    inside = [node for path, node in scope.template.walk() if path and path[-1] == MACRO]
    for node in [*on_top, *inside]:
        name = node.value if isinstance(node.value, str) else node.text("Name", default="of unknown name")
        if name not in KNOWN_TRANSFORMS:
            message = f"the macro {name} runs at deployment; what it will make cannot be judged"
            scope.findings.append(finding("template-macro", message, node.place))


def _check_modules(scope: Scope) -> None:
    """A finding for every module: the registry of the account says what it stands for."""
    resources = scope.template.get("Resources")
    for name, resource in resources.members.items() if resources else ():
        kind = resource.get("Type")
        if kind is not None and str(kind.value).endswith("::MODULE"):
            message = f"the module {kind.value} is unfolded at deployment; what it holds cannot be judged"
            scope.findings.append(finding("template-module", message, kind.place, logical_id=name))
