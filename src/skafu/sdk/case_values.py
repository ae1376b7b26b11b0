"""The values in a case -> those that a policy or validator is given: nothing shared, what is late an `Unknown`.

A `!Ref X`, `{Ref: X}` or `{"Fn::...": ...}` stands for a value that is known only after deployment;
`{unknown: AWS::KMS::Key.Arn}` for one that another stack makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from skafu.model.place import Path
from skafu.sdk.unknown import Unknown


def is_unknown(value: Any) -> bool:
    """Whether a written value stands for one that is known only after deployment."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    ((key, inside),) = value.items()
    return key.startswith("Fn::") or (key in ("Ref", "unknown") and isinstance(inside, str))


def with_unknowns(
    value: Any, path: Path, stack: int = 0, types: Mapping[str, str] = MappingProxyType({})
) -> Any:
    """A copy of the value.

    Args:
        value: as it is written.
        path: where it stands in its stack.
        stack: the number of that stack.
        types: logical id -> type of the resources beside it, which tell the kind of a late value.
    """
    if isinstance(value, dict):
        if is_unknown(value):
            reason = "only deployment will tell"
            if "unknown" in value:
                return Unknown(reason, path=path, kind=value["unknown"], stack=stack)
            return Unknown(
                reason, path=path, expression=copied(value), kind=kind_of(value, types), stack=stack
            )
        return {key: with_unknowns(item, (*path, key), stack, types) for key, item in value.items()}
    if isinstance(value, list):
        return [with_unknowns(item, (*path, index), stack, types) for index, item in enumerate(value)]
    return value


def kind_of(expression: Mapping[str, Any], types: Mapping[str, str]) -> str:
    """What will stand there if a resource beside it makes it, in the resolver's words."""
    if "Ref" in expression:
        return types.get(expression["Ref"], "")
    named = expression.get("Fn::GetAtt")
    parts = named.split(".", 1) if isinstance(named, str) else named
    if isinstance(parts, list) and len(parts) == len(("id", "attribute")) and parts[0] in types:
        return f"{types[parts[0]]}.{parts[1]}"
    return ""


def copied(value: Any) -> Any:
    """A copy of the value as it is written."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value
