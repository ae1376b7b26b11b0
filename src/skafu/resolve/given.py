"""What CloudFormation is given for the parameters that are left in an effective template."""

from __future__ import annotations

from collections.abc import Mapping

from skafu.model.node import Node, Unknown
from skafu.resolve.functions import BadExpressionError, text_of


def given_texts(effective: Node, source: Node, given: Mapping[str, Node]) -> dict[str, str]:
    """Parameter -> its value as text, lists joined by commas, as CreateChangeSet takes them.

    What another stack gives stands in it as `${stacks.<id>.outputs.<Output>}`. A value that is no text at all is
    left out: a finding says so, and the stack is not deployed.

    Args:
        effective: the effective template; only the parameters that it declares are given.
        source: the template as written, for the defaults.
        given: parameter -> value of the declaration, `${...}` read.
    """
    left = effective.get("Parameters")
    found: dict[str, str] = {}
    for name in left.members if left else ():
        value = given.get(name) or source.get("Parameters", name, "Default")
        if value is None:
            continue
        try:
            found[name] = _text(value)
        except BadExpressionError:
            continue
    return found


def _text(value: Node) -> str:
    if isinstance(value.value, list):
        return ",".join(_text(item) for item in value.items)
    if isinstance(value.value, Unknown):
        return str(value.value.expression)
    return text_of(value)
