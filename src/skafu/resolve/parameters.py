"""The parameters of a template -> their values for one stack, with a finding for each that does not fit.

Types and constraints as in "CloudFormation template Parameters syntax". Values stay text unless the type
says otherwise; a value that cannot be known, or must not be shown, is `Unknown`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace

from skafu.model.finding import Finding
from skafu.model.nearest import nearest
from skafu.model.node import Node, Unknown
from skafu.model.place import Path
from skafu.resolve.findings import finding
from skafu.resolve.functions import BadExpressionError, text_of, unknown_in


def bind(template: Node, given: Mapping[str, Node], origin: Node) -> tuple[dict[str, Node], list[Finding]]:
    """Give every declared parameter its value.

    Args:
        template: the template as written.
        given: parameter -> value from the stack's declaration.
        origin: the declaration; where a missing value would have to be written.

    Returns:
        The value of every declared parameter, and what is wrong with them.
    """
    declared = template.get("Parameters")
    known = declared.members if declared else {}
    findings = [
        finding(
            "parameter-undeclared",
            f'the template declares no parameter "{name}"',
            value.place,
            fix=nearest(name, known),
        )
        for name, value in given.items()
        if name not in known
    ]
    values: dict[str, Node] = {}
    for name, declaration in known.items():
        value = given.get(name) or declaration.get("Default")
        path: Path = ("Parameters", name)
        if value is None:
            at = (origin.get("parameters") or origin).place
            message = f'the parameter "{name}" has no default and is given no value'
            fix = f"Add it under parameters: in {origin.location.file}."
            findings.append(finding("parameter-missing", message, at, fix=fix, logical_id=name, path=path))
            value = Node(Unknown(f"the parameter {name} is given no value", {"Ref": name}), declaration.place)
        elif missing := unknown_in(value):
            value = replace(value, value=Unknown(missing.reason, {"Ref": name}, _type(value)))
        else:
            wrong = _shape_broken(declaration, value) or _constraint_broken(declaration, value)
            if wrong:
                fix = declaration.text("ConstraintDescription")
                message = f"{name} is {_shown(declaration, value)}, {wrong}"
                at = value.steps[-1].location if value.steps else value.place
                findings.append(finding("parameter-value", message, at, fix=fix, logical_id=name, path=path))
            if _shape_broken(declaration, value):
                value = replace(value, value=Unknown(f"the parameter {name} cannot be read", {"Ref": name}))
            else:
                value = _typed(name, declaration, value)
        values[name] = value
    return values, findings


def _type(value: Node) -> str:
    """What an unknown value will be; nothing for a list or mapping that only holds one."""
    return value.value.type if isinstance(value.value, Unknown) else ""


def _typed(name: str, declaration: Node, value: Node) -> Node:
    kind = declaration.text("Type", default="String")
    if kind.startswith("AWS::SSM::Parameter::Value"):
        return replace(
            value, value=Unknown(f"{name} is read from Parameter Store at deployment", {"Ref": name})
        )
    if str(declaration.text("NoEcho") or _plain(declaration, "NoEcho")).lower() == "true":
        return replace(value, value=Unknown(f"{name} is secret (NoEcho)", {"Ref": name}))
    if _is_list(kind):
        items = [
            Node(_number(kind, text.strip()), value.location, None, value.steps)
            for text in _texts(kind, value)
        ]
        return replace(value, value=items)
    return replace(value, value=_number(kind, text_of(value)))


def _number(kind: str, text: str) -> str | int | float:
    """A number where its text can be told from it again: CloudFormation puts the text that was given into text."""
    number = _float(text) if kind in {"Number", "List<Number>"} else None
    if number is None:
        return text
    whole = int(number) if number.is_integer() else number
    return next((one for one in (whole, number) if str(one) == text), text)


def _is_list(kind: str) -> bool:
    return kind == "CommaDelimitedList" or kind.startswith(("List<", "AWS::SSM::Parameter::Value<List<"))


def _texts(kind: str, value: Node) -> list[str]:
    if isinstance(value.value, list):
        return [text_of(item) for item in value.items]
    return text_of(value).split(",") if _is_list(kind) else [text_of(value)]


def _shape_broken(declaration: Node, value: Node) -> str:
    """Why the value is nothing that a parameter of this type can hold, as the end of a sentence."""
    kind = declaration.text("Type", default="String")
    if isinstance(value.value, list) and not _is_list(kind):
        return f"a list, but its type is {kind}"
    try:
        _texts(kind, value)
    except BadExpressionError:
        return "which is neither text nor a list of texts"
    return ""


def _constraint_broken(declaration: Node, value: Node) -> str:
    """Which constraint the value breaks, as the end of a sentence; empty if none."""
    kind = declaration.text("Type", default="String")
    texts = [text.strip() if _is_list(kind) else text for text in _texts(kind, value)]
    return next((wrong for text in texts if (wrong := _text_broken(declaration, kind, text))), "")


def _text_broken(declaration: Node, kind: str, text: str) -> str:
    allowed = declaration.get("AllowedValues")
    if allowed is not None:
        known = [text_of(item) for item in allowed.items if isinstance(item.value, str | int | float)]
        if text not in known:
            return f"but allowed is only {', '.join(known)}"
    pattern = declaration.text("AllowedPattern")
    if pattern and not _matches(pattern, text):
        return f"which does not match {pattern}"
    shortest, longest = (_float(_plain(declaration, key)) for key in ("MinLength", "MaxLength"))
    if shortest is not None and len(text) < shortest:
        return f"which is shorter than MinLength {shortest:g}"
    if longest is not None and len(text) > longest:
        return f"which is longer than MaxLength {longest:g}"
    return _number_broken(declaration, text) if kind in {"Number", "List<Number>"} else ""


def _number_broken(declaration: Node, text: str) -> str:
    number = _float(text)
    if number is None:
        return "which is not a number"
    low, high = (_float(_plain(declaration, key)) for key in ("MinValue", "MaxValue"))
    if low is not None and number < low:
        return f"which is below MinValue {low:g}"
    if high is not None and number > high:
        return f"which is above MaxValue {high:g}"
    return ""


def _matches(pattern: str, text: str) -> bool:
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error:
        return True  # Java's dialect has forms that Python's lacks; cfn-lint judges the pattern itself


def _plain(declaration: Node, key: str) -> object:
    node = declaration.get(key)
    return node.value if node is not None else ""


def _float(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in str(value) else None


def _shown(declaration: Node, value: Node) -> str:
    secret = str(_plain(declaration, "NoEcho")).lower() == "true"
    return "secret" if secret else f'"{value.plain()}"'
