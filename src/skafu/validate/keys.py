"""What decides an outcome -> the key it is kept under.

A key is made of everything the judge is given: the whole stack with every position in it, for a finding
points at them, the seat, and what the team's policies are made of. Nothing is left out because no judge
looks at it today.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from skafu.cache import fingerprint
from skafu.model.estate import Seat
from skafu.model.node import Node, Unknown
from skafu.model.place import Location

FOLDER = "policies"

WAIVERS = "policies/waivers.yaml"
CONTROLS = "policies/controls"


def digest(*parts: Any) -> str:
    """SHA-256, in hexadecimal, over values of the model and plain data; equal if and only if all of them are.

    Raises:
        TypeError: one of them holds something else.
    """
    text = json.dumps([spelled(part) for part in parts], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def seat_digest(seat: Seat, surroundings: str, root: Path) -> str:
    """All that decides outcomes beside the stack: the judge, what the team says about it, code, versions."""
    policies = (
        fingerprint(str(root), FOLDER, leaving_out=_no_policies(root)) if seat.judge == "policies" else ""
    )
    said = (sorted(seat.severities.items()), sorted(seat.muted), sorted(seat.options.items()))
    return digest("seat", seat.judge, said, surroundings, policies)


def _no_policies(root: Path) -> frozenset[str]:
    """What stands among the policies and decides no outcome: waivers and controls are read each time anew."""
    registers = (path.relative_to(root).as_posix() for path in (root / CONTROLS).rglob("*.y*ml"))
    return frozenset({WAIVERS, *registers})


def outcome_key(seat: str, stack: str) -> str:
    """The key of what a judge says about a stack; both are digests.

    The digest of a stack is `digest(stack)`, not `Stack.digest`: a moved line moves findings.
    """
    return digest("outcome", seat, stack)


def spelled(value: Any) -> Any:
    """The value as JSON in which different values look different, order of members included."""
    if isinstance(value, Node):
        return _node(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Location):
        return ["at", value.file, value.line, value.column]
    if isinstance(value, Mapping):
        return {"members": [[spelled(key), spelled(member)] for key, member in value.items()]}
    if isinstance(value, list | tuple):
        return [spelled(item) for item in value]
    if isinstance(value, Enum):
        return ["enum", type(value).__name__, value.name]
    if is_dataclass(value):
        return [type(value).__name__, *(spelled(getattr(value, field.name)) for field in fields(value))]
    raise TypeError(f"{type(value).__name__} cannot be part of a key")


def _node(node: Node) -> list[Any]:
    """A node, without the detours that the general way would take for its thousands of parts."""
    value: Any = node.value
    if isinstance(value, Mapping):
        value = {"members": [[key, _node(child)] for key, child in value.items()]}
    elif isinstance(value, list):
        value = [_node(child) for child in value]
    elif isinstance(value, Unknown):
        value = {"unknown": spelled(value)}
    else:
        value = spelled(value)
    at, key = node.location, node.key
    placed = [value, at.file, at.line, at.column]
    placed += [key.file, key.line, key.column] if key else [None]
    return [*placed, *(spelled(step) for step in node.steps)]
