"""CloudFormation's intrinsic functions, one Python function each.

Semantics follow the "Intrinsic function reference" of the CloudFormation Template Reference Guide.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from skafu.model.errors import SkafuError
from skafu.model.nearest import nearest
from skafu.model.node import Node, Step, Unknown
from skafu.resolve.scope import Scope, Use

Resolver = Callable[[Node, Scope], Node | None]


class BadExpressionError(SkafuError):
    """An intrinsic function whose arguments CloudFormation would refuse."""

    exit_code = 1

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Function:
    """An intrinsic function.

    Attributes:
        evaluate: (argument, scope, resolver) -> the value, None for `AWS::NoValue`.
        lazy: whether it resolves its argument itself, because not all of it may be evaluated.
    """

    evaluate: Callable[[Node, Scope, Resolver], Node | None]
    lazy: bool = False


def text_of(node: Node) -> str:
    """A scalar as CloudFormation writes it into text.

    Raises:
        BadExpressionError: when it is a mapping or a list.
    """
    value = node.value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise BadExpressionError(f"text is needed here, not {_kind(node)}")


def unknown_in(node: Node) -> Unknown | None:
    """The first unknown value in a tree."""
    for _, child in node.walk():
        if isinstance(child.value, Unknown):
            return child.value
    return None


def _kind(node: Node) -> str:
    if isinstance(node.value, Mapping):
        return "a mapping"
    return "a list" if isinstance(node.value, list) else "nothing"


def _steps(*nodes: Node) -> tuple[Step, ...]:
    """The chains of several values, without repetition, in order."""
    return tuple(dict.fromkeys(step for node in nodes for step in node.steps))


def _deferred(name: str, argument: Node, missing: Unknown) -> Node:
    """The call itself, left to CloudFormation because something in it is unknown."""
    expression = {name: argument.plain()}
    return Node(Unknown(missing.reason, expression), argument.location, None, _steps(argument))


def _list(node: Node, *lengths: int) -> list[Node]:
    if not isinstance(node.value, list) or (lengths and len(node.value) not in lengths):
        wanted = " or ".join(str(length) for length in lengths)
        raise BadExpressionError(f"a list of {wanted} items is needed" if lengths else "a list is needed")
    return node.value


# --- references ---------------------------------------------------------------------------------


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
        return Node(Unknown(reason, {"Ref": name}), argument.location)
    known = [*scope.parameters, *(_names(scope, "Resources"))]
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
    parts = _list(argument, 2) if isinstance(argument.value, list) else None
    if parts is None:
        name, _dot, attribute = text_of(argument).partition(".")
        parts = [Node(name, argument.location), Node(attribute, argument.location)]
    missing = unknown_in(parts[1])
    name = text_of(parts[0])
    _refuse_removed(name, scope)
    if not scope.has_resource(name):
        fix = nearest(name, _names(scope, "Resources"))
        raise BadExpressionError(f'there is no resource "{name}"', fix)
    attribute = "an attribute" if missing else text_of(parts[1])
    if not attribute:
        raise BadExpressionError(f"an attribute is needed, as in {name}.Arn")
    expression = {"Fn::GetAtt": [name, parts[1].plain()]}
    return Node(Unknown(f"{attribute} of {name} exists only after deployment", expression), argument.location)


def import_value(argument: Node, scope: Scope, _: Resolver) -> Node:
    """Fn::ImportValue: the exporter's value where that is static."""
    missing = unknown_in(argument)
    if missing:
        return _deferred("Fn::ImportValue", argument, missing)
    name = text_of(argument)
    return _taken(
        Use("export", name, argument.location), argument, scope, "Fn::ImportValue", f"export {name}"
    )


def get_stack_output(argument: Node, scope: Scope, _: Resolver) -> Node:
    """Fn::GetStackOutput: the output of a stack in any account and region, where it is static."""
    missing = unknown_in(argument)
    if missing:
        return _deferred("Fn::GetStackOutput", argument, missing)
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
    if found is not None:
        return Node(found.value, argument.location, None, (Step(what, found.place), *found.steps))
    reason = f"{what} exists only after its stack is deployed"
    return Node(Unknown(reason, {name: argument.plain()}), argument.location)


