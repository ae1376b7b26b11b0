"""Functions that name something: a parameter, a resource, another stack."""

from __future__ import annotations

from skafu.model.nearest import nearest
from skafu.model.node import Node, Step, Unknown
from skafu.resolve.functions.values import (
    BadExpressionError,
    Resolver,
    deferred,
    listed,
    names_in,
    text_of,
    unknown_in,
)
from skafu.resolve.scope import Scope, Use


def ref(argument: Node, scope: Scope, _: Resolver) -> Node | None:
    """Ref: a parameter's value; a resource's physical id is known only after deployment."""
    name = text_of(argument)
    if name == "AWS::NoValue":
        return None
    if name in scope.pseudo:
        return scope.pseudo[name]
    if name in scope.parameters:
        return _typed(name, scope.parameters[name])
    _refuse_removed(name, scope)
    if scope.has_resource(name):
        reason = f"the id of {name} exists only after deployment"
        return Node(Unknown(reason, {"Ref": name}, _type_of(name, scope)), argument.location)
    known = [*scope.parameters, *(names_in(scope, "Resources"))]
    raise BadExpressionError(f'there is no parameter or resource "{name}"', nearest(name, known))


def _refuse_removed(name: str, scope: Scope) -> None:
    if name in scope.removed:
        raise BadExpressionError(f"{name} does not exist here, its condition {scope.removed[name]} is false")


def _typed(name: str, parameter: Node) -> Node:
    """A parameter's value; `true` and `false` as booleans, which is what a property makes of them."""
    value = parameter.value == "true" if parameter.value in ("true", "false") else parameter.value
    steps = (Step(f"parameter {name}", parameter.location), *parameter.steps)
    return Node(value, parameter.location, None, steps)


def get_att(argument: Node, scope: Scope, _: Resolver) -> Node:
    """Fn::GetAtt: known only after deployment."""
    parts = listed(argument, 2) if isinstance(argument.value, list) else None
    if parts is None:
        name, _dot, attribute = text_of(argument).partition(".")
        parts = [Node(name, argument.location), Node(attribute, argument.location)]
    missing = unknown_in(parts[1])
    name = text_of(parts[0])
    _refuse_removed(name, scope)
    if not scope.has_resource(name):
        fix = nearest(name, names_in(scope, "Resources"))
        raise BadExpressionError(f'there is no resource "{name}"', fix)
    attribute = "an attribute" if missing else text_of(parts[1])
    if not attribute:
        raise BadExpressionError(f"an attribute is needed, as in {name}.Arn")
    static = _nested_output(name, attribute, argument, scope)
    if static is not None:
        return static
    expression = {"Fn::GetAtt": [name, parts[1].plain()]}
    reason = f"{attribute} of {name} exists only after deployment"
    kind = f"{_type_of(name, scope)}.{attribute}" if _type_of(name, scope) and not missing else ""
    return Node(Unknown(reason, expression, kind), argument.location)


def _type_of(name: str, scope: Scope) -> str:
    resource = scope.template.get("Resources", name)
    return resource.text("Type") if resource else ""


def _nested_output(name: str, attribute: str, argument: Node, scope: Scope) -> Node | None:
    """The static value of a nested stack's output; None for anything else."""
    if not attribute.startswith("Outputs."):
        return None
    outputs = scope.nested(name)
    if outputs is None:
        return None
    output = attribute.removeprefix("Outputs.")
    if output not in outputs:
        raise BadExpressionError(f"the nested stack {name} has no output {output}", nearest(output, outputs))
    value = outputs[output].get("Value")
    if value is None or outputs[output].get("Condition") is not None or unknown_in(value) is not None:
        return None
    step = Step(f"output {output} of {name}", value.place)
    return Node(value.value, argument.location, None, (step, *value.steps))


def import_value(argument: Node, scope: Scope, _: Resolver) -> Node:
    """Fn::ImportValue: the exporter's value where that is static."""
    missing = unknown_in(argument)
    if missing:
        return deferred("Fn::ImportValue", argument, missing)
    name = text_of(argument)
    return _taken(
        Use("export", name, argument.location), argument, scope, "Fn::ImportValue", f"export {name}"
    )


def get_stack_output(argument: Node, scope: Scope, _: Resolver) -> Node:
    """Fn::GetStackOutput: the output of a stack in any account and region, where it is static."""
    missing = unknown_in(argument)
    if missing:
        return deferred("Fn::GetStackOutput", argument, missing)
    if not {"StackName", "OutputName"} <= set(argument.members):
        raise BadExpressionError("StackName and OutputName are needed")
    role = argument.text("RoleArn").split(":")
    use = Use(
        "output",
        argument.text("OutputName"),
        argument.location,
        stack_name=argument.text("StackName"),
        region=argument.text("Region"),
        account=role[4] if len(role) > 4 else "",  # noqa: PLR2004 - arn:aws:iam::<account>:role/...
    )
    what = f"output {use.name} of {use.stack_name}"
    return _taken(use, argument, scope, "Fn::GetStackOutput", what)


def _taken(use: Use, argument: Node, scope: Scope, name: str, what: str) -> Node:
    scope.uses.append(use)
    found = scope.lookup(use)
    if found is not None and unknown_in(found) is None:
        return Node(found.value, argument.location, None, (Step(what, found.place), *found.steps))
    kind = found.value.type if found is not None and isinstance(found.value, Unknown) else ""
    reason = f"{what} exists only after its stack is deployed"
    return Node(Unknown(reason, {name: argument.plain()}, kind), argument.location)
