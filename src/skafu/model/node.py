"""A document as a tree in which every value knows where it came from.

YAML files are loaded into nodes, resolving turns nodes into nodes, and judges see the plain data of
a tree. A position asked for by path is answered by the deepest node that the path reaches, so a
finding about a value that is missing points at what should hold it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from skafu.model.place import Location, Path

Scalar: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that cannot be known before deployment: an answer of its own, never a guess.

    Attributes:
        reason: why it is not known, as the end of the sentence "not known because ...".
        expression: what CloudFormation will evaluate instead, as plain data with everything
            around the unknown part resolved, e.g. `{"Fn::GetAtt": ["Table", "Arn"]}`.
        type: what will stand there, also where it comes from another stack: `AWS::KMS::Key.Arn` for an
            attribute, `AWS::KMS::Key` for an id; empty where nobody can say.
    """

    reason: str
    expression: Any
    type: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One link of the chain that made a value: what was read, and where it stands."""

    what: str
    location: Location


@dataclass(frozen=True, slots=True)
class Node:
    """A value, where a person edits it, and how it came to be.

    Attributes:
        value: a scalar, an `Unknown`, or a mapping or list of further nodes. Never changed in place.
        location: where the value (or the expression that made it) starts.
        key: where the key of this value starts, when it is the member of a mapping.
        steps: the chain behind a resolved value, nearest first: the parameter, then its source.
    """

    value: Scalar | Unknown | Mapping[str, Node] | list[Node]
    location: Location
    key: Location | None = None
    steps: tuple[Step, ...] = ()

    @property
    def place(self) -> Location:
        """Where a finding about this value should point: its key if it has one."""
        return self.key or self.location

    @property
    def members(self) -> Mapping[str, Node]:
        """The members of a mapping; empty for anything else."""
        return self.value if isinstance(self.value, Mapping) else {}

    @property
    def items(self) -> list[Node]:
        """The items of a list; empty for anything else."""
        return self.value if isinstance(self.value, list) else []

    def get(self, *path: str | int) -> Node | None:
        """The node at `path`, or None where the tree has no such place."""
        node: Node | None = self
        for part in path:
            if node is None:
                return None
            node = _child(node, part)
        return node

    def nearest(self, path: Path) -> Node:
        """The deepest node that `path` reaches."""
        node = self
        for part in path:
            child = _child(node, part)
            if child is None:
                break
            node = child
        return node

    def text(self, *path: str | int, default: str = "") -> str:
        """The string at `path`, or `default` where there is none."""
        node = self.get(*path)
        return node.value if node is not None and isinstance(node.value, str) else default

    def walk(self, path: Path = ()) -> Iterator[tuple[Path, Node]]:
        """Every node with its path, parents before children, in document order."""
        yield path, self
        value = self.value
        if isinstance(
            value, dict | Mapping
        ):  # dict first: asking what else is a mapping takes ten times as long
            for key, child in value.items():
                yield from child.walk((*path, key))
        elif isinstance(value, list):
            for index, child in enumerate(value):
                yield from child.walk((*path, index))

    def plain(self) -> Any:
        """The tree as plain data, every `Unknown` as the expression CloudFormation will evaluate."""
        if isinstance(self.value, Unknown):
            return self.value.expression
        if isinstance(self.value, Mapping):
            return {key: child.plain() for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        return self.value

    def under(self, key: Location | None) -> Node:
        """The same value as the member of a mapping whose key stands at `key`."""
        return self if key == self.key else replace(self, key=key)


def _child(node: Node, part: str | int) -> Node | None:
    if isinstance(part, int):
        return node.items[part] if 0 <= part < len(node.items) else None
    return node.members.get(part)


def annotated(data: Any, location: Location) -> Node:
    """Plain data as a tree whose every node stands at `location`."""
    if isinstance(data, Mapping):
        return Node({str(key): annotated(value, location) for key, value in data.items()}, location)
    if isinstance(data, list | tuple):
        return Node([annotated(value, location) for value in data], location)
    return Node(data, location)