# --- text and lists -----------------------------------------------------------------------------

_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")


def sub(argument: Node, scope: Scope, resolver: Resolver) -> Node:
    """Fn::Sub, both forms. Known variables are put in; unknown ones stay, and the whole is unknown."""
    template, own = argument, Node({}, argument.location)
    if isinstance(argument.value, list):
        template, own = _list(argument, 2)
    if not isinstance(template.value, str):
        raise BadExpressionError(f"the text must be written out, not {_kind(template)}")
    values = {name: resolver(child, scope) for name, child in own.members.items()}
    used: list[Node] = []
    left: dict[str, Any] = {}
    missing: list[Unknown] = []

    def put(match: re.Match[str]) -> str:
        literal, name = match[1], match[2].strip()
        if literal:
            return match[0]
        found = values[name] if name in values else _variable(name, argument, scope, resolver)
        if found is None:
            raise BadExpressionError(f"${{{name}}} is AWS::NoValue")
        used.append(found)
        unknown = unknown_in(found)
        if unknown is None:
            return text_of(found).replace("${", "${!")
        missing.append(unknown)
        if name in values:
            left[name] = found.plain()
        return match[0]

    text = _VARIABLE.sub(put, template.value)
    steps = _steps(*used)
    if missing:
        expression = {"Fn::Sub": [text, left] if left else text}
        return Node(Unknown(missing[0].reason, expression), argument.location, None, steps)
    return Node(text.replace("${!", "${"), argument.location, None, steps)


def _variable(name: str, argument: Node, scope: Scope, resolver: Resolver) -> Node | None:
    at = Node(name, argument.location)
    if "." in name and not name.startswith("AWS::"):
        return get_att(at, scope, resolver)
    return ref(at, scope, resolver)


def join(argument: Node, _: Scope, __: Resolver) -> Node:
    """Fn::Join."""
    missing = unknown_in(argument)
    if missing:
        return _deferred("Fn::Join", argument, missing)
    delimiter, items = _list(argument, 2)
    texts = [text_of(item) for item in _list(items)]
    return Node(text_of(delimiter).join(texts), argument.location, None, _steps(*items.items))


def split(argument: Node, _: Scope, __: Resolver) -> Node:
    """Fn::Split."""
    missing = unknown_in(argument)
    if missing:
        return _deferred("Fn::Split", argument, missing)
    delimiter, text = _list(argument, 2)
    if not text_of(delimiter):
        raise BadExpressionError("the delimiter is empty")
    parts = text_of(text).split(text_of(delimiter))
    return Node([Node(part, text.location, None, text.steps) for part in parts], argument.location)


def select(argument: Node, _: Scope, __: Resolver) -> Node:
    """Fn::Select."""
    index, items = _list(argument, 2)
    if isinstance(index.value, Unknown):
        return _deferred("Fn::Select", argument, index.value)
    if isinstance(items.value, Unknown):
        return _deferred("Fn::Select", argument, items.value)
    try:
        position = int(text_of(index))
    except ValueError:
        raise BadExpressionError(f'the index is "{index.value}", not a number') from None
    listed = _list(items)
    if not 0 <= position < len(listed):
        raise BadExpressionError(f"there is no item {position} in a list of {len(listed)}")
    return listed[position]


def base64_(argument: Node, _: Scope, __: Resolver) -> Node:
    """Fn::Base64."""
    missing = unknown_in(argument)
    if missing:
        return _deferred("Fn::Base64", argument, missing)
    encoded = base64.b64encode(text_of(argument).encode()).decode()
    return Node(encoded, argument.location, None, argument.steps)


MAX_BLOCKS = 256
"""As many blocks as Fn::Cidr makes ("Valid range is between 1 and 256")."""


