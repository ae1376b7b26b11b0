"""Reading plain templates without trusting their shape: what CloudFormation holds may be anybody's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from skafu.model.change import PropertyChange, Replacement
from skafu.model.place import Path, dotted
from skafu.plan.comparing import NOTHING
from skafu.plan.places import Places, nested_digest

Template: TypeAlias = Mapping[str, Any]
"""A template as plain data."""

ATTRIBUTES = ("Metadata", "CreationPolicy", "UpdatePolicy", "DeletionPolicy", "UpdateReplacePolicy")
"""What a change set compares of a resource beside its properties; `DependsOn` is not among it."""


def resources(
    template: Template | None, nested: Mapping[str, Template] | None = None, prefix: str = ""
) -> dict[str, Mapping[str, Any]]:
    """Logical id -> resource; those of nested stacks as `Nested.Resource`, as far as `nested` (by digest) has them."""
    found: dict[str, Mapping[str, Any]] = {}
    for name, one in section(template, "Resources").items():
        if not isinstance(one, Mapping):
            continue
        found[f"{prefix}{name}"] = one
        inner = (nested or {}).get(nested_digest(one))
        if inner is not None:
            found |= resources(inner, nested, f"{prefix}{name}.")
    return found


def section(template: Template | None, name: str) -> Mapping[str, Any]:
    """A section of a template; empty where it has none."""
    found = template.get(name) if isinstance(template, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def properties(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    """The properties of a resource; empty where it has none."""
    return section(resource, "Properties")


def as_text(value: Any) -> str | None:
    """A value as JSON text; None for what is not there."""
    return None if value is NOTHING else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def written(
    places: Places,
    logical_id: str,
    path: Path,
    values: tuple[Any, Any],
    replacement: Replacement = Replacement.NEVER,
    cause: str = "",
) -> PropertyChange:
    """The change of one property or attribute, with its place and, where `cause` does not say it, its cause."""
    location, made_of = places.value(logical_id, path)
    before, after = values
    return PropertyChange(
        path=dotted(path),
        before=as_text(before),
        after=as_text(after),
        replacement=replacement,
        cause=cause or made_of,
        location=location,
    )
