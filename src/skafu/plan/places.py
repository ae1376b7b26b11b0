"""Where a person edits what a plan changes, and what the new value is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from skafu.model.estate import Stack
from skafu.model.nesting import NESTING
from skafu.model.node import Node
from skafu.model.place import Location, Path


@dataclass(frozen=True, slots=True)
class Places:
    """The effective templates of a stack and of those nested in it, as trees that know their files."""

    stack: Stack

    def of(self, logical_id: str) -> Location:
        """Where the resource stands; where its template begins, if it stands there no more."""
        template, name = self._template(logical_id)
        node = template.get("Resources", name)
        return node.place if node else template.location

    def value(self, logical_id: str, path: Path) -> tuple[Location | None, str]:
        """Where the value at `path` of a resource is made, and out of what: `parameter Environment`, or nothing.

        The place is the last of the chain behind the value: an environment's file rather than the template. It is
        None where the template has no such resource.
        """
        template, name = self._template(logical_id)
        resource = template.get("Resources", name)
        if resource is None:
            return None, ""
        node = resource.nearest(path)
        if not node.steps:
            return node.place, ""
        told = (step.what for step in node.steps if not step.what.startswith("Fn::"))
        return node.steps[-1].location, next(told, "")

    def _template(self, logical_id: str) -> tuple[Node, str]:
        """The template that a resource stands in, and its name there; that of the nesting one where it cannot be seen."""
        template = self.stack.template
        *outer, last = logical_id.split(".")
        for name in outer:
            resource = template.get("Resources", name)
            inner = self._nested(resource) if resource else None
            if inner is None:
                return template, name
            template = inner
        return template, last

    def _nested(self, resource: Node) -> Node | None:
        digest = nested_digest(resource.plain())
        return next((one.template for one in self.stack.nested if one.digest == digest), None)


def nested_digest(resource: Mapping[str, Any]) -> str:
    """The digest that a nested stack's template is named by; empty where it is no nested stack or has another name."""
    key = NESTING.get(str(resource.get("Type")))
    url = (resource.get("Properties") or {}).get(key) if key else None
    return url.rsplit("/", 1)[-1].split(".")[0] if isinstance(url, str) else ""


def nested_templates(stacks: Iterable[Stack]) -> dict[str, Mapping[str, Any]]:
    """Digest -> effective template, as plain data, of every stack nested in `stacks`."""
    return {one.digest: one.template.plain() for stack in stacks for one in stack.nested}