def cidr(argument: Node, _: Scope, __: Resolver) -> Node:
    """Fn::Cidr: `count` blocks with `bits` host bits each."""
    missing = unknown_in(argument)
    if missing:
        return _deferred("Fn::Cidr", argument, missing)
    block, count, *rest = _list(argument, 2, 3)
    try:
        network = ipaddress.ip_network(text_of(block))
        host_bits = int(text_of(rest[0])) if rest else 8
        subnets = network.subnets(new_prefix=network.max_prefixlen - host_bits)
        wanted = int(text_of(count))
        if not 1 <= wanted <= MAX_BLOCKS:
            raise BadExpressionError(f"{wanted} blocks are asked for; it makes 1 to {MAX_BLOCKS}")
        blocks = [next(subnets) for _ in range(wanted)]
    except StopIteration:
        raise BadExpressionError(f"{text_of(block)} has no room for {text_of(count)} blocks") from None
    except ValueError as error:
        raise BadExpressionError(str(error)) from None
    return Node([Node(str(one), argument.location) for one in blocks], argument.location, None, block.steps)


def get_azs(argument: Node, _: Scope, __: Resolver) -> Node:
    """Fn::GetAZs: which zones an account may use is known only there."""
    reason = "the availability zones of an account are known only there"
    return Node(Unknown(reason, {"Fn::GetAZs": argument.plain()}), argument.location)


def find_in_map(argument: Node, scope: Scope, resolver: Resolver) -> Node | None:
    """Fn::FindInMap, with the DefaultValue of AWS::LanguageExtensions."""
    parts = _list(argument, 3, 4)
    keys = [resolver(part, scope) for part in parts[:3]]
    names = [key for key in keys if key is not None]
    missing = next((unknown for key in names if (unknown := unknown_in(key))), None)
    if missing:
        given = [key.plain() for key in names]
        for fallback in parts[3:]:
            resolved = resolver(fallback, scope)
            given += [resolved.plain()] if resolved is not None else []
        return Node(Unknown(missing.reason, {"Fn::FindInMap": given}), argument.location)
    texts = [text_of(key) for key in names]
    found = scope.template.get("Mappings", *texts)
    if found is not None:
        step = Step(f"mapping {'.'.join(texts)}", found.place)
        return Node(found.value, found.location, None, (step, *_steps(*names)))
    default = parts[3].get("DefaultValue") if len(parts) > 3 else None  # noqa: PLR2004 - the fourth argument
    if default is not None:
        return resolver(default, scope)
    holder = scope.template.get("Mappings")
    known: list[str] = []
    for name in texts:
        known = list(holder.members) if holder else []
        holder = holder.members.get(name) if holder else None
        if holder is None:
            raise BadExpressionError(f"the mappings have no {'.'.join(texts)}", nearest(name, known))
    raise BadExpressionError(f"the mappings have no {'.'.join(texts)}")


# --- conditions ---------------------------------------------------------------------------------


def condition(name: str, scope: Scope, resolver: Resolver) -> bool | Node:
    """The value of a condition, or a node that is Unknown.

    Raises:
        BadExpressionError: when it does not exist, depends on itself or is no condition.
    """
    if name not in scope.conditions:
        written = scope.template.get("Conditions", name)
        if written is None:
            fix = nearest(name, _names(scope, "Conditions"))
            raise BadExpressionError(f'there is no condition "{name}"', fix)
        if name in scope.open_conditions:
            raise BadExpressionError(f"the condition {name} depends on itself")
        scope.open_conditions.append(name)
        value = resolver(written, scope)
        scope.open_conditions.remove(name)
        scope.conditions[name] = _truth(value) if value is not None else False
    return scope.conditions[name]


def _truth(node: Node) -> bool | Node:
    if isinstance(node.value, Unknown):
        return node
    if node.value in (True, "true"):
        return True
    if node.value in (False, "false"):
        return False
    raise BadExpressionError("true or false is needed here")


def if_(argument: Node, scope: Scope, resolver: Resolver) -> Node | None:
    """Fn::If: only the chosen branch is evaluated; both when the condition is unknown."""
    test, yes, no = _list(argument, 3)
    name = text_of(test)
    value = condition(name, scope, resolver)
    if isinstance(value, bool):
        return resolver(yes if value else no, scope)
    branches = [resolver(branch, scope) for branch in (yes, no)]
    plain = [{"Ref": "AWS::NoValue"} if branch is None else branch.plain() for branch in branches]
    reason = value.value.reason if isinstance(value.value, Unknown) else ""
    return Node(Unknown(reason, {"Fn::If": [name, *plain]}), argument.location)


def named_condition(argument: Node, scope: Scope, resolver: Resolver) -> Node:
    """Condition: the value of another condition."""
    name = text_of(argument)
    value = condition(name, scope, resolver)
    if isinstance(value, bool):
        return Node(value, argument.location)
    reason = value.value.reason if isinstance(value.value, Unknown) else ""
    return Node(Unknown(reason, {"Condition": name}), argument.location)


def equals(argument: Node, _: Scope, __: Resolver) -> Node:
    """Fn::Equals: compares as text, as CloudFormation does."""
    one, other = _list(argument, 2)
    missing = unknown_in(argument)
    if missing:
        return _deferred("Fn::Equals", argument, missing)
    if isinstance(one.value, list) or isinstance(other.value, list):
        same = one.plain() == other.plain()
    else:
        same = text_of(one) == text_of(other)
    return Node(same, argument.location, None, _steps(one, other))


def and_(argument: Node, _: Scope, __: Resolver) -> Node:
    """Fn::And: false as soon as one is false, whatever the others are."""
    return _combined("Fn::And", argument, decisive=False)


def or_(argument: Node, _: Scope, __: Resolver) -> Node:
    """Fn::Or: true as soon as one is true, whatever the others are."""
    return _combined("Fn::Or", argument, decisive=True)


def _combined(name: str, argument: Node, *, decisive: bool) -> Node:
    values = [_truth(item) for item in _list(argument)]
    if decisive in [value for value in values if isinstance(value, bool)]:
        return Node(decisive, argument.location, None, _steps(*argument.items))
    open_ = [item for item in argument.items if isinstance(item.value, Unknown)]
    if len(open_) == 1:
        return open_[
            0
        ]  # what is decided already no longer matters, and CloudFormation takes no literals here
    if open_:
        left = Node(open_, argument.location)
        return _deferred(name, left, unknown_in(left) or Unknown("", None))
    return Node(not decisive, argument.location, None, _steps(*argument.items))


def not_(argument: Node, _: Scope, __: Resolver) -> Node:
    """Fn::Not."""
    (item,) = _list(argument, 1)
    value = _truth(item)
    if isinstance(value, bool):
        return Node(not value, argument.location, None, item.steps)
    return _deferred("Fn::Not", argument, unknown_in(item) or Unknown("", None))


# --- AWS::LanguageExtensions --------------------------------------------------------------------


def length(argument: Node, _: Scope, __: Resolver) -> Node:
    """Fn::Length."""
    if isinstance(argument.value, Unknown):
        return _deferred("Fn::Length", argument, argument.value)
    return Node(len(_list(argument)), argument.location, None, argument.steps)


def _names(scope: Scope, section: str) -> list[str]:
    found = scope.template.get(section)
    return list(found.members) if found else []


FUNCTIONS: Mapping[str, Function] = {
    "Ref": Function(ref),
    "Condition": Function(named_condition),
    "Fn::And": Function(and_),
    "Fn::Base64": Function(base64_),
    "Fn::Cidr": Function(cidr),
    "Fn::Equals": Function(equals),
    "Fn::FindInMap": Function(find_in_map, lazy=True),
    "Fn::GetAZs": Function(get_azs),
    "Fn::GetAtt": Function(get_att),
    "Fn::GetStackOutput": Function(get_stack_output),
    "Fn::If": Function(if_, lazy=True),
    "Fn::ImportValue": Function(import_value),
    "Fn::Join": Function(join),
    "Fn::Length": Function(length),
    "Fn::Not": Function(not_),
    "Fn::Or": Function(or_),
    "Fn::Select": Function(select),
    "Fn::Split": Function(split),
    "Fn::Sub": Function(sub, lazy=True),
}
